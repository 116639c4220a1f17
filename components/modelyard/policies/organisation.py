"""Finds and reads what an organisation says of rules: `modelyard.policies.yaml`.

The file stands beside a blueprint, or in a folder above it up to the root of the repository; there
may be several, of which the outermost binds the others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from modelyard.blueprint.errors import BlueprintError
from modelyard.blueprint.loading.document import Document, read
from modelyard.blueprint.loading.explaining import explain
from modelyard.blueprint.policies import Policies
from modelyard.policies.settings import BLUEPRINT, Said, Settings, settle

FILE = "modelyard.policies.yaml"


def settings_for(
    path: str | os.PathLike[str],
    policies: Policies | None = None,
    document: Document | None = None,
    given: Path | None = None,
) -> Settings:
    """What holds for the blueprint at `path`: by the file that is given, or else by those found,
    and by its own section `policies`, which stands in `document`.

    Raises BlueprintError for a file that does not hold, or a blueprint that loosens one.
    """
    return settle(said_for(path, policies, document, given))


def said_for(
    path: str | os.PathLike[str],
    policies: Policies | None = None,
    document: Document | None = None,
    given: Path | None = None,
) -> tuple[Said, ...]:
    """What is said for the blueprint at `path`, the outermost first. Raises BlueprintError for a
    file that does not hold.
    """
    files = [given] if given else list(found(Path(path)))
    said = [said_in(file) for file in files]
    if policies is not None and document is not None:
        said.append(Said(BLUEPRINT, policies, document, ("policies",)))
    return tuple(said)


def found(blueprint: Path) -> Iterator[Path]:
    """The organisation's files for a blueprint, the outermost first."""
    return (file for file in places(blueprint) if file.exists())


def places(blueprint: Path) -> Iterator[Path]:
    """Where the organisation's files for a blueprint may stand, the outermost first."""
    folder = blueprint.resolve().parent
    above = [folder, *folder.parents]
    root = next((each for each in above if (each / ".git").exists()), folder)
    return (each / FILE for each in reversed(above[: above.index(root) + 1]))


def said_in(file: Path) -> Said:
    """What a file says. Raises BlueprintError with every problem."""
    document = read(file)
    try:
        policies = Policies.model_validate(document.data)
    except ValidationError as error:
        raise BlueprintError(explain(error, document, Policies)) from None
    return Said(_short(file), policies, document)


def _short(file: Path) -> str:
    """As a person who stands in the current folder would name it."""
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)
