"""What actions, permissions, roles and verbs of the providers come to, in five words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

READ, WRITE, ADMINISTER, INVOKE, DECRYPT = "read", "write", "administer", "invoke", "decrypt"
ORDER = (READ, WRITE, DECRYPT, INVOKE, ADMINISTER)

_READS = (
    *("Get", "List", "Describe", "Head", "BatchGet", "BatchCheck", "Search", "Query", "Scan"),
    *("View", "Read", "Select", "Check", "Lookup", "Filter", "Simulate", "Receive", "Test"),
)
_INVOKES = (
    *("Invoke", "Start", "Run", "Execute", "Converse", "Apply", "Connect", "Assume", "Pass"),
    *("Publish", "Send", "Call", "TagSession", "SetSourceIdentity", "Signal", "Retrieve"),
)
_ADMINISTERS = ("Policy", "PolicyVersion", "Grant", "AccessEntry", "Acl", "PermissionsBoundary")
_DECRYPTS = ("Decrypt", "Encrypt", "ReEncrypt", "GenerateDataKey", "GenerateMac")


def of_actions(actions: Iterable[str]) -> tuple[str, ...]:
    """Of actions of AWS: `s3:GetObject` reads."""
    return ordered(_action(action) for action in actions)


def _action(action: str) -> str:
    service, _, name = action.partition(":")
    if action == "*" or name == "*":
        return ADMINISTER
    if service == "kms" and name.startswith(_DECRYPTS):
        return DECRYPT
    if name.startswith(_READS):
        return READ
    if name.rstrip("*").endswith(_ADMINISTERS):
        return ADMINISTER
    return INVOKE if name.startswith(_INVOKES) else WRITE


_ROLES: Mapping[str, tuple[str, ...]] = {
    "roles/owner": (ADMINISTER,),
    "roles/editor": (READ, WRITE),
    "roles/viewer": (READ,),
    "roles/cloudkms.cryptoKeyEncrypterDecrypter": (DECRYPT,),
    "roles/iam.serviceAccountUser": (INVOKE,),
    "roles/iam.serviceAccountTokenCreator": (INVOKE,),
    "roles/iam.workloadIdentityUser": (INVOKE,),
    "roles/secretmanager.secretAccessor": (READ,),
    "roles/storage.objectUser": (READ, WRITE),
    "roles/storage.objectCreator": (WRITE,),
    "roles/storage.objectAdmin": (READ, WRITE),
    "roles/aiplatform.user": (READ, WRITE, INVOKE),
    "roles/bigquery.jobUser": (INVOKE,),
    "roles/bigquery.user": (READ, INVOKE),
}
_LAST: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("viewer", "reader", "accessor", "subscriber", "puller"), (READ,)),
    (("invoker", "caller", "tokencreator", "client", "jobuser", "instanceuser"), (INVOKE,)),
    (("encrypterdecrypter", "decrypter", "encrypter"), (DECRYPT,)),
    (("writer", "publisher", "creator", "uploader"), (WRITE,)),
    (("editor", "developer", "user"), (READ, WRITE)),
    (("admin", "owner"), (ADMINISTER,)),
)


def of_role(role: str) -> tuple[str, ...]:
    """Of a role of Google Cloud, as its name has it; one with another name may do anything."""
    if role in _ROLES:
        return _ROLES[role]
    name = role.rpartition(".")[2].lower()
    return next((verbs for ends, verbs in _LAST if name.endswith(ends)), (ADMINISTER,))


def of_permissions(permissions: Iterable[str]) -> tuple[str, ...]:
    """Of permissions of Google Cloud: `storage.objects.get` reads."""
    return ordered(_permission(each.rpartition(".")[2]) for each in permissions)


def _permission(name: str) -> str:
    if name.startswith(("get", "list", "search", "query", "read", "view", "access", "export")):
        return READ
    if name.startswith(("setIam", "actAs", "signBlob", "signJwt")):
        return ADMINISTER
    if name.startswith(("invoke", "run", "predict", "explain", "connect", "use", "publish")):
        return INVOKE
    return DECRYPT if "crypt" in name.lower() else WRITE


_KUBERNETES = {
    **dict.fromkeys(("get", "list", "watch"), READ),
    **dict.fromkeys(("create", "update", "patch", "delete", "deletecollection"), WRITE),
    **dict.fromkeys(("*", "bind", "escalate", "impersonate", "approve", "sign"), ADMINISTER),
}
_INTO = ("pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy")


def of_rule(verbs: Iterable[str], resources: Iterable[str]) -> tuple[str, ...]:
    """Of a rule of Kubernetes; whoever gets into a container is said to invoke."""
    found = [_KUBERNETES.get(verb, INVOKE) for verb in verbs]
    return ordered([*found, *([INVOKE] if set(resources) & set(_INTO) else [])])


def ordered(verbs: Iterable[str]) -> tuple[str, ...]:
    """Each once, the least first."""
    found = set(verbs)
    return tuple(verb for verb in ORDER if verb in found)
