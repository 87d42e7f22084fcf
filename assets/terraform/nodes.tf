resource "aws_launch_template" "node" {
  # checkov:skip=CKV_AWS_341:Containers, one hop behind their host, get the instance profile's credentials too.
  for_each                             = local.node_tags
  name                                 = "${var.name}-${each.key}"
  description                          = "A ${each.key} of the Spark cluster ${var.name}"
  image_id                             = var.ami_id
  key_name                             = aws_key_pair.cluster.key_name
  user_data                            = var.user_data_base64
  update_default_version               = true
  instance_initiated_shutdown_behavior = "terminate"
  tags                                 = each.value

  iam_instance_profile {
    name = local.instance_profile
  }

  network_interfaces {
    device_index                = 0
    associate_public_ip_address = !var.private
    security_groups             = local.security_group_ids
    delete_on_termination       = true
  }

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # One more hop than the host's own: containers ask for the instance profile's credentials too.
    http_put_response_hop_limit = 2
  }

  block_device_mappings {
    device_name = var.root_volume.device_name

    ebs {
      volume_type           = "gp3"
      volume_size           = var.root_volume.size_gib
      throughput            = var.root_volume.throughput_mibps
      iops                  = var.root_volume.iops
      encrypted             = true
      delete_on_termination = true
    }
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "network-interface", "volume"])

    content {
      resource_type = tag_specifications.key
      tags          = each.value
    }
  }

  lifecycle {
    precondition {
      condition     = var.vpc_id == null || length(var.subnet_ids) > 0
      error_message = "vpc_id needs subnet_ids: the subnets of that VPC, by zone."
    }
    precondition {
      condition     = alltrue([for fleet in values(var.fleets) : contains(keys(local.subnet_ids), fleet.zone)])
      error_message = "fleets[*].zone must be one of zones, or of the keys of subnet_ids where the network exists."
    }
  }
}

# One request for any number of instances. Type "instant" brings no instance back that its own time limit has ended.
resource "aws_ec2_fleet" "nodes" {
  for_each            = var.fleets
  type                = "instant"
  terminate_instances = true
  tags                = local.node_tags[each.value.role]

  launch_template_config {
    launch_template_specification {
      launch_template_id = aws_launch_template.node[each.value.role].id
      version            = coalesce(each.value.launch_template_version, aws_launch_template.node[each.value.role].latest_version)
    }

    dynamic "override" {
      for_each = each.value.instance_types

      content {
        instance_type = override.value
        subnet_id     = local.subnet_ids[each.value.zone]
        # From 1: the provider leaves a 0 out, and what has no priority comes last.
        priority = override.key + 1
      }
    }
  }

  target_capacity_specification {
    default_target_capacity_type = each.value.market
    total_target_capacity        = each.value.count
  }

  # All of them in one zone, or none.
  dynamic "on_demand_options" {
    for_each = each.value.market == "on-demand" ? [each.value.count] : []

    content {
      allocation_strategy      = "prioritized"
      min_target_capacity      = on_demand_options.value
      single_availability_zone = true
    }
  }

  dynamic "spot_options" {
    for_each = each.value.market == "spot" ? [each.value.count] : []

    content {
      allocation_strategy      = "price-capacity-optimized"
      min_target_capacity      = spot_options.value
      single_availability_zone = true
    }
  }

  # Nodes pull their image at once: by the route, the endpoint and the profile, none of which the template refers to.
  depends_on = [
    aws_iam_instance_profile.nodes,
    aws_iam_role_policy.nodes,
    aws_route_table_association.cluster,
    aws_vpc_endpoint.s3,
    aws_vpc_security_group_egress_rule.all,
    aws_vpc_security_group_ingress_rule.nodes,
    aws_vpc_security_group_ingress_rule.ssh,
  ]

  lifecycle {
    # An instant fleet can't be changed; what it was asked for stays true however the template moves on.
    ignore_changes = all
  }
}
