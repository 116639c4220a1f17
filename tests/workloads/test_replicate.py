"""Copies of a registry: the program that makes them, between two servers of MLflow.

Needs MLflow and model-signing: `MODELYARD_MLFLOW` names a Python that has both (`pip install mlflow
model-signing pyopenssl flask-wtf`).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from modelyard.workloads import inside

PYTHON = os.environ.get("MODELYARD_MLFLOW") or (sys.executable if find_spec("mlflow") else None)
pytestmark = pytest.mark.skipif(
    PYTHON is None, reason="no MLflow: MODELYARD_MLFLOW names a Python that has it"
)
PROGRAMS = Path(inside.__file__).parent
WORDS = {
    "ADMIN": "a-word-for-admin",
    "PROMOTER": "a-word-for-promoter",
    "SERVING": "a-word-to-read",
}


@dataclass(frozen=True)
class Server:
    """A running MLflow with accounts."""

    url: str

    def login(self, account: str) -> dict[str, str]:
        return {
            "MLFLOW_TRACKING_URI": self.url,
            "MLFLOW_TRACKING_USERNAME": account,
            "MLFLOW_TRACKING_PASSWORD": WORDS[account.upper()],
        }


def run(program: str | Path, environment: Mapping[str, str], **options: object) -> str:
    """What a program says, on both ways; raises where it fails."""
    done = attempt(program, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def attempt(
    program: str | Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    assert PYTHON is not None
    command = [PYTHON, str(program)] if isinstance(program, Path) else [PYTHON, "-c", program]
    return subprocess.run(
        command, env=_around(environment), capture_output=True, text=True, check=False, timeout=300
    )


def _around(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    quick = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
    return {**kept, **quick, **environment}


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """MLflow as the platform has it, on SQLite and a folder."""
    folder.mkdir()
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    database, config = f"sqlite:///{folder}/mlflow.db", str(folder / "basic_auth.ini")
    own = {
        "MLFLOW_BACKEND_STORE_URI": database,
        "MLFLOW_AUTH_CONFIG_PATH": config,
        "MLFLOW_AUTH_ADMIN_PASSWORD": WORDS["ADMIN"],
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "a-key-of-sessions",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    run(PROGRAMS / "auth_config.py", {**own, "MLFLOW_BACKEND_STORE_URI": f"{database}-auth"})
    assert PYTHON is not None
    told = [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--app-name",
        "basic-auth",
    ]
    kept = ["--serve-artifacts", "--artifacts-destination", str(folder / "artifacts")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "mlflow", "server", *told, *kept],
            env=_around(own),
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield _ready(Server(f"http://127.0.0.1:{port}"), process, folder / "log")
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def _ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> Server:
    for _ in range(600):
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            urllib.request.urlopen(f"{server.url}/health", timeout=5).read()
        except OSError:
            time.sleep(0.2)
        else:
            break
    accounts = {f"ACCOUNT_{name}": word for name, word in WORDS.items() if name != "ADMIN"}
    guarded = {"GUARDED": "fraud", "KEEPER": "promoter"}
    run(PROGRAMS / "accounts.py", {**server.login("admin"), **accounts, **guarded})
    return server


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """The registry that models come from, and the one that has copies."""
    folder = tmp_path_factory.mktemp("registries")
    with serving(folder / "cloud") as cloud, serving(folder / "plant") as plant:
        yield cloud, plant


REGISTER = """
import json, os, sys
from mlflow import MlflowClient
client = MlflowClient(os.environ["MLFLOW_TRACKING_URI"])
folder, name = os.environ["FOLDER"], os.environ["NAME"]
there = client.get_experiment_by_name("training")
experiment = there.experiment_id if there else client.create_experiment("training")
run = client.create_run(experiment)
client.log_artifacts(run.info.run_id, folder, "model")
try:
    client.create_registered_model(name)
except Exception as error:
    assert error.error_code == "RESOURCE_ALREADY_EXISTS", error
made = client.create_model_version(name, f"{run.info.artifact_uri}/model", run.info.run_id)
for key, value in json.loads(os.environ["TAGS"]).items():
    client.set_model_version_tag(name, made.version, key, value)
client.set_registered_model_alias(name, "champion", made.version)
print(made.version)
"""
LOOK = """
import json, os
from pathlib import Path
from mlflow import MlflowClient, artifacts
client, name = MlflowClient(os.environ["MLFLOW_TRACKING_URI"]), os.environ["NAME"]
found = {}
for alias in ("champion", "previous"):
    try:
        version = client.get_model_version_by_alias(name, alias)
    except Exception:
        continue
    there = Path(artifacts.download_artifacts(f"models:/{name}/{version.version}"))
    files = {str(p.relative_to(there)): p.read_text() for p in there.rglob("*") if p.is_file()}
    files.pop("registered_model_meta", None)
    found[alias] = {"version": version.version, "tags": version.tags, "files": files}
