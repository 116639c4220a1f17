"""What lives and nothing here can provide: refused by name, with the reason and a way instead."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.cli.conftest import QUICKSTART

from modelyard.blueprint.errors import BlueprintError
from modelyard.program import check_file

REASON = (
    "Pulumi's provider for AWS has no resource for Greengrass's components, deployments and core "
    "devices"
)
WAY = "Next: serve in `mode: edge` on a site of `kind: onprem` with `edge: true`: k3s runs on what"


@pytest.mark.parametrize("name", ["greengrass", "Greengrass v2", "AWS IoT Greengrass"])
@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            *('champion"', "champion\", serve: {{engine: '{name}', mode: edge}}"),
            "models[churn].serve.engine: '{name}' is not a serving engine: ",
        ),
        (
            *("kind: kubernetes", "kind: '{name}'"),
            "sites.local.kind: '{name}' is not one of the choices for 'kind': ",
        ),
    ],
    ids=["engine", "kind"],
)
def test_greengrass(name: str, old: str, new: str, what: str, tmp_path: Path) -> None:
    assert old in QUICKSTART
    (tmp_path / "edge.yaml").write_text(QUICKSTART.replace(old, new.format(name=name)))
    with pytest.raises(BlueprintError) as told:
        check_file(tmp_path / "edge.yaml")
    assert what.format(name=name) + REASON in str(told.value)
    assert WAY in str(told.value)


def test_the_reason_still_holds() -> None:
    """Once the provider has such a resource, this is to be offered instead."""
    spec = find_spec("pulumi_aws")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    assert (folder / "iot").is_dir()
    assert [path.name for path in folder.rglob("*greengrass*")] == []
    assert [p.name for p in (folder / "iot").rglob("*.py") if "Greengrass" in p.read_text()] == []
