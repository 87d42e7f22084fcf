"""Instances: all that a launch template says is honoured, and an end takes its time."""

import copy
from datetime import datetime, timedelta, timezone

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.utils import convert_tag_spec

from ..simulation import Simulation
from .images import is_instance_store
from .patch import replaces
from .profiles import visible

SHUTTING_DOWN = ("shutting-down", 32)
SPOT_TERMINATION = "Server.SpotInstanceTermination"


def is_offered(region: str, instance_type: str, zone: str) -> bool:
    offerings = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, [])
    return any(one["InstanceType"] == instance_type and one["Location"] == zone for one in offerings)


def capacity_message(instance_type: str, zone: str) -> str:
    return (
        f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested "
        f"({zone}). Our system will be working on provisioning additional capacity."
    )


def unsupported_message(instance_type: str, zone: str) -> str:
    return (
        f"Your requested instance type ({instance_type}) is not supported "
        f"in your requested Availability Zone ({zone})."
    )


def _because(instance, code: str, text: str) -> None:
    """Why it ends; moto would say that the user wants it, also once the end has taken its time."""

    def say() -> None:
        instance.state_reason.code = code
        instance.state_reason.message = f"{code}: {text}"

    finish = getattr(instance, "simulated_finish", None)
    if finish:

        def finish_and_say() -> None:
            finish()
            say()

        instance.simulated_finish = finish_and_say
    say()


def power_off(instance) -> None:
    """The instance's own system has shut down."""
    if instance.state != "running":
        return
    if instance.instance_initiated_shutdown_behavior == "stop":
        instance.stop()
    else:
        instance.terminate()
    _because(instance, "Client.InstanceInitiatedShutdown", "Instance initiated shutdown")


def interrupt(simulation: Simulation, instance, seconds: float) -> None:
    """The notice of a spot interruption; the end follows after so many seconds."""
    if instance.lifecycle != "spot":
        raise ValueError(f"{instance.id} is no spot instance: nobody takes it back")
    if instance.state != "running":
        raise ValueError(f"{instance.id} is {instance.state}")
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    instance.simulated_interruption = {"action": "terminate", "time": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    instance.simulated_interruption_due = simulation.now() + seconds


def take_back(instance) -> None:
    """What EC2 does to a spot instance when the time of its notice is up."""
    instance.terminate()
    _because(instance, SPOT_TERMINATION, "Spot instance termination")


def settle(simulation: Simulation) -> None:
    now = simulation.now()
    for backends in ec2_backends.values():
        for backend in backends.values():
            for instance in backend.all_instances():
                if (
                    instance.state == "running"
                    and getattr(instance, "simulated_interruption_due", now + 1) <= now
                ):
                    take_back(instance)
                if instance.state == "shutting-down" and instance.simulated_end <= now:
                    instance.simulated_finish()


def _template_data(backend, request: dict) -> dict:
    argument = request.get("launch_template")
    return backend._get_template_from_args(argument).data if argument else {}


def _interfaces(data: dict, request: dict) -> list[dict]:
    """The template's network interfaces in the subnet of the request, unless the request has its own."""
    interfaces = copy.deepcopy(request.get("nics") or data.get("NetworkInterfaces") or [])
    for interface in interfaces:
        interface.setdefault("DeviceIndex", 0)
        interface.setdefault("DeleteOnTermination", True)
        if request.get("subnet_id"):
            interface["SubnetId"] = request["subnet_id"]
    return interfaces


def _fill_from_template(data: dict, request: dict) -> None:
    for argument, key in (
        ("instance_initiated_shutdown_behavior", "InstanceInitiatedShutdownBehavior"),
        ("metadata_options", "MetadataOptions"),
    ):
        request[argument] = request.get(argument) or data.get(key)
    mappings = request.get("block_device_mappings") or data.get("BlockDeviceMappings") or []
    ebs = [mapping for mapping in mappings if not is_instance_store(mapping)]
    if ebs:
        request["block_device_mappings"] = [
            {**mapping, "Ebs": {"VolumeSize": 30, **mapping.get("Ebs", {})}} for mapping in ebs
        ]
    interfaces = _interfaces(data, request)
    if interfaces:
        # The instance shows the groups of its first interface as its own.
        groups = [group for interface in interfaces[:1] for group in interface.pop("Groups", [])]
        request["security_group_ids"] = request.get("security_group_ids") or groups
        request["subnet_id"] = request.get("subnet_id") or interfaces[0].get("SubnetId")
        request["nics"] = interfaces
    from_template = convert_tag_spec(data.get("TagSpecifications", []))
    given = request.get("tags") or {}
    request["tags"] = {
        kind: {**from_template.get(kind, {}), **given.get(kind, {})} for kind in {*from_template, *given}
    }


def _refuse(simulation: Simulation, backend, request: dict) -> None:
    """What a call of RunInstances can't have; a fleet says it in its error set instead."""
    subnet = backend.get_subnet(request["subnet_id"]) if request.get("subnet_id") else None
    zone = subnet.availability_zone if subnet else request.get("placement") or f"{backend.region_name}a"
    instance_type = request["instance_type"]
    if not is_offered(backend.region_name, instance_type, zone):
        raise EC2ClientError("Unsupported", unsupported_message(instance_type, zone))
    for fault in simulation.faults.for_launch("RunInstances", request["tags"].get("instance", {})):
        if fault.kind == "capacity" and fault.covers(instance_type, zone):
            raise EC2ClientError(fault.code, capacity_message(instance_type, zone))


def install(simulation: Simulation) -> None:
    @replaces(InstanceBackend, "run_instances")
    def run_instances(original, backend, image_id, count, user_data, security_group_names, **request):
        data = _template_data(backend, request)
        _fill_from_template(data, request)
        if request.get("is_instance_type_default") and data.get("InstanceType"):
            request.update(instance_type=data["InstanceType"], is_instance_type_default=False)
        if not request.get("fleet_id"):
            _refuse(simulation, backend, request)
        profile = data.get("IamInstanceProfile") or {}
        name = request.get("iam_instance_profile_name") or profile.get("Name")
        arn = request.get("iam_instance_profile_arn") or (None if name else profile.get("Arn"))
        found = visible(simulation, backend, name, arn) if name or arn else None
        wanted = image_id or data.get("ImageId")
        if not backend.describe_images(filters={"image-id": wanted}):
            raise EC2ClientError("InvalidAMIID.NotFound", f"The image id '[{wanted}]' does not exist")
        reservation = original(backend, image_id, count, user_data, security_group_names, **request)
        for instance in reservation.instances:
            # EC2 deletes the interface that it made for the launch, unless told otherwise.
            if not request.get("nics") and instance.nics:
                instance.nics[0].delete_on_termination = True
            if found:
                backend.associate_iam_instance_profile(instance.id, iam_instance_profile_arn=found.arn)
        return reservation

    @replaces(Instance, "terminate")
    def terminate(original, instance):
        if instance.state in ("shutting-down", "terminated"):
            return copy.copy(instance._state)
        if simulation.termination_seconds <= 0:
            return original(instance)
        previous = copy.copy(instance._state)
        instance._state.name, instance._state.code = SHUTTING_DOWN
        instance.simulated_end = simulation.now() + simulation.termination_seconds
        instance.simulated_finish = lambda: original(instance)
        return previous

    @replaces(Instance, "reboot")
    def reboot(original, instance):
        original(instance)
        # The supervisor restarts the host when the number grows.
        instance.simulated_reboots = getattr(instance, "simulated_reboots", 0) + 1
