"""Artifact Registry: a cache of the public registries, a place for the team's own images, and what
the cluster lets in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.model import Model
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.image_registry import ImageRegistryArgs
from modelyard.objects.cloud import CloudResource
from modelyard.plan.serving import ModelPlan
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.cluster import GkeCluster
from modelyard.sites.gcp.images import REGISTRIES, host, repository
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.uses import Use

READER = "roles/artifactregistry.reader"
_DAY = 24 * 60 * 60
_UNUSED, _KEPT = 90, 50
"""Days that a cached image is kept; images of the team's own that are kept in any case."""
_PUBLIC = {"docker.io": {"publicRepository": "DOCKER_HUB"}}
"""Registries that Artifact Registry knows by a name of its own."""


@dataclass(frozen=True, kw_only=True)
class ArtifactRegistryArgs(ImageRegistryArgs):
    site: GcpSite
    account: GcpProject
    kms: KmsKeys
    cluster: GkeCluster
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """The models of the site: the images that they name are let in."""


class ArtifactRegistry(pulumi.ComponentResource):
    """The project's registry, as far as the platform uses it."""

    def __init__(
        self, name: str, args: ArtifactRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:image-registry:ArtifactRegistry", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self._let_out()
        for registry, part in REGISTRIES.items():
            self._cache(registry, part)
        self._read("models", self._own())
        self._admission()
        self.register_outputs({"cached": sorted(REGISTRIES)})

    def _let_out(self) -> None:
        """Inside a perimeter a cache fetches nothing unless this says so, once for a region.

        It is refused outside of one. Source: gcloud reference, `artifacts vpcsc-config allow`.
        """
        site, around = self._args.site, self._args.account.perimeter
        if around is None or (site.perimeter and site.perimeter.dry_run):
            return
        inputs = {"project": site.project, "location": site.region, "vpcscPolicy": "ALLOW"}
        options = pulumi.ResourceOptions(parent=self, depends_on=[around])
        token = "gcp:artifactregistry/vpcscConfig:VpcscConfig"
        CloudResource(token, self._name, inputs, options, outputs={})

    def _cache(self, registry: str, part: str) -> None:
        """An image is fetched by the first pod that asks for it, and scanned."""
        source = _PUBLIC.get(registry, {"customRepository": {"uri": f"https://{registry}"}})
        unused = {"olderThan": f"{_UNUSED * _DAY}s", "tagState": "ANY"}
        made = self._repository(
            part,
            mode="REMOTE_REPOSITORY",
            description=f"Images of {registry}",
            remoteRepositoryConfig={
                "description": registry,
                "dockerRepository": source,
                "upstreamCredentials": self._credentials(registry, part),
            },
            cleanupPolicies=[{"id": "unused", "action": "DELETE", "condition": unused}],
        )
        self._read(part, made)

    def _own(self) -> CloudResource:
        """Of images that nothing names any more, the newest are kept."""
        untagged = {"tagState": "UNTAGGED", "olderThan": f"{_UNUSED * _DAY}s"}
        return self._repository(
            "models",
            mode="STANDARD_REPOSITORY",
            description="Images of the team's own",
            dockerConfig={"immutableTags": True},
            cleanupPolicies=[
                {"id": "kept", "action": "KEEP", "mostRecentVersions": {"keepCount": _KEPT}},
                {"id": "untagged", "action": "DELETE", "condition": untagged},
            ],
        )

    def _repository(self, part: str, **further: Any) -> CloudResource:
        inputs: Mapping[str, Any] = {
            "repositoryId": repository(self._args.context, part),
            "location": self._args.site.region,
            "format": "DOCKER",
            "kmsKeyName": self._args.kms.key_for(Use.IMAGES),
            "vulnerabilityScanningConfig": {"enablementConfig": "INHERITED"},
            **further,
        }
        token = "gcp:artifactregistry/repository:Repository"
        seen = {"name": str}
        return CloudResource(token, f"{self._name}-{part}", inputs, self._options, outputs=seen)

    def _read(self, part: str, repository: CloudResource) -> None:
        """The cluster's nodes fetch; nobody else is let in here."""
        inputs = {
            "repository": repository["name"],
            "location": self._args.site.region,
            "role": READER,
            "member": self._args.cluster.nodes.member,
        }
        token = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
        CloudResource(token, f"{self._name}-{part}-nodes", inputs, self._options, outputs={})

    def _credentials(self, registry: str, part: str) -> Mapping[str, Any] | None:
        """`USER=projects/…/secrets/…/versions/…` of the blueprint, for registries that count."""
        given = {str(at): it for at, it in self._args.site.image_registry.credentials.items()}
        if registry not in given:
            return None
        user, _, version = given[registry].partition("=")
        self._open(part, version)
        login = {"username": user, "passwordSecretVersion": version}
        return {"usernamePasswordCredentials": login}

    def _open(self, part: str, version: str) -> None:
        """Artifact Registry itself reads that one secret."""
        inputs = {
            "secretId": version.partition("/versions/")[0],
            "role": "roles/secretmanager.secretAccessor",
            "member": self._args.account.agent(Use.IMAGES.value.agent),
        }
        token = "gcp:secretmanager/secretIamMember:SecretIamMember"
        CloudResource(token, f"{self._name}-{part}-login", inputs, self._options, outputs={})

    def _admission(self) -> None:
        """The cluster runs images of these registries alone, and what Google itself puts there.

        A project has one such policy, whatever the number of platforms in it.
        """
        allowed = sorted({*_allowed(self._args)})
        inputs = {
            "project": self._args.site.project,
            "globalPolicyEvaluationMode": "ENABLE",
            "admissionWhitelistPatterns": [{"namePattern": f"{each}/**"} for each in allowed],
            "defaultAdmissionRule": {
                "evaluationMode": "ALWAYS_DENY",
                "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
            },
        }
        token = "gcp:binaryauthorization/policy:Policy"
        CloudResource(token, f"{self._name}-admission", inputs, self._options, outputs={})


def _allowed(args: ArtifactRegistryArgs) -> Iterator[str]:
    """Our own registry, those that charts fetch from, and those that models name."""
    yield host(args.site)
    yield from REGISTRIES
    for model, _ in args.models:
        if image := model.serve.image:
            yield image.partition("/")[0]
        if model.retrain and model.retrain.image:
            yield model.retrain.image.partition("/")[0]
