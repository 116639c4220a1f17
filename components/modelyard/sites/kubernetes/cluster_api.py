"""A cluster's API, as the blueprint says it is reached."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import NotReadyError, RefusedError
from modelyard.blueprint.site import ClusterAttach

if TYPE_CHECKING:
    from kubernetes.client import ApiClient
    from kubernetes.dynamic import DynamicClient

Object = Mapping[str, Any]
FIELD_MANAGER = "modelyard-verify"
MERGE = "application/merge-patch+json"
_TIMEOUT = 30
"""Seconds that an answer may take."""


class NotAllowedError(NotReadyError):
    """Who is logged in may not do this one thing."""


class ClusterApi:
    """Reads objects of any kind, and applies them on trial; makes and changes what it is told to.

    Imports the client when first used.
    """

    def __init__(self, attach: ClusterAttach) -> None:
        self._attach = attach

    def get(self, api_version: str, kind: str, namespace: str | None, name: str) -> Object | None:
        """The object; None if it is not there, or if the cluster does not know its kind."""
        from kubernetes.dynamic.exceptions import NotFoundError

        resource = self._resource(api_version, kind)
        if resource is None:
            return None
        try:
            with self._allowed(f"read {kind} {name}"):
                found = resource.get(name=name, namespace=namespace, _request_timeout=_TIMEOUT)
        except NotFoundError:
            return None
        return found.to_dict()

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, **selectors: str
    ) -> list[Object]:
        """The objects of a kind; `label_selector` and `field_selector` narrow them."""
        resource = self._resource(api_version, kind)
        if resource is None:
            return []
        with self._allowed(f"list {kind}"):
            found = resource.get(namespace=namespace, _request_timeout=_TIMEOUT, **selectors)
        type_ = {"apiVersion": api_version, "kind": kind}
        return [{**item, **type_} for item in found.to_dict()["items"]]

    def apply_on_trial(self, manifest: Object) -> Object:
        """What the object would be if it were applied; nothing is kept.

        Raises kubernetes.dynamic.exceptions.DynamicApiError where the server refuses it.
        """
        resource = self._resource(manifest["apiVersion"], manifest["kind"])
        assert resource is not None  # asked only for what was read before
        with self._allowed(f"apply {manifest['kind']} on trial"):
            applied = self._client.server_side_apply(
                resource,
                body=dict(manifest),
                name=manifest["metadata"]["name"],
                namespace=manifest["metadata"].get("namespace"),
                field_manager=FIELD_MANAGER,
                force_conflicts=True,
                dry_run="All",
                _request_timeout=_TIMEOUT,
            )
        return applied.to_dict()

    def create(self, manifest: Object) -> Object:
        """Make an object, as the server then has it. Raises RefusedError where it does not."""
        return self._written("create", manifest, lambda kind, of: kind.create(body=manifest, **of))

    def change(self, live: Object, change: Object) -> Object:
        """Merge a change into an object. Raises RefusedError where the server does not take it."""
        named = {"name": live["metadata"]["name"], "content_type": MERGE}
        return self._written(
            "change", live, lambda kind, of: kind.patch(body=change, **named, **of)
        )

    def _written(
        self, verb: str, manifest: Object, write: Callable[[Any, Mapping[str, Any]], Any]
    ) -> Object:
        from kubernetes.dynamic.exceptions import DynamicApiError

        resource = self._resource(manifest["apiVersion"], manifest["kind"])
        if resource is None:
            raise NotReadyError(
                f"the cluster knows no {manifest['kind']}. Next: deploy the blueprint with "
                "`modelyard up`"
            )
        place = manifest["metadata"].get("namespace")
        given = {"_request_timeout": _TIMEOUT, **({"namespace": place} if place else {})}
        try:
            return write(resource, given).to_dict()
        except DynamicApiError as error:
            raise RefusedError(
                f"the cluster does not let you {verb} this {manifest['kind']}: {message(error)}"
            ) from None

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether the cluster knows the kind."""
        return self._resource(api_version, kind) is not None

    def version(self) -> str:
        """What the API server runs: `v1.36.2+k3s1`."""
        with self._allowed("read its version"):
            answer = self._client.request("GET", "/version", serialize=False)
        return json.loads(answer.data)["gitVersion"]

    def may(self, verb: str, api_version: str, kind: str) -> bool:
        """Whether who is logged in may do this everywhere; a kind that is not there is allowed."""
        resource = self._resource(api_version, kind)
        if resource is None:
            return True
        group = api_version.rpartition("/")[0]
        asked = {"verb": verb, "group": group, "resource": resource.name}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": asked},
        }
        reviews = self._resource(review["apiVersion"], review["kind"])
        with self._allowed("ask what you may do"):
            told = reviews.create(body=review, _request_timeout=_TIMEOUT)
        return bool(told.to_dict().get("status", {}).get("allowed"))

    def kinds(self) -> Iterator[tuple[str, str]]:
        """API version and kind of all that can be listed, each kind in its preferred version."""
        for found in self._client.resources.search(preferred=True):
            listed = "list" in (getattr(found, "verbs", None) or ())
            if listed and "/" not in found.name and not found.kind.endswith("List"):
                yield found.group_version, found.kind

    @contextmanager
    def _allowed(self, what: str) -> Iterator[None]:
        """Raises NotReadyError where the cluster does not let us, or does not answer."""
        from kubernetes.dynamic.exceptions import ForbiddenError, UnauthorizedError
        from urllib3.exceptions import HTTPError

        try:
            yield
        except (ForbiddenError, UnauthorizedError) as error:
            refused = NotAllowedError if isinstance(error, ForbiddenError) else NotReadyError
            raise refused(
                f"the cluster does not let you {what}: {message(error)}. Next: log in as somebody "
                "who may do what `up` does"
            ) from None
        except HTTPError as error:
            raise NotReadyError(
                f"the cluster stopped answering: {_why(error)}. Next: try again"
            ) from None

    def _resource(self, api_version: str, kind: str) -> Any:
        from kubernetes.dynamic.exceptions import ResourceNotFoundError

        try:
            return self._client.resources.get(api_version=api_version, kind=kind)
        except ResourceNotFoundError:
            return None

    @cached_property
    def _client(self) -> DynamicClient:
        """Raises NotReadyError where the cluster cannot be reached."""
        from kubernetes.client import ApiException
        from kubernetes.dynamic import DynamicClient
        from urllib3.exceptions import HTTPError

        connection = self._connection()
        try:
            # Left to itself the client keeps a cluster's kinds in a file that everybody on the
            # machine can foretell and write, and takes it for the truth the next time: kinds that
            # an operator has brought since then would not be looked at.
            with TemporaryDirectory() as fresh:
                return DynamicClient(connection, cache_file=str(Path(fresh) / "kinds.json"))
        except HTTPError as error:
            raise NotReadyError(
                f"the cluster at {connection.configuration.host} does not answer: {_why(error)}. "
                f"Next: see whether `kubectl{self._flags()} get namespaces` does"
            ) from None

        except ApiException as error:
            raise NotReadyError(
                f"the cluster at {connection.configuration.host} refuses the login: "
                f"{message(error)}. Next: see whether `kubectl{self._flags()} auth whoami` works"
            ) from None

    def _connection(self) -> ApiClient:
        from kubernetes.config import ConfigException, new_client_from_config

        try:
            return new_client_from_config(self._attach.kubeconfig, self._attach.context)
        except (ConfigException, OSError) as error:
            why = str(error).rstrip(".")
            raise NotReadyError(
                f"no way to the cluster: {why}. Next: name `cluster.attach.kubeconfig` and "
                f"`cluster.attach.context`, or see why `kubectl{self._flags()} version` fails"
            ) from None

    def _flags(self) -> str:
        """How kubectl is told of the same cluster."""
        file, context = self._attach.kubeconfig, self._attach.context
        flags = (("--kubeconfig", file), ("--context", context))
        return "".join(f" {flag} {value}" for flag, value in flags if value)


def message(error: Any) -> str:
    """What the API server says is wrong, without the headers of its answer."""
    try:
        return json.loads(error.body)["message"]
    except (ValueError, KeyError, TypeError):
        return str(error.reason)


def _why(error: Exception) -> str:
    """The last of the words that the layers of a connection put one around the other."""
    return str(getattr(error, "reason", error)).rpartition(": ")[2].strip("'\")>")
