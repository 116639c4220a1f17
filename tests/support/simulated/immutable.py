"""Which inputs only a new resource can have, by type.

Sources: `forceNew` in provider/pkg/provider/diff.go and `Diff` in helm_release.go of
pulumi-kubernetes 4.32 (the kinds that a platform is made of); terraform-provider-random 3.7, where
a change of anything asks for a new value. Of the rest nothing is known, and nothing replaced, but
what names a resource.
"""

from __future__ import annotations

from collections.abc import Mapping

IDENTITY = ("metadata.name", "metadata.namespace")

OBJECTS: Mapping[str, tuple[str, ...]] = {
    "kubernetes:apps/v1:DaemonSet": ("spec.selector",),
    "kubernetes:apps/v1:Deployment": ("spec.selector",),
    "kubernetes:apps/v1:StatefulSet": (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    "kubernetes:batch/v1:Job": (
        "spec.completions",
        "spec.parallelism",
        "spec.selector",
        "spec.template",
    ),
    "kubernetes:core/v1:PersistentVolumeClaim": (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    "kubernetes:core/v1:ResourceQuota": ("spec.scopes",),
    "kubernetes:core/v1:Secret": ("type",),
    "kubernetes:core/v1:Service": ("spec.clusterIP",),
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": ("roleRef",),
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": ("roleRef",),
    "kubernetes:storage.k8s.io/v1:StorageClass": ("parameters", "provisioner"),
}

CONTENT: Mapping[str, tuple[str, ...]] = {
    "kubernetes:core/v1:ConfigMap": ("data", "binaryData"),
    "kubernetes:core/v1:Secret": ("data", "stringData"),
}
"""Of an object that says `immutable`, and of all while the provider is not told that they are
mutable (`enableConfigMapMutable`, `enableSecretMutable`)."""

OTHERS = ("name", "bucket")
"""Of a resource of which nothing else is known."""
