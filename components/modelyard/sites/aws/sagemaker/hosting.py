"""What every form of a hosted model has: a role, a place in the network, logs, and the model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import pulumi

from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.logs import log_group
from modelyard.sites.aws.names import arn, scoped
from modelyard.sites.aws.policies import Statement, allow, document
from modelyard.sites.aws.roles import Role, service_role
from modelyard.sites.aws.sagemaker import rights
from modelyard.sites.aws.sagemaker.args import HostedArgs
from modelyard.sites.aws.sagemaker.containers import container, images, isolated

NAME = 63
"""Most characters of a model's or an endpoint's name; source: SageMaker API reference."""
_DIGITS = 8


class Hosting:
    """Children of one component; the parts are made in the order in which they are asked for."""

    def __init__(self, parent: pulumi.Resource, name: str, args: HostedArgs) -> None:
        self.parent, self.name, self.args = parent, name, args
        self.options = pulumi.ResourceOptions(parent=parent)
        self.key = args.kms.key(Encrypts.DATA)

    def title(self, *parts: str, most: int = NAME) -> str:
        """A name on AWS that belongs to this model."""
        return scoped(self.args.context, self.args.model.name, *parts, most=most)

    def immutable(self, inputs: Mapping[str, Any], *parts: str) -> str:
        """The name of what cannot be changed: it says what it is, so that the next one differs."""
        known = json.dumps(inputs, sort_keys=True, default=lambda value: None)
        digest = sha256(known.encode()).hexdigest()[:_DIGITS]
        return f"{self.title(*parts, most=NAME - _DIGITS - 1)}-{digest}"

    def role(
        self,
        sources: Sequence[str],
        written: Sequence[str],
        more: Sequence[Statement] = (),
        *,
        inside: bool = True,
    ) -> Role:
        """Reads these weights, writes to these places, and pulls its image: no more."""
        args, site = self.args, self.args.site
        stored = [source for source in sources if source.startswith("s3://")]
        packages = [source for source in sources if source.startswith("models:/")]
        statements = [
            *rights.read(site, *stored),
            *(rights.write(site, *written) if written else ()),
            *rights.pull(site, *images(args, *sources)),
            *(_packaged(args) if packages else ()),
            *rights.log(site, "/aws/sagemaker/"),
            *(rights.network(site) if inside else ()),
            rights.decrypt(self.key),
            *more,
        ]
        return service_role(
            self.parent,
            self.name,
            args.context,
            site,
            service=rights.SERVICE,
            called=("production", args.model.name),
            statements=statements,
        )

    def security_group(self, *parts: str) -> CloudResource:
        """Nobody comes in; out over TLS alone, to AWS's own services and to the hub."""
        way = {
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": ["0.0.0.0/0"],
            "description": "TLS: buckets, logs, and the hub where weights come from there",
        }
        inputs = {
            "name": self.title("hosted", *parts, most=255),
            "description": f"Hosted model {self.args.model.name}",
            "vpcId": self.args.vpc.id,
            "ingress": [],
            "egress": [way],
        }
        token = "aws:ec2/securityGroup:SecurityGroup"
        return CloudResource(token, "-".join((self.name, *parts)), inputs, self.options)

    def model_title(self, source: str, *parts: str) -> str:
        """The name of the model that is made of a source."""
        return self.immutable(container(self.args, source), *parts)

    def model(
        self, role: Role, source: str, group: CloudResource | None, *parts: str
    ) -> CloudResource:
        """A model; without a security group it stands outside the network."""
        inputs = {
            "name": self.model_title(source, *parts),
            "executionRoleArn": role["arn"],
            "primaryContainer": container(self.args, source),
            "enableNetworkIsolation": isolated((source,)) and group is not None,
            "vpcConfig": self._network(group) if group is not None else None,
        }
        name = "-".join((self.name, *parts))
        token = "aws:sagemaker/model:Model"
        options = pulumi.ResourceOptions(parent=self.parent, depends_on=role.policies)
        return CloudResource(token, name, inputs, options, outputs={"name": str})

    def _network(self, group: CloudResource) -> Mapping[str, Any]:
        return {"securityGroupIds": [group.id], "subnets": list(self.args.vpc.private_subnets)}

    def logs(self, group: str) -> CloudResource:
        """The log group that SageMaker would make itself, without key and without end."""
        return log_group(self.parent, self.name, self.args.kms, group)

    def callers(
        self, endpoint: str, actions: Sequence[str], more: Sequence[Statement] = ()
    ) -> CloudResource:
        """A policy for whoever is to ask this endpoint, to be attached to their roles."""
        place = arn(self.args.site, "sagemaker", f"endpoint/{endpoint}")
        inputs = {
            "name": self.title("callers", most=128),
            "description": f"May ask {self.args.model.name}",
            "policy": document(allow(actions, [place]), *more),
        }
        return CloudResource("aws:iam/policy:Policy", f"{self.name}-callers", inputs, self.options)


def _packaged(args: HostedArgs) -> list[Statement]:
    """What a version names lies in the platform's bucket and in ECR of the same account."""
    site = args.site
    repositories = [arn(site, "ecr", "repository/*")]
    reading = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return [
        *rights.read(site, args.object_store.address("models/")),
        allow(reading, repositories),
        allow(["ecr:GetAuthorizationToken"], ["*"]),
    ]
