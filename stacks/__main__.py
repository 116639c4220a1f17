"""What `pulumi up` runs: the platform of the blueprint that the stack's configuration names."""

from __future__ import annotations

from pathlib import Path

import pulumi

from modelyard.program import build

ROOT = Path(__file__).resolve().parents[1]
"""Paths in the configuration are relative to the repository, not to this folder."""

config = pulumi.Config("modelyard")
build(ROOT / config.require("blueprint"), config.get("environment"))
