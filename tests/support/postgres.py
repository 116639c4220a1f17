"""A PostgreSQL server for the time of a test, where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

SUPERUSER = "postgres"
PASSWORD = "of-the-superuser"
REASON = "no PostgreSQL server: install Debian's package postgresql"


def binary(name: str) -> Path | None:
    """A program of PostgreSQL, on the path or where Debian keeps it."""
    found = shutil.which(name)
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return Path(found) if found else (kept[-1] if kept else None)


def available() -> bool:
    return all(binary(name) for name in ("initdb", "postgres", "psql"))


@contextmanager
def server(hba: str) -> Iterator[Mapping[str, str]]:
    """A fresh server that lets in by these rules; yields the environment of a superuser's psql."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o777)
        _write(home, hba)
        _run([binary("initdb"), *_INITDB, f"--pwfile={home}/password", f"{home}/data"])
        options = f"-k {home} -c listen_addresses= -c hba_file={home}/hba.conf"
        _run(
            [
                binary("pg_ctl"),
                "start",
                "-w",
                "-D",
                f"{home}/data",
                "-o",
                options,
                "-l",
                f"{home}/log",
            ]
        )
        try:
            yield {
                "PGHOST": folder,
                "PGUSER": SUPERUSER,
                "PGPASSWORD": PASSWORD,
                "PGDATABASE": SUPERUSER,
            }
        finally:
            _run([binary("pg_ctl"), "stop", "-w", "-m", "immediate", "-D", f"{home}/data"])


def psql(environment: Mapping[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    program = str(binary("psql"))
    return subprocess.run(
        [program, "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--tuples-only", "--no-align", *args],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


_INITDB = ("-U", SUPERUSER, "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8")


def _write(home: Path, hba: str) -> None:
    (home / "hba.conf").write_text(hba)
    (home / "password").write_text(PASSWORD)


def _run(command: list[object]) -> None:
    """PostgreSQL refuses to run as root."""
    user = "nobody" if os.geteuid() == 0 else None
    subprocess.run(
        [str(part) for part in command], check=True, user=user, stdout=subprocess.DEVNULL
    )
