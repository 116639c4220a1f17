"""`policies.md`: every rule over resources, from the same data that reports are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelyard.catalog.policies import RuleText, rule_texts
from modelyard.policies import rules

ORGANISATION = """\
levels:
  supply-image-digest: mandatory       # advisory unless an organisation says more
  cost-budget: mandatory
waivers:
  - rule: supply-image-digest
    resource: "*-serving-*"
    reason: Serving engines are pinned by tag until the mirror signs them
    until: 2027-06-30
"""

INTRODUCTION = f"""# Policies

Rules over all that a platform is made of, on AWS, on Google Cloud and in Kubernetes. Each is a
small function over one resource and what stands around it (`components/modelyard/policies/`); the
same functions serve

- `modelyard plan`: a section with what is kept, broken, and waived with its reason and last day, in
  text, JSON, Markdown and HTML; exit code 1 if a mandatory rule is broken.
- `modelyard scan`: one list of what the rules and [Checkov](https://www.checkov.io) find. What both
  find of a resource is said once, under the rule's id. Checkov has an environment of its own
  (`.checkov/` in Modelyard's own repository), or is named by `--checkov`, by `MODELYARD_CHECKOV`,
  or is on `PATH`; `--without-checkov` leaves it out. It never runs what lies in the folder it looks
  at.
- Pulumi's engine, as a policy pack in `policies/`: `make pack` sets up its environment, and
  `pulumi preview --policy-pack policies` runs it. It reads what is said of rules where `plan` does,
  for the blueprint that the stack's configuration (`modelyard:blueprint`) or `MODELYARD_BLUEPRINT`
  names.

The shipped blueprints keep every mandatory rule in every environment. All rules over the largest of
them take some 50 milliseconds of a processor, reading their texts included.

## Levels and waivers

What breaks a *mandatory* rule stops; what breaks an *advisory* one is said; *off* is not looked
for. A blueprint says so in `policies`, and what a rule does not count for:

```yaml
policies:
  levels: {{workload-read-only: mandatory, availability-cache-replica: off}}
  waivers:
    - rule: network-internal-balancer
      resource: "*-ingress"            # a pattern of names; TYPE::NAME where that is too wide
      reason: Customers call the assistant from their own networks
      until: 2027-06-30
```

An organisation says the same in `modelyard.policies.yaml`, beside the blueprints or in a folder
above them up to the root of the repository; `--policies FILE` names one instead.

```yml
{ORGANISATION}```

- `check` reads these files as well: it says what is wrong in them and refuses a blueprint that
  loosens them. Which resources break a rule takes the resources, and so `plan`.
- What an organisation makes mandatory, no blueprint loosens and none waives: that is refused, with
  the line. Of several files the outermost binds those inside. A blueprint may always be stricter.
- A waiver counts until its last day. After that it is said that it has ended, and counts no more.
- A rule that is not there is refused, with the nearest id. A blueprint's waiver that means nothing,
  or nothing that breaks its rule, is said. An organisation's are for many platforms, and need not
  all mean something in each.

## What they do not see

A rule sees what a resource is asked to be, not what has become of it, and of a chart its version
and not the objects in it. What is known only after deployment is not held against a resource. The
pack leaves out the two rules about what is secret to Pulumi: the engine hands secrets over in the
open. A check of Checkov's that no rule is about cannot be waived in a blueprint; such a finding is
advice.

## The rules

`Controls` are those of the compliance profiles that ask for what a rule holds.
"""

GROUPS: Mapping[str, str] = {
    "storage": "Storage",
    "encryption": "Encryption",
    "network": "Network",
    "access": "Identity and access",
    "workload": "Workloads in Kubernetes",
    "supply": "Supply chain",
    "cost": "Cost and tags",
    "availability": "Availability and protection",
    "logging": "Logging",
    "database": "Databases and caches",
    "secrets": "Secrets",
}


def page() -> str:
    """The whole page."""
    count = len(rule_texts())
    groups = (section for key in GROUPS for section in _section(key))
    return "\n".join((f"{INTRODUCTION}\nThere are {count}.\n", *groups))


def _section(group: str) -> Iterator[str]:
    yield f"### {GROUPS[group]}\n"
    yield "| Rule | Level | What, why, and what to do | About | Controls |"
    yield "|---|---|---|---|---|"
    yield from (_row(text) for text in rule_texts().values() if text.group == group)
    yield ""


def _row(text: RuleText) -> str:
    about = ", ".join(dict.fromkeys(_short(kind) for kind in rules()[text.id].types))
    controls = ", ".join(control.id for control in text.controls)
    said = f"{text.title}. {text.why} {text.fix}".replace("|", "\\|")
    return f"| `{text.id}` | {text.level} | {said} | {about} | {controls} |"


def _short(kind: str) -> str:
    """`aws s3 Bucket` for `aws:s3/bucket:Bucket`."""
    package, module, name = kind.split(":")
    if package == "pulumi":
        return f"the {name} provider"
    return name if package == "kubernetes" else f"{package} {module.partition('/')[0]} {name}"
