"""Who may do what on Google Cloud: rules for every grant of every platform there.

First each rule is shown a grant that breaks it; then the platforms are shown to the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import gcp_ground, gcp_iam_rules, on_gcp, shipped
from tests.support.gcp_iam_rules import PROJECT, SELF, allows
from tests.support.programs import run

from modelyard.objects.cloud import CloudResource
from modelyard.plan.plan import Plan
from modelyard.recorder import Graph, Resource
from modelyard.sites.gcp.bucket_grants import READ, SEE, WRITE, Grants
from modelyard.sites.gcp.vertex.pipelines import STARTS
from modelyard.sites.gcp.vertex.promotion import RIGHTS
from modelyard.sites.gcp.vertex.retraining import RUNS
from modelyard.sites.gcp.vertex.tracking import writes

PROJECT_WIDE = {
    "aiplatform.indexes.get aiplatform.indexes.update": (
        "runs of training fill an index; Vertex AI has no policy of a single one"
    ),
    " ".join(RIGHTS): (
        "approvers make a version the default one of Vertex's registry; the provider has no policy "
        "of a single model"
    ),
    " ".join(RUNS): (
        "a workflow starts runs of training; Vertex AI has no policy of a single pipeline"
    ),
    " ".join(STARTS): (
        "who asks for alerts starts workflows, and sees when they ran; neither these nor runs have "
        "policies"
    ),
    " ".join(writes()): (
        "runs of training record what they did; ML Metadata and TensorBoard have no policies"
    ),
    "roles/bigquery.jobUser": "scans ask BigQuery; whose tables they read, the dataset says",
    "roles/composer.worker": "Airflow's own parts find each other; Composer asks for it there",
    "roles/container.clusterViewer": (
        "people find the cluster and connect to it; GKE has no policy of a single cluster, and "
        "what they may do in it the cluster itself says"
    ),
    "roles/container.defaultNodeServiceAccount": (
        "nodes write logs and metrics, which belong to the project alone"
    ),
    "roles/logging.logWriter": "a workflow writes its log, which belongs to the project alone",
    "roles/managedkafka.client": (
        "workloads connect to brokers; what they may do then, the brokers' own lists say"
    ),
    "roles/modelarmor.user": (
        "workloads have text checked; Model Armor has no policy of a single template"
    ),
    "roles/monitoring.metricWriter": "metrics belong to the project alone",
    "roles/secretmanager.secretAccessor": (
        "External Secrets reads secrets that the team makes later; its condition names the "
        "platform's own"
    ),
    "roles/storage.objectViewer": (
        "Argo's server shows logs of runs, and is there before the bucket is; its condition names "
        "them"
    ),
    "roles/workflows.invoker": (
        "the clock starts a load or a training; Workflows has no policy of a single workflow"
    ),
    "run.operations.get": "a workflow sees whether its load is over, by an id of no job",
}
"""What is granted in the whole project, and why on nothing smaller."""
CONDITIONED = {"roles/secretmanager.secretAccessor", "roles/storage.objectViewer"}
"""Those of them that only a condition keeps small."""

Rule = Callable[[Graph], Iterator[str]]
RULES: dict[str, Rule] = {
    "no primitive role": gcp_iam_rules.primitive,
    "members are added": gcp_iam_rules.authoritative,
    "nothing for everybody": gcp_iam_rules.everybody,
    "no keys": gcp_iam_rules.keys,
    "on what it is for": lambda graph: gcp_iam_rules.project_wide(graph, PROJECT_WIDE),
    "conditions are right": gcp_iam_rules.conditions,
}

BUCKET_MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
SOMEBODY = "user:ops@example.com"
NAMED = "resource.name.startsWith('projects/_/buckets/ours/objects/a/')"


def _made(token: str, inputs: dict[str, Any]) -> Graph:
    return run(lambda: CloudResource(token, "it", inputs, outputs={}) and None)


def _granted(
    role: str, member: str = SOMEBODY, condition: str | None = None, token: str = BUCKET_MEMBER
) -> Graph:
    condition_ = condition and {"title": "some", "expression": condition}
    return _made(token, {"role": role, "member": member, "condition": condition_})


BROKEN: dict[str, tuple[str, Callable[[], Graph]]] = {
    "an owner": ("no primitive role", lambda: _granted("roles/owner", token=PROJECT)),
    "an editor": ("no primitive role", lambda: _granted("roles/editor", token=PROJECT)),
    "a role of unknown content": ("no primitive role", lambda: _granted("projects/p/roles/all")),
    "a binding": (
        "members are added",
        lambda: _made("gcp:projects/iAMBinding:IAMBinding", {"members": [SOMEBODY]}),
    ),
    "a policy": (
        "members are added",
        lambda: _made("gcp:storage/bucketIAMPolicy:BucketIAMPolicy", {"policyData": "{}"}),
    ),
    "a repository's binding": (
        "members are added",
        lambda: _made(
            "gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding", {"members": []}
        ),
    ),
    "everybody": ("nothing for everybody", lambda: _granted(READ, "allUsers")),
    "everybody with an account": (
        "nothing for everybody",
        lambda: _granted(READ, "allAuthenticatedUsers"),
    ),
    "everybody in a list": (
        "nothing for everybody",
        lambda: _made("gcp:storage/bucketACL:BucketACL", {"roleEntities": ["READER:allUsers"]}),
    ),
    "a key of an account": (
        "no keys",
        lambda: _made("gcp:serviceaccount/key:Key", {"serviceAccountId": "it"}),
    ),
    "a key in the whole project": (
        "on what it is for",
        lambda: _granted("roles/cloudkms.cryptoKeyEncrypterDecrypter", token=PROJECT),
    ),
    "a condition that is none": (
        "conditions are right",
        lambda: _granted(READ, condition="resource.name = 'a'"),
    ),
    "a condition on what there is not": (
        "conditions are right",
        lambda: _granted(READ, condition="resource.path == 'a'"),
    ),
    "a condition of many words": (
        "conditions are right",
        lambda: _granted(READ, condition=" || ".join([NAMED] * 14)),
    ),
    "a condition that everything meets": (
        "conditions are right",
        lambda: _granted(READ, condition="resource.name.startsWith('projects/')"),
    ),
}


@pytest.mark.parametrize(("rule", "graph"), BROKEN.values(), ids=BROKEN)
def test_a_rule_that_is_broken_says_so(rule: str, graph: Callable[[], Graph]) -> None:
    assert list(RULES[rule](graph()))


KEPT: dict[str, tuple[str, Callable[[], Graph]]] = {
    "a service's role": ("no primitive role", lambda: _granted(READ)),
    "a member": ("members are added", lambda: _granted(READ)),
    "what is recorded": (
        "members are added",
        lambda: _made(gcp_iam_rules.RECORDING, {"service": "allServices"}),
    ),
    "one": ("nothing for everybody", lambda: _granted(READ)),
    "on one bucket": ("on what it is for", lambda: _granted(WRITE)),
    "thirteen terms": (
        "conditions are right",
        lambda: _granted(READ, condition=" || ".join([NAMED] * 13)),
    ),
    "operators in a name": (
        "conditions are right",
        lambda: _granted(READ, condition=f"{NAMED} || resource.name == '{'&&' * 20}'"),
    ),
}


@pytest.mark.parametrize(("rule", "graph"), KEPT.values(), ids=KEPT)
def test_a_rule_that_is_kept_says_nothing(rule: str, graph: Callable[[], Graph]) -> None:
    assert list(RULES[rule](graph())) == []


NUMBER = "${it.number}"
POOL = (
    f"//iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/p-1.svc.id.goog"
)
FORGES = f"//iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/forges"
BRANCH = "repo:a/b:ref:refs/heads/main"


def _of_account(output: str) -> Graph:
    def program() -> None:
        made = CloudResource(SELF, "it", {"accountId": "yard"}, outputs={"member": str})
        inputs = {"role": READ, "member": made[output]}
        CloudResource(BUCKET_MEMBER, "it", inputs, outputs={})

    return run(program, mode=gcp_ground.Mode.PREVIEW)


MEMBERS: dict[str, tuple[Callable[[], Graph], bool]] = {
    "somebody of the blueprint": (lambda: _granted(READ), True),
    "a stranger": (lambda: _granted(READ, "user:somebody@else.example"), False),
    "a domain": (lambda: _granted(READ, "domain:example.com"), False),
    "somebody else's account": (
        lambda: _granted(READ, "serviceAccount:x@other.iam.gserviceaccount.com"),
        False,
    ),
    "the default account of machines": (
        lambda: _granted(READ, f"serviceAccount:{NUMBER}-compute@developer.gserviceaccount.com"),
        False,
    ),
    "a service of Google's": (
        lambda: _granted(
            READ, f"serviceAccount:service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
        ),
        True,
    ),
    "BigQuery, which encrypts": (
        lambda: _granted(
            READ, f"serviceAccount:bq-{NUMBER}@bigquery-encryption.iam.gserviceaccount.com"
        ),
        True,
    ),
    "a branch": (lambda: _granted(READ, f"principal:{FORGES}/subject/{BRANCH}"), True),
    "all branches": (
        lambda: _granted(READ, f"principalSet:{FORGES}/attribute.repository/a/b"),
        False,
    ),
    "a workload": (lambda: _granted(READ, f"principal:{POOL}/subject/ns/a/sa/b"), True),
    "all of a pool": (lambda: _granted(READ, f"principalSet:{POOL}/*"), False),
    "all of a namespace": (lambda: _granted(READ, f"principalSet:{POOL}/namespace/a"), False),
    "an account of ours": (lambda: _of_account("member"), True),
    "what is no member": (lambda: _of_account("id"), False),
}


@pytest.mark.parametrize(("graph", "right"), MEMBERS.values(), ids=MEMBERS)
def test_strangers_are_told(graph: Callable[[], Graph], right: bool) -> None:
    assert (not list(gcp_iam_rules.strangers(graph(), frozenset({SOMEBODY})))) is right


def _ids() -> list[str | shipped.Case]:
    return [*gcp_ground.SITES, *on_gcp.cases()]


def _recorded(case: str | shipped.Case) -> tuple[Plan, Graph]:
    if isinstance(case, str):
        return gcp_ground.platform_plan(case), gcp_ground.platform(case)
    return shipped.planned(case).plan, shipped.recorded(case, deployed=False)


EACH = pytest.mark.parametrize("case", _ids(), ids=str)


@EACH
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_platform_keeps_the_rules(case: str | shipped.Case, rule: Rule) -> None:
    assert list(rule(_recorded(case)[1])) == []


@EACH
def test_nobody_is_let_in_but_whom_the_blueprint_names(case: str | shipped.Case) -> None:
    plan, graph = _recorded(case)
    access = plan.blueprint.access
    named = (*access.admins, *access.developers, *access.viewers, *access.approvers)
    people = {it if ":" in it else f"user:{it}" for it in named if "@" in it}
    callers = {member for model in plan.blueprint.models for member in model.serve.callers}
    assert list(gcp_iam_rules.strangers(graph, frozenset(people | callers))) == []


@EACH
def test_what_is_wide_is_kept_small_by_a_condition(case: str | shipped.Case) -> None:
    found = [it for it in gcp_iam_rules.grants(_recorded(case)[1]) if it.in_project]
    assert [str(it) for it in found if (it.role in CONDITIONED) != bool(it.condition)] == []


def test_every_excuse_is_needed() -> None:
    roles = {
        it.role
        for case in _ids()
        for it in gcp_iam_rules.grants(_recorded(case)[1])
        if it.in_project
    }
    assert set(PROJECT_WIDE) == roles


# What is let in by the grants of buckets.

FOLDER = "gcp:storage/managedFolderIamMember:ManagedFolderIamMember"
PARTS = st.text("ab'\\", min_size=1, max_size=2)
PATHS = st.builds(
    lambda parts, end: "/".join(parts) + end,
    st.lists(PARTS, max_size=3),
    st.sampled_from(["", "/"]),
).filter(lambda path: path != "/")
ADDRESSES = st.lists(PATHS.map(lambda path: f"gs://one/{path}"), max_size=4)
READING, WRITING = (READ, WRITE), (WRITE,)


def _given(reads: list[str], writes: list[str]) -> Graph:
    def program() -> None:
        parent = pulumi.ComponentResource("yard:sites:Store", "store")
        Grants(parent, "store", {}).give("it", SOMEBODY, reads=reads, writes=writes)

    return run(program)


def _let_in(graph: Graph, roles: tuple[str, ...], path: str) -> bool:
    """To an object; a managed folder lets in to what is inside it, and to lists of it."""
    return any(_inside(it.resource, it.condition, path) for it in _of_bucket(graph, roles))


def _of_bucket(graph: Graph, roles: tuple[str, ...]) -> list[gcp_iam_rules.Grant]:
    return [it for it in gcp_iam_rules.grants(graph) if it.role in roles]


def _inside(resource: Resource, condition: str | None, path: str) -> bool:
    if resource.type == FOLDER:
        return path.startswith(resource.inputs["managedFolder"])
    return bool(allows(condition, f"projects/_/buckets/one/objects/{path}"))


def _meant(addresses: list[str], path: str) -> bool:
    """Is it at one of the addresses, or in the folder of that name?"""
    meant = [address.removeprefix("gs://one/") for address in addresses]
    return any(path == it or path.startswith(_folder(it)) for it in meant)


def _folder(path: str) -> str:
    return path if path.endswith("/") or not path else f"{path}/"


@settings(max_examples=60, deadline=None)
@given(ADDRESSES, ADDRESSES, PATHS)
def test_a_grant_lets_in_what_it_names_and_nothing_that_begins_alike(
    reads: list[str], writes: list[str], path: str
) -> None:
    graph = _given(reads, writes)
    for name in (path, *(address.removeprefix("gs://one/") + "a" for address in reads)):
        assert _let_in(graph, READING, name) is _meant([*reads, *writes], name)
        assert _let_in(graph, WRITING, name) is _meant(writes, name)


@settings(max_examples=30, deadline=None)
@given(ADDRESSES, ADDRESSES)
def test_grants_of_buckets_keep_the_rules(reads: list[str], writes: list[str]) -> None:
    graph = _given(reads, writes)
    assert {it.resource.inputs["bucket"] for it in gcp_iam_rules.grants(graph)} <= {"one"}
    assert [why for rule in RULES.values() for why in rule(graph)] == []
    seen = {it.resource.inputs["bucket"] for it in _of_bucket(graph, (SEE,))}
    assert seen == ({"one"} if reads or writes else set())
