"""OpenSearch Serverless: a collection for vectors that is reached from inside the network alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.kms import Encrypts
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import iam_arn, role_name, scoped
from modelyard.sites.aws.policies import allow
from modelyard.sites.aws.private_service import PrivateService
from modelyard.sites.aws.services.vectors import RetrievalArgs, bringing, embedding
from modelyard.sites.aws.vpc import AwsVpc
from modelyard.sites.kubernetes.runs import tell_runs

NAME = 32
"""Most characters of the names of collections and policies."""
_READING = ("aoss:DescribeIndex", "aoss:ReadDocument")
_WRITING = ("aoss:CreateIndex", "aoss:UpdateIndex", "aoss:WriteDocument")
"""Source: OpenSearch Service developer guide, data access policies."""
_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
_SEEN = {"arn": str, "collectionEndpoint": str}


@dataclass(frozen=True, kw_only=True)
class OpenSearchArgs(RetrievalArgs):
    vpc: AwsVpc


class OpenSearchVectors(pulumi.ComponentResource):
    """A collection, the way to it, and a policy for each workload that is let in."""

    def __init__(
        self, name: str, args: OpenSearchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:rag:OpenSearchVectors", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self.called = scoped(args.context, "vectors", most=NAME)
        self._let_in: set[str] = set()
        first = [self._encryption(), self._network(self._way_in())]
        self._collection = self._make(first)
        self._url = self._collection["collectionEndpoint"]
        self.endpoint = Endpoint(host=self._url, port=443, scheme="https")
        tell_runs(self, name, args, "retrieval", [self.endpoint], bringing(self))
        self.register_outputs({"url": self._url})

    def environment(self, workload: WorkloadIdentity, *, writes: bool = False) -> Environment:
        """Where the collection answers. Who is let in is said twice: by IAM, and by its policy."""
        arn = self._collection["arn"]
        self._args.identity.allow(workload, [allow(["aoss:APIAccessAll"], [arn])])
        self._access(workload, writes)
        region = self._args.site.region
        return {
            "AWS_REGION": region,
            "MODELYARD_OPENSEARCH_URL": self._url,
            **embedding(self._args),
        }

    def _make(self, first: Sequence[pulumi.Resource]) -> CloudResource:
        context = self._args.context
        inputs = {
            "name": self.called,
            "description": f"Documents of {context.scope}",
            "type": "VECTORSEARCH",
            "standbyReplicas": "ENABLED" if context.sensitive else "DISABLED",
        }
        options = pulumi.ResourceOptions(
            parent=self, depends_on=list(first), protect=context.protect or None
        )
        token = "aws:opensearch/serverlessCollection:ServerlessCollection"
        return CloudResource(token, self._name, inputs, options, outputs=_SEEN)

    def _way_in(self) -> CloudResource:
        """HTTPS from the cluster; there is no other way in."""
        args = self._args
        place = PrivateService(self, self._name, args.context, args.vpc)
        group = place.opened(443, args.cluster.security_group, "vectors, from the cluster")
        inputs = {
            "name": self.called,
            "vpcId": args.vpc.id,
            "subnetIds": list(args.vpc.private_subnets),
            "securityGroupIds": [group.id],
        }
        token = "aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint"
        return CloudResource(token, self._name, inputs, self._options, outputs={})

    def _encryption(self) -> CloudResource:
        policy = {
            "Rules": [{"ResourceType": "collection", "Resource": [f"collection/{self.called}"]}],
            "AWSOwnedKey": False,
            "KmsARN": self._args.kms.key(Encrypts.DATA),
        }
        return self._policy("encryption", pulumi.Output.json_dumps(policy))

    def _network(self, endpoint: CloudResource) -> CloudResource:
        kinds = ("collection", "dashboard")
        rules = [{"ResourceType": it, "Resource": [f"collection/{self.called}"]} for it in kinds]
        policy = [{"Rules": rules, "AllowFromPublic": False, "SourceVPCEs": [endpoint.id]}]
        return self._policy("network", pulumi.Output.json_dumps(policy))

    def _policy(self, kind: str, policy: pulumi.Output[str]) -> CloudResource:
        inputs = {"name": self.called, "type": kind, "policy": policy}
        part = f"{self._name}-{kind}"
        return CloudResource(_POLICY, part, inputs, self._options, outputs={})

    def _access(self, workload: WorkloadIdentity, writes: bool) -> None:
        """What one workload may do with the indexes of this collection."""
        key = f"{workload.namespace.purpose}-{workload.name}{'-writes' if writes else ''}"
        if key in self._let_in:
            return
        self._let_in.add(key)
        context, purpose = self._args.context, str(workload.namespace.purpose)
        role = iam_arn(self._args.site, f"role/{role_name(context, purpose, workload.name)}")
        actions = [*_READING, *(_WRITING if writes else ())]
        rule = {"ResourceType": "index", "Resource": [f"index/{self.called}/*"]}
        policy = [{"Rules": [{**rule, "Permission": actions}], "Principal": [role]}]
        inputs = {
            "name": scoped(context, key, most=NAME),
            "type": "data",
            "policy": pulumi.Output.json_dumps(policy),
        }
        token = "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy"
        CloudResource(token, f"{self._name}-{key}", inputs, self._options, outputs={})
