mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = {
      partition  = "aws"
      dns_suffix = "amazonaws.com"
    }
  }
}

variables {
  region           = "eu-central-1"
  name             = "psd-test"
  tags             = { "pyspark-deploy:cluster-id" = "0123abcd" }
  zones            = ["eu-central-1b", "eu-central-1a"]
  ssh_cidrs        = ["203.0.113.7/32", "198.51.100.0/24"]
  public_key       = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFYbmHG0sjQzyUqgPX8PvWlqJyYeAQTnv2J1WwNQzqgM"
  ami_id           = "ami-0123456789abcdef0"
  user_data_base64 = "aGVsbG8="
  fleets = {
    master-1  = { role = "master", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b" }
    workers-1 = { role = "worker", count = 3, instance_types = ["m7i.xlarge", "m6i.xlarge"], zone = "eu-central-1b" }
  }
}

run "own_network_has_a_subnet_for_each_zone_and_a_way_out" {
  assert {
    condition = { for zone, subnet in aws_subnet.cluster : zone => subnet.cidr_block } == {
      eu-central-1b = "10.77.0.0/20"
      eu-central-1a = "10.77.16.0/20"
    }
    error_message = "each zone has its own /20, in the order of zones"
  }
  assert {
    condition     = toset([for link in aws_route_table_association.cluster : link.subnet_id]) == toset([for subnet in aws_subnet.cluster : subnet.id])
    error_message = "every subnet is tied to the route table"
  }
  assert {
    condition     = one(aws_route_table.cluster["own"].route).gateway_id == aws_internet_gateway.cluster["own"].id
    error_message = "the default route goes to the internet gateway"
  }
  assert {
    condition     = aws_vpc_endpoint.s3["own"].service_name == "com.amazonaws.eu-central-1.s3" && aws_vpc_endpoint.s3["own"].route_table_ids == toset([aws_route_table.cluster["own"].id])
    error_message = "S3 is reached through a gateway endpoint"
  }
  assert {
    condition     = output.subnet_ids == tomap({ for zone, subnet in aws_subnet.cluster : zone => subnet.id }) && output.vpc_id == aws_vpc.cluster["own"].id
    error_message = "the outputs name what was made"
  }
}

run "only_ssh_is_open_and_only_to_the_named_addresses" {
  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.ssh : rule.cidr_ipv4]) == toset(var.ssh_cidrs)
    error_message = "SSH is open to ssh_cidrs and nobody else"
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.ssh : rule.from_port == 22 && rule.to_port == 22 && rule.ip_protocol == "tcp"])
    error_message = "port 22 alone is open"
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.nodes : rule.cidr_ipv4 == null && rule.referenced_security_group_id == aws_security_group.nodes["own"].id])
    error_message = "everything else is open among the nodes alone"
  }
  assert {
    condition     = output.security_group_id == aws_security_group.nodes["own"].id
    error_message = "the group that was made is an output"
  }
}

run "everything_that_can_has_the_tags" {
  assert {
    condition = alltrue([
      for tags in concat(
        values(aws_vpc.cluster)[*].tags,
        values(aws_subnet.cluster)[*].tags,
        values(aws_internet_gateway.cluster)[*].tags,
        values(aws_route_table.cluster)[*].tags,
        values(aws_vpc_endpoint.s3)[*].tags,
        values(aws_security_group.nodes)[*].tags,
        values(aws_vpc_security_group_ingress_rule.ssh)[*].tags,
        values(aws_vpc_security_group_ingress_rule.nodes)[*].tags,
        values(aws_vpc_security_group_egress_rule.all)[*].tags,
        values(aws_iam_role.nodes)[*].tags,
        values(aws_iam_instance_profile.nodes)[*].tags,
        values(aws_launch_template.node)[*].tags,
        values(aws_ec2_fleet.nodes)[*].tags,
        [aws_key_pair.cluster.tags],
      ) : tags["pyspark-deploy:cluster-id"] == "0123abcd" && startswith(tags["Name"], "psd-test")
    ])
    error_message = "every resource has var.tags and a name"
  }
}

run "existing_network_is_used_and_nothing_made_beside_it" {
  variables {
    vpc_id             = "vpc-0123456789abcdef0"
    subnet_ids         = { eu-central-1b = "subnet-0123456789abcdef0" }
    security_group_ids = ["sg-0123456789abcdef0", "sg-0123456789abcdef1"]
    zones              = []
    fleets             = { workers-7 = { role = "worker", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b" } }
  }
  assert {
    condition = 0 == sum([for made in [
      aws_vpc.cluster, aws_subnet.cluster, aws_internet_gateway.cluster, aws_route_table.cluster,
      aws_route_table_association.cluster, aws_vpc_endpoint.s3, aws_security_group.nodes,
      aws_vpc_security_group_ingress_rule.ssh, aws_vpc_security_group_ingress_rule.nodes, aws_vpc_security_group_egress_rule.all,
    ] : length(made)])
    error_message = "neither network nor groups are made"
  }
  assert {
    condition     = alltrue([for template in aws_launch_template.node : toset(one(template.network_interfaces).security_groups) == toset(var.security_group_ids)])
    error_message = "nodes are in the given groups"
  }
  assert {
    condition     = alltrue(flatten([for fleet in aws_ec2_fleet.nodes : [for choice in one(fleet.launch_template_config).override : choice.subnet_id == "subnet-0123456789abcdef0"]]))
    error_message = "nodes are in the given subnet"
  }
  assert {
    condition     = output.vpc_id == "vpc-0123456789abcdef0" && output.security_group_id == null && output.subnet_ids == tomap({ eu-central-1b = "subnet-0123456789abcdef0" })
    error_message = "the outputs name what was given"
  }
}

run "existing_vpc_without_groups_gets_one" {
  variables {
    vpc_id     = "vpc-0123456789abcdef0"
    subnet_ids = { eu-central-1b = "subnet-0123456789abcdef0" }
    zones      = []
  }
  assert {
    condition     = aws_security_group.nodes["own"].vpc_id == "vpc-0123456789abcdef0" && length(aws_vpc.cluster) == 0
    error_message = "the group is made in the given VPC"
  }
}

run "private_nodes_have_no_public_address" {
  variables {
    vpc_id     = "vpc-0123456789abcdef0"
    subnet_ids = { eu-central-1b = "subnet-0123456789abcdef0" }
    zones      = []
    private    = true
  }
  assert {
    condition     = alltrue([for template in aws_launch_template.node : one(template.network_interfaces).associate_public_ip_address == "false"])
    error_message = "no public address is asked for"
  }
}
