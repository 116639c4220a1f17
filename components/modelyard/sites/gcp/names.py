"""What things are called on Google Cloud: legal, and unique, for every legal blueprint.

Names longer than a service allows are cut and end in eight digits of a hash of the whole name.
Limits: each service's API reference, read 2026-11-26.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from modelyard.plan.naming import digest, fitted

if TYPE_CHECKING:
    from modelyard.blueprint.site import GcpSite
    from modelyard.contracts.context import Context
    from modelyard.plan.tags import Tags

ACCOUNT, BUCKET, CLUSTER, COMPUTE, DATABASE, CACHE, KEYS, LABEL, POOL, SECRET = (
    *(30, 63, 40, 63, 60, 40, 58, 63, 40, 200),
)
"""Most characters of each kind of name, with room for what Google or we put behind it."""
_RESERVED = re.compile(r"g[o0]{2}g")
"""What buckets and topics may not be called after; source: Cloud Storage guide, bucket naming
requirements; Pub/Sub guide, resource names.
"""


def scoped(context: Context, *parts: str, most: int = COMPUTE) -> str:
    """`<platform>[-<environment>][-<site>]-<parts…>`, as long as it may be."""
    return fitted(context.named(*parts), most)


def account_id(context: Context, *parts: str) -> str:
    """A service account: 6 to 30 characters, unique in the project."""
    made = scoped(context, *parts, most=ACCOUNT)
    return made if len(made) >= 6 else f"{made}-{digest(made)}"


def bucket_name(context: Context, site: GcpSite, use: str) -> str:
    """A bucket: unique among all of Google's, so it carries the project, which is, too."""
    own = unreserved(scoped(context, use), BUCKET - len(site.project) - 1)
    return f"{own}-{site.project}"


def topic_name(context: Context, *parts: str) -> str:
    """A topic of Pub/Sub, or a subscription to one."""
    return unreserved(scoped(context, *parts), COMPUTE)


def unreserved(name: str, most: int) -> str:
    """A name without what Google keeps for itself."""
    mild = _RESERVED.sub("gg", name)
    return fitted(mild if mild == name else f"{mild}-{digest(name)}", most)


def solid(name: str, most: int) -> str:
    """A name where only letters and digits are taken; those that differ in hyphens stay apart."""
    plain = name.replace("-", "")
    if plain == name and len(name) <= most:
        return name
    known = digest(name)
    return f"{plain[: most - len(known)]}{known}"


def underscored(name: str) -> str:
    """A name where only letters, digits and underscores are taken, as in BigQuery and Vertex AI."""
    return name.replace("-", "_")


def labels(context: Context, tags: Tags | None = None) -> Mapping[str, str]:
    """The four model tags, the cost centre, the environment and the site, as labels.

    Keys and values are lower-case letters, digits, `-` and `_`; source: labels overview.
    """
    known = context.account_labels(tags).items()
    return {label_key(key): label_value(value) for key, value in known}


def label_key(key: str) -> str:
    """`app.kubernetes.io/part-of` is `app-kubernetes-io_part-of` here."""
    return re.sub(r"[^a-z0-9_-]", "-", key.lower().replace("/", "_"))[:LABEL]


def label_value(value: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "-", value.lower())[:LABEL].strip("-_")
