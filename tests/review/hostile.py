"""A report in which whatever can be named has been named by somebody with bad intentions."""

from __future__ import annotations

from dataclasses import replace

from tests.review.small import manifest, plan, thing

from modelyard.blueprint.errors import Location, Problem, Severity
from modelyard.plan.plan import Plan
from modelyard.policies.settings import settle
from modelyard.policies.verdict import judge
from modelyard.recorder import Graph
from modelyard.review.report import Report

EVIL = (
    '\x1b]0;owned\x07\x9b2J</script></style></title></details>"]-->x[\'">'
    "<img src=x onerror=alert(1)>|`x````\n# y\u202egnp @everyone #1 "
    "https://evil.example www.evil.example &lt;b&gt; {{7*7}} ]]>"
)


def report() -> Report:
    """Names in resources, in the plan and in warnings."""
    pod = {"template": {"spec": {"containers": [{"name": EVIL, "image": f"a.example/{EVIL}:1"}]}}}
    rule = {"apiGroups": [""], "resources": [EVIL], "verbs": ["get"]}
    graph = Graph.of(
        "modelyard",
        "dev",
        (
            manifest("apps/v1", "Deployment", "it", spec=pod),
            manifest("rbac.authorization.k8s.io/v1", "Role", "seer", rules=[rule]),
            thing("aws:eks/cluster:Cluster", EVIL, {"name": EVIL}),
            thing("aws:sns/topic:Topic", f"topic-{EVIL}", protect=True),
        ),
        {},
    )
    where = Location(f"blueprints/{EVIL}.yaml", 3, 1)
    problem = Problem(where, EVIL, EVIL, (EVIL,), EVIL, EVIL, Severity.WARNING)
    return Report(_plan(), graph, (problem,), judge(graph, settle()), None, EVIL)


def _plan() -> Plan:
    """Names that the blueprint would refuse, as if they had come through all the same."""
    found = plan("hybrid-vpn", "tunnels")
    sites = tuple(replace(site, fleet=f"{site.name} {EVIL}") for site in found.sites)
    models = tuple(replace(model, engine=EVIL, reason=EVIL) for model in found.models)
    capabilities = tuple(replace(each, because=EVIL) for each in found.capabilities)
    return replace(found, environment=EVIL, sites=sites, models=models, capabilities=capabilities)
