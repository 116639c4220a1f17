"""An empty value takes away what a default gives, with a preset and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.blueprint.loading import load

TEXT = """\
modelyard: 1
name: shop
{preset}
team: {{owner: a@b.example, domain: d}}
sites: {{a: {{kind: kubernetes}}}}
defaults: {{serve: {{target: {{p95_ms: 50}}, replicas: {{min: 2}}}}}}
models:
  - {{name: kept, type: predictive, source: "models:/m@c"}}
  - {{name: emptied, type: predictive, source: "models:/m@c", serve: {{target: null}}}}
environments: {{dev: {{models: [{{name: kept, serve: {{replicas: {{min: 1}}}}}}]}}}}
"""


@pytest.mark.parametrize("preset", ["", "preset: retail"])
@pytest.mark.parametrize("environment", [None, "dev"])
def test_a_default_is_taken_away(preset: str, environment: str | None, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(TEXT.format(preset=preset))
    blueprint = load(tmp_path / "b.yaml", environment).blueprint
    assert blueprint.model("kept").serve.target.p95_ms == 50
    assert blueprint.model("emptied").serve.target.p95_ms is None
    assert blueprint.model("emptied").serve.replicas.min == 2
