locals {
  s3_arn = "arn:${data.aws_partition.current.partition}:s3:::"
  # "bucket/a/b" → { bucket = "bucket", prefix = "a/b" }; the prefix of a whole bucket is "".
  s3_grants = {
    for location in var.s3_locations : location => {
      bucket = split("/", location)[0]
      prefix = join("/", slice(split("/", location), 1, length(split("/", location))))
    }
  }
  whole_buckets = toset([for grant in values(local.s3_grants) : grant.bucket if grant.prefix == ""])
  prefixes_of_bucket = {
    for grant in values(local.s3_grants) : grant.bucket => grant.prefix...
    if grant.prefix != "" && !contains(local.whole_buckets, grant.bucket)
  }

  object_statement = {
    Sid    = "Objects"
    Effect = "Allow"
    Action = [
      "s3:AbortMultipartUpload",
      "s3:DeleteObject",
      "s3:GetObject",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
    ]
    Resource = [for location in var.s3_locations : "${local.s3_arn}${location}/*"]
  }
  # Neither of the two knows the condition key s3:prefix.
  bucket_statement = {
    Sid      = "Buckets"
    Effect   = "Allow"
    Action   = ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]
    Resource = distinct([for grant in values(local.s3_grants) : "${local.s3_arn}${grant.bucket}"])
  }
  list_whole_statement = {
    Sid      = "ListWholeBuckets"
    Effect   = "Allow"
    Action   = ["s3:ListBucket"]
    Resource = [for bucket in local.whole_buckets : "${local.s3_arn}${bucket}"]
  }
  list_prefix_statements = [
    for bucket, prefixes in local.prefixes_of_bucket : {
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = ["${local.s3_arn}${bucket}"]
      Condition = {
        StringLike = { "s3:prefix" = flatten([for prefix in prefixes : [prefix, "${prefix}/*"]]) }
      }
    }
  ]
  # Nodes can't change the role that the others run, nor read what they report.
  boot_statements = var.boot_location == null ? [] : [
    {
      Sid      = "BootRole"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["${local.s3_arn}${var.boot_location}/role.json.gz"]
    },
    {
      Sid      = "BootReports"
      Effect   = "Allow"
      Action   = ["s3:PutObject"]
      Resource = ["${local.s3_arn}${var.boot_location}/reports/*"]
    },
  ]
  registry_statements = [
    {
      Sid      = "RegistryLogin"
      Effect   = "Allow"
      Action   = ["ecr:GetAuthorizationToken"]
      Resource = ["*"] # The action knows no narrower resource.
    },
    {
      Sid      = "RegistryPull"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = var.repository_arns
    },
  ]

  # Encoded one by one: statements of different shapes don't fit into one list of Terraform's.
  policy_statements = concat(
    [for statement in [local.object_statement, local.bucket_statement] : jsonencode(statement) if length(var.s3_locations) > 0],
    [for statement in [local.list_whole_statement] : jsonencode(statement) if length(local.whole_buckets) > 0],
    [for statement in local.list_prefix_statements : jsonencode(statement)],
    [for statement in local.boot_statements : jsonencode(statement)],
    [for statement in local.registry_statements : jsonencode(statement) if length(var.repository_arns) > 0],
  )
}

resource "aws_iam_role" "nodes" {
  for_each             = local.own_role
  name                 = var.name
  path                 = "/pyspark-deploy/"
  description          = "Nodes of the Spark cluster ${var.name}"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.${data.aws_partition.current.dns_suffix}" }
    }]
  })
}

resource "aws_iam_role_policy" "nodes" {
  for_each = length(local.policy_statements) > 0 ? local.own_role : toset([])
  name     = "data-and-image"
  role     = aws_iam_role.nodes[each.key].name
  policy   = "{\"Version\":\"2012-10-17\",\"Statement\":[${join(",", local.policy_statements)}]}"
}

resource "aws_iam_instance_profile" "nodes" {
  for_each = local.own_role
  name     = local.instance_profile
  path     = "/pyspark-deploy/"
  role     = aws_iam_role.nodes[each.key].name
  tags     = local.tags
}
