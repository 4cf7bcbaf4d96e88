"""A PostgreSQL of our own: started by the tests as a user who is not root, and stopped by them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

INSTALLED = Path("/usr/lib/postgresql")
# Whoever runs the tests as root starts it as this one.
USERS = ("postgres", "nobody")


def binaries() -> Path:
    """Where the newest version is that is installed."""
    on_path = shutil.which("initdb")
    if on_path is not None and Path(on_path).resolve().parent.joinpath("postgres").exists():
        return Path(on_path).resolve().parent
    versions = sorted(INSTALLED.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    assert versions, "PostgreSQL is not installed: apt-get install postgresql"
    return versions[-1].parent


def user() -> str | None:
    """The user to start it as; None for the one who runs the tests."""
    if os.getuid() != 0:
        return None
    return next(name for name in USERS if any(each.pw_name == name for each in pwd.getpwall()))


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a server on a socket of its own; yields its address."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    owner = user()
    if owner is not None:
        shutil.chown(folder, owner)
    data = folder / "data"
    tools = binaries()
    environment = {"PATH": str(tools), "LC_ALL": "C.UTF-8"}

    def call(*command: str) -> None:
        subprocess.run(command, user=owner, env=environment, cwd=folder, check=True, capture_output=True)

    try:
        call(str(tools / "initdb"), "-D", str(data), "-U", "tests", "-A", "trust", "--no-sync")
        options = f"-c listen_addresses='' -k {folder} -c max_connections=60"
        call(str(tools / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://tests@/postgres?host={folder}"
        finally:
            call(str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def empty(address: str) -> None:
    """Drop what other tests have left."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bulk_jobs, bulk_runs")
