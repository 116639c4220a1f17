"""Bedrock Guardrails: text is checked on its way into a model and on its way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.llm import Guardrail, GuardrailEngine
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.guardrails import GuardrailsArgs
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.identity import PodIdentities
from modelyard.sites.aws.names import domain, scoped
from modelyard.sites.aws.policies import allow

NAME = 50
"""Most characters of a guardrail's name."""
FILTERS = ("HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE")
ATTACKS = "PROMPT_ATTACK"
"""Looked for in what comes in alone; source: Bedrock user guide, content filters."""
PERSONAL = (
    "ADDRESS",
    "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_EXPIRY",
    "CREDIT_DEBIT_CARD_NUMBER",
    "DRIVER_ID",
    "EMAIL",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "NAME",
    "PASSWORD",
    "PHONE",
    "PIN",
    "USERNAME",
)
"""Personal data of every country; source: Bedrock user guide, sensitive information filters."""
SECRETS = ("AWS_ACCESS_KEY", "AWS_SECRET_KEY")
"""Never anonymised, since nothing good is said with them."""
REFUSED = "This is not something that can be talked about here."
_ACTIONS = {"anonymize": "ANONYMIZE", "block": "BLOCK"}
_SEEN = {"guardrailArn": str, "guardrailId": str}


@dataclass(frozen=True, kw_only=True)
class BedrockArgs(GuardrailsArgs):
    site: AwsSite
    account: Account
    kms: Kms
    identity: PodIdentities


class BedrockGuardrails(pulumi.ComponentResource):
    """The guardrails of a blueprint, each in a version that stays as it is."""

    def __init__(
        self, name: str, args: BedrockArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:guardrails:BedrockGuardrails", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        host = f"bedrock-runtime.{args.site.region}.{domain(args.site.region)}"
        self.endpoint = Endpoint(host=host, port=443, scheme="https")
        self._rails = {rail.name: self._rail(rail) for rail in _of_bedrock(args)}
        self._versions = {name: self._fixed(name) for name in self._rails}
        self.register_outputs({"guardrails": sorted(self._rails)})

    def environment(self, workload: WorkloadIdentity) -> Environment:
        """By name, the id and version that a client asks for: `{"chat": {"id": …}}`."""
        arns = [rail["guardrailArn"] for rail in self._rails.values()]
        site, key = self._args.site, self._args.kms.key(Encrypts.DATA)
        # Which of its two names Bedrock gives here was not confirmed.
        names = [
            f"{it}.{site.region}.{domain(site.region)}" for it in ("bedrock", "bedrock-runtime")
        ]
        via = {"kms:ViaService": names}
        granted = [
            allow(["bedrock:ApplyGuardrail"], arns),
            allow(["kms:Decrypt"], [key], {"StringEquals": via}),
        ]
        self._args.identity.allow(workload, granted)
        told = {
            name: {"id": rail["guardrailId"], "version": self._versions[name]["version"]}
            for name, rail in self._rails.items()
        }
        return {
            "AWS_REGION": site.region,
            "MODELYARD_GUARDRAILS": pulumi.Output.json_dumps(told, sort_keys=True),
        }

    def _rail(self, rail: Guardrail) -> CloudResource:
        inputs = {
            "name": scoped(self._args.context, rail.name, most=NAME),
            "description": f"{rail.name}: what goes in and comes out ({rail.on})",
            "blockedInputMessaging": REFUSED,
            "blockedOutputsMessaging": REFUSED,
            "kmsKeyArn": self._args.kms.key(Encrypts.DATA),
            **policies(rail),
        }
        token = "aws:bedrock/guardrail:Guardrail"
        part = f"{self._name}-{rail.name}"
        return CloudResource(token, part, inputs, self._options, outputs=_SEEN)

    def _fixed(self, name: str) -> CloudResource:
        """Clients ask for a version: what is changed afterwards reaches them with the next one."""
        return CloudResource(
            "aws:bedrock/guardrailVersion:GuardrailVersion",
            f"{self._name}-{name}",
            {"guardrailArn": self._rails[name]["guardrailArn"], "skipDestroy": True},
            self._options,
            outputs={"version": str},
        )


def _of_bedrock(args: GuardrailsArgs) -> Iterator[Guardrail]:
    rails = args.blueprint.llm.guardrails if args.blueprint.llm else ()
    return (rail for rail in rails if rail.engine is GuardrailEngine.BEDROCK)


def policies(rail: Guardrail) -> Mapping[str, Any]:
    """What is looked for, as Bedrock's API has it."""
    found: dict[str, Any] = {}
    if rail.filters != "none":
        found["contentPolicyConfig"] = {"filtersConfigs": list(_filters(rail))}
    if rail.pii != "allow":
        found["sensitiveInformationPolicyConfig"] = {"piiEntitiesConfigs": list(_personal(rail))}
    if rail.topics:
        found["topicPolicyConfig"] = {
            "topicsConfigs": [{**topic.model_dump(), "type": "DENY"} for topic in rail.topics]
        }
    if rail.words:
        sides = {**_side(rail, "input"), **_side(rail, "output")}
        found["wordPolicyConfig"] = {
            "wordsConfigs": [{"text": word, **sides} for word in rail.words]
        }
    if rail.threshold is not None:
        kinds = ("GROUNDING", "RELEVANCE")
        filters = [{"type": kind, "threshold": rail.threshold} for kind in kinds]
        found["contextualGroundingPolicyConfig"] = {"filtersConfigs": filters}
    return found


def _looks(rail: Guardrail, side: str) -> bool:
    return rail.on in (side, "both")


def _side(rail: Guardrail, side: str) -> Mapping[str, Any]:
    """Whether one side is looked at, and what happens to what is found."""
    looks = _looks(rail, side)
    return {f"{side}Enabled": looks, f"{side}Action": "BLOCK" if looks else "NONE"}


def _filters(rail: Guardrail) -> Iterator[Mapping[str, str]]:
    strength = {side: _strength(rail, side) for side in ("input", "output")}
    for kind in FILTERS:
        sides = {"inputStrength": strength["input"], "outputStrength": strength["output"]}
        yield {"type": kind, **sides}
    if _looks(rail, "input"):
        yield {"type": ATTACKS, "inputStrength": strength["input"], "outputStrength": "NONE"}


def _strength(rail: Guardrail, side: str) -> str:
    return rail.filters.upper() if _looks(rail, side) else "NONE"


def _personal(rail: Guardrail) -> Iterator[Mapping[str, Any]]:
    chosen = _ACTIONS[rail.pii]
    for kind in (*PERSONAL, *SECRETS):
        action = "BLOCK" if kind in SECRETS else chosen
        sides = {
            key: value
            for side in ("input", "output")
            for key, value in (
                (f"{side}Enabled", _looks(rail, side)),
                (f"{side}Action", action if _looks(rail, side) else "NONE"),
            )
        }
        yield {"type": kind, "action": action, **sides}