print(json.dumps(found))
"""
SIGN = """
import os
from model_signing import signing
key, folder = os.environ["KEY"], os.environ["FOLDER"]
config = signing.Config().use_elliptic_key_signer(private_key=key)
config.sign(folder, os.path.join(folder, "model.sig"))
"""
KEYS = """
import os, sys
from pathlib import Path
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec
key, folder = ec.generate_private_key(ec.SECP256R1()), Path(os.environ["FOLDER"])
(folder / "key.pem").write_bytes(key.private_bytes(
    s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
(folder / "public.pem").write_bytes(key.public_key().public_bytes(
    s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo))
"""


@dataclass(frozen=True)
class Yard:
    """Two registries, and a folder for one test."""

    cloud: Server
    plant: Server
    folder: Path

    def model(self, weights: str) -> Path:
        folder = self.folder / f"model-{weights}"
        (folder / "data").mkdir(parents=True)
        (folder / "MLmodel").write_text("flavors: {}\n", encoding="utf-8")
        (folder / "data" / "weights").write_text(weights, encoding="utf-8")
        return folder

    def register(self, name: str, folder: Path, tags: Mapping[str, str] | None = None) -> str:
        """A new version in the cloud, which is the champion there."""
        told = {"FOLDER": str(folder), "NAME": name, "TAGS": json.dumps(tags or {})}
        return run(REGISTER, {**self.cloud.login("admin"), **told}).strip()

    def key(self, name: str) -> Path:
        """A pair of keys; the public one is where the program looks for it."""
        folder = self.folder / "pair"
        folder.mkdir(exist_ok=True)
        run(KEYS, {"FOLDER": str(folder)})
        self.keys.mkdir(exist_ok=True)
        (self.keys / f"{name}.pub").write_bytes((folder / "public.pem").read_bytes())
        return folder / "key.pem"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def replicate(self, *wanted: str) -> subprocess.CompletedProcess[str]:
        source = {
            f"SOURCE_{k.rpartition('_')[2]}": v for k, v in self.cloud.login("serving").items()
        }
        folders = {"KEYS": str(self.keys), "WORK": str(self.folder / "work")}
        signed = " ".join(key.stem for key in self.keys.glob("*.pub"))
        named = {"WANTED": " ".join(wanted), "SIGNED": signed}
        served = {"SERVED": "{}", "NAMESPACE": "yard-production"}
        everything = {**source, **folders, **named, **served, **self.plant.login("promoter")}
        return attempt(PROGRAMS / "replicate.py", everything)

    def here(self, name: str) -> dict[str, dict[str, object]]:
        """What the aliases of the copies name."""
        return json.loads(run(LOOK, {**self.plant.login("serving"), "NAME": name}))


@pytest.fixture
def yard(servers: tuple[Server, Server], tmp_path: Path) -> Yard:
    return Yard(*servers, tmp_path)


def test_a_copy_is_what_is_there_and_the_alias_moves_with_it(yard: Yard) -> None:
    first = yard.register("fraud", yard.model("one"))
    done = yard.replicate("fraud@champion")
    assert done.returncode == 0, done.stderr
    assert "fraud@champion is version 1 here" in done.stdout
    champion = yard.here("fraud")["champion"]
    assert champion["files"] == {"MLmodel": "flavors: {}\n", "data/weights": "one"}
    assert champion["tags"]["modelyard.copied_from"] == f"models:/fraud/{first}"  # type: ignore[index]
    assert "is version 1 here" in yard.replicate("fraud@champion").stdout, "no second copy"
    yard.register("fraud", yard.model("two"))
    assert yard.replicate("fraud@champion").returncode == 0
    found = yard.here("fraud")
    assert found["champion"]["files"]["data/weights"] == "two"  # type: ignore[index]
    assert found["previous"]["version"] == champion["version"]


def test_what_is_there_says_that_it_is_something_else(yard: Yard) -> None:
    yard.register("scored", yard.model("fine"))
    assert yard.replicate("scored@champion").returncode == 0
    yard.register("scored", yard.model("tampered"), {"modelyard.sha256": "0" * 64})
    done = yard.replicate("scored@champion", "fraud@champion")
    assert done.returncode == 1
    assert "scored@champion is not taken over: its digest is" in done.stderr
    assert "fraud@champion" in done.stdout, "one that is refused keeps none of the others"
    assert yard.here("scored")["champion"]["files"]["data/weights"] == "fine"  # type: ignore[index]


def test_a_signature_is_held_against_every_file(yard: Yard) -> None:
    key, folder = yard.key("signed"), yard.model("signed")
    run(SIGN, {"KEY": str(key), "FOLDER": str(folder)})
    yard.register("signed", folder)
    done = yard.replicate("signed@champion")
    assert done.returncode == 0, done.stderr
    assert "model.sig" in yard.here("signed")["champion"]["files"]  # type: ignore[operator]
    for spoil in (
        lambda: (folder / "data" / "weights").write_text("spoiled", encoding="utf-8"),
        lambda: (folder / "more.py").write_text("import os", encoding="utf-8"),
    ):
        spoil()
        yard.register("signed", folder)
        done = yard.replicate("signed@champion")
        assert done.returncode == 1
        assert "not what was signed" in done.stderr
    assert yard.here("signed")["champion"]["files"]["data/weights"] == "signed"  # type: ignore[index]


def test_what_is_not_signed_or_by_somebody_else_is_refused(yard: Yard) -> None:
    key, folder = yard.key("doubtful"), yard.model("doubtful")
    yard.register("doubtful", folder)
    assert "it is not signed" in yard.replicate("doubtful@champion").stderr
    run(SIGN, {"KEY": str(key), "FOLDER": str(folder)})
    yard.key("doubtful")  # the pair is another one now
    yard.register("doubtful", folder)
    assert "it was signed with another key" in yard.replicate("doubtful@champion").stderr
    assert yard.here("doubtful") == {}


def test_what_nobody_has_named_yet_is_waited_for(yard: Yard) -> None:
    done = yard.replicate("unborn@champion")
    assert done.returncode == 0, done.stderr[-600:]
    assert "is version nothing yet here" in done.stdout


def test_a_source_that_is_away_is_no_refusal(yard: Yard) -> None:
    """The run fails, and what was served is served on."""
    yard.register("kept", yard.model("kept"))
    assert yard.replicate("kept@champion").returncode == 0
    away = Yard(Server("http://127.0.0.1:9"), yard.plant, yard.folder)
    assert away.replicate("kept@champion").returncode != 0
    assert yard.here("kept")["champion"]
