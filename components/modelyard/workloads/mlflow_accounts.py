"""MLflow's accounts: who there is, what each is for, and how they come to be.

Everybody who has logged in may read. Training owns what it creates. The models that are promoted
belong to the administrator, and only the promoter may change them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulumi

from modelyard.contracts.context import Namespace, Purpose
from modelyard.contracts.endpoint import Environment
from modelyard.contracts.registry import Login
from modelyard.contracts.secrets import SecretHandle, Secrets
from modelyard.workloads.inside.auth_config import ADMIN

PROMOTER = "promoter"
SESSION = "session"
CLIENTS: Mapping[Purpose, str] = {
    Purpose.PLATFORM: "platform",
    Purpose.TRAINING: "training",
    Purpose.PRODUCTION: "serving",
}
"""The account that clients in each namespace have."""
ACCOUNTS = (*CLIENTS.values(), PROMOTER)


@dataclass(frozen=True)
class Clients:
    """Where the clients of one site find what they log in with."""

    by_purpose: Mapping[Purpose, SecretHandle]
    promoter: SecretHandle
    """In production's namespace."""


@dataclass(frozen=True)
class Accounts:
    """The Secrets with everybody's password."""

    server: SecretHandle
    """All of them, the administrator's and the sessions' key too; in the platform's namespace."""
    clients: Clients
    logins: Mapping[str, Login]
    """What each client logs in with, by account."""


def make_accounts(
    name: str, secrets: Secrets, namespaces: Mapping[Purpose, Namespace], parent: pulumi.Resource
) -> Accounts:
    """Passwords, and Secrets of them: each namespace gets what it may use."""
    words = {key: secrets.password(f"{name}-{key}", parent) for key in (ADMIN, SESSION, *ACCOUNTS)}
    logins = {each: {"username": each, "password": words[each]} for each in ACCOUNTS}
    server = secrets.store(f"{name}-server", namespaces[Purpose.PLATFORM], words, parent)
    return Accounts(server, keep_logins(name, secrets, namespaces, logins, parent), logins)


def keep_logins(
    name: str,
    secrets: Secrets,
    namespaces: Mapping[Purpose, Namespace],
    logins: Mapping[str, Login],
    parent: pulumi.Resource,
) -> Clients:
    """A Secret in each namespace of a site with what its clients log in with."""

    def keep(account: str, purpose: Purpose, part: str) -> SecretHandle:
        return secrets.store(f"{name}-{part}", namespaces[purpose], logins[account], parent)

    return Clients(
        {purpose: keep(account, purpose, "client") for purpose, account in CLIENTS.items()},
        keep(PROMOTER, Purpose.PRODUCTION, PROMOTER),
    )


def client(url: str, login: SecretHandle) -> Environment:
    """What an MLflow client reads."""
    return {
        "MLFLOW_TRACKING_URI": url,
        "MLFLOW_TRACKING_USERNAME": login.key("username"),
        "MLFLOW_TRACKING_PASSWORD": login.key("password"),
    }


def administrator(url: str, accounts: Accounts, guarded: Iterable[str]) -> Environment:
    """What `inside/accounts.py` reads."""
    passwords = {f"ACCOUNT_{name.upper()}": accounts.server.key(name) for name in ACCOUNTS}
    return {
        **passwords,
        "MLFLOW_TRACKING_URI": url,
        "MLFLOW_TRACKING_USERNAME": ADMIN,
        "MLFLOW_TRACKING_PASSWORD": accounts.server.key(ADMIN),
        "GUARDED": " ".join(sorted(set(guarded))),
        "KEEPER": PROMOTER,
    }
