"""Comparable mocks from npm, with the Node.js version that they require."""

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
# npm provides Node.js as a package too, so the version does not depend on the machine.
PEERS = {PRISM: "5.16.0", BACKEND: "5.21.2", "node": "24.18.0"}


def commands(document: Path) -> dict[str, list[str]]:
    """The command of each mock for a document, without the port, which is the last argument.

    Empty, with a printed reason, if they cannot be installed.
    """
    if not _installed():
        return {}
    node = str(_MODULES / "node" / "bin" / "node")
    prism = str(_MODULES / PRISM / "dist" / "index.js")
    backend = str(ROOT / "benchmarks" / "openapi_backend.mjs")
    return {
        # Without logging, which would cost time.
        f"Prism {PEERS[PRISM]}": [node, prism, "mock", "--verboseLevel", "silent", str(document), "--port"],
        f"openapi-backend {PEERS[BACKEND]}": [node, backend, str(_FOLDER), str(document)],
    }


@functools.cache
def _installed() -> bool:
    if all(_version(name) == version for name, version in PEERS.items()):
        return True
    npm = shutil.which("npm")
    if npm is None:
        print("other mocks skipped: npm is missing")
        return False
    _FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PEERS.items()]
    install = [npm, "install", "--prefix", str(_FOLDER), "--save-exact", "--no-audit", "--fetch-retries=1"]
    done = subprocess.run([*install, *wanted], capture_output=True, check=False, timeout=300)
    if done.returncode:
        print(f"other mocks skipped: npm could not install {', '.join(wanted)}")
    return not done.returncode


def _version(name: str) -> str | None:
    try:
        found: str = json.loads((_MODULES / name / "package.json").read_bytes())["version"]
    except OSError:
        return None
    return found
