"""Two accounts joined by a private service, and what can be said of them otherwise."""

from __future__ import annotations

from tests.plan.blueprints import plan

from modelyard.plan.plan import Plan

CERTIFICATE = "certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1'"
HUB = f"ingress: {{domain: hub.acme.example, {CERTIFICATE}}}"
BACK = f"ingress: {{domain: back.acme.example, {CERTIFICATE}}}"
NETWORK = "cidr: 10.20.0.0/16"
REGISTRY = "registry: {engine: mlflow, on: hub}"
WEAR = "{name: wear, type: predictive, source: 'models:/wear@champion', on: stores}"
EXPOSED = (
    "{name: wear, type: predictive, source: 'models:/wear@champion', on: stores,"
    " serve: {expose: gateway}}"
)
SERVICE = "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d4e5f60718"


def aws(account: str, more: str = "", region: str = "eu-west-1", network: str = NETWORK) -> str:
    """A site on AWS, with these further keys."""
    head = f"kind: aws, region: {region}, account: '{account}', network: {{{network}}}"
    return f"{{{', '.join(part for part in (head, more) if part)}}}"


def link(carries: str = "artifacts", told: str = "", ends: str = "from: stores, to: hub") -> str:
    """A link by private service, as a blueprint has it."""
    parts = (ends, "via: private-service", f"carries: [{carries}]", told)
    return f"{{{', '.join(part for part in parts if part)}}}"


def joined(
    *links: str,
    hub: str = aws("123456789012", HUB),
    stores: str = aws("210987654321"),
    models: str = WEAR,
    more: str = "",
    **sites: str,
) -> Plan:
    """The registry in one account and a model that comes from it in the other."""
    every = {"hub": hub, "stores": stores, **sites}
    listed = ", ".join(f"{name}: {text}" for name, text in every.items())
    text = f"sites: {{{listed}}}\nlinks: [{', '.join(links or (link(),))}]\n{REGISTRY}\n"
    return plan(f"{text}models: [{models}]\n{more}")
