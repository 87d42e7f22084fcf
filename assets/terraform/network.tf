# Neither DNS host names nor public addresses by default are switched on: the provider waits 10 s for each, and nodes
# need neither (they have private addresses for each other, and ask for a public one in their launch template).

resource "aws_vpc" "cluster" {
  # checkov:skip=CKV2_AWS_11:Flow logs cost money and outlive a cluster of hours; an existing VPC keeps its own.
  # checkov:skip=CKV2_AWS_12:No node is ever in the default group: templates name theirs, and the VPC goes with the cluster.

  for_each   = local.own_network
  cidr_block = var.vpc_cidr
  tags       = local.tags

  lifecycle {
    precondition {
      condition     = length(var.zones) > 0
      error_message = "zones must name at least one zone, or vpc_id and subnet_ids an existing network."
    }
    precondition {
      condition     = length(var.zones) <= pow(2, 20 - tonumber(split("/", var.vpc_cidr)[1]))
      error_message = "vpc_cidr has no room for a /20 in each of the zones: take a larger range or fewer zones."
    }
    precondition {
      condition     = length(var.subnet_ids) == 0 && length(var.security_group_ids) == 0
      error_message = "subnet_ids and security_group_ids need the vpc_id that they belong to."
    }
    precondition {
      condition     = !var.private
      error_message = "private needs an existing network (vpc_id and subnet_ids): the one that is made has no NAT gateway."
    }
  }
}

resource "aws_subnet" "cluster" {
  for_each          = var.vpc_id == null ? toset(var.zones) : toset([])
  vpc_id            = aws_vpc.cluster["own"].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.vpc_cidr, 20 - tonumber(split("/", var.vpc_cidr)[1]), index(var.zones, each.key))
  tags              = merge(local.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_internet_gateway" "cluster" {
  for_each = local.own_network
  vpc_id   = aws_vpc.cluster[each.key].id
  tags     = local.tags
}

resource "aws_route_table" "cluster" {
  for_each = local.own_network
  vpc_id   = aws_vpc.cluster[each.key].id
  tags     = local.tags

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.cluster[each.key].id
  }
}

resource "aws_route_table_association" "cluster" {
  for_each       = aws_subnet.cluster
  subnet_id      = each.value.id
  route_table_id = aws_route_table.cluster["own"].id
}

# Free, and what reads S3 (data, and image layers from ECR) does not pass the internet gateway.
resource "aws_vpc_endpoint" "s3" {
  for_each        = local.own_network
  vpc_id          = aws_vpc.cluster[each.key].id
  service_name    = "com.amazonaws.${var.region}.s3"
  route_table_ids = [aws_route_table.cluster[each.key].id]
  tags            = local.tags
}
