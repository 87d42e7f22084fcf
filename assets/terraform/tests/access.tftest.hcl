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

run "without_locations_the_role_may_do_nothing" {
  assert {
    condition     = length(aws_iam_role_policy.nodes) == 0 && aws_iam_role.nodes["own"].path == "/pyspark-deploy/"
    error_message = "a role without a policy, under our path"
  }
  assert {
    condition     = jsondecode(aws_iam_role.nodes["own"].assume_role_policy).Statement[0].Principal.Service == "ec2.amazonaws.com"
    error_message = "EC2 alone may take the role"
  }
}

run "the_policy_names_buckets_prefixes_and_repositories_and_nothing_else" {
  variables {
    s3_locations    = ["whole", "shared/team/data", "shared/logs", "whole/inside"]
    repository_arns = ["arn:aws:ecr:eu-central-1:123456789012:repository/team/flights"]
  }
  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.nodes["own"].policy).Statement : statement.Resource])) == toset([
      "*",
      "arn:aws:ecr:eu-central-1:123456789012:repository/team/flights",
      "arn:aws:s3:::shared",
      "arn:aws:s3:::shared/logs/*",
      "arn:aws:s3:::shared/team/data/*",
      "arn:aws:s3:::whole",
      "arn:aws:s3:::whole/*",
      "arn:aws:s3:::whole/inside/*",
    ])
    error_message = "no other resource is named"
  }
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.nodes["own"].policy).Statement : statement.Action if contains(statement.Resource, "*")
    ])) == toset(["ecr:GetAuthorizationToken"])
    error_message = "the registry's login alone is not limited to a resource"
  }
  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.nodes["own"].policy).Statement :
      statement.Resource[0] => try(statement.Condition.StringLike["s3:prefix"], ["*"]) if contains(statement.Action, "s3:ListBucket")
      } == {
      "arn:aws:s3:::shared" = ["logs", "logs/*", "team/data", "team/data/*"]
      "arn:aws:s3:::whole"  = ["*"]
    }
    error_message = "a shared bucket is listed below the named prefixes alone"
  }
  assert {
    condition = alltrue([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.nodes["own"].policy).Statement : statement.Action]) :
      startswith(action, "s3:") || startswith(action, "ecr:") && !strcontains(action, "Put")
    ])
    error_message = "nodes touch S3 and pull images, and push none"
  }
}

run "a_permissions_boundary_is_set" {
  command = plan
  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }
  assert {
    condition     = aws_iam_role.nodes["own"].permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    error_message = "the role has the boundary"
  }
}

run "nodes_that_configure_themselves_read_the_role_and_write_reports_alone" {
  variables {
    boot_location = "state/team/boot/0123abcd"
  }
  assert {
    condition = jsondecode(aws_iam_role_policy.nodes["own"].policy).Statement == [
      { Sid = "BootRole", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::state/team/boot/0123abcd/role.json.gz"] },
      { Sid = "BootReports", Effect = "Allow", Action = ["s3:PutObject"], Resource = ["arn:aws:s3:::state/team/boot/0123abcd/reports/*"] },
    ]
    error_message = "two objects' worth of rights"
  }
}

run "an_existing_profile_is_used_and_no_role_made" {
  variables {
    instance_profile_name = "company-spark"
    s3_locations          = ["whole"]
  }
  assert {
    condition     = length(aws_iam_role.nodes) + length(aws_iam_role_policy.nodes) + length(aws_iam_instance_profile.nodes) == 0
    error_message = "IAM is left alone"
  }
  assert {
    condition     = alltrue([for template in aws_launch_template.node : one(template.iam_instance_profile).name == "company-spark"]) && output.instance_profile == "company-spark"
    error_message = "nodes take the given profile"
  }
}
