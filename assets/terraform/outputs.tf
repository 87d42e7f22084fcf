output "vpc_id" {
  description = "The VPC of the nodes, made or given."
  value       = local.vpc_id
}

output "subnet_ids" {
  description = "Subnets by zone, made or given."
  value       = local.subnet_ids
}

output "security_group_id" {
  description = "The security group that was made; null where existing ones were given."
  value       = one([for group in aws_security_group.nodes : group.id])
}

output "instance_profile" {
  description = "Name of the instance profile of the nodes, made or given."
  value       = local.instance_profile
}

output "fleets" {
  description = "Each batch's fleet, and the instances that it got: fewer than asked for is no error to EC2, so count them."
  value = {
    for key, fleet in aws_ec2_fleet.nodes : key => {
      id           = fleet.id
      instance_ids = flatten([for set in fleet.fleet_instance_set : set.instance_ids])
    }
  }
}
