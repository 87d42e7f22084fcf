"""Everything that there is, whoever made it and whatever its tags: for proving that nothing is left."""

from collections.abc import Iterator

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

# By the name that we call them to the attribute of moto's EC2; one level deep.
FLAT = {
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
}
# By zone or VPC.
NESTED = {"subnet": "subnets", "security-group": "groups"}


def _of_ec2(backend) -> Iterator[str]:
    for kind, attribute in FLAT.items():
        yield from (f"{kind} {one}" for one in getattr(backend, attribute))
    for kind, attribute in NESTED.items():
        yield from (f"{kind} {one}" for group in getattr(backend, attribute).values() for one in group)
    yield from (f"elastic-ip {address.allocation_id}" for address in backend.addresses)
    yield from (f"fleet {one.id}" for one in backend.fleets.values() if one.state != "deleted")
    yield from (f"instance {one.id}" for one in backend.all_instances() if one.state != "terminated")


def resources() -> list[str]:
    """As "kind id"; instances that are terminated and fleets that are deleted are gone."""
    found = [one for regions in ec2_backends.values() for ec2 in regions.values() for one in _of_ec2(ec2)]
    for partitions in iam_backends.values():
        for iam in partitions.values():
            found += [f"iam-role {role.name}" for role in iam.roles.values()]
            found += [f"instance-profile {profile.name}" for profile in iam.instance_profiles.values()]
    return sorted(found)
