"""ECR: a cache of the public registries, a place for the team's own images, and scans of both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.image_registry import ImageRegistryArgs
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.plan.facilities import watched
from modelyard.sites.aws.account import tags
from modelyard.sites.aws.images import UPSTREAM, prefixes, repositories
from modelyard.sites.aws.policies import allow
from modelyard.sites.aws.roles import Role, service_role

_KEPT = 50
"""Images of the team's own repository; older ones that no tag names any more go."""


@dataclass(frozen=True, kw_only=True)
class EcrRegistryArgs(ImageRegistryArgs):
    site: AwsSite
    blueprint: Blueprint
    account: Account
    kms: Kms


class EcrRegistry(pulumi.ComponentResource):
    """The account's registry, as far as the platform uses it."""

    def __init__(
        self, name: str, args: EcrRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:image-registry:EcrRegistry", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self._encryption = {"encryptionType": "KMS", "kmsKey": args.kms.key(Encrypts.DATA)}
        self._maker = self._role()
        self._scanning()
        for registry, prefix in prefixes(args.context.scope, args.site).items():
            self._cache(registry, prefix)
        self._own(f"{args.context.scope}/models")
        self.register_outputs({"cached": sorted(prefixes(args.context.scope, args.site))})

    def _role(self) -> Role:
        """Makes repositories under our key; source: ECR user guide, repository creation IAM."""
        site = self._args.site
        making = ("CreateRepository", "ReplicateImage", "TagResource")
        grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        key = [self._args.kms.key(Encrypts.DATA)]
        cache = repositories(self._args.context.scope, site)
        return service_role(
            self,
            f"{self._name}-cache",
            self._args.context,
            site,
            service="ecr.amazonaws.com",
            called=("image-cache",),
            statements=[
                allow([f"ecr:{action}" for action in making], cache),
                allow(("kms:DescribeKey", "kms:RetireGrant"), key),
                allow(("kms:CreateGrant",), key, grants),
            ],
        )

    def _scanning(self) -> None:
        """Every image as it comes; where the account is watched, by Inspector and ever again.

        A registry has one such setting, whatever the number of platforms in the account.
        """
        enhanced = watched(self._args.blueprint, self._args.site)
        scan, often = ("ENHANCED", "CONTINUOUS_SCAN") if enhanced else ("BASIC", "SCAN_ON_PUSH")
        every = {"scanFrequency": often, "repositoryFilters": [_ALL]}
        token = "registryScanningConfiguration:RegistryScanningConfiguration"
        self._add(token, "scans", {"scanType": scan, "rules": [every]})

    def _cache(self, registry: str, prefix: str) -> None:
        """A repository is made by the first pod that asks for its image, as the template says."""
        part = registry.replace(".", "-")
        given = {str(at): it for at, it in self._args.site.image_registry.credentials.items()}
        rule = {
            "ecrRepositoryPrefix": prefix,
            "upstreamRegistryUrl": UPSTREAM.get(registry, registry),
            "credentialArn": given.get(registry),
        }
        self._add("pullThroughCacheRule:PullThroughCacheRule", part, rule)
        template = {
            "prefix": prefix,
            "appliedFors": ["PULL_THROUGH_CACHE"],
            "description": f"Images of {registry}",
            "encryptionConfigurations": [self._encryption],
            "customRoleArn": self._maker["arn"],
            "imageTagMutability": "IMMUTABLE",
            "lifecyclePolicy": _unused(90),
            "resourceTags": dict(tags(self._args.context)),
        }
        self._add("repositoryCreationTemplate:RepositoryCreationTemplate", part, template)

    def _own(self, called: str) -> None:
        repository = {
            "name": called,
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [self._encryption],
            "forceDelete": not self._args.context.protect,
        }
        made = self._add("repository:Repository", "models", repository)
        policy = {"repository": made["name"], "policy": _untagged(_KEPT)}
        self._add("lifecyclePolicy:LifecyclePolicy", "models", policy)

    def _add(self, kind: str, part: str, inputs: Mapping[str, Any]) -> CloudResource:
        return CloudResource(
            f"aws:ecr/{kind}", f"{self._name}-{part}", inputs, self._options, outputs={}
        )


_ALL = {"filter": "*", "filterType": "WILDCARD"}


def _unused(days: int) -> str:
    """Cached images that have been there for so long are fetched anew when they are needed."""
    chosen = {
        "tagStatus": "any",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": days,
    }
    return _rules(chosen)


def _untagged(count: int) -> str:
    """Of images that nothing names any more, the newest so many are kept."""
    return _rules(
        {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": count}
    )


def _rules(chosen: Mapping[str, Any]) -> str:
    rule = {"rulePriority": 1, "selection": chosen, "action": {"type": "expire"}}
    return json.dumps({"rules": [rule]})
