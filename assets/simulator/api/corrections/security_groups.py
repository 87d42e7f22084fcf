"""A rule that names another group keeps its description: Terraform would see a difference for ever."""

from moto.ec2.models.security_groups import SecurityGroupRule

from ..simulation import Simulation


def install(_simulation: Simulation) -> None:
    SecurityGroupRule.description = property(
        lambda rule: rule.ip_range.get("Description") or rule.source_group.get("Description")
    )
