"""A platform's files to begin with: one that reviews changes, one that deploys what is merged."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from modelyard.blueprint.errors import ModelyardError, quoted

PLATFORMS = ("github", "gitlab", "azure")
FILES = {
    "github": {
        "github-review.yaml": ".github/workflows/review.yaml",
        "github-deploy.yaml": ".github/workflows/deploy.yaml",
    },
    "gitlab": {
        "gitlab.yaml": ".gitlab-ci.yml",
        "gitlab-review.yaml": ".gitlab/review.yml",
        "gitlab-deploy.yaml": ".gitlab/deploy.yml",
    },
    "azure": {
        "azure-review.yaml": "azure-pipelines/review.yaml",
        "azure-deploy.yaml": "azure-pipelines/deploy.yaml",
    },
}
"""Where each of the files in `templates/` is to stand in a repository."""


def template(name: str) -> str:
    """A file as it is written."""
    return files("modelyard.cli.ci").joinpath("templates", name).read_text(encoding="utf-8")


def write(platform: str, root: Path) -> Iterator[Path]:
    """Write the files of a platform. Raises ModelyardError if one is there already."""
    targets = {root / target: template(name) for name, target in FILES[platform].items()}
    for target in targets:
        if target.exists():
            raise ModelyardError(
                f"{quoted(target.relative_to(root))} is there already. Next: move it away, or "
                "merge it by hand with what --init writes into an empty folder"
            )
    for target, content in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
        yield target.relative_to(root)
