"""What instances still hold, until they have ended, can't be deleted."""

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models.internet_gateways import InternetGatewayBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend

from ..simulation import Simulation
from .patch import replaces


def install(_simulation: Simulation) -> None:
    @replaces(SecurityGroupBackend, "delete_security_group")
    def delete_security_group(original, backend, name=None, group_id=None):
        for interface in backend.enis.values():
            if any(group.id == group_id or (name and group.name == name) for group in interface.group_set):
                raise DependencyViolationError(f"resource {group_id or name} has a dependent object")
        return original(backend, name, group_id)

    @replaces(SubnetBackend, "delete_subnet")
    def delete_subnet(original, backend, subnet_id):
        if any(interface.subnet.id == subnet_id for interface in backend.enis.values()):
            raise DependencyViolationError(
                f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
            )
        return original(backend, subnet_id)

    @replaces(InternetGatewayBackend, "detach_internet_gateway")
    def detach_internet_gateway(original, backend, internet_gateway_id, vpc_id):
        if any(
            interface.public_ip and interface.subnet.vpc_id == vpc_id for interface in backend.enis.values()
        ):
            raise DependencyViolationError(
                f"Network {vpc_id} has some mapped public address(es). "
                "Please unmap those public address(es) before detaching the gateway."
            )
        return original(backend, internet_gateway_id, vpc_id)

    @replaces(VPCBackend, "delete_vpc")
    def delete_vpc(original, backend, vpc_id):
        groups = [group for group in backend.groups.get(vpc_id, {}).values() if group.name != "default"]
        gateways = [
            gateway
            for gateway in backend.internet_gateways.values()
            if gateway.vpc and gateway.vpc.id == vpc_id
        ]
        if groups or gateways:
            raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        return original(backend, vpc_id)
