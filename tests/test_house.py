"""The rules of the house, held by reading its code."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from modelyard.catalog.charts import charts
from modelyard.catalog.images import images
from modelyard.catalog.operators import operators
from modelyard.plan.capability import Capability as C
from modelyard.platform import load
from modelyard.sites import offers

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "components" / "modelyard"
JOBS = ROOT / "jobs" / "modelyard_jobs"
LONGEST_FILE = 300
LONGEST_INIT = 40
MEDIAN, NINETIETH = 12, 34
"""Lines of a function: about those of httpx, which reads well."""

FORBIDDEN_WORDS = {"manager", "helper", "helpers", "util", "utils", "common", "misc"}
PROVIDERS = {"aws", "gcp", "kubernetes", "onprem", "azure"}
PLACES = {"kind", "provider", "site_kind", "cloud"}
"""What a comparison with the name of a provider is about."""

ORDERED_AFTER = {C.GOVERNANCE, C.NETWORK, C.PIPELINES}
"""Capabilities that have to stand before some others do, though these take nothing of them."""

VALUES = {"access"}
"""Fields of `Args` that are called like a capability and hold a section of the blueprint."""

MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:root|Users|work)/|\.\./shared")
REACHES_CRDS = {"tests/support/kubernetes_schemas.py", "tests/test_house.py"}
REGISTRIES = re.compile(r"files\.pythonhosted|registry\.npmjs")


@cache
def modules() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple(
        (path, ast.parse(path.read_text(encoding="utf-8")))
        for package in (PACKAGE, JOBS)
        for path in sorted(package.rglob("*.py"))
    )


def walk(kind: type | tuple[type, ...]) -> Iterator[tuple[str, Any]]:
    """Every node of a kind, with where it is."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def functions() -> list[tuple[str, ast.FunctionDef]]:
    return list(walk((ast.FunctionDef, ast.AsyncFunctionDef)))


