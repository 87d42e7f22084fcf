"""Everything that there is, whoever made it and whatever its tags: for proving that nothing is left."""

from collections.abc import Iterator

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

# What we call it, and the attribute of moto's EC2.
KINDS = {
    "vpc": "vpcs",
    "internet-gateway": "internet_gateways",
    "route-table": "route_tables",
    "vpc-endpoint": "vpc_end_points",
    "key-pair": "key_pairs",
    "launch-template": "launch_templates",
    "volume": "volumes",
    "network-interface": "enis",
    "spot-request": "spot_instance_requests",
    "nat-gateway": "nat_gateways",
    "dhcp-options": "dhcp_options_sets",
    "fleet": "fleets",
}
# The same by zone or VPC.
NESTED = {"subnet": "subnets", "security-group": "groups"}
GONE = ("deleted", "terminated")


def _of_ec2(backend) -> Iterator[str]:
    # Every region has one from the start.
    default = {vpc.id for vpc in backend.vpcs.values() if str(vpc.is_default).lower() == "true"}
    found = [(kind, getattr(backend, attribute)) for kind, attribute in KINDS.items()]
    found += [(kind, group) for kind, name in NESTED.items() for group in getattr(backend, name).values()]
    for kind, things in found:
        for name, thing in things.items():
            is_default = name in default or getattr(thing, "vpc_id", None) in default
            if not is_default and getattr(thing, "state", None) not in GONE:
                yield f"{kind} {name}"
    yield from (f"elastic-ip {address.allocation_id}" for address in backend.addresses)
    yield from (f"instance {one.id}" for one in backend.all_instances() if one.state not in GONE)


def resources() -> list[str]:
    """As "kind id"; instances that are terminated and fleets that are deleted are gone."""
    found = [one for regions in ec2_backends.values() for ec2 in regions.values() for one in _of_ec2(ec2)]
    for partitions in iam_backends.values():
        for iam in partitions.values():
            found += [f"iam-role {role.name}" for role in iam.roles.values()]
            found += [f"instance-profile {profile.name}" for profile in iam.instance_profiles.values()]
    return sorted(found)
