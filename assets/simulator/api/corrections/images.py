"""The root volume of AMIs as Amazon Linux 2023 has it; instance-store mappings are legal."""

from moto.ec2.models.amis import Ami
from moto.ec2.responses.instances import InstanceResponse

from ..simulation import Simulation
from .patch import replaces


def is_instance_store(mapping: dict) -> bool:
    return str(mapping.get("VirtualName") or "").startswith("ephemeral")


def install(_simulation: Simulation) -> None:
    describe = Ami.block_device_mappings.fget

    def block_device_mappings(ami):
        # The image's snapshot has 30 GiB; a smaller root volume is refused by EC2.
        root = {"Encrypted": False, "VolumeSize": 30, "VolumeType": "gp3", "DeleteOnTermination": True}
        return [{**mapping, "Ebs": {**mapping["Ebs"], **root}} for mapping in describe(ami)]

    Ami.block_device_mappings = property(block_device_mappings)

    @replaces(InstanceResponse, "_parse_block_device_mapping")
    def parse(original, response):
        mappings = response._get_param("BlockDeviceMappings", [])
        if not any(is_instance_store(mapping) for mapping in mappings):
            return original(response)
        kept = [mapping for mapping in mappings if not is_instance_store(mapping)]
        get_param = response._get_param
        response._get_param = lambda name, *args, **kwargs: (
            kept if name == "BlockDeviceMappings" else get_param(name, *args, **kwargs)
        )
        try:
            return original(response)
        finally:
            del response._get_param
