"""A template's own tags are no part of its data: Terraform would see a difference for ever. A version may start from another."""

from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.responses.launch_templates import LaunchTemplates

from ..simulation import Simulation
from .patch import replaces


def install(_simulation: Simulation) -> None:
    @replaces(LaunchTemplate, "create_version")
    def create_version(original, template, data, description):
        data = {**getattr(template, "source_data", {}), **data}
        specifications = [
            s for s in data.get("TagSpecifications", []) if s.get("ResourceType") != "launch-template"
        ]
        rest = {key: value for key, value in data.items() if key != "TagSpecifications"}
        return original(
            template, {**rest, "TagSpecifications": specifications} if specifications else rest, description
        )

    @replaces(LaunchTemplates, "create_launch_template_version")
    def create_launch_template_version(original, request):
        source = request._get_param("SourceVersion")
        if source is None:
            return original(request)
        name = request._get_param("LaunchTemplateName")
        template = (
            request.ec2_backend.get_launch_template_by_name(name)
            if name
            else request.ec2_backend.get_launch_template(request._get_param("LaunchTemplateId"))
        )
        template.source_data = template.get_version(source).data
        try:
            return original(request)
        finally:
            del template.source_data
