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

run "refuses_a_region_that_is_none" {
  command = plan
  variables {
    region = "Frankfurt"
  }
  expect_failures = [var.region]
}

run "refuses_a_name_that_iam_would_refuse" {
  command = plan
  variables {
    name = "Psd_Test"
  }
  expect_failures = [var.name]
}

run "refuses_a_name_that_is_too_long" {
  command = plan
  variables {
    name = "psd-0123456789012345678901234567890123456"
  }
  expect_failures = [var.name]
}

run "refuses_no_tags" {
  command = plan
  variables {
    tags = {}
  }
  expect_failures = [var.tags]
}

run "refuses_tags_of_amazon" {
  command = plan
  variables {
    tags = { "aws:cluster" = "x" }
  }
  expect_failures = [var.tags]
}

run "refuses_a_range_that_is_none" {
  command = plan
  variables {
    vpc_cidr = "10.77.0.0"
  }
  expect_failures = [var.vpc_cidr]
}

run "refuses_a_range_without_room_for_a_subnet" {
  command = plan
  variables {
    vpc_cidr = "10.77.0.0/24"
  }
  expect_failures = [var.vpc_cidr]
}

run "refuses_a_range_without_room_for_all_zones" {
  command = plan
  variables {
    vpc_cidr = "10.77.0.0/20"
  }
  expect_failures = [aws_vpc.cluster]
}

run "refuses_a_zone_twice" {
  command = plan
  variables {
    zones = ["eu-central-1b", "eu-central-1b"]
  }
  expect_failures = [var.zones]
}

run "refuses_no_network_at_all" {
  command = plan
  variables {
    zones  = []
    fleets = {}
  }
  expect_failures = [aws_vpc.cluster]
}

run "refuses_subnets_without_their_vpc" {
  command = plan
  variables {
    subnet_ids = { eu-central-1b = "subnet-0123456789abcdef0" }
  }
  expect_failures = [aws_vpc.cluster]
}

run "refuses_groups_without_their_vpc" {
  command = plan
  variables {
    security_group_ids = ["sg-0123456789abcdef0"]
  }
  expect_failures = [aws_vpc.cluster]
}

run "refuses_a_vpc_without_subnets" {
  command = plan
  variables {
    vpc_id = "vpc-0123456789abcdef0"
    fleets = {}
  }
  expect_failures = [aws_launch_template.node]
}

run "refuses_private_nodes_in_the_own_network" {
  command = plan
  variables {
    private = true
  }
  expect_failures = [aws_vpc.cluster]
}

run "refuses_a_vpc_that_is_none" {
  command = plan
  variables {
    vpc_id = "main"
  }
  expect_failures = [var.vpc_id]
}

run "refuses_a_subnet_that_is_none" {
  command = plan
  variables {
    subnet_ids = { eu-central-1b = "main" }
  }
  expect_failures = [var.subnet_ids]
}

run "refuses_a_group_by_its_name" {
  command = plan
  variables {
    security_group_ids = ["default"]
  }
  expect_failures = [var.security_group_ids]
}

run "refuses_an_address_without_a_mask" {
  command = plan
  variables {
    ssh_cidrs = ["203.0.113.7"]
  }
  expect_failures = [var.ssh_cidrs]
}

run "refuses_an_ipv6_range" {
  command = plan
  variables {
    ssh_cidrs = ["2001:db8::/32"]
  }
  expect_failures = [var.ssh_cidrs]
}

run "refuses_a_private_key" {
  command = plan
  variables {
    public_key = "-----BEGIN OPENSSH PRIVATE KEY-----"
  }
  expect_failures = [var.public_key]
}

run "refuses_a_key_that_ec2_does_not_take" {
  command = plan
  variables {
    public_key = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY="
  }
  expect_failures = [var.public_key]
}

run "refuses_an_image_by_its_name" {
  command = plan
  variables {
    ami_id = "al2023"
  }
  expect_failures = [var.ami_id]
}

run "refuses_user_data_in_plain_text" {
  command = plan
  variables {
    user_data_base64 = "#!/bin/sh"
  }
  expect_failures = [var.user_data_base64]
}

run "refuses_a_small_root_volume" {
  command = plan
  variables {
    root_volume = { size_gib = 4 }
  }
  expect_failures = [var.root_volume]
}

run "refuses_more_throughput_than_the_iops_carry" {
  command = plan
  variables {
    root_volume = { throughput_mibps = 1000 }
  }
  expect_failures = [var.root_volume]
}

run "refuses_a_role_that_is_none" {
  command = plan
  variables {
    fleets = { workers-1 = { role = "driver", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b" } }
  }
  expect_failures = [var.fleets]
}

run "refuses_a_market_that_is_none" {
  command = plan
  variables {
    fleets = { workers-1 = { role = "worker", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b", market = "reserved" } }
  }
  expect_failures = [var.fleets]
}

run "refuses_a_master_on_spot" {
  command = plan
  variables {
    fleets = { workers-1 = { role = "master", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b", market = "spot" } }
  }
  expect_failures = [var.fleets]
}

run "refuses_an_empty_fleet" {
  command = plan
  variables {
    fleets = { workers-1 = { role = "worker", count = 0, instance_types = ["m7i.large"], zone = "eu-central-1b" } }
  }
  expect_failures = [var.fleets]
}

run "refuses_half_a_node" {
  command = plan
  variables {
    fleets = { workers-1 = { role = "worker", count = 1.5, instance_types = ["m7i.large"], zone = "eu-central-1b" } }
  }
  expect_failures = [var.fleets]
}

run "refuses_a_fleet_without_types" {
  command = plan
  variables {
    fleets = { workers-1 = { role = "worker", count = 1, instance_types = [], zone = "eu-central-1b" } }
  }
  expect_failures = [var.fleets]
}

run "refuses_a_type_that_is_none" {
  command = plan
  variables {
    fleets = { workers-1 = { role = "worker", count = 1, instance_types = ["large"], zone = "eu-central-1b" } }
  }
  expect_failures = [var.fleets]
}

run "refuses_a_fleet_in_a_zone_without_a_subnet" {
  command = plan
  variables {
    fleets = { workers-1 = { role = "worker", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1c" } }
  }
  expect_failures = [aws_launch_template.node]
}

run "refuses_a_profile_by_its_arn" {
  command = plan
  variables {
    instance_profile_name = "arn:aws:iam::123456789012:instance-profile/x"
  }
  expect_failures = [var.instance_profile_name]
}

run "refuses_a_boundary_by_its_name" {
  command = plan
  variables {
    permissions_boundary_arn = "boundary"
  }
  expect_failures = [var.permissions_boundary_arn]
}

run "refuses_a_bucket_as_a_url" {
  command = plan
  variables {
    s3_locations = ["s3://bucket"]
  }
  expect_failures = [var.s3_locations]
}

run "refuses_every_bucket" {
  command = plan
  variables {
    s3_locations = ["*"]
  }
  expect_failures = [var.s3_locations]
}

run "refuses_every_prefix" {
  command = plan
  variables {
    s3_locations = ["bucket/*"]
  }
  expect_failures = [var.s3_locations]
}

run "refuses_to_let_nodes_boot_from_a_whole_bucket" {
  command = plan
  variables {
    boot_location = "bucket"
  }
  expect_failures = [var.boot_location]
}

run "refuses_every_repository" {
  command = plan
  variables {
    repository_arns = ["arn:aws:ecr:eu-central-1:123456789012:repository/*"]
  }
  expect_failures = [var.repository_arns]
}
