"""What moto answers otherwise than AWS, and we depend on; one module for each subject."""

from ..simulation import Simulation
from . import (
    addresses,
    dependencies,
    fleets,
    images,
    instance_connect,
    instances,
    launch_templates,
    profiles,
    quotas,
    registry,
    security_groups,
)


def install(simulation: Simulation) -> None:
    """Corrects moto; once per process."""
    for module in (
        launch_templates,
        images,
        addresses,
        profiles,
        instances,
        fleets,
        instance_connect,
        dependencies,
        quotas,
        registry,
        security_groups,
    ):
        module.install(simulation)


def settle(simulation: Simulation) -> None:
    """Lets happen what was due by now; called before every answer."""
    instances.settle(simulation)
