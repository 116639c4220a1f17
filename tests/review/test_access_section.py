"""Who may do what: small platforms, and every statement of every shipped one."""

from __future__ import annotations

from typing import Any

import pytest
from tests.review.small import manifest, plan, referring, shipped_view, thing, view
from tests.support import shipped

from modelyard.policies.access import RESOURCE_POLICIES
from modelyard.policies.documents import statements
from modelyard.recorder import Resource
from modelyard.review import verbs
from modelyard.review.access import grants, people, subject
from modelyard.review.grant import Grant
from modelyard.review.view import View

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
RBAC = "rbac.authorization.k8s.io/v1"
each = pytest.mark.parametrize("case", shipped.cases(), ids=str)


def _by(found: tuple[Grant, ...], subject: str) -> list[str]:
    return [grant.sentence for grant in found if grant.subject == subject]


def _role(**statement: Any) -> list[Resource]:
    role = thing(ROLE, "yard-mlflow", {"name": "mlflow"})
    told = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"], **statement}
    return [role, thing(POLICY, "yard-mlflow", {"policy": {"Statement": [told]}}, role=role)]


def test_a_statement_becomes_a_sentence() -> None:
    data = "arn:aws:s3:::data/*"
    found = grants(view(*_role(Action=["s3:GetObject", "s3:PutObject"], Resource=[data])))
    assert _by(found, "role mlflow") == ["may read and write s3 data/*"]


def test_wildcards_are_said() -> None:
    [grant] = [g for g in grants(view(*_role(Action="*"))) if g.by == "IAM"]
    assert grant.wide == ("every action", "every resource")
    assert grant.risky
    [grant] = grants(view(*_role(Action="kms:*", Resource="arn:x")))
    assert grant.wide == ("every action of kms",)
    [grant] = grants(view(*_role()))
    assert (grant.wide, grant.risky) == (("every resource",), False)


def test_conditions_and_denials_are_said() -> None:
    asked = {"StringEquals": {"aws:SourceAccount": "1"}}
    [grant] = grants(view(*_role(Condition=asked, Effect="Deny")))
    assert grant.sentence.startswith("may not read")
    assert grant.sentence.endswith("if aws:SourceAccount allow")


def test_the_pods_that_have_a_role_are_its_subject() -> None:
    role, policy = _role()
    bound = thing(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "yard-mlflow",
        {"namespace": "platform", "serviceAccount": "mlflow"},
        roleArn=role,
    )
    assert {g.subject for g in grants(view(role, policy, bound))} == {"pods platform/mlflow"}


def test_everybody_by_a_resources_own_policy() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "x"}
    given = thing(
        "aws:s3/bucketPolicy:BucketPolicy", "yard-data", {"policy": {"Statement": [statement]}}
    )
    assert _by(grants(view(given)), "everybody") == ["may read bucket yard-data"]


@pytest.mark.parametrize(
    ("member", "who"),
    [
        ("allUsers", "everybody"),
        ("group:ml@acme.example", "group ml@acme.example"),
        ("${yard-nodes.member}", "service account yard-nodes"),
        ("principal://iam.googleapis.com/x/subject/ns/prod/sa/churn", "pods prod/churn"),
    ],
)
def test_members_of_google_cloud(member: str, who: str) -> None:
    told = {"bucket": "data", "member": member, "role": "roles/storage.objectViewer"}
    [grant] = grants(view(thing("gcp:storage/bucketIAMMember:BucketIAMMember", "yard-x", told)))
    assert (grant.subject, grant.sentence.partition(" (")[0]) == (who, "may read bucket data")


def test_a_role_of_ones_own_is_its_permissions() -> None:
    custom = thing(
        "gcp:projects/iAMCustomRole:IAMCustomRole",
        "yard-role",
        {"roleId": "fills", "permissions": ["aiplatform.indexes.get", "aiplatform.indexes.update"]},
    )
    told = {"project": "acme", "member": "user:a@b.example", "role": "${yard-role.name}"}
    token = "gcp:projects/iAMMember:IAMMember"
    [grant] = grants(view(custom, referring(token, "yard-x", told, "role", custom)))
    assert grant.verbs == ("read", "write")
    assert "aiplatform.indexes.update" in grant.actions


