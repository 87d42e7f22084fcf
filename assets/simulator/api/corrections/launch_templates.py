"""A template's own tags are no part of its data: Terraform would see a difference for ever."""

from moto.ec2.models.launch_templates import LaunchTemplate

from ..simulation import Simulation
from .patch import replaces


def install(_simulation: Simulation) -> None:
    @replaces(LaunchTemplate, "create_version")
    def create_version(original, template, data, description):
        specifications = [
            s for s in data.get("TagSpecifications", []) if s.get("ResourceType") != "launch-template"
        ]
        rest = {key: value for key, value in data.items() if key != "TagSpecifications"}
        return original(
            template, {**rest, "TagSpecifications": specifications} if specifications else rest, description
        )
