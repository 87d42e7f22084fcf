# ── The cluster ──────────────────────────────────────────────────────────────────────────────────────────────────────

variable "region" {
  description = "AWS region of everything; the provider's region must be the same."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "region must be the code of an AWS region, such as eu-central-1."
  }
}

variable "name" {
  description = "Begins the name of every resource; must be the cluster's alone in the account and region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name must be 2 to 40 lower-case letters, digits and hyphens, and begin with a letter: IAM allows no more than 64 characters for what begins with it."
  }
}

variable "tags" {
  description = "Tags on everything that is made, instances, volumes and network interfaces included."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.tags) > 0 && length(var.tags) <= 45
    error_message = "tags must hold 1 to 45 tags: AWS allows 50, some of which the module adds; a cluster without tags could not be found again."
  }
  validation {
    condition = alltrue([
      for key, value in var.tags : length(key) <= 128 && length(value) <= 256 && !startswith(lower(key), "aws:")
    ])
    error_message = "tags must have keys of at most 128 characters that do not begin with \"aws:\", and values of at most 256."
  }
}

# ── Network ──────────────────────────────────────────────────────────────────────────────────────────────────────────

variable "vpc_cidr" {
  description = "Addresses of the VPC that is made; each zone's subnet takes a /20 of them."
  type        = string
  default     = "10.77.0.0/16"
  nullable    = false

  validation {
    condition = (
      can(cidrnetmask(var.vpc_cidr)) &&
      try(tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 20, false)
    )
    error_message = "vpc_cidr must be an IPv4 range from /16 to /20, such as 10.77.0.0/16."
  }
}

variable "zones" {
  description = "Zones that get a subnet, in the VPC that is made. The order decides the addresses: add at the end only."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) == length(var.zones)
    error_message = "zones must name each zone once."
  }
}

variable "vpc_id" {
  description = "An existing VPC; null makes one with a subnet for each zone. Needs subnet_ids."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id == null || can(regex("^vpc-[0-9a-f]+$", var.vpc_id))
    error_message = "vpc_id must look like vpc-0123456789abcdef0."
  }
}

variable "subnet_ids" {
  description = "Subnets of the existing VPC by zone, such as { eu-central-1a = \"subnet-…\" }."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in values(var.subnet_ids) : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "subnet_ids must be ids such as subnet-0123456789abcdef0, by zone."
  }
}

variable "security_group_ids" {
  description = "Existing security groups of the existing VPC; none makes one. They must let the nodes reach each other on every port."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))])
    error_message = "security_group_ids must be ids such as sg-0123456789abcdef0."
  }
}

variable "private" {
  description = "Gives the nodes no public address. Needs existing subnets that reach the registry and S3 by a NAT gateway or endpoints."
  type        = bool
  default     = false
  nullable    = false
}

variable "ssh_cidrs" {
  description = "IPv4 ranges that may connect to port 22, the only port that is open; such as [\"203.0.113.7/32\"]."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_cidrs : can(cidrnetmask(cidr))])
    error_message = "ssh_cidrs must be IPv4 ranges such as 203.0.113.7/32."
  }
}

# ── Nodes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

variable "public_key" {
  description = "SSH public key of the cluster, as one line of an authorized_keys file."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(ssh-ed25519|ssh-rsa) [A-Za-z0-9+/=]+( .*)?$", var.public_key))
    error_message = "public_key must be one line such as \"ssh-ed25519 AAAA… comment\": EC2 takes Ed25519 and RSA keys."
  }
}

variable "ami_id" {
  description = "Machine image of the nodes: Amazon Linux 2023 with Docker, of the instance types' architecture."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^ami-[0-9a-f]+$", var.ami_id))
    error_message = "ami_id must look like ami-0123456789abcdef0."
  }
}

variable "user_data_base64" {
  description = "User data of the nodes as base64, gzipped or not; EC2 allows 16,384 bytes of it."
  type        = string
  default     = ""
  nullable    = false
  sensitive   = true

  validation {
    # 16,384 bytes are 21,848 characters of base64.
    condition     = length(var.user_data_base64) <= 21848 && can(regex("^[A-Za-z0-9+/]*={0,2}$", var.user_data_base64))
    error_message = "user_data_base64 must be base64 of at most 16,384 bytes."
  }
}