def _bound(rule: dict[str, Any], subject: dict[str, str], *, bound: bool = True) -> View:
    ref = {"kind": "Role", "name": "seer", "apiGroup": "rbac.authorization.k8s.io"}
    role = manifest(RBAC, "Role", "seer", rules=[rule])
    binding = manifest(RBAC, "RoleBinding", "seer", roleRef=ref, subjects=[subject])
    return view(role, *([binding] if bound else []))


def test_a_rule_belongs_to_whom_it_is_bound() -> None:
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
    found = grants(_bound(rule, {"kind": "Group", "name": "ml"}))
    assert _by(found, "group ml") == ["may read secrets in prod"]
    found = grants(_bound(rule, {"kind": "ServiceAccount", "name": "runner"}))
    assert _by(found, "pods prod/runner") == ["may read secrets in prod"]
    found = grants(_bound(rule, {"kind": "Group", "name": "ml"}, bound=False))
    assert _by(found, "nobody yet") == ["may read secrets in prod"]


def test_every_verb_and_kind_is_said() -> None:
    rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    [grant] = grants(_bound(rule, {"kind": "User", "name": "root"}))
    assert grant.sentence == "may administer everything in prod (every verb, every kind)"


def test_people_have_the_roles_that_the_blueprint_says() -> None:
    access = plan("aws-finance", "prod").blueprint.access
    found = {(grant.subject, grant.actions[0]) for grant in people(access)}
    named = [
        (subject(p), role) for role in type(access).model_fields for p in getattr(access, role)
    ]
    assert named
    assert found == set(named)


def test_accounts_of_the_registry() -> None:
    case = next(c for c in shipped.cases() if str(c) == "finance-prod")
    found = [g for g in grants(shipped_view(case)) if g.by == "registry"]
    keeps = [g for g in found if any("fraud-scorer" in each for each in g.on)]
    assert {g.subject for g in keeps} == {"registry account promoter"}
    assert {g.subject for g in found if "administer" in g.verbs} == {"registry account admin"}


@pytest.mark.parametrize(
    ("action", "verb"),
    [
        ("s3:ListBucket", "read"),
        ("s3:DeleteObject", "write"),
        ("kms:Decrypt", "decrypt"),
        ("kms:CreateGrant", "administer"),
        ("sagemaker:InvokeEndpoint", "invoke"),
        ("iam:PassRole", "invoke"),
        ("iam:PutRolePolicy", "administer"),
        ("s3:*", "administer"),
    ],
)
def test_what_an_action_comes_to(action: str, verb: str) -> None:
    assert verbs.of_actions([action]) == (verb,)


def test_a_role_that_nobody_knows_may_do_anything() -> None:
    assert verbs.of_role("roles/odd.thing") == ("administer",)


@each
def test_every_statement_of_iam_is_told(case: shipped.Case) -> None:
    """As many rights as statements and principals, no statement left out."""
    seen = shipped_view(case)
    found = grants(seen)
    keys = {POLICY: "policy", "aws:iam/policy:Policy": "policy", ROLE: "assumeRolePolicy"}
    for token, key in {**keys, **RESOURCE_POLICIES}.items():
        for it in seen.of(token):
            told = {grant.actions for grant in found if grant.urn == it.urn}
            for statement in statements(it.inputs.get(key)):
                actions = statement.get("Action")
                listed = (actions,) if isinstance(actions, str) else tuple(actions or ())
                assert listed in told, f"{it.name}: {listed}"


@each
def test_every_member_and_rule_is_told(case: shipped.Case) -> None:
    seen = shipped_view(case)
    told = {grant.urn for grant in grants(seen)}
    for it in seen.graph:
        kind = it.type.rpartition(":")[2].lower()
        if kind.endswith("iammember") or kind in ("role", "clusterrole"):
            assert it.urn in told or not (it.inputs.get("rules", True)), it.name


@each
def test_people_of_the_blueprint_are_bound_in_the_clusters(case: shipped.Case) -> None:
    """Who has a role by the blueprint has rights by RBAC under the same name."""
    seen = shipped_view(case)
    bound = {grant.subject for grant in grants(seen) if grant.by == "RBAC"}
    named = {grant.subject for grant in people(seen.plan.blueprint.access)}
    assert {who for who in named if not who.startswith("role ")} <= bound
