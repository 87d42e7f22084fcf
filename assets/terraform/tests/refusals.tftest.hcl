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

# A run costs a start of the provider: one run holds a wrong value for many variables, each of which must be refused.

run "refuses_values_of_the_wrong_kind" {
  command = plan
  variables {
    region                   = "Frankfurt"
    name                     = "Psd_Test" # IAM would refuse it
    tags                     = {}
    vpc_cidr                 = "10.77.0.0"
    zones                    = ["eu-central-1b", "eu-central-1b"]
    vpc_id                   = "main"
    subnet_ids               = { eu-central-1b = "main" }
    security_group_ids       = ["default"]
    ssh_cidrs                = ["203.0.113.7"]
    public_key               = "-----BEGIN OPENSSH PRIVATE KEY-----"
    ami_id                   = "al2023"
    user_data_base64         = "#!/bin/sh"
    root_volume              = { size_gib = 4 }
    instance_profile_name    = "arn:aws:iam::123456789012:instance-profile/x"
    permissions_boundary_arn = "boundary"
    s3_locations             = ["s3://bucket"]
    boot_location            = "bucket"
    repository_arns          = ["arn:aws:ecr:eu-central-1:123456789012:repository/*"]
    fleets                   = { workers-1 = { role = "driver", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b" } }
  }
  expect_failures = [
    var.region,
    var.name,
    var.tags,
    var.vpc_cidr,
    var.zones,
    var.vpc_id,
    var.subnet_ids,
    var.security_group_ids,
    var.ssh_cidrs,
    var.public_key,
    var.ami_id,
    var.user_data_base64,
    var.root_volume,
    var.instance_profile_name,
    var.permissions_boundary_arn,
    var.s3_locations,
    var.boot_location,
    var.repository_arns,
    var.fleets,
  ]
}

run "refuses_values_that_aws_would_refuse" {
  command = plan
  variables {
    name         = "psd-0123456789012345678901234567890123456" # too long
    tags         = { "aws:cluster" = "x" }
    vpc_cidr     = "10.77.0.0/24" # no room for a subnet
    ssh_cidrs    = ["2001:db8::/32"]
    public_key   = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY="
    root_volume  = { throughput_mibps = 1000 } # more than the IOPS carry
    s3_locations = ["*"]
    fleets       = { workers-1 = { role = "worker", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b", market = "reserved" } }
  }
  expect_failures = [
    var.name,
    var.tags,
    var.vpc_cidr,
    var.ssh_cidrs,
    var.public_key,
    var.root_volume,
    var.s3_locations,
    var.fleets,
  ]
}

run "refuses_every_prefix_and_a_master_on_spot" {
  command = plan
  variables {
    s3_locations = ["bucket/*"]
    fleets       = { workers-1 = { role = "master", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1b", market = "spot" } }
  }
  expect_failures = [var.s3_locations, var.fleets]
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

run "refuses_a_range_without_room_for_all_zones" {
  command = plan
  variables {
    vpc_cidr = "10.77.0.0/20"
  }
  expect_failures = [aws_vpc.cluster]
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

run "refuses_a_fleet_in_a_zone_without_a_subnet" {
  command = plan
  variables {
    fleets = { workers-1 = { role = "worker", count = 1, instance_types = ["m7i.large"], zone = "eu-central-1c" } }
  }
  expect_failures = [aws_launch_template.node]
}
