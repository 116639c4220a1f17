"""An object store that speaks S3: SeaweedFS in the cluster, or a bucket that is there already."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pulumi

from modelyard.blueprint.facility import ObjectStoreAttach
from modelyard.blueprint.site import ClusterSite
from modelyard.blueprint.units import show_memory
from modelyard.contracts.cluster import Cluster
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment, Peer
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.object_store import Api, ObjectStoreArgs
from modelyard.contracts.secrets import Gathered, SecretHandle, Secrets
from modelyard.objects.manifests import job, network_policy, selector, service, stateful_set
from modelyard.objects.objects import Objects
from modelyard.objects.pods import DIGEST, Container, Pod, Resources
from modelyard.sites.kubernetes.bucket_rights import buckets, rights
from modelyard.sites.kubernetes.references import secret_name

_NAME = "object-store"
_PORT = 8333
_REGION = "us-east-1"
_ADMIN = "admin"
_KEYS = ("access_key", "secret_key")
_GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class StoreArgs(ObjectStoreArgs):
    cluster: Cluster
    secrets: Secrets


class SeaweedFs(pulumi.ComponentResource):
    """One SeaweedFS server. Only its S3 gateway listens outside the pod."""

    api = Api.S3

    region = _REGION

    def __init__(
        self, name: str, args: StoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:object-store:SeaweedFs", name, None, opts)
        self._args = args
        self._models = tuple(model for model, _ in args.models)
        self._namespace = args.identity.namespaces[Purpose.PLATFORM]
        self._labels = args.context.labels("seaweedfs")
        self._objects = Objects(self, name, args.cluster, self._namespace, self._labels)
        self.bucket = f"{args.context.scope}-artifacts"
        self.endpoint = Endpoint(
            host=f"{_NAME}.{self._namespace.name}.svc",
            port=_PORT,
            peer=Peer(self._namespace.name, selector(_NAME)),
        )
        allowed = rights(self.bucket, self._models, args.cluster.facts.copies)
        digest = sha256(json.dumps(allowed, sort_keys=True).encode()).hexdigest()[:16]
        identities = self._identities(allowed, digest)
        server = self._server(identities, digest)
        self._make_buckets(server)
        self.register_outputs({"endpoint": self.endpoint.url, "bucket": self.bucket})

    def environment(
        self,
        workload: WorkloadIdentity,
        *,
        reads: Sequence[str] = (),
        writes: Sequence[str] = (),
        adds: Sequence[str] = (),
    ) -> Environment:
        """What a client in that namespace needs; `bucket_rights` says what it may do."""
        return client_environment(
            self.endpoint, self.region, self._handles[workload.namespace.purpose]
        )

    def address(self, prefix: str) -> str:
        """`s3://…` of a part of the platform's own bucket."""
        return f"s3://{self.bucket}/{prefix}"

    def _identities(self, allowed: Mapping[Purpose, list[str]], digest: str) -> SecretHandle:
        """Who may do what, for the server; and each namespace's own credentials."""
        secrets, accounts = self._args.secrets, (_ADMIN, *map(str, Purpose))
        passwords = {who: secrets.password(f"{_NAME}-{who}", self) for who in accounts}
        config = pulumi.Output.json_dumps(identities(allowed, passwords))
        self._handles = {
            purpose: secrets.store(_NAME, namespace, _credentials(purpose, passwords), self)
            for purpose, namespace in self._args.identity.namespaces.items()
        }
        values = {"s3.json": config, "curl.conf": _curl(passwords[_ADMIN])}
        return secrets.store(f"{_NAME}-server", self._namespace, values, self, digest=digest)

    def _server(self, identities: SecretHandle, digest: str) -> pulumi.Resource:
        """Anew with other rights: it reads them when it starts."""
        identity = self._args.identity.workload(_NAME, Purpose.PLATFORM, self)
        assert isinstance(self._args.site, ClusterSite)  # offered on such sites alone
        size = self._args.site.object_store.size
        pod = Pod(
            containers=[_server(self._args.cluster.image("seaweedfs"), size)],
            service_account=identity.name,
            volumes={"identities": {"secret": {"secretName": identities.name}}},
            labels={**self._labels, **selector(_NAME)},
            annotations={DIGEST: digest},
        )
        clients = [Peer(n.name) for n in self._args.identity.namespaces.values()]
        allowed = network_policy(_NAME, selector(_NAME), ingress={_PORT: clients})
        self._objects.add(allowed, "clients")
        self._objects.add(service(_NAME, {"s3": _PORT}))
        claim = {"data": show_memory(size)}
        return self._objects.add(
            stateful_set(_NAME, pod, claim, self._args.cluster.facts.storage_class),
            after=[identity.resource, identities.resource],
            stateful=self._args.context.protect,
        )

    def _make_buckets(self, server: pulumi.Resource) -> None:
        """Buckets with versioning, by the same S3 that everyone else uses; again does no harm.

        The job is named after its buckets: a Job cannot be changed, so more buckets are a new one.
        """
        wanted = buckets(self.bucket, self._models, self._args.cluster.facts.copies)
        name = f"{_NAME}-buckets-{sha256(' '.join(wanted).encode()).hexdigest()[:8]}"
        identity = self._args.identity.workload(name, Purpose.PLATFORM, self)
        pod = Pod(
            containers=[_makes(self._args.cluster.image("curl"), self.endpoint, wanted)],
            service_account=identity.name,
            volumes={"credentials": {"secret": {"secretName": f"{_NAME}-server"}}},
            labels={**self._labels, **selector(name)},
            restart="OnFailure",
        )
        allowed = network_policy(name, selector(name), egress=[self.endpoint])
        policy = self._objects.add(allowed, "buckets")
        self._objects.add(job(name, pod), "buckets", after=[server, policy, identity.resource])


