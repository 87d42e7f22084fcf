# A master and two workers in a network of their own: terraform init && terraform apply

terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

locals {
  region = "eu-central-1"
  zone   = "eu-central-1a"
}

provider "aws" {
  region = local.region
}

# Amazon Linux 2023 with Docker.
data "aws_ssm_parameter" "ami" {
  name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
}

variable "ssh_cidr" {
  description = "Your own address, such as 203.0.113.7/32."
  type        = string
}

variable "public_key_file" {
  description = "SSH public key that opens the nodes."
  type        = string
  default     = "~/.ssh/id_ed25519.pub"
}

module "cluster" {
  source     = "../.."
  region     = local.region
  name       = "spark-by-hand"
  tags       = { Project = "spark-by-hand" }
  zones      = [local.zone]
  ssh_cidrs  = [var.ssh_cidr]
  public_key = trimspace(file(pathexpand(var.public_key_file)))
  ami_id     = nonsensitive(data.aws_ssm_parameter.ami.insecure_value)
  fleets = {
    master-1  = { role = "master", count = 1, instance_types = ["m7i.large"], zone = local.zone }
    workers-1 = { role = "worker", count = 2, instance_types = ["m7i.xlarge", "m6i.xlarge"], zone = local.zone }
  }
}

output "fleets" {
  description = "The instances of each batch."
  value       = module.cluster.fleets
}
