"""What an organisation said of policies at a commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from pydantic import ValidationError

from modelyard.blueprint.errors import BlueprintError
from modelyard.blueprint.loading.document import Document
from modelyard.blueprint.loading.explaining import explain
from modelyard.blueprint.policies import Policies
from modelyard.cli.revision import Repository
from modelyard.policies.organisation import FILE
from modelyard.policies.settings import BLUEPRINT, Said, Settings, settle
from modelyard.program import Planned


def settings_at(
    repository: Repository, commit: str, planned: Planned, given: str | None
) -> Settings:
    """What held at a commit for the blueprint that the repository stands at.

    Raises ModelyardError for files that did not hold.
    """
    files = [given] if given else list(_files(repository.path))
    said = [found for file in files if (found := _said(repository, commit, file))]
    if (own := planned.plan.blueprint.policies) is not None:
        said.append(Said(BLUEPRINT, own, planned.document, ("policies",)))
    return settle(said)


def _files(path: str) -> Iterator[str]:
    """The outermost first."""
    for folder in reversed(PurePosixPath(path).parents):
        yield str(folder / FILE)


def _said(repository: Repository, commit: str, file: str) -> Said | None:
    document = replace(repository, path=file).document(commit, f"{file}@{commit[:12]}")
    return _read(document, file) if document else None


def _read(document: Document, file: str) -> Said:
    try:
        return Said(file, Policies.model_validate(document.data), document)
    except ValidationError as error:
        raise BlueprintError(explain(error, document, Policies)) from None
