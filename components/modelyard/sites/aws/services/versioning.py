"""Data under DVC's version control: a prefix of the data bucket, and a role for each forge.

A pipeline of GitHub or GitLab proves by its own token which repository and branch it runs for; no
key of AWS is kept with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from modelyard.blueprint.data_plane import Ingestion
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.contracts.pipelines import Pipelines
from modelyard.contracts.versioning import VersioningArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.grants import statements
from modelyard.sites.aws.names import iam_arn
from modelyard.sites.aws.object_store import AttachedBucket, S3Buckets
from modelyard.sites.aws.policies import document
from modelyard.sites.aws.roles import grant, role

PREFIX = "dvc/"


@dataclass(frozen=True)
class Forge:
    """How the pipelines of a forge prove who they are; sources: the forges' OIDC guides."""

    issuer: str
    audience: str
    subject: str
    """Of one branch of one repository."""


FORGES: Mapping[str, Forge] = {
    "github.com": Forge(
        "token.actions.githubusercontent.com",
        "sts.amazonaws.com",
        "repo:{path}:ref:refs/heads/{branch}",
    ),
    "gitlab.com": Forge(
        "gitlab.com", "https://gitlab.com", "project_path:{path}:ref_type:branch:ref:{branch}"
    ),
}


@dataclass(frozen=True, kw_only=True)
class DvcArgs(VersioningArgs):
    site: AwsSite
    account: Account
    kms: Kms
    object_store: S3Buckets | AttachedBucket
    pipelines: Pipelines | None = None


class DvcRemote(pulumi.ComponentResource):
    """The remote that `dvc push` and `dvc pull` are set to."""

    def __init__(
        self, name: str, args: DvcArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:versioning:DvcRemote", name, None, opts)
        self._name, self._args = name, args
        self._settings = args.blueprint.ingestion or Ingestion()
        self.address = f"s3://{args.object_store.data_bucket}/{PREFIX}"
        self.roles = {host: self._forge(host, paths) for host, paths in self._hosts().items()}
        runner: WorkloadIdentity | None = getattr(args.pipelines, "runner", None)
        if runner is not None:
            args.object_store.environment(runner, reads=[self.address], writes=[self.address])
        self.register_outputs({"address": self.address, "roles": self.roles})

    def _hosts(self) -> Mapping[str, Sequence[str]]:
        """The paths of the repositories, by host."""
        found: dict[str, list[str]] = {}
        for repository in self._settings.repositories:
            host, _, path = repository.partition("/")
            found.setdefault(host, []).append(path)
        return found

    def _forge(self, host: str, paths: Sequence[str]) -> pulumi.Output[str]:
        """The role of the pipelines of one forge: these repositories, this branch, this prefix."""
        args, short = self._args, host.partition(".")[0]
        subjects = [
            FORGES[host].subject.format(path=path, branch=self._settings.branch) for path in paths
        ]
        made = role(
            self,
            f"{self._name}-{short}",
            args.context,
            args.site,
            called=("data", short),
            trust=_trust(FORGES[host], self._believed(host, short), subjects),
        )
        attach = args.site.object_store.attach
        key = attach.key if attach else args.kms.key(Encrypts.DATA)
        granted = statements(args.site, [self.address], [self.address], key)
        grant(self, f"{self._name}-{short}", made, granted)
        return made["arn"]

    def _believed(self, host: str, short: str) -> pulumi.Input[str]:
        """What tells the account to believe the forge's tokens; there is one for each at most."""
        forge = FORGES[host]
        if self._settings.trust == "attach":
            return iam_arn(self._args.site, f"oidc-provider/{forge.issuer}")
        return CloudResource(
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
            f"{self._name}-{short}",
            {"url": f"https://{forge.issuer}", "clientIdLists": [forge.audience]},
            pulumi.ResourceOptions(parent=self),
        )["arn"]


def _trust(
    forge: Forge, provider: pulumi.Input[str], subjects: Sequence[str]
) -> pulumi.Output[str]:
    conditions = {f"{forge.issuer}:aud": forge.audience, f"{forge.issuer}:sub": list(subjects)}
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": conditions},
        }
    )
