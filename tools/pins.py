"""What is pinned in `go.mod`: the commands, their versions, and how each is linked."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent

_SDK = "github.com/pulumi/pulumi/sdk/v3/go/common/version"
_COMPONENT = "k8s.io/component-base/version"


@dataclass(frozen=True)
class Tool:
    """One command: its name, its Go package, and the version of the module it is of."""

    name: str
    package: str
    version: str

    @property
    def flags(self) -> str:
        """For the linker: no debugging tables, and the version that the command is to tell."""
        return " ".join(("-s", "-w", *(f"-X {key}={value}" for key, value in self._told())))

    def _told(self) -> list[tuple[str, str]]:
        if self.name == "pulumi":
            # Without it the Automation API cannot tell whether the engine is new enough.
            return [(f"{_SDK}.Version", self.version)]
        if self.package.startswith("k8s.io/kubernetes/"):
            major, minor, _ = self.version.removeprefix("v").split(".", 2)
            told = {"gitVersion": self.version, "gitMajor": major, "gitMinor": minor}
            return [(f"{_COMPONENT}.{key}", value) for key, value in told.items()]
        return []


@cache
def pinned() -> tuple[Tool, ...]:
    """The commands of `go.mod`'s `tool` lines, those first that are done soonest."""
    text = (FOLDER / "go.mod").read_text(encoding="utf-8")
    block = re.search(r"^tool \(\n(.*?)^\)", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    versions = dict(re.findall(r"^\t(\S+) (v\S+)", text, re.MULTILINE))
    return tuple(_tool(package, versions) for package in block[1].split())


def _tool(package: str, versions: dict[str, str]) -> Tool:
    module = max((m for m in versions if f"{package}/".startswith(f"{m}/")), key=len)
    last = package.rpartition("/")[2]
    # The server's package is called after its major version; the command is etcd.
    name = "etcd" if package.startswith("go.etcd.io/etcd/server/") else last
    return Tool(name, package, versions[module])


def fingerprint() -> str:
    """Changes with every pin: a cache of another one is not used."""
    content = b"".join((FOLDER / name).read_bytes() for name in ("go.mod", "go.sum"))
    return hashlib.sha256(content).hexdigest()[:12]
