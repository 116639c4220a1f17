"""Makes claims bind and clears volumes away: what a storage driver would do, without storage."""

from __future__ import annotations

import threading
from typing import Any

from kubernetes.client import ApiException, CoreV1Api
from urllib3.exceptions import HTTPError

LEFT = ("Released", "Failed")
"""Phases of a volume whose claim is gone; a driver is asked to delete it then."""


class Provisioner:
    """Looks for claims that wait and for volumes that are left, in a thread of its own."""

    def __init__(self, api: CoreV1Api) -> None:
        self._api = api
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(0.5):
            try:
                self._provide()
                self._clear()
            except (ApiException, HTTPError, OSError):
                continue  # gone meanwhile, or there already, or the server is ending

    def _provide(self) -> None:
        for claim in self._api.list_persistent_volume_claim_for_all_namespaces().items:
            if claim.status.phase == "Pending" and not claim.metadata.deletion_timestamp:
                self._volume(claim)

    def _clear(self) -> None:
        """Delete the volumes of claims that are gone, where that is what they are to come to."""
        for volume in self._api.list_persistent_volume().items:
            policy = volume.spec.persistent_volume_reclaim_policy
            if volume.status.phase in LEFT and policy == "Delete":
                self._api.delete_persistent_volume(volume.metadata.name)

    def _volume(self, claim: Any) -> None:
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"pvc-{claim.metadata.uid}"},
            "spec": {
                "capacity": {"storage": claim.spec.resources.requests["storage"]},
                "accessModes": claim.spec.access_modes,
                "storageClassName": claim.spec.storage_class_name or "",
                "persistentVolumeReclaimPolicy": "Delete",
                "hostPath": {"path": f"/simulated/{claim.metadata.uid}"},
                "claimRef": {
                    "namespace": claim.metadata.namespace,
                    "name": claim.metadata.name,
                    "uid": claim.metadata.uid,
                },
            },
        }
        try:
            self._api.create_persistent_volume(volume)
        except ApiException as error:
            if error.status != 409:
                raise
