"""Model Armor: text is checked on its way into a model and on its way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.llm import Guardrail, GuardrailEngine
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.guardrails import GuardrailsArgs
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.detection import SOUGHT
from modelyard.sites.gcp.identity import Principals
from modelyard.sites.gcp.names import scoped
from modelyard.sites.gcp.service_accounts import project_role

NAME = 63
USER = "roles/modelarmor.user"
"""Has text checked, and sees no more of a template than its name."""
KINDS = ("DANGEROUS", "HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT")
LEVELS = {"low": "HIGH", "medium": "MEDIUM_AND_ABOVE", "high": "LOW_AND_ABOVE"}
"""How sure Model Armor has to be: the stricter we are, the less."""
SECRETS = ("AUTH_TOKEN", "ENCRYPTION_KEY", "GCP_API_KEY", "GCP_CREDENTIALS", "PASSWORD")
"""Nothing good is said with them; source: Sensitive Data Protection, infoType reference."""
SIDES = {"input": ["input"], "output": ["output"], "both": ["input", "output"]}
_ON = {"filterEnforcement": "ENABLED"}


@dataclass(frozen=True, kw_only=True)
class ModelArmorArgs(GuardrailsArgs):
    site: GcpSite
    account: GcpProject
    identity: Principals


class ModelArmor(pulumi.ComponentResource):
    """The guardrails of a blueprint, each a template in the site's own region."""

    def __init__(
        self, name: str, args: ModelArmorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:guardrails:ModelArmor", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self, depends_on=args.account.services)
        self._asking: set[str] = set()
        host = f"modelarmor.{args.site.region}.rep.googleapis.com"
        self.endpoint = Endpoint(host=host, port=443, scheme="https")
        self._rails = {rail.name: rail for rail in _of_model_armor(args)}
        self._templates = {it: self._template(rail) for it, rail in self._rails.items()}
        self.register_outputs({"guardrails": sorted(self._rails)})

    def environment(self, workload: WorkloadIdentity) -> Environment:
        """By name, the template and where it is asked for: `{"chat": {"template": …, "on": …}}`."""
        site, who = self._args.site, f"{workload.namespace.purpose}-{workload.name}"
        if who not in self._asking:
            self._asking.add(who)
            member = self._args.identity.principal(workload)
            project_role(self, f"{self._name}-{who}", site, member, USER)
        told = {
            name: {"template": template["name"], "on": SIDES[self._rails[name].on]}
            for name, template in self._templates.items()
        }
        return {
            "GOOGLE_CLOUD_LOCATION": site.region,
            "GOOGLE_CLOUD_PROJECT": site.project,
            "MODELYARD_GUARDRAILS": pulumi.Output.json_dumps(told, sort_keys=True),
            "MODELYARD_GUARDRAILS_URL": self.endpoint.url,
        }

    def _template(self, rail: Guardrail) -> CloudResource:
        """What is checked is not logged: it is what people say."""
        metadata = {
            "enforcementType": "INSPECT_AND_BLOCK",
            "ignorePartialInvocationFailures": False,
            "logSanitizeOperations": False,
            "logTemplateOperations": True,
            "multiLanguageDetection": {"enableMultiLanguageDetection": True},
        }
        inputs = {
            "project": self._args.site.project,
            "location": self._args.site.region,
            "templateId": scoped(self._args.context, rail.name, most=NAME),
            "filterConfig": {**filters(rail), **self._personal(rail)},
            "templateMetadata": metadata,
        }
        token = "gcp:modelarmor/template:Template"
        part = f"{self._name}-{rail.name}"
        return CloudResource(token, part, inputs, self._options, outputs={"name": str})

    def _personal(self, rail: Guardrail) -> Mapping[str, Any]:
        """What counts as personal, and what stands in its place in what is told of it."""
        if rail.pii == "allow":
            return {}
        config = {"inspectTemplate": self._sought(rail).id}
        if rail.pii == "anonymize":
            config["deidentifyTemplate"] = self._replaced(rail).id
        return {"sdpSettings": {"advancedConfig": config}}

    @property
    def _place(self) -> str:
        return f"projects/{self._args.site.project}/locations/{self._args.site.region}"

    def _sought(self, rail: Guardrail) -> CloudResource:
        sought = [{"name": kind} for kind in (*SOUGHT, *SECRETS)]
        inputs = {
            "parent": self._place,
            "displayName": f"{self._args.context.scope}: {rail.name}",
            "inspectConfig": {"infoTypes": sought, "minLikelihood": "LIKELY"},
        }
        token = "gcp:dataloss/preventionInspectTemplate:PreventionInspectTemplate"
        return CloudResource(token, f"{self._name}-{rail.name}", inputs, self._options, outputs={})

    def _replaced(self, rail: Guardrail) -> CloudResource:
        """`[EMAIL_ADDRESS]` instead of the address."""
        change = {"primitiveTransformation": {"replaceWithInfoTypeConfig": True}}
        inputs = {
            "parent": self._place,
            "displayName": f"{self._args.context.scope}: {rail.name}",
            "deidentifyConfig": {"infoTypeTransformations": {"transformations": [change]}},
        }
        token = "gcp:dataloss/preventionDeidentifyTemplate:PreventionDeidentifyTemplate"
        return CloudResource(token, f"{self._name}-{rail.name}", inputs, self._options, outputs={})


def _of_model_armor(args: GuardrailsArgs) -> Iterator[Guardrail]:
    rails = args.blueprint.llm.guardrails if args.blueprint.llm else ()
    return (rail for rail in rails if rail.engine is GuardrailEngine.MODEL_ARMOR)


def filters(rail: Guardrail) -> Mapping[str, Any]:
    """What is looked for besides personal data, as Model Armor's API has it."""
    if rail.filters == "none":
        return {}
    level = {"confidenceLevel": LEVELS[rail.filters]}
    return {
        "raiSettings": {"raiFilters": [{"filterType": kind, **level} for kind in KINDS]},
        "piAndJailbreakFilterSettings": {**_ON, **level},
        "maliciousUriFilterSettings": _ON,
    }
