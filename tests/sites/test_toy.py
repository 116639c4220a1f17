"""A tenth kind of site, added by a package that the house knows nothing of."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from tests.support import toy_site

from modelyard.blueprint import kinds
from modelyard.blueprint.errors import BlueprintError, NotReadyError
from modelyard.engine.preflight import args_of, preflights
from modelyard.engine.verify import inventory_of
from modelyard.plan.capability import Capability as C
from modelyard.program import check_file, plan_file, record_plan
from modelyard.recorder import check_inputs
from modelyard.sites import offers, part
from modelyard.sites.kubernetes.inventory import ClusterInventory

LONGEST = 60
"""Lines that a kind of site may take."""

BLUEPRINT = """
modelyard: 1
name: bench
team: {owner: ml@example.com, domain: demo}
sites: {desk: {kind: toy, desk: ann, cluster: {version: "1.36"}}}
registry: {engine: mlflow}
models: [{name: churn, type: predictive, source: "models:/churn@champion"}]
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs packages that add kinds of site, as pip would: metadata on the path."""

    def install(*packages: str, kind: str = "toy") -> None:
        for number, package in enumerate(packages):
            metadata = tmp_path / f"added{number}-1.0.dist-info"
            metadata.mkdir()
            (metadata / "METADATA").write_text(f"Name: added{number}\nVersion: 1.0\n")
            points = f"[{kinds.GROUP}]\n{kind} = {package}\n"
            (metadata / "entry_points.txt").write_text(points)
        _forget()

    monkeypatch.syspath_prepend(tmp_path)
    _forget()
    yield install
    _forget()


def _forget() -> None:
    kinds.added.cache_clear()
    kinds.added_kind.cache_clear()


@pytest.fixture
def toy(install: Install) -> None:
    install("tests.support.toy_site")


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path, **changes: str) -> Path:
    """The blueprint with some of its words changed."""
    text = BLUEPRINT
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "bench.yaml").write_text(text)
    return folder / "bench.yaml"


def refused(path: Path) -> str:
    with pytest.raises(BlueprintError) as told:
        check_file(path)
    return str(told.value)


def test_a_kind_of_site_takes_a_page() -> None:
    assert len(Path(toy_site.__file__).read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.usefixtures("toy")
def test_a_blueprint_on_it_holds(blueprint: Path) -> None:
    assert {each.path for each in check_file(blueprint)} == {"sites.desk.keys"}


@pytest.mark.usefixtures("toy")
def test_it_is_planned_with_its_own_facility_and_the_house_s_others(blueprint: Path) -> None:
    plan = plan_file(blueprint).plan
    assert [site.kind for site in plan.sites] == ["toy"]
    engines = {placement.capability: placement.engine for placement in plan.capabilities}
    assert engines[C.AUDIT_LOG] == "notebook"
    assert (engines[C.CLUSTER], engines[C.DATABASE]) == ("attach", "postgres")
    assert [model.site for model in plan.models] == ["desk"]


@pytest.mark.usefixtures("toy")
@pytest.mark.filterwarnings("error")
def test_it_is_shown_to_machines_whole(blueprint: Path) -> None:
    shown = plan_file(blueprint).plan.blueprint.model_dump(mode="json")["sites"]["desk"]
    assert (shown["kind"], shown["desk"], shown["cluster"]["version"]) == ("toy", "ann", "1.36")


@pytest.mark.usefixtures("toy")
def test_it_is_recorded(blueprint: Path) -> None:
    graph = record_plan(plan_file(blueprint).plan)
    (notebook,) = graph.of_type("modelyard:audit-log:Notebook")
    (note,) = (resource for resource in graph if resource.parent == notebook.urn)
    assert note.inputs["data"] == {"desk": "ann"}
    assert note.inputs["metadata"]["namespace"] == "bench-platform"
    served = [r for r in graph.of_type("kubernetes:apps/v1:Deployment") if "churn" in r.name]
    assert served
    assert check_inputs(graph) == []


@pytest.mark.usefixtures("toy")
def test_it_is_looked_at_as_the_cluster_that_it_is(blueprint: Path) -> None:
    plan = plan_file(blueprint).plan
    assert isinstance(inventory_of(plan, "desk"), ClusterInventory)
    assert args_of(plan, record_plan(plan), "desk").site.kind == "toy"
    assert part(plan.blueprint.sites["desk"], "nothing") is None


def test_a_package_may_bring_its_own_look_at_a_site(
    install: Install, tmp_path: Path, blueprint: Path
) -> None:
    package = tmp_path / "acme_desks"
    package.mkdir()
    (package / "__init__.py").write_text("from tests.support.toy_site import OFFERS, SITE")
    asked = """
        from modelyard.contracts.preflight import Answer, Verdict

        class Glance:
            def __init__(self, args): self.args = args
            def answers(self): yield Answer("desk", self.args.site.desk, Verdict.OK, "is tidy")

        open_preflight = Glance
    """
    (package / "preflight.py").write_text(dedent(asked))
    install("acme_desks")
    ((site, glance),) = preflights(plan_file(blueprint).plan, ["desk"])
    assert glance is not None
    (answer,) = glance.answers()
    assert (site, answer.asked, answer.found) == ("desk", "ann", "is tidy")
    assert isinstance(inventory_of(plan_file(blueprint).plan, "desk"), ClusterInventory)


@pytest.mark.usefixtures("toy")
def test_what_is_written_of_it_is_held_like_anything_else(tmp_path: Path) -> None:
    unknown = refused(written(tmp_path, **{"desk: ann": "desk: ann, desks: 3"}))
    assert "sites.desk.desks: unknown key 'desks'; allowed: storage_class, " in unknown
    assert "did you mean 'desk'?" in unknown
    missing = refused(written(tmp_path, **{"desk: ann, ": ""}))
    assert "sites.desk.desk: the key 'desk' is missing (Whose desk it is)" in missing
    deep = refused(written(tmp_path, **{'"1.36"': '"latest"'}))
    assert "sites.desk.cluster.version: 'latest' is not valid for 'version'" in deep


@pytest.mark.usefixtures("toy")
def test_what_nobody_offers_on_it_is_refused_by_name(tmp_path: Path) -> None:
    told = refused(
        written(tmp_path, **{"registry: {engine: mlflow}": "pipelines: {engine: prefect}"})
    )
    assert "pipelines by prefect is not offered on toy yet" in told


def test_without_the_package_it_is_no_kind(install: Install, blueprint: Path) -> None:
    assert "'toy' is not one of the choices for 'kind'; allowed: aws, gcp, kubernetes, onprem." in (
        told := refused(blueprint)
    )
    assert "install the package that adds it: see docs/adding-a-site.md" in told
    assert (Path(__file__).parents[2] / kinds.PAGE).exists()


@pytest.mark.usefixtures("toy")
def test_a_kind_that_is_added_is_among_those_there_are(tmp_path: Path) -> None:
    told = refused(written(tmp_path, **{"kind: toy": "kind: tory"}))
    assert (
        "allowed: aws, gcp, kubernetes, onprem, toy; did you mean 'toy'? Next: correct it" in told
    )


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_the_kind", "importing it fails: ModuleNotFoundError"),
        ("1 / 0", "importing it fails: ZeroDivisionError"),
        ("", "its SITE is no ClusterSite with `kind: Literal['toy']`"),
        ("from tests.support.toy_site import ToySite as SITE", "it has no OFFERS"),
        ("from modelyard.blueprint.site import KubernetesSite as SITE", "its SITE is no Cluster"),
        ("from modelyard.blueprint.site import AwsSite as SITE", "its SITE is no ClusterSite"),
    ],
)
def test_a_package_that_is_broken_is_at_fault_and_not_the_blueprint(
    source: str, why: str, install: Install, tmp_path: Path, blueprint: Path
) -> None:
    (tmp_path / "acme_broken.py").write_text(source)
    sys.modules.pop("acme_broken", None)
    install("acme_broken")
    with pytest.raises(NotReadyError) as told:
        check_file(blueprint)
    assert f"'acme_broken', which adds the kind of site 'toy', cannot be used: {why}" in str(
        told.value
    )


def test_two_packages_cannot_add_the_same_kind(install: Install, blueprint: Path) -> None:
    install("tests.support.toy_site", "acme_other")
    with pytest.raises(NotReadyError, match="both add it"):
        check_file(blueprint)


def test_a_kind_of_the_house_cannot_be_taken_over(install: Install, tmp_path: Path) -> None:
    install("acme_nowhere", kind="kubernetes")
    path = written(tmp_path, **{"kind: toy, desk: ann": "kind: kubernetes"})
    assert plan_file(path).plan.sites[0].kind == "kubernetes"
    assert set(offers()) == {"aws", "gcp", "kubernetes", "onprem"}


def test_packages_are_only_looked_for_where_a_blueprint_names_such_a_kind(tmp_path: Path) -> None:
    """Reading what is installed takes longer than checking a blueprint does."""
    path = written(tmp_path, **{"kind: toy, desk: ann": "kind: kubernetes"})
    program = f"""
        import sys
        from modelyard.program import check_file
        check_file({str(path)!r})
        from modelyard.blueprint.kinds import added
        assert added.cache_info().misses == 0
        print("importlib.metadata" in sys.modules)
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
