"""A PostgreSQL of our own: started by the tests as a user who is not root, and stopped by them."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
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
    options = f"-c listen_addresses='' -k {folder} -c max_connections=60"
    try:
        call(folder, "initdb", "-U", "tests", "-A", "trust", "--no-sync")
        call(folder, "pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://tests@/postgres?host={folder}"
        finally:
            call(folder, "pg_ctl", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def call(folder: Path, tool: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on the server in a folder."""
    tools = binaries()
    command = [str(tools / tool), "-D", str(folder / "data"), *arguments]
    environment = {"PATH": str(tools), "LC_ALL": "C.UTF-8"}
    # A server that is started keeps the outputs open.
    output = subprocess.DEVNULL
    subprocess.run(
        command, user=user(), env=environment, cwd=folder, check=True, stdout=output, stderr=output
    )


def restart(address: str) -> None:
    """Let the server crash, and start it again."""
    folder = Path(address.rpartition("=")[2])
    call(folder, "pg_ctl", "-w", "-m", "immediate", "-l", str(folder / "log"), "restart")


def wait_for(address: str, connections: int) -> None:
    """Wait until runs have so many connections, for a while at most."""
    deadline = time.monotonic() + 20
    with psycopg.connect(address, autocommit=True) as connection:
        count = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'evolink bulk'"
        while connection.execute(count).fetchall()[0][0] < connections and time.monotonic() < deadline:
            time.sleep(0.05)


def disconnect(address: str, share: float) -> int:
    """End a share of the connections of runs; returns how many."""
    with psycopg.connect(address, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'evolink bulk' AND random() < %s",
            (share,),
        )
        return len(ended.fetchall())


def empty(address: str) -> None:
    """Drop what other tests have left."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bulk_jobs, bulk_runs, bulk_apis")
