"""Comparable SDKs, in their own virtual environment."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FOLDER = ROOT / ".venv-bench"
# Distribution and package; comfy-sdk and replicate are written like ours, the others are generated.
PEERS = {
    "openai": "openai",
    "runwayml": "runwayml",
    "fal-client": "fal_client",
    "replicate": "replicate",
    "comfy-sdk": "comfy_sdk",
}
# Draws the charts.
_TOOLS = {"matplotlib": "matplotlib"}
# Installed packages have compiled bytecode, so it is measured with bytecode.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@functools.cache
def python() -> Path | None:
    """The interpreter that has the peers; None, with a printed reason, if they cannot be installed."""
    found = _FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not found.exists():
        venv.create(_FOLDER, with_pip=True)
        (_FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    packages = {**PEERS, **_TOOLS}
    names = [name for name, package in packages.items() if not _has(found, package)]
    if names:
        pip = [str(found), "-m", "pip", "--quiet", "--disable-pip-version-check", "--retries", "1"]
        done = subprocess.run([*pip, "install", *names], capture_output=True, check=False, timeout=300)
        if done.returncode:
            print(f"peers skipped: pip could not install {', '.join(names)}")
            return None
    return found


def _has(interpreter: Path, package: str) -> bool:
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec({package!r}) is None)"
    return subprocess.run([interpreter, "-c", code], check=False).returncode == 0


def versions() -> dict[str, str]:
    """The versions of the peers."""
    interpreter = python()
    if interpreter is None:
        return {}
    code = f"import importlib.metadata as m\nfor name in {list(PEERS)!r}: print(name, m.version(name))"
    lines = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, check=True).stdout
    return dict(line.split() for line in lines.splitlines())
