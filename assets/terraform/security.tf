resource "aws_key_pair" "cluster" {
  key_name   = var.name
  public_key = var.public_key
  tags       = local.tags
}

resource "aws_security_group" "nodes" {
  # checkov:skip=CKV2_AWS_5:The launch templates have it, through a local value that checkov does not follow.

  for_each    = local.own_group
  name        = var.name
  description = "Nodes of the Spark cluster ${var.name}: SSH from named addresses, everything among themselves"
  vpc_id      = local.vpc_id
  tags        = local.tags
}

# Rules are resources of their own, so that one that the CLI adds for a new address of the user is left alone.
resource "aws_vpc_security_group_ingress_rule" "ssh" {
  for_each          = length(var.security_group_ids) == 0 ? toset(var.ssh_cidrs) : toset([])
  security_group_id = aws_security_group.nodes["own"].id
  description       = "SSH"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = each.key
  tags              = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "nodes" {
  for_each                     = local.own_group
  security_group_id            = aws_security_group.nodes[each.key].id
  description                  = "Nodes among themselves"
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.nodes[each.key].id
  tags                         = local.tags
}

resource "aws_vpc_security_group_egress_rule" "all" {
  for_each          = local.own_group
  security_group_id = aws_security_group.nodes[each.key].id
  description       = "Registry, S3, and what jobs read"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = local.tags
}
