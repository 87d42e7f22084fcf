"""Fleets of type `instant`: launched once, through their template; shortages are told with HTTP status 200."""

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import fleets as fleet_models
from moto.ec2.models.fleets import Fleet
from moto.ec2.responses.fleets import Fleets

from ..simulation import Simulation
from .instances import capacity_message, is_offered, unsupported_message
from .patch import replaces


class InstantFleet(Fleet):
    """A fleet that launches once, when it is made."""

    simulation: Simulation

    def __init__(self, *args, **kwargs) -> None:
        self.errors: list[dict] = []
        self._launched: list[tuple[object, object, str]] = []
        super().__init__(*args, **kwargs)
        # What an instant fleet does not have.
        self.valid_from = None
        self.replace_unhealthy_instances = False
        self.terminate_instances_with_expiration = False
        self.spot_options = self.spot_options or None
        self.on_demand_options = self.on_demand_options or None

    @property
    def valid_from_as_string(self) -> str | None:
        return None

    @property
    def fleet_id(self) -> str:
        return self.id

    @property
    def fleet_state(self) -> str:
        return self.state

    @property
    def state(self) -> str:
        ended = all(instance.state == "terminated" for instance, _, _ in self._launched)
        return "deleted" if self._state == "deleted_terminating" and ended else self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = state

    @property
    def instances(self) -> list[dict]:
        return [
            self._build_instance_data(instance=instance, lifecycle=lifecycle, launch_spec=pool)
            for instance, pool, lifecycle in self._launched
        ]

    def create_on_demand_requests(self, weight_to_add: float) -> None:
        self._launch(int(weight_to_add), "on-demand")

    def create_spot_requests(self, weight_to_add: float) -> list:
        self._launch(int(weight_to_add), "spot")
        return []

    def terminate_instances(self) -> None:
        living = [instance.id for instance, _, _ in self._launched if instance.state != "terminated"]
        if living:
            self.ec2_backend.terminate_instances(living)

    def _zone(self, pool) -> str:
        if pool.subnet_id:
            return self.ec2_backend.get_subnet(pool.subnet_id).availability_zone
        return (pool.overrides or {}).get("AvailabilityZone") or f"{self.ec2_backend.region_name}a"

    def _fail(self, pool, lifecycle: str, code: str, message: str) -> None:
        launched_from = {
            "LaunchTemplateSpecification": pool.launch_template_spec,
            "Overrides": pool.overrides or {},
        }
        self.errors.append(
            {
                "LaunchTemplateAndOverrides": launched_from,
                "Lifecycle": lifecycle,
                "ErrorCode": code,
                "ErrorMessage": message,
            }
        )

    def _can_launch(self, pool, lifecycle: str, faults: list) -> bool:
        zone = self._zone(pool)
        if not is_offered(self.ec2_backend.region_name, pool.instance_type, zone):
            self._fail(
                pool, lifecycle, "InvalidFleetConfiguration", unsupported_message(pool.instance_type, zone)
            )
            return False
        for fault in faults:
            if fault.kind == "capacity" and fault.covers(pool.instance_type, zone):
                self._fail(pool, lifecycle, fault.code, capacity_message(pool.instance_type, zone))
                return False
        return True

    def _launch(self, count: int, lifecycle: str) -> None:
        """From the first pool that has capacity, in the order of priority and then of the request."""
        pools = sorted(self.launch_specs, key=lambda pool: float((pool.overrides or {}).get("Priority") or 0))
        tags = pools[0].tag_specifications.get("instance", {}) if pools else {}
        faults = self.simulation.faults.for_launch("CreateFleet", tags)
        pool = next((pool for pool in pools if self._can_launch(pool, lifecycle, faults)), None)
        if pool is None:
            return
        granted = min([count, *(fault.count for fault in faults if fault.kind == "short")])
        if granted < count:
            message = capacity_message(pool.instance_type, self._zone(pool))
            self._fail(pool, lifecycle, "InsufficientInstanceCapacity", message)
        if granted > 0:
            self._run(pool, granted, lifecycle)

    def _run(self, pool, count: int, lifecycle: str) -> None:
        template = pool.launch_template_spec
        tags = pool.tag_specifications
        try:
            reservation = self.ec2_backend.run_instances(
                "",
                count,
                None,
                [],
                instance_type=pool.instance_type,
                is_instance_type_default=False,
                region_name=self.ec2_backend.region_name,
                subnet_id=pool.subnet_id,
                placement=(pool.overrides or {}).get("AvailabilityZone"),
                fleet_id=self.id,
                tags={**tags, "instance": {**tags.get("instance", {}), "aws:ec2:fleet-id": self.id}},
                launch_template={
                    "LaunchTemplateId": template["LaunchTemplateId"],
                    "Version": template.get("Version", "$Default"),
                },
                **(
                    {"instance_market_options": {"MarketType": "spot"}, "lifecycle": "spot"}
                    if lifecycle == "spot"
                    else {}
                ),
            )
        except EC2ClientError as error:
            self._fail(pool, lifecycle, error.code, error.message)
            return
        for instance in reservation.instances:
            self._launched.append((instance, pool, lifecycle))
            self.on_demand_instances.append({"id": reservation.id, "instance": instance, "launch_spec": pool})
        self.fulfilled_capacity += count


def install(simulation: Simulation) -> None:
    InstantFleet.simulation = simulation
    plain = fleet_models.Fleet

    def make(*args, **kwargs):
        fleet_type = kwargs.get("fleet_type", args[9] if len(args) > 9 else None)
        return (InstantFleet if fleet_type == "instant" else plain)(*args, **kwargs)

    fleet_models.Fleet = make

    @replaces(Fleets, "create_fleet")
    def create_fleet(original, response):
        answer = original(response)
        fleet = response.ec2_backend.get_fleet(answer.result["FleetId"])
        if isinstance(fleet, InstantFleet) and fleet.errors:
            answer.result["Errors"] = fleet.errors
        return answer

    @replaces(Fleets, "delete_fleets")
    def delete_fleets(original, response):
        known = response.ec2_backend.fleets
        unknown = [fleet_id for fleet_id in response._get_param("FleetIds", []) if fleet_id not in known]
        if not unknown:
            return original(response)
        error = {"Code": "fleetIdDoesNotExist", "Message": "The fleet does not exist."}
        return ActionResult(
            {"UnsuccessfulFleetDeletions": [{"FleetId": one, "Error": error} for one in unknown]}
        )
