"""Operators by id: which charts bring them, where they run, and how their charts are set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from modelyard.catalog.charts import Chart, chart
from modelyard.catalog.sheet import entry, rows, texts

_SHEET = Path(__file__).with_name("operators.yaml")

PROMETHEUS = "kube-prometheus-stack"
"""The operator whose presence turns on the metrics of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChart:
    """A chart with the values that we set."""

    id: str
    """Of the chart."""
    release: str
    """What the release is called: the chart's id, unless a chart is installed twice."""
    values: Mapping[str, Any]
    monitored: Mapping[str, Any]
    """Laid over `values` where Prometheus's operator runs in the same cluster."""
    edge: Mapping[str, Any]
    """Laid over them on edge sites, whose nodes are small."""

    @property
    def chart(self) -> Chart:
        """From a sheet of its own, which nobody reads to know which operator needs which."""
        return chart(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What runs in the cluster so that a kind of object means something there."""

    id: str
    namespace: str
    charts: tuple[SetChart, ...]
    """In the order they are installed."""
    groups: tuple[str, ...]
    """API groups that it brings."""
    needs: tuple[str, ...]
    """Operators that have to run before it."""
    pod_security: Literal["restricted", "baseline", "privileged"]
    note: str
    as_of: str


@cache
def operators() -> Mapping[str, Operator]:
    """Every operator by id."""
    return MappingProxyType(
        {id: _operator(id, row) for id, row in rows(_SHEET, "operators").items()},
    )


def operator(id: str) -> Operator:
    """The operator of an id. Raises KeyError, naming the ids there are, if there is none."""
    return entry(operators(), id, "operator")


def with_needs(ids: Iterable[str], there: Iterable[str] = ()) -> tuple[str, ...]:
    """These operators and what they need, each after what it needs; otherwise by id.

    What is `there` already has seen to its own needs. Prometheus's operator goes first where it
    is one of them: the others bring objects of its kinds.
    """
    there, graph = set(there), {}
    wanted = sorted(set(ids))
    while wanted:
        id = wanted.pop()
        needs = () if id in there else operator(id).needs
        graph[id] = needs
        wanted += [need for need in needs if need not in graph]
    first = [PROMETHEUS] if PROMETHEUS in graph else []
    ordered = {id: [*sorted(graph[id]), *first] for id in sorted(graph) if id != PROMETHEUS}
    return tuple(TopologicalSorter({**ordered, **dict.fromkeys(first, ())}).static_order())


def _operator(id: str, row: Mapping[str, Any]) -> Operator:
    return Operator(
        id=id,
        namespace=row["namespace"],
        charts=tuple(_set_chart(item) for item in row["charts"]),
        groups=texts(row["groups"]),
        needs=texts(row["needs"]),
        pod_security=row["pod_security"],
        note=row["note"],
        as_of=str(row["as_of"]),
    )


def _set_chart(item: Mapping[str, Any]) -> SetChart:
    return SetChart(
        id=item["chart"],
        release=item.get("release", item["chart"]),
        values=item.get("values", {}),
        monitored=item.get("monitored", {}),
        edge=item.get("edge", {}),
    )
