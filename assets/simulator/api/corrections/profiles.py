"""Instance profiles that EC2 can't see yet, does not know, or that have no role."""

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.iam_instance_profile import IamInstanceProfileAssociationBackend
from moto.ec2.responses import instances as instance_responses
from moto.iam.models import IAMBackend, iam_backends

from ..simulation import Simulation
from .patch import replaces


def _profiles(backend) -> list:
    return list(iam_backends[backend.account_id][backend.partition].instance_profiles.values())


def role_name(backend, arn: str) -> str | None:
    profile = next((one for one in _profiles(backend) if one.arn == arn), None)
    return profile.roles[0].name if profile and profile.roles else None


def visible(simulation: Simulation, backend, name: str | None, arn: str | None):
    """The profile as EC2 sees it; raises EC2's error when it sees none."""
    profile = next((one for one in _profiles(backend) if one.name == name or one.arn == arn), None)
    if profile is None or simulation.now() < profile.simulated_visible_at:
        kind, value = ("name", name) if name else ("arn", arn)
        described = "name" if name else "ARN"
        raise EC2ClientError(
            "InvalidParameterValue",
            f"Value ({value}) for parameter iamInstanceProfile.{kind} is invalid. "
            f"Invalid IAM Instance Profile {described}",
        )
    if not profile.roles:
        raise EC2ClientError(
            "InvalidParameterValue", f'IAM Instance Profile "{profile.arn}" has no associated IAM Roles'
        )
    return profile


def install(simulation: Simulation) -> None:
    # RunInstances looks the profile up before our correction can: let it pass, the launch checks it.
    instance_responses.filter_iam_instance_profiles = lambda *args, **kwargs: None

    @replaces(IAMBackend, "create_instance_profile")
    def create_instance_profile(original, backend, *args, **kwargs):
        profile = original(backend, *args, **kwargs)
        profile.simulated_visible_at = simulation.now() + simulation.profile_delay
        return profile

    @replaces(IamInstanceProfileAssociationBackend, "associate_iam_instance_profile")
    def associate(
        original, backend, instance_id, iam_instance_profile_name=None, iam_instance_profile_arn=None
    ):
        profile = visible(simulation, backend, iam_instance_profile_name, iam_instance_profile_arn)
        existing = backend.iam_instance_profile_associations.get(instance_id)
        # RunInstances associates once more what the launch has associated.
        if existing and existing.iam_instance_profile is profile:
            return existing
        return original(backend, instance_id, iam_instance_profile_arn=profile.arn)
