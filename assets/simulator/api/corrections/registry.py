"""ECR whose repositories are in the simulator's registry: what is pushed there, DescribeImages knows."""

import base64
import json
import ssl
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

from moto.ecr.models import ECRBackend, Image, Repository
from moto.ecr.responses import ECRResponse

from ..simulation import Registry, Simulation
from .patch import replaces

MANIFESTS = ", ".join(
    (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    )
)
USER = "AWS"
# How long a real token lives.
TOKEN_HOURS = 12


class RegistryClient:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._context: ssl.SSLContext | None = None

    def _get(self, path: str, accept: str = "*/*") -> tuple[bytes, dict] | None:
        # The certificate authority may be made after this server was started.
        self._context = self._context or ssl.create_default_context(cafile=self._registry.authority)
        token = base64.b64encode(f"{USER}:{self._registry.password}".encode()).decode()
        request = urllib.request.Request(
            f"https://{self._registry.address}/v2/{path}",
            headers={"Authorization": f"Basic {token}", "Accept": accept},
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._context)
        )
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def tags(self, repository: str) -> list[str]:
        found = self._get(f"{repository}/tags/list")
        return json.loads(found[0]).get("tags") or [] if found else []

    def image(self, repository: str, reference: str, account: str) -> Image | None:
        found = self._get(f"{repository}/manifests/{reference}", MANIFESTS)
        if not found:
            return None
        content, headers = found
        tag = None if reference.startswith("sha256:") else reference
        return Image(
            account,
            tag,
            content.decode(),
            repository,
            headers.get("Content-Type"),
            headers.get("Docker-Content-Digest"),
        )


def _merge(images: list[Image]) -> list[Image]:
    """One image for each digest, with all its tags."""
    by_digest: dict[str, Image] = {}
    for image in images:
        known = by_digest.setdefault(image.image_digest, image)
        for tag in image.image_tags:
            known.update_tag(tag)
    return list(by_digest.values())


def install(simulation: Simulation) -> None:
    registry = simulation.registry
    if registry is None:
        return
    client = RegistryClient(registry)

    @replaces(Repository, "__init__")
    def initialize(original, repository, *args, **kwargs):
        original(repository, *args, **kwargs)
        repository.uri = f"{registry.address}/{repository.name}"

    def refresh(backend, name: str, digests: list[str]) -> None:
        repository = backend.repositories.get(name)
        if repository is None:
            return
        found = [
            client.image(name, reference, backend.account_id) for reference in [*client.tags(name), *digests]
        ]
        repository.images = _merge([image for image in found if image])

    def refreshing(operation: str) -> None:
        @replaces(ECRBackend, operation)
        def refreshed(original, backend, repository_name, *args, **kwargs):
            wanted = kwargs.get("image_ids") or []
            refresh(
                backend, repository_name, [one["imageDigest"] for one in wanted if one.get("imageDigest")]
            )
            return original(backend, repository_name, *args, **kwargs)

    for operation in ("describe_images", "list_images", "batch_get_image"):
        refreshing(operation)

    @replaces(ECRResponse, "get_authorization_token")
    def get_authorization_token(original, response):
        answer = original(response)
        for data in answer.result["authorizationData"]:
            data["authorizationToken"] = base64.b64encode(f"{USER}:{registry.password}".encode()).decode()
            data["expiresAt"] = datetime.now(timezone.utc) + timedelta(hours=TOKEN_HOURS)
            data["proxyEndpoint"] = f"https://{registry.address}"
        return answer
