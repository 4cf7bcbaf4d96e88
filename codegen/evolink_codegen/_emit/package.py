"""From the contract to the files that are made of it."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .._openapi import yaml_io
from .._openapi.text import InputError
from . import GENERATOR, HEADER
from .generator import PACKAGE, generate_client
from .models_table import model_infos, models_table
from .params import params_source
from .shards import contract_shards
from .view import generator_view

TABLE = "models.md"
_RUNTIME = Path(__file__).parents[1] / "runtime"
_FORMATTING = (
    ("check", "--fix-only", "--select", "F401,I", "--config", "line-length = 110"),
    ("format", "--line-length", "110", "--target-version", "py311"),
)
_CONTRACT_HEAD = f"# Made by {GENERATOR} from vendor/ and overlays/. Changes made here are lost.\n"


def write_package(contract: dict[str, Any], folder: Path) -> None:
    """Write `openapi.yaml`, the package and a table of its models into a folder; the same bytes every time.

    Raises:
        InputError: The generator could not compile the contract.
    """
    package = folder / PACKAGE
    try:
        generate_client(generator_view(contract), package)
        params = params_source(contract)
    except RecursionError:
        raise InputError("the documents", "their schemas refer to each other too deeply") from None
    (package / "py.typed").write_bytes(b"")
    (package / "params.py").write_text(params, encoding="utf-8")
    for path in _RUNTIME.glob("*.py"):
        if path.name != "__init__.py":
            (package / path.name).write_text(HEADER + path.read_text(encoding="utf-8"), encoding="utf-8")
    with ThreadPoolExecutor(max_workers=1) as aside:  # the formatter is a process of its own
        formatted = aside.submit(_format, package)
        (folder / "openapi.yaml").write_text(_CONTRACT_HEAD + yaml_io.dump(contract), encoding="utf-8")
        _json(package / "contract.json", contract)
        shards = contract_shards(contract)
        for name, content in shards.items():
            _json(package / "contract" / name, content)
        (folder / TABLE).write_text(models_table(model_infos(shards)), encoding="utf-8")
        formatted.result()


def _json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def _format(folder: Path) -> None:
    from ruff import find_ruff_bin  # type: ignore[import-untyped]  # noqa: PLC0415 - only who emits needs it

    ruff = find_ruff_bin()
    for command in _FORMATTING:
        done = subprocess.run(  # noqa: S603 - our own formatter on our own output
            [ruff, *command, "--isolated", "--no-cache", "."],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise InputError("the generated code", f"cannot be formatted: {done.stderr}{done.stdout}")
