"""A platform's files to begin with: one that reviews changes, one that deploys what is merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from modelyard import __version__
from modelyard.blueprint.errors import ModelyardError, quoted

PULUMI = "3.246.0"
"""The engine's release that the tests run with (`tools/go.mod`)."""
_REQUIREMENTS = {"requirements.txt": "requirements-modelyard.txt"}
FILES = {
    "github": {
        "github-review.yaml": ".github/workflows/review.yaml",
        "github-deploy.yaml": ".github/workflows/deploy.yaml",
    },
    "gitlab": {
        "gitlab.yaml": ".gitlab-ci.yml",
        "gitlab-review.yaml": ".gitlab/review.yml",
        "gitlab-deploy.yaml": ".gitlab/deploy.yml",
        "enter.sh": ".gitlab/enter.sh",
    },
    "azure": {
        "azure-review.yaml": "azure-pipelines/review.yaml",
        "azure-deploy.yaml": "azure-pipelines/deploy.yaml",
        "enter.sh": "azure-pipelines/enter.sh",
    },
}
"""Where each of the files in `templates/` is to stand in a repository, beside the versions."""


def template(name: str) -> str:
    """A file as it is written, with the versions of this release."""
    text = files("modelyard.cli.ci").joinpath("templates", name).read_text(encoding="utf-8")
    return (
        text.replace("==RELEASE", f"=={__version__}")
        .replace("vPULUMI", f"v{PULUMI}")
        .replace("pulumi-version: PULUMI", f"pulumi-version: {PULUMI}")
    )


def written(platform: str) -> Mapping[str, str]:
    """The files of a platform, by where they are to stand."""
    named = {**FILES[platform], **_REQUIREMENTS}
    return {target: template(name) for name, target in named.items()}


def write(platform: str, root: Path) -> Iterator[Path]:
    """Write the files of a platform. Raises ModelyardError if there is another in the place of
    one.
    """
    targets = {root / target: content for target, content in written(platform).items()}
    for target in targets:
        if target.exists() and target.read_text(encoding="utf-8") != targets[target]:
            raise ModelyardError(
                f"{quoted(target.relative_to(root))} is there already. Next: move it away, or "
                "merge it by hand with what --init writes into an empty folder"
            )
    for target, content in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
        yield target.relative_to(root)
