"""The Pulumi project around a blueprint: what its `Pulumi.yaml` says, and where settings are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from modelyard.blueprint.errors import ModelyardError
from modelyard.program import CONFIG, PROJECT

FILE = "Pulumi.yaml"


@dataclass(frozen=True)
class Project:
    """Where the stacks of a repository keep their settings, and what holds for all of them.

    A project with a `Pulumi.yaml` is the one that `pulumi up` runs, so both find the same stacks,
    configuration and backend.
    """

    settings: Path
    """Folder of the `Pulumi.<stack>.yaml` files."""
    content: Mapping[str, Any]
    """As in `Pulumi.yaml`."""

    def write(self, folder: Path) -> None:
        """Write the project into a folder of its own, with the way back to its settings."""
        # The engine takes the folder as relative to the file, even where it is absolute.
        settings = os.path.relpath(self.settings.resolve(), folder.resolve())
        content = {**self.content, "stackConfigDir": settings}
        (folder / FILE).write_text(yaml.safe_dump(content), encoding="utf-8")


def project_of(blueprint: str | os.PathLike[str]) -> Project:
    """The project of ours whose `Pulumi.yaml` lies in a blueprint's folder or above.

    Where there is none, settings lie beside the blueprint. Somebody else's project is not ours: a
    stack's name is unique in its project, and the project's name is part of every URN. Raises
    ModelyardError for a file that cannot be read.
    """
    folder = Path(blueprint).resolve().parent
    for above in (folder, *folder.parents):
        if (above / FILE).is_file():
            content = _read(above / FILE)
            if content.get("name") == PROJECT:
                return _project(above, content)
    return Project(folder, {"name": PROJECT, "runtime": "python", "config": dict(CONFIG)})


def _project(folder: Path, content: Mapping[str, Any]) -> Project:
    """Without what is said of a program that the engine starts itself: ours runs here."""
    kept = {key: value for key, value in content.items() if key in ("name", "config", "backend")}
    return Project(folder / content.get("stackConfigDir", ""), {**kept, "runtime": "python"})


def _read(file: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ModelyardError(f"{file} cannot be read: {error}. Next: mend it") from None
    if not isinstance(content, dict):
        raise ModelyardError(f"{file} holds no settings. Next: write `name: {PROJECT}` into it")
    return content


def workspace(project: Project) -> tempfile.TemporaryDirectory[str]:
    """A folder for one run, with the project in it."""
    folder = tempfile.TemporaryDirectory(prefix="modelyard-")
    project.write(Path(folder.name))
    return folder
