"""Nightly copies of databases, each made by its own owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelyard.blueprint.units import show_memory
from modelyard.contracts.context import Purpose
from modelyard.contracts.database import DatabaseAccess, DatabaseArgs
from modelyard.objects.manifests import claim_spec, cron_job, network_policy, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Pod, Resources

_USER = 999
_KEEP_DAYS = 14
_NIGHTLY = "17 1 * * *"
_SCRIPT = f"""set -eu
file="/backups/$DATABASE-$(date -u +%Y%m%dT%H%M%SZ).dump"
pg_dump --format=custom --file="$file.part" "$URI"
mv "$file.part" "$file"
find /backups -name "$DATABASE-*.dump*" -mtime +{_KEEP_DAYS} -delete
"""


@dataclass(frozen=True)
class Backups:
    """A volume beside the server's, with two weeks of copies to be read back by `pg_restore`."""

    objects: Objects
    args: DatabaseArgs
    server: str
    accesses: tuple[DatabaseAccess, ...]

    def make(self) -> None:
        if not self.accesses:
            return
        name = f"{self.server}-backup"
        identity = self.args.identity.workload(name, Purpose.PLATFORM, self.objects.parent)
        volume = self.objects.add(self._volume(name), "backup", stateful=self.args.context.protect)
        pod = Pod(
            containers=[self._dump(access) for access in self.accesses],
            service_account=identity.name,
            volumes={"backups": {"persistentVolumeClaim": {"claimName": name}}},
            labels={**self.objects.labels, **selector(name)},
            user=_USER,
            restart="OnFailure",
        )
        allowed = network_policy(name, selector(name), egress=[self.accesses[0].endpoint])
        policy = self.objects.add(allowed, "backup")
        after = [volume, policy, identity.resource]
        self.objects.add(cron_job(name, pod, _NIGHTLY), "backup", after=after)

    def _volume(self, name: str) -> Mapping[str, Any]:
        size = show_memory(self.args.site.database.size)
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            # It may stay unbound until the first night, when a pod first wants it.
            "metadata": {"name": name, "annotations": {"pulumi.com/skipAwait": "true"}},
            "spec": claim_spec(size, self.args.cluster.facts.storage_class),
        }

    def _dump(self, access: DatabaseAccess) -> Container:
        return Container(
            name=access.database.replace("_", "-"),
            image=self.args.cluster.image("postgres"),
            command=["sh", "-c", _SCRIPT],
            environment={"DATABASE": access.database, "URI": access.secret.key("uri")},
            mounts={"/backups": "backups"},
            resources=Resources(cpu="100m", memory="256Mi"),
        )
