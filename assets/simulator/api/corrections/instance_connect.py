"""EC2 Instance Connect: a key that is sent is one of the instance's for 60 seconds."""

import json

from moto.ec2.models import ec2_backends
from moto.ec2instanceconnect.responses import Ec2InstanceConnectResponse

from ..simulation import Simulation
from .patch import replaces

KEY_SECONDS = 60


def pushed_keys(simulation: Simulation, instance) -> list[dict]:
    """The keys that the instance takes now, beside those that it has."""
    sent = getattr(instance, "simulated_keys", [])
    instance.simulated_keys = [one for one in sent if simulation.now() < one["until"]]
    return [{"user": one["user"], "key": one["key"]} for one in instance.simulated_keys]


def _error(code: str, message: str) -> tuple[int, dict, str]:
    return 400, {"status": 400, "x-amzn-errortype": code}, json.dumps({"__type": code, "message": message})


def install(simulation: Simulation) -> None:
    @replaces(Ec2InstanceConnectResponse, "send_ssh_public_key")
    def send_ssh_public_key(_original, response):
        request = json.loads(response.body)
        wanted = request["InstanceId"]
        instances = ec2_backends[response.current_account][response.region].all_instances()
        instance = next((one for one in instances if one.id == wanted), None)
        if instance is None:
            return _error("EC2InstanceNotFoundException", f"Instance not found: {wanted}")
        if instance.state != "running":
            return _error("EC2InstanceStateInvalidException", f"{wanted} is {instance.state}")
        key = " ".join(request["SSHPublicKey"].split()[:2])
        until = simulation.now() + KEY_SECONDS
        sent = {"user": request["InstanceOSUser"], "key": key, "until": until}
        instance.simulated_keys = [*getattr(instance, "simulated_keys", []), sent]
        return json.dumps({"RequestId": "simulated", "Success": True})
