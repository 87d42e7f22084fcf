# A Spark cluster as Terraform made it in 2018: every machine an aws_instance of its own, no launch template, no user
# data; what runs on the machines comes later, over SSH.
terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "region" {
  description = "AWS region of everything."
  type        = string
}

variable "name" {
  description = "Name of the cluster, on everything that has one."
  type        = string
}

variable "workers" {
  description = "Number of workers."
  type        = number
}

variable "instance_type" {
  description = "Instance type of the master and the workers."
  type        = string
}

variable "ami" {
  description = "Machine image of the master and the workers."
  type        = string
}

variable "public_key" {
  description = "SSH public key, one line."
  type        = string
}

provider "aws" {
  region = var.region
}

resource "aws_vpc" "spark" {
  cidr_block           = "10.77.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_internet_gateway" "spark" {
  vpc_id = aws_vpc.spark.id
}

resource "aws_route" "internet" {
  route_table_id         = aws_vpc.spark.main_route_table_id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.spark.id
}

resource "aws_subnet" "spark" {
  vpc_id            = aws_vpc.spark.id
  cidr_block        = "10.77.0.0/20"
  availability_zone = "${var.region}a"
}

resource "aws_security_group" "spark" {
  name   = var.name
  vpc_id = aws_vpc.spark.id

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  # Spark's web UIs.
  ingress {
    from_port   = 8080
    to_port     = 8081
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    from_port = 0
    to_port   = 0
    protocol  = "-1"
    self      = true
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_key_pair" "spark" {
  key_name   = var.name
  public_key = var.public_key
}

resource "aws_instance" "master" {
  ami                         = var.ami
  instance_type               = var.instance_type
  key_name                    = aws_key_pair.spark.key_name
  subnet_id                   = aws_subnet.spark.id
  vpc_security_group_ids      = [aws_security_group.spark.id]
  associate_public_ip_address = true
  tags                        = { Name = "${var.name}-master" }
}

resource "aws_instance" "worker" {
  count                       = var.workers
  ami                         = var.ami
  instance_type               = var.instance_type
  key_name                    = aws_key_pair.spark.key_name
  subnet_id                   = aws_subnet.spark.id
  vpc_security_group_ids      = [aws_security_group.spark.id]
  associate_public_ip_address = true
  tags                        = { Name = "${var.name}-worker-${count.index + 1}" }
}

output "master" {
  description = "Public and private address of the master."
  value       = { public = aws_instance.master.public_ip, private = aws_instance.master.private_ip }
}

output "workers" {
  description = "Public and private addresses of the workers."
  value       = [for worker in aws_instance.worker : { public = worker.public_ip, private = worker.private_ip }]
}
