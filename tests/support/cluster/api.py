"""What the tests ask of the API server: to take an object, to show it, to let it go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import (
    DynamicApiError,
    MethodNotAllowedError,
    NotFoundError,
    ResourceNotFoundError,
)

Manifest = Mapping[str, Any]
FIELD_OWNER = "modelyard-tests"
_HEADS = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


class Refused(Exception):
    """The API server does not take an object; the text is its own reason."""

    def __init__(self, error: DynamicApiError) -> None:
        self.status = error.status
        super().__init__(_message(error))


class Api:
    """Objects of any kind, as plain values."""

    def __init__(self, client: ApiClient) -> None:
        # Left to itself the client keeps the kinds in a file by the server's address, and another
        # server may have had the same port.
        with TemporaryDirectory() as fresh:
            self._client = DynamicClient(client, cache_file=str(Path(fresh) / "kinds.json"))

    def apply(self, manifest: Manifest, *, on_trial: bool = False) -> list[str]:
        """Apply an object strictly and return the server's warnings. Raises Refused."""
        resource = self._resource(manifest)
        asked = [("fieldValidation", "Strict")] + ([("dryRun", "All")] if on_trial else [])
        try:
            answer = self._client.server_side_apply(
                resource,
                body=dict(manifest),
                name=manifest["metadata"]["name"],
                namespace=manifest["metadata"].get("namespace"),
                field_manager=FIELD_OWNER,
                force_conflicts=True,
                query_params=asked,
                serialize=False,
            )
        except DynamicApiError as error:
            raise Refused(error) from None
        return _read(answer).headers.getlist("Warning")

    def create(self, manifest: Manifest) -> None:
        """Make an object, as an operator or a person does. Raises Refused."""
        place = manifest["metadata"].get("namespace")
        try:
            resource = self._resource(manifest)
            _read(self._client.create(resource, dict(manifest), place, serialize=False))
        except DynamicApiError as error:
            raise Refused(error) from None

    def patch(
        self, manifest: Manifest, change: Mapping[str, Any], *, strategic: bool = False
    ) -> None:
        """Change some properties of an object, past whoever owns them.

        A `strategic` change finds items of a list by their names; any other replaces whole lists.
        """
        how = "strategic-merge-patch" if strategic else "merge-patch"
        metadata = manifest["metadata"]
        self._client.patch(
            self._resource(manifest),
            body=dict(change),
            name=metadata["name"],
            namespace=metadata.get("namespace"),
            content_type=f"application/{how}+json",
        )

    def get(self, manifest: Manifest) -> dict[str, Any] | None:
        """The live object of a manifest; None if it is not there."""
        metadata = manifest["metadata"]
        resource = self._resource(manifest)
        try:
            return resource.get(
                name=metadata["name"], namespace=metadata.get("namespace")
            ).to_dict()
        except NotFoundError:
            return None

    def list(
        self, version: str, kind: str, namespace: str | None = None, labels: str | None = None
    ) -> list[dict[str, Any]]:
        """The objects of a kind; none of a kind that is served and not kept."""
        resource = self._resource({"apiVersion": version, "kind": kind})
        try:
            found = resource.get(namespace=namespace, label_selector=labels)
        except (MethodNotAllowedError, NotFoundError):
            return []
        return [{**item, "apiVersion": version, "kind": kind} for item in found.to_dict()["items"]]

    def heads(self, version: str, kind: str) -> list[dict[str, Any]]:
        """Every object of a kind with its metadata alone: quick, however large they are."""
        resource = self._resource({"apiVersion": version, "kind": kind})
        try:
            found = resource.get(header_params={"Accept": _HEADS})
        except (MethodNotAllowedError, NotFoundError):
            return []
        return [{**item, "kind": kind} for item in found.to_dict()["items"]]

    def delete(self, manifest: Manifest) -> None:
        """Ask for an object to go, what it owns first; fine if it is gone already."""
        metadata = manifest["metadata"]
        try:
            self._client.delete(
                self._resource(manifest),
                name=metadata["name"],
                namespace=metadata.get("namespace"),
                propagation_policy="Foreground",
            )
        except NotFoundError:
            return

    def serves(self, manifest: Manifest) -> bool:
        """Whether the server knows the kind."""
        try:
            self._resource(manifest)
        except ResourceNotFoundError:
            return False
        return True

    def kinds_of(self, group_version: str) -> set[str]:
        """The kinds that a version of a group serves now, whatever was known of it before."""
        try:
            found = self._client.request("GET", f"/apis/{group_version}").to_dict()
        except NotFoundError:
            return set()
        return {item["kind"] for item in found["resources"]}

    def kinds(self) -> Iterator[tuple[str, str]]:
        """API version and kind of everything that can be listed."""
        for found in self._client.resources.search(preferred=True):
            listed = "list" in (getattr(found, "verbs", None) or ())
            if listed and "/" not in found.name and not found.kind.endswith("List"):
                yield found.group_version, found.kind

    def _resource(self, manifest: Manifest) -> Any:
        return self._client.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])


def _read(answer: Any) -> Any:
    """An answer read to its end, without which its connection is not used again."""
    _ = answer.data
    return answer


def _message(error: DynamicApiError) -> str:
    try:
        return json.loads(error.body)["message"]
    except (ValueError, KeyError, TypeError):
        return str(error)