class AttachedStore(pulumi.ComponentResource):
    """A bucket that is there already.

    Each namespace has its own copy of the credentials, so that whoever keeps them may give
    production a key that only reads.
    """

    api = Api.S3

    def __init__(
        self, name: str, args: StoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:object-store:AttachedStore", name, None, opts)
        attach = args.site.object_store.attach
        assert isinstance(attach, ObjectStoreAttach)  # placed only where the blueprint names one
        self.endpoint, self.bucket, self.region = (
            Endpoint.at(attach.endpoint),
            attach.bucket,
            attach.region,
        )
        wanted = Gathered(name=secret_name(attach.secret), keys=_KEYS)
        self._handles = {
            purpose: args.secrets.gather(wanted, namespace)
            for purpose, namespace in args.identity.namespaces.items()
        }
        self.register_outputs({"endpoint": self.endpoint.url, "bucket": self.bucket})

    def environment(
        self,
        workload: WorkloadIdentity,
        *,
        reads: Sequence[str] = (),
        writes: Sequence[str] = (),
        adds: Sequence[str] = (),
    ) -> Environment:
        """What an S3 client in that workload's namespace needs."""
        return client_environment(
            self.endpoint, self.region, self._handles[workload.namespace.purpose]
        )

    def address(self, prefix: str) -> str:
        """`s3://…` of a part of the platform's own bucket."""
        return f"s3://{self.bucket}/{prefix}"


def client_environment(endpoint: Endpoint, region: str, secret: SecretHandle) -> Environment:
    """The variables that AWS's SDKs and MLflow read."""
    return {
        "AWS_ACCESS_KEY_ID": secret.key("access_key"),
        "AWS_SECRET_ACCESS_KEY": secret.key("secret_key"),
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_ENDPOINT_URL": endpoint.url,
        "MLFLOW_S3_ENDPOINT_URL": endpoint.url,
        # Newer SDKs add checksums that only AWS's own S3 is sure to know.
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }


def _credentials(
    account: str, passwords: Mapping[str, pulumi.Output[str]]
) -> Mapping[str, pulumi.Input[str]]:
    return {"access_key": str(account), "secret_key": passwords[account]}


def identities(
    allowed: Mapping[Purpose, list[str]], passwords: Mapping[str, pulumi.Output[str]]
) -> Mapping[str, Any]:
    """SeaweedFS's own list of who may do what."""
    actions = {_ADMIN: ["Admin"], **{str(purpose): each for purpose, each in allowed.items()}}
    return {
        "identities": [
            {
                "name": who,
                "credentials": [{"accessKey": who, "secretKey": passwords[who]}],
                "actions": each,
            }
            for who, each in actions.items()
        ]
    }


def _curl(password: pulumi.Output[str]) -> pulumi.Output[str]:
    """A file, since arguments would show the password to whoever lists processes."""
    signing = f'aws-sigv4 = "aws:amz:{_REGION}:s3"'
    return pulumi.Output.concat(f'user = "{_ADMIN}:', password, f'"\n{signing}\n')


def _server(image: str, size: int) -> Container:
    """Master, volumes and filer on the loopback, whose address survives a restart; S3 for all."""
    limit = 1024 if size >= 32 * _GIB else 128
    return Container(
        name="seaweedfs",
        image=image,
        command=["weed"],
        args=[
            "server",
            "-dir=/data",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-master.telemetry=false",
            f"-master.volumeSizeLimitMB={limit}",
            "-volume.max=0",
            "-s3",
            "-s3.ip.bind=0.0.0.0",
            f"-s3.port={_PORT}",
            "-s3.config=/etc/seaweedfs/s3.json",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.allowDeleteBucketNotEmpty=false",
        ],
        ports={"s3": _PORT},
        health="/healthz",
        mounts={"/data": "data", "/etc/seaweedfs": "identities"},
        resources=Resources(cpu="250m", memory="1Gi"),
    )


def _makes(image: str, endpoint: Endpoint, wanted: tuple[str, ...]) -> Container:
    signed = "curl --silent --show-error --fail-with-body --config /etc/curl/curl.conf"
    enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    script = "\n".join(
        (
            "set -eu",
            f"for url in {' '.join(f'{endpoint.url}/{bucket}' for bucket in wanted)}; do",
            f'{signed} --output /dev/null --head "$url" || {signed} --request PUT "$url"',
            f"{signed} --request PUT --data-binary '{enabled}' \"$url?versioning=\"",
            "done",
        )
    )
    return Container(
        name="buckets",
        image=image,
        command=["sh", "-c", script],
        mounts={"/etc/curl": "credentials"},
        resources=Resources(cpu="50m", memory="64Mi"),
    )
