"""The control endpoint, /simulator/ on the loopback interface: for the supervisor and for tests."""

import json
from http import HTTPStatus
from importlib.metadata import version
from urllib.parse import parse_qs

from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES

from .corrections.instance_connect import pushed_keys
from .corrections.instances import interrupt, power_off
from .corrections.profiles import role_name
from .resources import resources
from .simulation import Simulation

Answer = tuple[str, str, bytes]


def _json(value: object, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    return f"{status.value} {status.phrase}", "application/json", json.dumps(value).encode()


def _instances():
    for backends in ec2_backends.values():
        for backend in backends.values():
            yield from ((backend, instance) for instance in backend.all_instances())


def _key_material(backend, name: str | None) -> str | None:
    key = backend.key_pairs.get(name) if name else None
    return key.public_key.strip() if key else None


def _cidr(backend, instance) -> str | None:
    vpc = backend.vpcs.get(instance.vpc_id)
    return vpc.cidr_block if vpc else None


def _instance_store(instance_type: str) -> dict:
    disks = (INSTANCE_TYPES.get(instance_type) or {}).get("InstanceStorageInfo", {}).get("Disks", [])
    count = sum(disk["Count"] for disk in disks)
    return {"disks": count, "bytesEach": disks[0]["SizeInGB"] * 10**9 if count else 0}


def describe(simulation: Simulation, backend, instance) -> dict:
    """What a host needs to know to be this instance."""
    nic = instance.nics.get(0)
    options = instance.metadata_options
    profile = instance.iam_instance_profile
    return {
        "id": instance.id,
        "state": instance.state,
        "account": backend.account_id,
        "region": backend.region_name,
        "zone": instance.availability_zone,
        "type": instance.instance_type,
        "architecture": instance.architecture,
        "image": instance.image_id,
        "lifecycle": instance.lifecycle or "on-demand",
        "launched": instance.launch_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "privateIp": nic.private_ip_address if nic else None,
        "publicIp": nic.public_ip if nic else None,
        "mac": nic.mac_address if nic else None,
        "vpcId": instance.vpc_id,
        "vpcCidr": _cidr(backend, instance),
        "subnetId": instance.subnet_id,
        "securityGroups": [{"id": group.id, "name": group.name} for group in (nic.group_set if nic else [])],
        "shutdownBehavior": instance.instance_initiated_shutdown_behavior,
        "metadata": {
            "tokens": options.http_tokens,
            "endpoint": options.http_endpoint,
            "tags": options.instance_metadata_tags,
        },
        "keyName": instance.key_name,
        "key": _key_material(backend, instance.key_name),
        "pushedKeys": pushed_keys(simulation, instance),
        "profile": profile["Arn"] if profile else None,
        "role": role_name(backend, profile["Arn"]) if profile else None,
        "tags": {tag["key"]: tag["value"] for tag in instance.get_tags()},
        "userData": str(instance.user_data or ""),
        "interruption": getattr(instance, "simulated_interruption", None),
        "reboots": getattr(instance, "simulated_reboots", 0),
        "instanceStore": _instance_store(instance.instance_type),
    }


class Control:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        try:
            return self._route(
                method, path.removeprefix("/simulator/").strip("/").split("/"), parse_qs(query), body
            )
        except (ValueError, KeyError) as error:
            return _json({"error": str(error)}, HTTPStatus.BAD_REQUEST)

    def _route(self, method: str, words: list[str], query: dict, body: bytes) -> Answer:
        faults = self._simulation.faults
        match method, words:
            case "GET", ["address"]:
                return "200 OK", "text/plain", b"127.0.0.1\n"
            case "GET", ["settings"]:
                return _json(self._settings())
            case "POST", ["settings"]:
                return _json(self._change(json.loads(body)))
            case "GET", ["instances"]:
                found = [describe(self._simulation, backend, instance) for backend, instance in _instances()]
                return _json([instance for instance in found if instance["state"] != "terminated"])
            case "GET", ["resources"]:
                return _json(resources())
            case "POST", ["instances", wanted, "ended"]:
                return self._end(wanted)
            case "POST", ["instances", wanted, "interruption"]:
                return self._interrupt(wanted, json.loads(body))
            case "GET", ["requests"]:
                return _json(self._simulation.log.since(int(query.get("since", ["0"])[0])))
            case "GET", ["faults"]:
                return _json(faults.all())
            case "POST", ["faults"]:
                return _json(faults.add(json.loads(body)))
            case "POST", ["faults", wanted, "release"]:
                return _json({"released": faults.release(wanted, bool(json.loads(body)["drop"]))})
            case "DELETE", ["faults"]:
                return _json({"removed": faults.remove()})
            case "DELETE", ["faults", wanted]:
                return _json({"removed": faults.remove(wanted)})
        return _json({"error": f"there is no {method} {'/'.join(words)}"}, HTTPStatus.NOT_FOUND)

    def _settings(self) -> dict:
        simulation = self._simulation
        return {
            "moto": version("moto"),
            "profileDelaySeconds": simulation.profile_delay,
            "terminationSeconds": simulation.termination_seconds,
            "vcpuQuota": simulation.vcpu_quota,
        }

    def _change(self, wanted: dict) -> dict:
        simulation = self._simulation
        simulation.profile_delay = float(wanted.get("profileDelaySeconds", simulation.profile_delay))
        simulation.termination_seconds = float(
            wanted.get("terminationSeconds", simulation.termination_seconds)
        )
        simulation.vcpu_quota = float(wanted.get("vcpuQuota", simulation.vcpu_quota))
        return self._settings()

    def _find(self, wanted: str):
        found = next((instance for _, instance in _instances() if instance.id == wanted), None)
        if not found:
            raise ValueError(f"there is no instance {wanted}")
        return found

    def _end(self, wanted: str) -> Answer:
        instance = self._find(wanted)
        power_off(instance)
        return _json({"id": instance.id, "state": instance.state})

    def _interrupt(self, wanted: str, request: dict) -> Answer:
        instance = self._find(wanted)
        interrupt(self._simulation, instance, float(request["seconds"]))
        return _json(instance.simulated_interruption)
