"""What of a platform stands in a project, and in its cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import NotReadyError
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.context import Context
from modelyard.contracts.inventory import Deviation, Expected, Found, Inventory, InventoryArgs
from modelyard.contracts.preflight import Verdict
from modelyard.sites.gcp.gke_api import GkeApi
from modelyard.sites.gcp.look import Look, parameters, said
from modelyard.sites.gcp.looks import LOOKS
from modelyard.sites.gcp.names import labels
from modelyard.sites.kubernetes.inventory import ClusterInventory

if TYPE_CHECKING:
    from modelyard.sites.gcp.preflight.asking import Asking

_AT_A_TIME = 8
_KEY = "cloudkms.googleapis.com/CryptoKey"
_VERSIONS = "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.list"


class GcpInventory:
    """A look at one project in one region. What stands in the cluster, the cluster is asked."""

    def __init__(self, context: Context, site: GcpSite, asking: Asking, inside: Inventory) -> None:
        self._context, self._site, self._asking, self._inside = context, site, asking, inside

    def compare(self, expected: Sequence[Expected]) -> Iterator[Found]:
        """What is missing, not ready, drifted or extra."""
        ours = [item for item in expected if item.type in LOOKS]
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            for found in pool.map(self._one, ours):
                yield from found
        objects = [item for item in expected if item.type.startswith("kubernetes:")]
        yield from self._inside.compare(objects)

    def left(self) -> Iterator[Found]:
        """What bears the platform's labels in this project, as Cloud Asset Inventory has it; that
        is some minutes behind.
        """
        from modelyard.sites.gcp.preflight.ownership import TELLING, owned

        managed, part, *_ = TELLING
        own = labels(self._context)
        query = f'labels.{managed}:"{own[managed]}" AND labels.{part}:"{own[part]}"'
        scope = f"projects/{self._site.project}"
        method = "cloudasset.searchAllResources"
        for item in self._listed(method, "results", scope=scope, query=query, pageSize=500):
            if owned(item.get("labels", {}), self._context) and not self._going(item):
                name = str(item["name"]).removeprefix("//").partition("/")[2]
                why = f"bears the platform's labels ({item['assetType']})"
                yield Found(Deviation.LEFT, name, why)

    def reasons(self, expected: Expected) -> Iterable[str]:
        """Why a resource is not ready, in the words of its service or of the cluster."""
        look = LOOKS.get(expected.type)
        if look is None:
            return self._inside.reasons(expected)
        answer = self._answer(look, expected)
        return said(look.why, answer) if answer else ()

    def _one(self, expected: Expected) -> list[Found]:
        look = LOOKS[expected.type]
        if parameters(look, expected, self._site) is None:
            return []  # `refresh` asks the provider, which knows its name
        answer = self._answer(look, expected)
        if answer is None:
            return [_found(expected, Deviation.MISSING, "is not in the project")]
        status = [str(word) for word in said(look.status, answer)]
        if not look.well or set(status) & set(look.well):
            return []
        words = "; ".join((f"is {' '.join(status) or 'not there'}", *said(look.why, answer)))
        return [_found(expected, Deviation.NOT_READY, words)]

    def _answer(self, look: Look, expected: Expected) -> Mapping[str, Any] | None:
        """What the service says of it; None where there is no such thing, or no such service."""
        from googleapiclient.errors import HttpError

        from modelyard.sites.gcp.preflight.asking import SwitchedOffError, said_by

        given = parameters(look, expected, self._site)
        if given is None:
            return None
        try:
            return self._ask(lambda: self._asking.find(look.method, **given))
        except SwitchedOffError:
            return None
        except HttpError as error:
            raise NotReadyError(
                f"{expected.name} cannot be looked at: {said_by(error)}. Next: try again"
            ) from None

    def _ask(self, call: Any) -> Any:
        """An answer. Raises NotReadyError where there is no way to the project, or no right."""
        from google.auth.exceptions import GoogleAuthError

        from modelyard.sites.gcp.preflight.asking import UNREACHABLE, DeniedError

        try:
            return call()
        except DeniedError as error:
            raise NotReadyError(
                f"the project does not let you look. Next: allow {error.permission}"
            ) from None
        except (GoogleAuthError, *UNREACHABLE) as error:
            raise NotReadyError(
                f"Google cannot be asked: {error}. Next: log in, or try again"
            ) from None

    def _listed(self, method: str, key: str, **given: Any) -> Sequence[Mapping[str, Any]]:
        """All of a list. Raises NotReadyError where there is none to be had."""
        from googleapiclient.errors import HttpError

        from modelyard.sites.gcp.preflight.asking import SwitchedOffError, said_by
        from modelyard.sites.gcp.preflight.question import enable

        try:
            return self._ask(lambda: self._asking.listed(method, key, **given))
        except SwitchedOffError as error:
            next = enable(error.service, self._site.project)
            raise NotReadyError(f"{error.service} is not enabled. Next: {next}") from None
        except HttpError as error:
            raise NotReadyError(
                f"the project does not list what it has: {said_by(error)}. Next: try again"
            ) from None

    def _going(self, item: Mapping[str, Any]) -> bool:
        """A key is there for ever; without a version that could decrypt it is as good as gone."""
        if item["assetType"] != _KEY:
            return False
        key = str(item["name"]).partition("cloudkms.googleapis.com/")[2]
        versions = self._listed(_VERSIONS, "cryptoKeyVersions", parent=key)
        return all(str(each.get("state")).startswith("DESTROY") for each in versions)


def entered(site: GcpSite) -> Asking:
    """The site's project. Raises NotReadyError where the SDK is missing, or nobody is logged in."""
    from modelyard.sites.gcp.preflight import needs_sdk

    needs_sdk()
    from modelyard.sites.gcp.preflight.account import identity, open_project

    asking, who = open_project(site)
    answer = identity(asking, who)
    if answer.verdict is not Verdict.OK:
        raise NotReadyError(f"{answer.asked} {answer.found}. Next: {answer.next}")
    return asking


def open_inventory(args: InventoryArgs) -> GcpInventory:
    """The inventory of a site of this kind. Raises NotReadyError where nobody is logged in."""
    assert isinstance(args.site, GcpSite), args.site
    asking = entered(args.site)
    cluster = ClusterInventory(args, GkeApi(args.context, args.site, asking))
    return GcpInventory(args.context, args.site, asking, cluster)


def _found(expected: Expected, deviation: Deviation, why: str) -> Found:
    return Found(deviation, expected.name, why, expected.urn)
