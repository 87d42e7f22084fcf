data "aws_partition" "current" {}

locals {
  # The one place for tags: every resource takes these, nodes take node_tags.
  tags = merge(var.tags, { Name = var.name })
  node_tags = {
    for role in ["master", "worker"] :
    role => merge(var.tags, { Name = "${var.name}-${role}", "pyspark-deploy:role" = role })
  }

  # One key or none: what is made only where nothing existing was given.
  own_network = toset(var.vpc_id == null ? ["own"] : [])
  own_group   = toset(length(var.security_group_ids) == 0 ? ["own"] : [])
  own_role    = toset(var.instance_profile_name == null ? ["own"] : [])

  vpc_id     = var.vpc_id == null ? aws_vpc.cluster["own"].id : var.vpc_id
  subnet_ids = var.vpc_id == null ? { for zone, subnet in aws_subnet.cluster : zone => subnet.id } : var.subnet_ids

  security_group_ids = length(var.security_group_ids) == 0 ? [aws_security_group.nodes["own"].id] : var.security_group_ids

  # By name, not by reference: the launch templates need not wait for the profile, only the fleets do.
  instance_profile = var.instance_profile_name == null ? var.name : var.instance_profile_name
}
