"""A pipeline as the systems read it that run it: one step after the other, in the stages' order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from modelyard.catalog.pipeline_tools import tool
from modelyard.review.pipeline.stages import Pipeline, Stage

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model

_HEAD = "# Written by `modelyard pipeline`: change the blueprint, and write it anew.\n"
Content = tuple[str, str]
"""Path in the repository, and text."""


def github(it: Pipeline, stages: Sequence[Stage]) -> Content:
    """A workflow with one job: the stages share what is on its runner."""
    steps: list[Mapping[str, Any]] = [
        {"name": "checkout", "uses": tool("checkout"), "with": {"persist-credentials": False}},
        *({"name": s.name, "run": f"sh {it.folder}/{s.file}"} for s in stages),
        {
            "name": "keep",
            "if": "always()",
            "uses": tool("upload"),
            "with": {"name": f"{it.model.name}-pipeline", "path": f"{it.folder}/out"},
        },
    ]
    told = {name: f"${{{{ vars.{name} }}}}" for name in _variables(it.model)}
    workflow = {
        "name": f"{it.model.name}",
        "on": {"push": {"branches": ["main"]}, "workflow_dispatch": {}},
        "permissions": {"contents": "read"},
        "concurrency": {"group": f"modelyard-{it.model.name}", "cancel-in-progress": False},
        "jobs": {
            "pipeline": {
                "runs-on": ["self-hosted", "modelyard"],
                "timeout-minutes": 2880,
                "env": told,
                "steps": steps,
            }
        },
    }
    return f".github/workflows/{it.model.name}.yaml", _text(workflow)


def gitlab(it: Pipeline, stages: Sequence[Stage]) -> Content:
    """A file to include: a job for each stage, which hands on what it has left."""
    jobs = {
        f"{it.model.name}-{stage.name}": {
            "stage": stage.name,
            "tags": ["modelyard"],
            "script": [f"sh {it.folder}/{stage.file}"],
            "artifacts": {
                "when": "always",
                "paths": [f"{it.folder}/out/", ".tools/"],
                "expire_in": "90 days",
            },
            "resource_group": f"modelyard-{it.model.name}",
            "timeout": "48h",
        }
        for stage in stages
    }
    content = {
        "stages": [stage.name for stage in stages],
        "workflow": {"rules": [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]},
        **jobs,
    }
    return f".gitlab/{it.model.name}.yml", _text(content)


HOSTS: Mapping[str, Callable[[Pipeline, Sequence[Stage]], Content]] = {
    "github": github,
    "gitlab": gitlab,
}


def _variables(model: Model) -> tuple[str, ...]:
    """What whoever runs it has to say: where the registry is, and what is to be attacked."""
    from modelyard.blueprint.model import ModelType

    return ("MODELYARD_ENV", *(["STAGING_URL"] if model.type is ModelType.LLM else []))


def _text(content: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(dict(content), sort_keys=False, width=100, allow_unicode=True)
    # YAML 1.1 takes a bare `on` for a truth, and so writes it between quotes.
    return _HEAD + text.replace("'on':", "on:")
