"""
Addresses at which hosts can be: unique over all VPCs, which may share a range here; public ones are the private ones.
"""

from ipaddress import IPv4Address, IPv4Network

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.subnets import Subnet

from ..simulation import Simulation
from .patch import replaces

# AWS keeps the first four addresses of a subnet and the last.
KEPT_AT_START = 4


class Addresses:
    """Hands out addresses in turn, so that one is not used again at once."""

    def __init__(self) -> None:
        self._taken: set[IPv4Address] = set()
        self._last: dict[IPv4Network, int] = {}

    def take(self, subnet: IPv4Network, reserved: IPv4Address) -> IPv4Address | None:
        usable = subnet.num_addresses - KEPT_AT_START - 1
        last = self._last.get(subnet, -1)
        for step in range(1, usable + 1):
            at = (last + step) % usable
            address = subnet[KEPT_AT_START + at]
            if address not in self._taken and address != reserved:
                self._last[subnet] = at
                self._taken.add(address)
                return address
        return None

    def claim(self, address: IPv4Address) -> None:
        self._taken.add(address)

    def release(self, address: IPv4Address) -> None:
        self._taken.discard(address)


def gateway(vpc: IPv4Network) -> IPv4Address:
    """The machine's own address in a VPC's network: the last usable one, where no instance comes soon."""
    return vpc[-2]


def install(_simulation: Simulation) -> None:
    from moto.ec2.exceptions import EC2ClientError

    addresses = Addresses()

    @replaces(Subnet, "get_available_subnet_ip")
    def get_available_subnet_ip(_original, subnet, instance):
        vpc = subnet.ec2_backend.get_vpc(subnet.vpc_id)
        address = addresses.take(subnet.cidr, gateway(IPv4Network(vpc.cidr_block)))
        if address is None:
            raise EC2ClientError(
                "InsufficientFreeAddressesInSubnet",
                "The specified subnet does not have enough free addresses to satisfy the request.",
            )
        subnet._subnet_ips[str(address)] = instance
        return str(address)

    @replaces(Subnet, "request_ip")
    def request_ip(original, subnet, ip, instance):
        original(subnet, ip, instance)
        addresses.claim(IPv4Address(ip))

    @replaces(Subnet, "del_subnet_ip")
    def del_subnet_ip(_original, subnet, ip):
        if subnet._subnet_ips.pop(ip, None) is not None:
            addresses.release(IPv4Address(ip))

    @replaces(NetworkInterface, "check_auto_public_ip")
    def check_auto_public_ip(_original, interface):
        if str(interface.public_ip_auto_assign).lower() == "true":
            interface.public_ip = interface.private_ip_address
