mock_provider "aws" {}

variables {
  name                     = "psd-test"
  tags                     = { "pyspark-deploy:cluster-id" = "0123abcd", "cost-center" = "1234" }
  ssh_cidrs                = ["203.0.113.7/32"]
  public_key               = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFYbmHG0sjQzyUqgPX8PvWlqJyYeAQTnv2J1WwNQzqgM"
  ami_id                   = "ami-0123456789abcdef0"
  s3_locations             = ["data", "shared/logs"]
  permissions_boundary_arn = null
}

run "in_china" {
  variables {
    region                   = "cn-north-1"
    zones                    = ["cn-north-1a"]
    repository_arns          = ["arn:aws-cn:ecr:cn-north-1:123456789012:repository/flights"]
    permissions_boundary_arn = "arn:aws-cn:iam::123456789012:policy/boundary"
  }
  override_data {
    target = data.aws_partition.current
    values = {
      partition  = "aws-cn"
      dns_suffix = "amazonaws.com.cn"
    }
  }
  assert {
    condition     = jsondecode(aws_iam_role.nodes["own"].assume_role_policy).Statement[0].Principal.Service == "ec2.amazonaws.com.cn"
    error_message = "China's EC2 has a name of its own"
  }
  assert {
    condition     = aws_iam_role.nodes["own"].permissions_boundary == "arn:aws-cn:iam::123456789012:policy/boundary"
    error_message = "the boundary is that of the partition"
  }
  assert {
    condition = alltrue([
      for resource in flatten([for statement in jsondecode(aws_iam_role_policy.nodes["own"].policy).Statement : statement.Resource]) :
      resource == "*" || startswith(resource, "arn:aws-cn:")
    ])
    error_message = "no ARN of another partition"
  }
  assert {
    # https://docs.amazonaws.cn/en_us/vpc/latest/privatelink/gateway-endpoints.html
    condition     = aws_vpc_endpoint.s3["own"].service_name == "com.amazonaws.cn-north-1.s3"
    error_message = "gateway endpoints have no prefix there, unlike interface endpoints"
  }
}

run "in_govcloud" {
  variables {
    region          = "us-gov-west-1"
    zones           = ["us-gov-west-1a"]
    repository_arns = ["arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/flights"]
  }
  override_data {
    target = data.aws_partition.current
    values = {
      partition  = "aws-us-gov"
      dns_suffix = "amazonaws.com"
    }
  }
  assert {
    condition     = jsondecode(aws_iam_role.nodes["own"].assume_role_policy).Statement[0].Principal.Service == "ec2.amazonaws.com"
    error_message = "GovCloud's EC2 has the usual name"
  }
  assert {
    condition = alltrue([
      for resource in flatten([for statement in jsondecode(aws_iam_role_policy.nodes["own"].policy).Statement : statement.Resource]) :
      resource == "*" || startswith(resource, "arn:aws-us-gov:")
    ])
    error_message = "no ARN of another partition"
  }
}
