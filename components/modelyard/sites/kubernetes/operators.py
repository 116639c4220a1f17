"""Installs operators by their upstream charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pulumi

from modelyard.catalog.charts import Chart
from modelyard.catalog.operators import PROMETHEUS, Operator, SetChart, operator
from modelyard.contracts.cluster import ClusterArgs
from modelyard.objects.objects import KubernetesObject
from modelyard.plan.copies import Copies, copies_of
from modelyard.sites.kubernetes.operator_values import laid_over, values_of

_TIMEOUT = 900
"""Seconds that a chart may take: GPU drivers are compiled in that time."""


class Operators:
    """The operators of one cluster, each in a namespace of its own, after what it needs."""

    def __init__(
        self,
        name: str,
        args: ClusterArgs,
        provider: pulumi.ProviderResource,
        parent: pulumi.Resource,
        values: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        """`values`: what the site adds to those of a chart; `after`: what all of them wait for."""
        self._name, self._args, self._values, self._after = name, args, values, after
        self._copies = copies_of(args.site)
        self._options = pulumi.ResourceOptions(parent=parent, provider=provider)
        self._namespaces: dict[str, pulumi.Resource] = {}
        self.releases: dict[str, pulumi.Resource] = {}
        """The last chart of each operator, by operator."""
        for id in args.site_plan.operators:
            self._install(operator(id))

    def bringing(self, api_version: str) -> pulumi.Resource | None:
        """The last release that brings kinds of this API group, if we install it."""
        group, _, version = api_version.rpartition("/")
        found = [self.releases[id] for id in self.releases if group in operator(id).groups]
        return found[-1] if found and version else None

    def _install(self, operator: Operator) -> None:
        """Its charts in order; Prometheus's operator first, whose kinds the others bring."""
        first = [PROMETHEUS, *operator.needs]
        before = [
            *self._after,
            self._namespace(operator),
            *(self.releases[i] for i in first if i in self.releases),
        ]
        for item in operator.charts:
            release = _Release(
                f"{self._name}-{item.release}",
                _inputs(operator, item, self._values_of(item), self._copies),
                pulumi.ResourceOptions.merge(
                    self._options, pulumi.ResourceOptions(depends_on=before)
                ),
            )
            before = [release]
            self.releases[operator.id] = release

    def _values_of(self, item: SetChart) -> Mapping[str, Any]:
        """Where nothing comes from outside, that is said last: it holds whatever else is set."""
        values = laid_over(values_of(item, self._args), self._values.get(item.chart.id, {}))
        return (
            laid_over(values, self._copies.chart_values(item.chart.id)) if self._copies else values
        )

    def _namespace(self, operator: Operator) -> pulumi.Resource:
        """Made here and not by Helm, so that it says what its pods may do."""
        if operator.namespace not in self._namespaces:
            self._namespaces[operator.namespace] = KubernetesObject(
                f"{self._name}-{operator.namespace}",
                _namespace(operator, self._args.context.labels(operator.id)),
                self._options,
            )
        return self._namespaces[operator.namespace]


class _Release(pulumi.CustomResource):
    """A Helm release; the typed class would cost a second to import."""

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubernetes:helm.sh/v3:Release", name, dict(inputs), opts)


def _inputs(
    operator: Operator, item: SetChart, values: Mapping[str, Any], copies: Copies | None
) -> Mapping[str, Any]:
    """What the Release is asked for. `atomic`: a chart that fails leaves nothing half done."""
    return {
        **(copies.chart(item.chart) if copies else _where(item.chart)),
        "name": item.release,
        "namespace": operator.namespace,
        "version": item.chart.version,
        "values": values,
        "atomic": True,
        "timeout": _TIMEOUT,
        # As the typed class sends it.
        "compat": "true",
    }


def _where(chart: Chart) -> Mapping[str, Any]:
    """An OCI chart is named by its address; any other by its name in a repository."""
    if chart.oci:
        return {"chart": chart.repository}
    return {"chart": chart.chart, "repositoryOpts": {"repo": chart.repository}}


def _namespace(operator: Operator, labels: Mapping[str, str]) -> Mapping[str, Any]:
    """Held to the operator's level; the API server's audit log says what is not restricted."""
    level = {
        "pod-security.kubernetes.io/enforce": operator.pod_security,
        "pod-security.kubernetes.io/audit": "restricted",
    }
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": operator.namespace, "labels": {**labels, **level}},
    }
