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

run "a_batch_takes_the_version_that_it_names" {
  variables {
    fleets = {
      master-1  = { role = "master", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b" }
      workers-2 = { role = "worker", count = 1, instance_types = ["m7i.xlarge"], zone = "eu-central-1b", launch_template_version = "7" }
    }
  }
  assert {
    condition = {
      for key, fleet in aws_ec2_fleet.nodes : key => one(one(fleet.launch_template_config).launch_template_specification).version
    } == { master-1 = tostring(aws_launch_template.node["master"].latest_version), workers-2 = "7" }
    error_message = "the version given, else the template's latest"
  }
}

run "every_node_demands_imdsv2_and_an_encrypted_root_and_ends_for_good" {
  assert {
    condition     = keys(aws_launch_template.node) == ["master", "worker"]
    error_message = "there is a template for each role"
  }
  assert {
    condition = alltrue([for template in aws_launch_template.node :
      one(template.metadata_options).http_tokens == "required" && one(template.metadata_options).http_put_response_hop_limit == 2
    ])
    error_message = "IMDSv2 is demanded, and containers reach it"
  }
  assert {
    condition = alltrue([for template in aws_launch_template.node :
      one(one(template.block_device_mappings).ebs).encrypted == "true" &&
      one(one(template.block_device_mappings).ebs).volume_type == "gp3" &&
      one(one(template.block_device_mappings).ebs).delete_on_termination == "true"
    ])
    error_message = "the root volume is encrypted and goes with its node"
  }
  assert {
    condition     = alltrue([for template in aws_launch_template.node : template.instance_initiated_shutdown_behavior == "terminate"])
    error_message = "a node that switches itself off is terminated, not stopped"
  }
  assert {
    condition     = alltrue([for template in aws_launch_template.node : one(template.network_interfaces).associate_public_ip_address == "true"])
    error_message = "nodes of the own network have a public address"
  }
  assert {
    condition     = alltrue([for template in aws_launch_template.node : nonsensitive(template.user_data) == "aGVsbG8="])
    error_message = "user data is passed on as it is"
  }
}

run "instances_volumes_and_interfaces_have_tags_name_and_role" {
  assert {
    condition = alltrue(flatten([for role, template in aws_launch_template.node : [
      for specification in template.tag_specifications : specification.tags == tomap({
        Name                        = "psd-test-${role}"
        "pyspark-deploy:cluster-id" = "0123abcd"
        "pyspark-deploy:role"       = role
      })
    ]]))
    error_message = "they have var.tags, their name and their role"
  }
  assert {
    condition     = alltrue([for template in aws_launch_template.node : toset(template.tag_specifications[*].resource_type) == toset(["instance", "network-interface", "volume"])])
    error_message = "everything that a launch makes is tagged"
  }
}

run "a_fleet_is_one_request_for_all_of_it_or_nothing" {
  assert {
    condition     = alltrue([for fleet in aws_ec2_fleet.nodes : fleet.type == "instant" && fleet.terminate_instances])
    error_message = "fleets are instant and take their instances with them"
  }
  assert {
    condition     = { for key, fleet in aws_ec2_fleet.nodes : key => one(fleet.target_capacity_specification).total_target_capacity } == { master-1 = 1, workers-1 = 3 }
    error_message = "each asks for its count"
  }
  assert {
    condition = alltrue([for key, fleet in aws_ec2_fleet.nodes :
      one(fleet.on_demand_options).min_target_capacity == var.fleets[key].count && one(fleet.on_demand_options).single_availability_zone
    ])
    error_message = "all of them in one zone, or none"
  }
  assert {
    condition     = [for choice in one(aws_ec2_fleet.nodes["workers-1"].launch_template_config).override : "${choice.instance_type} ${choice.priority}"] == ["m7i.xlarge 1", "m6i.xlarge 2"]
    error_message = "types are tried in the order given; a priority of 0 would not be sent"
  }
  assert {
    condition     = alltrue([for key, fleet in aws_ec2_fleet.nodes : one(one(fleet.launch_template_config).launch_template_specification).launch_template_id == aws_launch_template.node[var.fleets[key].role].id])
    error_message = "each takes the template of its role"
  }
  assert {
    condition     = keys(output.fleets) == ["master-1", "workers-1"] && output.fleets["workers-1"].id == aws_ec2_fleet.nodes["workers-1"].id
    error_message = "the outputs name each fleet"
  }
}

run "another_batch_leaves_the_first_alone" {
  variables {
    fleets = {
      master-1  = { role = "master", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b" }
      workers-1 = { role = "worker", count = 5, instance_types = ["c7i.large"], zone = "eu-central-1b" }
      workers-2 = { role = "worker", count = 2, instance_types = ["m7i.xlarge"], zone = "eu-central-1a" }
    }
  }
  assert {
    condition     = one(aws_ec2_fleet.nodes["workers-1"].target_capacity_specification).total_target_capacity == 3
    error_message = "what exists is neither changed nor replaced"
  }
  assert {
    condition     = contains(keys(output.fleets), "workers-2")
    error_message = "the new batch is a new fleet"
  }
}

run "a_batch_that_is_gone_leaves_the_others_alone" {
  variables {
    fleets = {
      master-1  = { role = "master", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b" }
      workers-2 = { role = "worker", count = 2, instance_types = ["m7i.xlarge"], zone = "eu-central-1a" }
    }
  }
  assert {
    condition     = keys(output.fleets) == ["master-1", "workers-2"]
    error_message = "only the fleet whose key is gone goes"
  }
}

run "spot_workers_are_all_or_nothing_too" {
  command = plan
  variables {
    fleets = {
      workers-9 = { role = "worker", count = 4, instance_types = ["m7i.xlarge", "m6i.xlarge"], zone = "eu-central-1a", market = "spot" }
    }
  }
  assert {
    condition = (
      one(aws_ec2_fleet.nodes["workers-9"].target_capacity_specification).default_target_capacity_type == "spot" &&
      one(aws_ec2_fleet.nodes["workers-9"].spot_options).min_target_capacity == 4 &&
      one(aws_ec2_fleet.nodes["workers-9"].spot_options).single_availability_zone &&
      one(aws_ec2_fleet.nodes["workers-9"].spot_options).allocation_strategy == "price-capacity-optimized"
    )
    error_message = "spot capacity is asked for in one zone, all of it or nothing"
  }
  assert {
    condition     = length(aws_ec2_fleet.nodes["workers-9"].on_demand_options) == 0
    error_message = "nothing is asked for on demand"
  }
}

run "the_root_volume_is_as_asked" {
  command = plan
  variables {
    root_volume = { device_name = "/dev/sda1", size_gib = 200, throughput_mibps = 500, iops = 6000 }
  }
  assert {
    condition = alltrue([for template in aws_launch_template.node :
      one(template.block_device_mappings).device_name == "/dev/sda1" &&
      one(one(template.block_device_mappings).ebs).volume_size == 200 &&
      one(one(template.block_device_mappings).ebs).throughput == 500 &&
      one(one(template.block_device_mappings).ebs).iops == 6000
    ])
    error_message = "size, throughput and IOPS are those of root_volume"
  }
}