variable "root_volume" {
  description = "Root volume of each node, encrypted gp3. device_name is the AMI's root device; throughput is in MiB/s."
  type = object({
    device_name      = optional(string, "/dev/xvda")
    size_gib         = optional(number, 100)
    throughput_mibps = optional(number, 250)
    iops             = optional(number, 3000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.root_volume.size_gib >= 8 && var.root_volume.size_gib <= 16384
    error_message = "root_volume.size_gib must be 8 to 16384."
  }
  validation {
    condition     = var.root_volume.iops >= 3000 && var.root_volume.iops <= 16000
    error_message = "root_volume.iops must be 3000 to 16000."
  }
  validation {
    condition = (
      var.root_volume.throughput_mibps >= 125 && var.root_volume.throughput_mibps <= 1000 &&
      var.root_volume.throughput_mibps * 4 <= var.root_volume.iops
    )
    error_message = "root_volume.throughput_mibps must be 125 to 1000, and at most a quarter of root_volume.iops."
  }
}

variable "fleets" {
  description = <<-EOT
    Batches of nodes, each one request to EC2, by a key such as "workers-1". A batch never changes once it is made: to
    grow, add a key; a key that is gone ends its instances. instance_types is in order of preference. zone must be one
    of zones or a key of subnet_ids. launch_template_version is one that was added to the role's template by hand; null
    takes the module's own.
  EOT
  type = map(object({
    role           = string
    count          = number
    instance_types = list(string)
    zone           = string
    market         = optional(string, "on-demand")

    launch_template_version = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for fleet in values(var.fleets) : contains(["master", "worker"], fleet.role)])
    error_message = "fleets[*].role must be master or worker."
  }
  validation {
    condition     = alltrue([for fleet in values(var.fleets) : contains(["on-demand", "spot"], fleet.market)])
    error_message = "fleets[*].market must be on-demand or spot."
  }
  validation {
    condition     = alltrue([for fleet in values(var.fleets) : !(fleet.role == "master" && fleet.market == "spot")])
    error_message = "fleets[*].market of a master must be on-demand: a cluster does not outlive its master."
  }
  validation {
    condition = alltrue([
      for fleet in values(var.fleets) :
      fleet.launch_template_version == null || can(regex("^[1-9][0-9]*$", fleet.launch_template_version))
    ])
    error_message = "fleets[*].launch_template_version must be the number of a version."
  }
  validation {
    # An instant fleet may ask for 1,000 instances; https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/fleet-quotas.html says more by request.
    condition = alltrue([
      for fleet in values(var.fleets) : fleet.count >= 1 && fleet.count <= 1000 && floor(fleet.count) == fleet.count
    ])
    error_message = "fleets[*].count must be a whole number from 1 to 1000; ask for more in several fleets."
  }
  validation {
    condition = alltrue(flatten([
      for fleet in values(var.fleets) : [
        length(fleet.instance_types) > 0,
        length(distinct(fleet.instance_types)) == length(fleet.instance_types),
        [for type in fleet.instance_types : can(regex("^[a-z0-9-]+\\.[a-z0-9-]+$", type))],
      ]
    ]))
    error_message = "fleets[*].instance_types must name one or more instance types, each once, such as m7i.xlarge."
  }
}

# ── What the nodes may do ────────────────────────────────────────────────────────────────────────────────────────────

variable "instance_profile_name" {
  description = "An existing instance profile; null makes a role and a profile limited to s3_locations and repository_arns."
  type        = string
  default     = null

  validation {
    condition     = var.instance_profile_name == null || can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", var.instance_profile_name))
    error_message = "instance_profile_name must be the name of an instance profile, not its ARN or path."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role that is made, where the account demands one."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy."
  }
}

variable "s3_locations" {
  description = "What the nodes may read and write on S3: \"bucket\", or \"bucket/prefix\" for what lies below the prefix."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for location in var.s3_locations : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^*?$]+)?$", location)) && !endswith(location, "/")
    ])
    error_message = "s3_locations must be \"bucket\" or \"bucket/prefix\": no s3://, no wildcard, no slash at the end."
  }
}

variable "boot_location" {
  description = "\"bucket/prefix\" where the nodes find the role that they run at their boot and leave their reports; null where they run none."
  type        = string
  default     = null

  validation {
    condition     = var.boot_location == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^*?$]*[^*?$/]$", var.boot_location))
    error_message = "boot_location must be \"bucket/prefix\": no s3://, no wildcard, no slash at the end."
  }
}

variable "repository_arns" {
  description = "ECR repositories that the nodes may pull from."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for arn in var.repository_arns : can(regex("^arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9][a-z0-9._/-]*$", arn))
    ])
    error_message = "repository_arns must be ARNs of ECR repositories, without wildcards."
  }
}
