"""What of a platform stands in an account, and in its cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import NotReadyError
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Context
from modelyard.contracts.inventory import Deviation, Expected, Found, Inventory, InventoryArgs
from modelyard.sites.aws.account import tag_value
from modelyard.sites.aws.eks_api import EksApi
from modelyard.sites.aws.looks import LOOKS, Look
from modelyard.sites.kubernetes.inventory import ClusterInventory

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking

_AT_A_TIME = 8
_GONE = ("NotFound", "NoSuch", "DoesNotExist", "404")
"""What the codes of all services have in common, where something is not there."""


class AwsInventory:
    """A look at one account in one region. What stands in the cluster, the cluster is asked."""

    def __init__(self, context: Context, site: AwsSite, asking: Asking, inside: Inventory) -> None:
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
        """What bears the platform's tags in this region."""
        from modelyard.sites.aws.preflight.ownership import owned, tags_of

        filters = [{"Key": key, "Values": [value]} for key, value in self._tags().items()]
        found = self._ask(
            lambda: self._asking.pages(
                "resourcegroupstaggingapi",
                "get_resources",
                "ResourceTagMappingList",
                TagFilters=filters,
            )
        )
        for item in found:
            arn = item["ResourceARN"]
            # Another environment and another site have the same tags but for that.
            own = owned(tags_of(item["Tags"]), self._context)
            if own and not self._going(arn):
                yield Found(Deviation.LEFT, arn.partition(":")[2], "bears the platform's tags")

    def reasons(self, expected: Expected) -> Iterable[str]:
        """Why a resource is not ready, in the words of its service or of the cluster."""
        look = LOOKS.get(expected.type)
        if look is None:
            return self._inside.reasons(expected)
        answer = self._answer(look, expected)
        return _said(look.why, answer) if answer is not None else ()

    def _one(self, expected: Expected) -> list[Found]:
        look = LOOKS[expected.type]
        answer = self._answer(look, expected)
        if answer is None:
            return [_found(expected, Deviation.MISSING, "is not in the account")]
        status = [str(word) for word in _said(look.status, answer)]
        if not look.well or set(status) & set(look.well):
            return []
        said = "; ".join((f"is {' '.join(status) or 'not there'}", *_said(look.why, answer)))
        return [_found(expected, Deviation.NOT_READY, said)]

    def _answer(self, look: Look, expected: Expected) -> Mapping[str, Any] | None:
        """What the service says of it; None where there is no such thing."""
        from botocore.exceptions import ClientError

        from modelyard.sites.aws.preflight.asking import code_of

        given: dict[str, Any] = {
            parameter: [name] if parameter in look.listed else name
            for parameter, key in look.asked.items()
            if (name := expected.inputs.get(key))
        }
        try:
            return self._ask(lambda: self._asking.call(look.service, look.operation, **given))
        except ClientError as error:
            if any(part in code_of(error) for part in _GONE):
                return None
            raise NotReadyError(f"{expected.name} cannot be looked at: {error}") from None

    def _ask(self, call: Any) -> Any:
        """An answer. Raises NotReadyError where there is no way to the account, or no right."""
        from botocore.exceptions import BotoCoreError

        from modelyard.sites.aws.preflight.asking import DeniedError

        try:
            return call()
        except DeniedError as error:
            raise NotReadyError(
                f"the account does not let you look. Next: allow {error.permission}"
            ) from None
        except BotoCoreError as error:
            raise NotReadyError(
                f"AWS cannot be asked: {error}. Next: log in, or try again"
            ) from None

    def _tags(self) -> Mapping[str, str]:
        own = {"app.kubernetes.io/managed-by": "modelyard"}
        return {**own, "app.kubernetes.io/part-of": tag_value(self._context.platform)}

    def _going(self, arn: str) -> bool:
        """A key waits for a month before it is gone, and nothing can hurry it."""
        if ":kms:" not in arn or ":key/" not in arn:
            return False
        answer = self._ask(lambda: self._asking.call("kms", "describe_key", KeyId=arn))
        return answer["KeyMetadata"]["KeyState"] == "PendingDeletion"


def entered(site: AwsSite) -> Asking:
    """The site's account. Raises NotReadyError where nobody is logged in, or to another one."""
    from modelyard.sites.aws.preflight.account import caller, open_account

    asking = open_account(site.region)
    account = caller(asking)["Account"]
    if account != site.account:
        raise NotReadyError(
            f"you are logged in to account {account}, and the blueprint names {site.account}. "
            "Next: set AWS_PROFILE to the blueprint's account"
        )
    return asking


def open_inventory(args: InventoryArgs) -> AwsInventory:
    """The inventory of a site of this kind. Raises NotReadyError where nobody is logged in."""
    assert isinstance(args.site, AwsSite), args.site
    asking = entered(args.site)
    cluster = ClusterInventory(args, EksApi(args.context, args.site, asking))
    return AwsInventory(args.context, args.site, asking, cluster)


def _said(path: str, answer: Mapping[str, Any]) -> tuple[Any, ...]:
    """What an answer has at a JMESPath."""
    import jmespath

    found = jmespath.search(path, answer) if path else None
    values = found if isinstance(found, list) else [found]
    return tuple(value for value in chain(values) if value not in (None, ""))


def _found(expected: Expected, deviation: Deviation, why: str) -> Found:
    return Found(deviation, expected.name, why, expected.urn)
