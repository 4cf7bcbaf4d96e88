"""Mocks of the same kind, from npm, with the Node.js that the younger of them asks for."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from _peers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = ROOT / ".venv-bench" / "node"
_MODULES = _FOLDER / "node_modules"
PRISM, BACKEND = "@stoplight/prism-cli", "openapi-backend"
# npm has Node.js as a package too: the version does not depend on the machine.
PEERS = {PRISM: "5.16.0", BACKEND: "5.21.2", "node": "24.18.0"}


def commands(document: Path) -> dict[str, list[str]]:
    """How each is started on a document, without the port, which comes last.

    Empty, with a line that says so, if they cannot be had.
    """
    if not _installed():
        return {}
    node = str(_MODULES / "node" / "bin" / "node")
    prism = str(_MODULES / PRISM / "dist" / "index.js")
    backend = str(ROOT / "benchmarks" / "openapi_backend.mjs")
    return {
        # Each line of its log costs time that is not the mock's.
        f"Prism {PEERS[PRISM]}": [node, prism, "mock", "--verboseLevel", "silent", str(document), "--port"],
        f"openapi-backend {PEERS[BACKEND]}": [node, backend, str(_FOLDER), str(document)],
    }


@functools.cache
def _installed() -> bool:
    if all(_version(name) == version for name, version in PEERS.items()):
        return True
    npm = shutil.which("npm")
    if npm is None:
        print("mocks of others left out: there is no npm")
        return False
    _FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PEERS.items()]
    install = [npm, "install", "--prefix", str(_FOLDER), "--save-exact", "--no-audit", "--fetch-retries=1"]
    done = subprocess.run([*install, *wanted], capture_output=True, check=False, timeout=300)
    if done.returncode:
        print(f"mocks of others left out: npm gave no {', '.join(wanted)}")
    return not done.returncode


def _version(name: str) -> str | None:
    try:
        found: str = json.loads((_MODULES / name / "package.json").read_bytes())["version"]
    except OSError:
        return None
    return found
