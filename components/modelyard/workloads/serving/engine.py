"""What serves a model: one container and what it needs, whatever the form it runs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi import Resource

    from modelyard.contracts.endpoint import Endpoint, Environment
    from modelyard.contracts.serving import ServingArgs
    from modelyard.objects.pods import Container, Resources

WEIGHTS = "/models"
"""Where the volume with the weights is mounted."""
DATA = "/data"
"""Where the input and output of a batch run are."""
CONFIG = "/etc/model-server"
SCRATCH = "/tmp"


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """A Prometheus query that says how many replicas are wanted."""

    query: str
    """`{series}` stands for the labels of the model's own series."""
    threshold: float
    each: bool = True
    """Whether the threshold is for each replica, or for the query's value as it is."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A serving engine, told which model to serve.

    It says nothing of replicas, services or schedules: the forms (realtime, batch, edge) do.
    """

    name: str
    image: str
    user: int
    resources: Resources
    """What one replica asks for when the blueprint does not say; devices come from the plan."""
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    environment: Environment = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    """The first answers requests."""
    health: str | None = None
    startup: int = 120
    """Seconds that it may take to load the model."""
    weights: Sequence[Container] = ()
    """Containers that fill the volume at `WEIGHTS` before it starts."""
    keeps_weights: bool = False
    """Whether there is such a volume."""
    memory_volume: str | None = None
    """Size of `/dev/shm`, for engines whose processes share memory."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Configuration files by name; they are under `CONFIG`."""
    metrics: tuple[str, str] | None = None
    """Port and path of its metrics."""
    triggers: Sequence[Trigger] = ()
    reaches: Sequence[Endpoint] = ()
    """What it connects to."""
    internet: bool = False
    """Whether it or its weights come from outside, over HTTPS."""
    drain: int = 10
    """Seconds between the signal to stop and the end of new requests."""
    grace: int = 60
    """Seconds until a stopping pod is cut off; requests in flight finish in it."""
    own_code: bool = False
    """Whether it runs a team's own code, which may have to prove to others who it is."""
    moves_data: bool = False
    """Whether a batch run finds its input under `DATA` and leaves its output there."""

    @property
    def port(self) -> int:
        return next(iter(self.ports.values()))


Describe = Callable[["ServingArgs", "Resource"], Engine]
"""Makes an engine of a model; secrets it brings along belong to the resource."""