def length(function: ast.FunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_there_is_a_house() -> None:
    assert len(modules()) > 100


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2 kept, 0 broken" in done.stdout


def test_only_sites_know_whose_cloud_it_is() -> None:
    found = [
        where
        for where, node in walk(ast.Compare)
        if "/sites/" not in where and "blueprint/site.py" not in where and _about_a_provider(node)
    ]
    found += [
        where
        for where, node in walk(ast.Match)
        if "/sites/" not in where and "kind" in ast.unparse(node.subject)
    ]
    assert found == []


def _about_a_provider(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    names = {name for side in sides for name in _names(side)}
    texts = {str(c.value) for side in sides for c in ast.walk(side) if isinstance(c, ast.Constant)}
    return bool(names & PLACES and texts & PROVIDERS) or "SiteKind" in names


def _names(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


OFFERED = [
    pytest.param(kind, capability, engine, id=f"{kind}-{capability}-{engine}")
    for kind, site in offers().items()
    for capability, engines in site.items()
    for engine in engines
]


@pytest.mark.parametrize(("kind", "capability", "engine"), OFFERED)
def test_an_offer_says_what_its_component_takes(kind: str, capability: C, engine: str) -> None:
    """`needs` and `uses` decide what stands first, `Args` what is handed over: they agree."""
    offer = offers()[kind][capability][engine]
    if offer.implementation is None:
        assert not offer.uses
        return
    component, args = load(offer.implementation)
    by_field = {c.field: c for c in C if c.field not in VALUES}
    takes = {by_field[f.name]: f for f in fields(args) if f.name in by_field}
    required = {c for c, f in takes.items() if f.default is f.default_factory is MISSING}
    named = {*offer.needs, *offer.uses}
    assert required <= set(offer.needs), "it needs more than it says"
    assert set(takes) <= named, "it takes what may not stand yet"
    assert named <= set(takes) | ORDERED_AFTER, "it says that it needs what it does not take"
    assert component.__doc__, "it says what it is"


def test_what_offers_name_is_in_the_catalog() -> None:
    named = {
        operator
        for site in offers().values()
        for engines in site.values()
        for offer in engines.values()
        for operator in offer.operators
    }
    assert named <= set(operators())


def test_what_code_names_is_in_the_catalog() -> None:
    """`cluster.image("postgres")`, `chart("keda")`, `operator("kueue")`, and tables of images."""
    known = {"image": set(images()), "chart": set(charts()), "operator": set(operators())}
    known["catalog_image"] = known["image"]
    constants = _constants()
    unknown = [
        f"{where}: {word}"
        for where, node in walk(ast.Call)
        if (table := known.get(_called(node))) and "/catalog/" not in where
        for word in _words(node, constants)
        if word not in table and "/" not in word
    ]
    assert unknown == []


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _constants() -> dict[str, dict[str, str]]:
    """Texts that modules give a name, by module."""
    return {
        str(path.relative_to(ROOT)): {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(node.value.value, str)
        }
        for path, tree in modules()
    }


def _words(call: ast.Call, constants: dict[str, dict[str, str]]) -> Iterator[str]:
    """The argument, where reading the file is enough to know it."""
    file = constants
    for argument in call.args[:1]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
        elif isinstance(argument, ast.Name):
            names = {table[argument.id] for table in file.values() if argument.id in table}
            if len(names) == 1:
                yield names.pop()


@cache
def _classes() -> tuple[tuple[str, ast.ClassDef], ...]:
    return tuple(walk(ast.ClassDef))


def components() -> list[tuple[str, ast.ClassDef]]:
    """Component classes, those that inherit from one in this package included."""
    found: dict[str, tuple[str, ast.ClassDef]] = {}
    while True:
        new = {
            node.name: (where, node)
            for where, node in _classes()
            if node.name not in found
            and any(_base(base) in {"ComponentResource", *found} for base in node.bases)
        }
        if not new:
            return list(found.values())
        found |= new


def _base(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _init(node: ast.ClassDef) -> ast.FunctionDef | None:
    return next(
        (n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None
    )


def _calls(node: ast.AST, name: str) -> list[ast.Call]:
    return [n for n in ast.walk(node) if isinstance(n, ast.Call) and _called(n) == name]


def test_components_register_their_outputs_once_and_last() -> None:
    assert len(components()) > 25
    wrong = []
    for where, node in components():
        init, calls = _init(node), _calls(node, "register_outputs")
        inherits = not any(_base(base) == "ComponentResource" for base in node.bases)
        if init is None or (inherits and not calls):
            continue  # its base class does it
        last = init.body[-1]
        if len(calls) != 1 or not (isinstance(last, ast.Expr) and last.value is calls[0]):
            wrong.append(f"{where}: {node.name}")
    assert wrong == []


def test_a_component_reads_as_its_table_of_contents() -> None:
    long = [
        f"{where}: {node.name} {length(init)}"
        for where, node in components()
        if (init := _init(node)) and length(init) > LONGEST_INIT
    ]
    assert long == []


MAKES_PROVIDERS = re.compile(r"/sites/\w+/(cluster|secrets|account)\.py|/workloads/authority\.py")
"""A cluster makes its own, what keeps secrets the one for random passwords, an account the one for
what tells its names from those that were there before, and an authority the one that signs."""


def test_providers_are_made_in_four_places() -> None:
    made = [where for where, node in walk(ast.Call) if _called(node) == "Provider"]
    assert made
    assert [where for where in made if not MAKES_PROVIDERS.search(where)] == []


def test_options_are_merged_the_right_way_round() -> None:
    """`ResourceOptions.merge(opts, own)`: what is our own wins, a parent above all."""
    merges = [(w, n) for w, n in walk(ast.Call) if "ResourceOptions.merge" in ast.unparse(n.func)]
    merges += [(w, n) for w, n in walk(ast.Call) if ").merge" in ast.unparse(n.func)]
    assert merges
    assert [where for where, node in merges if not _own_wins(node)] == []


def _own_wins(merge: ast.Call) -> bool:
    whole = len(merge.args) == 2 and isinstance(merge.func, ast.Attribute)
    return whole and ast.unparse(merge.args[1]) not in ("opts", "options")


def test_no_resource_is_made_inside_apply() -> None:
    """It would vanish from previews."""
    makers = {"add", "Release", "CustomResource", "KubernetesObject", "RandomPassword", "workload"}
    applied = [(where, n) for where, n in walk(ast.Call) if _called(n) in ("apply", "all")]
    inside = [
        where
        for where, node in applied
        for argument in node.args
        if isinstance(argument, ast.Lambda)
        if any(_calls(argument, maker) for maker in makers)
    ]
    assert inside == []


def test_no_text_is_made_of_an_output() -> None:
    """`f"{password}"` shows a warning instead of the value. Seen where one function makes both;
    the recorder refuses the rest when the shipped blueprints are recorded.
    """
    assert [where for where, node in functions() for _ in _texts_of_outputs(node)] == []


def _texts_of_outputs(function: ast.AST) -> Iterator[ast.AST]:
    outputs = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if _called(node.value) in ("password", "apply", "concat", "all", "format", "json_dumps")
        if "Output" in ast.unparse(node.value) or _called(node.value) in ("password", "apply")
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.FormattedValue) and set(_names(node.value)) & outputs:
            yield node
        if isinstance(node, (ast.If, ast.IfExp)) and set(_names(node.test)) & outputs:
            yield node


def test_files_are_a_page_or_three() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path, _ in modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_functions_are_short() -> None:
    lengths = sorted(length(function) for _, function in functions())
    median, ninetieth = statistics.median(lengths), lengths[len(lengths) * 9 // 10]
    said = f"{len(lengths)} functions: median {median:g} lines, 90th percentile {ninetieth}"
    print(said)  # noqa: T201 - shown by `pytest -rP`
    assert median <= MEDIAN, said
    assert ninetieth <= NINETIETH, said


def test_every_file_says_what_it_is() -> None:
    bare = [
        str(path.relative_to(ROOT))
        for path, tree in modules()
        if tree.body and ast.get_docstring(tree) is None
    ]
    assert bare == []


def test_every_file_reads_annotations_late() -> None:
    wanted = "from __future__ import annotations"
    bare = [
        str(path.relative_to(ROOT))
        for path, tree in modules()
        if any(isinstance(n, (ast.FunctionDef, ast.ClassDef)) for n in tree.body)
        and wanted not in path.read_text(encoding="utf-8")
    ]
    assert bare == []


def test_names_are_the_fields_own() -> None:
    named = [*(path for path, _ in modules()), *(Path(node.name) for _, node in _classes())]
    wrong = [str(n) for n in named if FORBIDDEN_WORDS & set(_parts(n.stem))]
    assert wrong == []


def _parts(name: str) -> Iterable[str]:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")


def _kept() -> Iterator[Path]:
    """Every text that is kept in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git repository: what is kept is not known")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.name != "uv.lock":
            yield path


def test_nothing_points_at_one_machine() -> None:
    found = []
    for path in _kept():
        name = str(path.relative_to(ROOT))
        text = path.read_text(encoding="utf-8", errors="replace")
        hits = MACHINE_PATHS.findall(text) + REGISTRIES.findall(text)
        if name not in REACHES_CRDS and hits:
            found.append(f"{name}: {sorted(set(hits))}")
    assert found == []
