"""Data under DVC's version control: a prefix of the data bucket, and the pipelines that write it.

A pipeline of GitHub or GitLab proves by its own token which repository and branch it runs for, and
is a principal by that name: no service account stands between, and no key is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.checks.google_services import subject
from modelyard.blueprint.data_plane import Ingestion
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.pipelines import Pipelines
from modelyard.contracts.versioning import VersioningArgs
from modelyard.objects.cloud import CloudResource
from modelyard.plan.naming import digest
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.bucket_grants import quoted
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.object_store import AttachedBucket, GcsBuckets

PREFIX = "dvc/"
_POOL = 27
"""Most characters of a pool's name before the digits that tell it from one that is gone: names are
taken for a month."""


@dataclass(frozen=True)
class Forge:
    """How the pipelines of a forge prove who they are; sources: the forges' OIDC guides."""

    issuer: str
    repository: str
    """The claim with the path of the repository."""
    branch: str
    """In CEL, that it runs for a branch: names of branches have no quotes."""


FORGES: Mapping[str, Forge] = {
    "github.com": Forge(
        "https://token.actions.githubusercontent.com",
        "repository",
        "assertion.ref == 'refs/heads/{branch}'",
    ),
    "gitlab.com": Forge(
        "https://gitlab.com",
        "project_path",
        "assertion.ref_type == 'branch' && assertion.ref == '{branch}'",
    ),
}


@dataclass(frozen=True, kw_only=True)
class DvcArgs(VersioningArgs):
    site: GcpSite
    account: GcpProject
    object_store: GcsBuckets | AttachedBucket
    pipelines: Pipelines | None = None


class DvcRemote(pulumi.ComponentResource):
    """The remote that `dvc push` and `dvc pull` are set to."""

    def __init__(
        self, name: str, args: DvcArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:versioning:DvcRemote", name, None, opts)
        self._name, self._args = name, args
        self._settings = args.blueprint.ingestion or Ingestion()
        self.address = f"gs://{args.object_store.data_bucket}/{PREFIX}"
        if self._settings.repositories:
            pool = self._settings.pool or self._pool()
            for repository in self._settings.repositories:
                self._let_in(repository, pool)
        runner: WorkloadIdentity | None = getattr(args.pipelines, "runner", None)
        if runner is not None:
            args.object_store.environment(runner, reads=[self.address], writes=[self.address])
        self.register_outputs({"address": self.address})

    def _pool(self) -> pulumi.Output[str]:
        """The id of a pool whose providers believe the forges."""
        called = scoped(self._args.context, "data", most=_POOL)
        inputs = {
            "project": self._args.site.project,
            "workloadIdentityPoolId": pulumi.Output.concat(f"{called}-", self._args.account.suffix),
            "displayName": called,
            "description": f"Pipelines that bring data of {self._args.context.scope}",
        }
        token = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
        options = pulumi.ResourceOptions(parent=self, depends_on=self._args.account.services)
        seen = {"workloadIdentityPoolId": str}
        pool = CloudResource(token, self._name, inputs, options, outputs=seen)
        for host, paths in self._hosts().items():
            self._believe(pool["workloadIdentityPoolId"], host, paths)
        return pool["workloadIdentityPoolId"]

    def _hosts(self) -> Mapping[str, Sequence[str]]:
        """The paths of the repositories, by host."""
        found: dict[str, list[str]] = {}
        for repository in self._settings.repositories:
            host, _, path = repository.partition("/")
            found.setdefault(host, []).append(path)
        return found

    def _believe(self, pool: pulumi.Input[str], host: str, paths: Sequence[str]) -> None:
        """A forge's tokens count for these repositories and this branch, and for nothing else."""
        forge, short = FORGES[host], host.partition(".")[0]
        inputs = {
            "project": self._args.site.project,
            "workloadIdentityPoolId": pool,
            "workloadIdentityPoolProviderId": short,
            "displayName": short,
            "oidc": {"issuerUri": forge.issuer},
            "attributeMapping": {
                "google.subject": "assertion.sub",
                "attribute.repository": f"assertion.{forge.repository}",
            },
            "attributeCondition": condition(forge, paths, self._settings.branch),
        }
        options = pulumi.ResourceOptions(parent=self)
        token = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
        CloudResource(token, f"{self._name}-{short}", inputs, options, outputs={})

    def _let_in(self, repository: str, pool: pulumi.Input[str]) -> None:
        """One branch of one repository, into the remote alone."""
        member = pulumi.Output.concat(
            "principal://iam.googleapis.com/projects/",
            self._args.account.number,
            "/locations/global/workloadIdentityPools/",
            pool,
            f"/subject/{subject(repository, self._settings.branch)}",
        )
        who, here = f"data-{digest(repository)}", [self.address]
        self._args.object_store.let_in(who, member, reads=here, writes=here)


def condition(forge: Forge, paths: Sequence[str], branch: str) -> str:
    """In CEL: which tokens of a forge count."""
    listed = ", ".join(quoted(path) for path in sorted(paths))
    return f"assertion.{forge.repository} in [{listed}] && {forge.branch.format(branch=branch)}"
