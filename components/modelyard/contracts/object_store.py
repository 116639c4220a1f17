"""An object store: where artifacts rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.blueprint.site import Site
    from modelyard.contracts.context import Context
    from modelyard.contracts.endpoint import Endpoint, Environment
    from modelyard.contracts.identity import Identity, WorkloadIdentity
    from modelyard.plan.serving import ModelPlan


class Api(StrEnum):
    """What a store speaks, and so which client reads it."""

    S3 = "s3"
    GCS = "gcs"
    """Cloud Storage's own: its clients are known by where they run, and take no key."""


@dataclass(frozen=True, kw_only=True)
class ObjectStoreArgs:
    context: Context
    site: Site
    identity: Identity
    models: tuple[tuple[Model, ModelPlan], ...] = ()
    """The models of the site, each with its plan: they name buckets."""
    guarded: tuple[str, ...] = ()
    """Registered models whose promotions are on record in the platform's own bucket."""


class ObjectStore(Protocol):
    @property
    def api(self) -> Api: ...

    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def bucket(self) -> str: ...

    @property
    def region(self) -> str: ...

    def environment(
        self,
        workload: WorkloadIdentity,
        *,
        reads: Sequence[str] = (),
        writes: Sequence[str] = (),
        adds: Sequence[str] = (),
    ) -> Environment:
        """What a client of that workload needs, and the rights that go with it.

        `reads` and `writes` are what it touches, as `s3://bucket/prefix` whatever the store speaks;
        `address` gives those of the platform's own bucket. To `adds` it adds objects, and can
        neither replace nor delete any, as far as the store tells these apart. A store that knows
        workloads allows nothing else; one that only has keys for each namespace allows what the
        namespace's purpose asks for.
        """
        ...

    def address(self, prefix: str) -> str:
        """A part of the platform's own bucket, as the store's clients write it: `s3://…`."""
        ...
