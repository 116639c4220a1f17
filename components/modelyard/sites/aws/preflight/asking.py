"""Calls to an account in one region; what is denied says which permission is lacking."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.exceptions import ConnectionError as UnreachableError
from botocore.exceptions import HTTPClientError as NoAnswerError

from modelyard.sites.asked import OneAnswer
from modelyard.sites.aws.names import partition

if TYPE_CHECKING:
    import boto3
    from botocore.client import BaseClient

UNREACHABLE = (UnreachableError, NoAnswerError)
"""What is raised where there is no way to AWS."""
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
"""Codes with which services say that somebody may not ask."""
HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""The region of each partition that answers for the whole account."""

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 6}, connect_timeout=5, read_timeout=30
)
_PERMISSIONS = {"s3:HeadBucket": "s3:ListBucket", "s3:ListBuckets": "s3:ListAllMyBuckets"}
"""Calls whose permission has another name."""


class DeniedError(Exception):
    """A call that this identity may not make."""

    def __init__(self, permission: str, said: str) -> None:
        super().__init__(permission)
        self.permission, self.said = permission, said


class Asking:
    """Asks one region. Answers are kept, so that two questions may ask the same."""

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session = session
        self.region = region
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._told: dict[str, OneAnswer] = {}

    @property
    def home(self) -> str:
        """The region that answers for the whole account."""
        return HOMES.get(partition(self.region), self.region)

    def client(self, service: str, region: str | None = None) -> BaseClient:
        """The client of a service; making one is not safe in several threads, using it is."""
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                make: Any = self._session.client
                self._clients[key] = make(service, region_name=key[1], config=_CONFIG)
            return self._clients[key]

    def call(
        self, service: str, operation: str, *, region: str | None = None, **given: Any
    ) -> Mapping[str, Any]:
        """What a service answers. Raises DeniedError, and ClientError for all else it refuses."""
        client = self.client(service, region)
        return self._remember(
            (service, operation, region, given), lambda: _call(client, operation, given)
        )

    def pages(self, service: str, operation: str, key: str, **given: Any) -> Sequence[Any]:
        """Everything that a service lists under `key`, over all pages. Raises as `call` does."""
        client = self.client(service)

        def pages() -> list[Any]:
            found = client.get_paginator(operation).paginate(**given)
            try:
                return [item for page in found for item in page.get(key, ())]
            except ClientError as error:
                raise _denied(client, operation, error) from None

        return self._remember((service, operation, key, given), pages)

    def _remember(self, key: tuple[Any, ...], ask: Any) -> Any:
        with self._lock:
            told = self._told.setdefault(repr(key), OneAnswer())
        return told.by(ask)


def code_of(error: ClientError) -> str:
    """The code with which a service refused."""
    return str(error.response.get("Error", {}).get("Code", ""))


def permission_of(client: BaseClient, operation: str) -> str:
    """The IAM action that a call needs: `ec2:DescribeVpcs`."""
    name = client.meta.method_to_api_mapping[operation]
    action = f"{client.meta.service_model.signing_name}:{name}"
    return _PERMISSIONS.get(action, action)


def _call(client: BaseClient, operation: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return getattr(client, operation)(**given)
    except ClientError as error:
        raise _denied(client, operation, error) from None


def _denied(client: BaseClient, operation: str, error: ClientError) -> Exception:
    """What is raised instead of a refusal, where that is for want of a permission."""
    if code_of(error) not in DENIED:
        return error
    said = str(error.response.get("Error", {}).get("Message", ""))
    return DeniedError(permission_of(client, operation), said)
