"""What `pulumi up` runs: the platform of the blueprint that the stack's configuration names."""

from __future__ import annotations

import pulumi

from modelyard.program import build

config = pulumi.Config("modelyard")
build(config.require("blueprint"), config.get("environment"))
