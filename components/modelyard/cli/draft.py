"""A first blueprint, made from a few answers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from modelyard.blueprint.errors import ModelyardError
from modelyard.program import check_file


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The answers."""

    name: str
    owner: str
    domain: str
    site: str
    models: tuple[tuple[str, str], ...]
    """Name and source of each."""
    place: Mapping[str, str] = field(default_factory=dict)
    """Region and account of a site on AWS, region and project of one on Google Cloud."""
    preset: str | None = None
    gpus: tuple[str, int, int] | None = None
    """Accelerator, how many in a node, how many nodes."""
    approvers: tuple[str, ...] = ()

    def content(self) -> dict[str, Any]:
        """The blueprint as data, in the order a person would write it."""
        content: dict[str, Any] = {"modelyard": 1, "name": self.name}
        if self.preset:
            content["preset"] = self.preset
        content["team"] = {"owner": self.owner, "domain": self.domain}
        content["sites"] = {"main": {"kind": self.site, **self.place, **self._gpus()}}
        content["models"] = [_model(name, source) for name, source in self.models]
        if self.approvers:
            content["access"] = {"approvers": list(self.approvers)}
        return content

    def _gpus(self) -> dict[str, Any]:
        if self.gpus is None:
            return {}
        accelerator, per_node, count = self.gpus
        nodes = {
            "name": accelerator,
            "accelerator": accelerator,
            "per_node": per_node,
            "count": count,
        }
        return {"gpus": {"nodes": [nodes]}}

    def write(self, file: Path) -> None:
        """Write the blueprint if it holds; raises BlueprintError, and leaves no file, if not."""
        if file.exists():
            raise ModelyardError(f"{file} exists already. Next: choose another name")
        file.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.dump(
            self.content(), Dumper=_Writer, sort_keys=False, width=100, allow_unicode=True
        )
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            draft = Path(folder) / file.name
            draft.write_text(text, encoding="utf-8")
            check_file(draft)
            os.link(draft, file)  # unlike a rename, it fails if the file has appeared meanwhile


class _Writer(yaml.SafeDumper):
    """Puts text in quotes that a reader could take for a number: `"012345678901"`."""


def _text(writer: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if text[:1].isdigit() else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style)


_Writer.add_representer(str, _text)


def _model(name: str, source: str) -> dict[str, Any]:
    kind = "llm" if source.startswith("hf://") else "predictive"
    return {"name": name, "type": kind, "source": source}
