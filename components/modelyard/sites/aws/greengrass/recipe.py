"""The recipe of a component: what a device fetches, checks, starts and stops for one model.

Source: IoT Greengrass V2 developer guide, component recipe reference and run a Docker container.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from modelyard.blueprint.model import Model
from modelyard.catalog.greengrass import required
from modelyard.contracts.context import Context
from modelyard.sites.aws.greengrass.container import command, container, file_of
from modelyard.sites.aws.names import scoped

NAME = 128
"""Most characters of a component's name; source: CreateComponentVersion."""
FORMAT = "2020-01-25"
FOLDER = "{artifacts:path}"
"""What the device puts in the place of it: where the component's files lie."""
ECR = re.compile(r"^[0-9]{12}\.dkr\.ecr\.")
FETCH, START = 3600, 900
"""Seconds that an image may take to come, and a server to answer."""
_PAUSE = 5


@dataclass(frozen=True, kw_only=True)
class Component:
    """One version of a component, ready to be registered."""

    name: str
    version: str
    recipe: str
    """JSON."""


def component(context: Context, model: Model) -> Component:
    """The component that serves a model.

    A version never changes, so its number is made of what is in it: the same content has the same
    one, and a version that comes back after another has its old one. Three numbers of at most
    999,999 is what Greengrass takes.
    """
    name = scoped(context, model.name, most=NAME)
    body = _body(name, model)
    number = int(sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(), 16)
    version = f"1.{number % 10**6}.{number // 10**6 % 10**6}"
    recipe = {**body, "ComponentVersion": version}
    return Component(name=name, version=version, recipe=json.dumps(recipe, sort_keys=True))


def _body(name: str, model: Model) -> Mapping[str, Any]:
    """All of a recipe but its version."""
    image = container(model).image
    private = ECR.match(image) is not None
    needs = {each: {"VersionRequirement": versions} for each, versions in required().items()}
    manifest = {
        "Platform": {"os": "linux"},
        "Lifecycle": _lifecycle(name, model, fetched=private),
        "Artifacts": [
            {"URI": model.source, "Permission": {"Read": "ALL"}},
            *([{"URI": f"docker:{image}"}] if private else []),
        ],
    }
    return {
        "RecipeFormatVersion": FORMAT,
        "ComponentName": name,
        "ComponentDescription": f"Serves {model.name} from {model.source}",
        "ComponentPublisher": "modelyard",
        **({"ComponentDependencies": needs} if private else {}),
        "Manifests": [manifest],
    }


def _lifecycle(name: str, model: Model, *, fetched: bool) -> Mapping[str, Any]:
    """A start is over once the server answers: what does not, fails the deployment."""
    pull = {"Script": f"docker pull {container(model).image}", "Timeout": FETCH}
    return {
        **({} if fetched else {"Install": pull}),
        "Startup": {"Script": _startup(name, model), "Timeout": START},
        "Shutdown": {"Script": f"docker rm --force {name}", "Timeout": 60},
    }


def _startup(name: str, model: Model) -> str:
    """The file is held to its digest before anything serves it, each time anew."""
    it = container(model)
    url = f"http://127.0.0.1:{it.port}{it.health}"
    tries = (START - 60) // _PAUSE
    lines = [
        "set -eu",
        *_proof(model),
        f"docker rm --force {name} >/dev/null 2>&1 || true",
        command(model, name, FOLDER),
        "tries=0",
        f"until curl --fail --silent --output /dev/null '{url}'; do",
        "  tries=$((tries + 1))",
        f'  if [ "$tries" -ge {tries} ]; then',
        f"    docker logs --tail 50 {name}",
        f"    docker rm --force {name}",
        "    exit 1",
        "  fi",
        f"  sleep {_PAUSE}",
        "done",
    ]
    return "\n".join(lines)


def _proof(model: Model) -> list[str]:
    """What came is what was registered, by Greengrass's own digest; this is the blueprint's."""
    digest = model.artifact.sha256 if model.artifact else None
    file = f"{FOLDER}/{file_of(model)}"
    return [f"echo '{digest}  {file}' | sha256sum --check --quiet -"] if digest else []
