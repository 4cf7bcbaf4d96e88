"""From the contract to the files of the package `evolink_api`."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from . import _params, _slices, _view
from ._errors import UnusableInput
from ._version import HEADER

_TEMPLATES = Path(__file__).parent / "templates"
_RUNTIME = Path(__file__).parent / "runtime"
_PACKAGE = "evolink_api"


def emit(contract: dict[str, Any], folder: Path) -> list[str]:
    """Write the package into an empty folder, formatted; the same bytes every time.

    Returns:
        What the generator warned about.

    Raises:
        UnusableInput: the generator could not compile the contract.
    """
    warnings = _client(_view.view(contract), folder)
    (folder / "py.typed").write_bytes(b"")
    (folder / "params.py").write_text(_params.params(contract), encoding="utf-8")
    runtime = (_RUNTIME / "validation.py").read_text(encoding="utf-8")
    (folder / "validation.py").write_text(runtime, encoding="utf-8")
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not text.startswith(HEADER):
            path.write_text(HEADER + text, encoding="utf-8")
    _json(folder / "contract.json", contract)
    for name, content in _slices.slices(contract).items():
        _json(folder / "contract" / name, content)
    _format(folder)
    return warnings


def _json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def _client(document: dict[str, Any], folder: Path) -> list[str]:
    # Both cost a good part of a second, which `vendor` and `diff` need not pay.
    from openapi_python_client import generate  # noqa: PLC0415
    from openapi_python_client.config import Config, ConfigFile, MetaType  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "view.json")
        source.write_text(json.dumps(document), encoding="utf-8")
        config = Config.from_sources(
            ConfigFile(
                package_name_override=_PACKAGE,
                project_name_override=_PACKAGE,
                literal_enums=True,
                post_hooks=[],
            ),
            MetaType.NONE,
            source,
            "utf-8",
            overwrite=True,
            output_path=folder,
        )
        with contextlib.redirect_stdout(io.StringIO()):
            errors = generate(config=config, custom_template_path=_TEMPLATES)
    found = [" ".join(f"{error.header} {error.detail or ''}".split()) for error in errors]
    if found:
        # What the generator leaves out would be missing without a word: the view has to be mended instead.
        raise UnusableInput("the contract", f"the client generator refuses it: {found[0]}")
    return found


def _format(folder: Path) -> None:
    from ruff import find_ruff_bin  # type: ignore[import-untyped]  # noqa: PLC0415 - only who emits needs it

    ruff = find_ruff_bin()
    common = ["--isolated", "--no-cache", "--quiet", "--target-version", "py311", "--line-length", "110"]
    for command in (["check", "--select", "F401,I", "--fix-only", *common[:3]], ["format", *common]):
        extra = ["--config", "line-length=110"] if command[0] == "check" else []
        done = subprocess.run(  # noqa: S603 - our own formatter on our own output
            [ruff, *command, *extra, "."], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise UnusableInput("the generated code", (done.stderr or done.stdout).strip().splitlines()[0])
