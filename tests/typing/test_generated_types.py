"""Both type checkers accept the generated code and valid calls, and report invalid calls."""

import json
import keyword
import re
import subprocess
import sys
from pathlib import Path

from codegen.conftest import Package

from evolink_codegen._emit.params import RESERVED


def _typed_calls(package: Package) -> str:
    """A program that calls every model with its documented request."""
    lines = [
        "import evolink_api",
        "from evolink_api import models, params",
        "def calls(client: params.Resources[int, str]) -> None:",
    ]
    for entry in package.index.values():
        for model in entry.get("models", {}):
            shard = package.model(model)
            for example in shard["examples"]:
                body = {
                    k: v for k, v in example.items() if k and k not in RESERVED and not k.startswith("__")
                }
                name = shard["request_class"].removesuffix("Request") + "Params"
                mark = len(lines)
                client, request = f"client.{entry['resource']}", f"models.{shard['request_class']}"
                lines += [
                    f"    body_{mark}: params.{name} = {body!r}",
                    f"    {client}.create(**body_{mark}, timeout=5)",
                    f"    {client}.generate(**body_{mark}, on_update=print)",
                    f"    {client}.create({request}.from_dict({example!r}))",
                ]
                if all(key.isidentifier() and not keyword.iskeyword(key) for key in body):
                    keywords = ", ".join(f"{key}={value!r}" for key, value in body.items())
                    lines.append(f"    {client}.create({keywords})")
    return "\n".join(lines) + "\n"


INVALID_CALLS = """
from evolink_api import params
def calls(client: params.Resources[int, str]) -> None:
    client.videos.create(model="aurora-video", prompt="x", duration=5)
    client.videos.create(model="aurora-video")
    client.images.create(model="brush-3", prompt="x")
    client.audios.create(model="klang-audio", text="x", stimme="hell", tempo="fast")
    client.nothing.create()
"""


def test_type_checkers_report_only_invalid_calls(constructs: Package, tmp_path: Path) -> None:
    calls, invalid = tmp_path / "calls.py", tmp_path / "invalid.py"
    calls.write_text(_typed_calls(constructs), encoding="utf-8")
    invalid.write_text(INVALID_CALLS)
    path = str(constructs.root / "generated")
    config = {"include": [path, str(tmp_path)], "extraPaths": [path], "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config))
    python = ["--python-executable", sys.executable]
    commands = {
        "mypy": [
            sys.executable, "-m", "mypy", "--strict", *python, "--config-file", "", "--cache-dir",
            str(tmp_path / "cache"), "-p", "evolink_api", "-m", "calls", "-m", "invalid",
        ],
        "pyright": [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", str(tmp_path)],
    }  # fmt: skip
    environment = {
        "MYPYPATH": f"{path}:{tmp_path}",
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",
        "PATH": "",
        "HOME": str(tmp_path),
    }
    running = {
        name: subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=tmp_path,
            env=environment,
        )
        for name, command in commands.items()
    }
    for name, process in running.items():
        output, _ = process.communicate()
        errors = [
            line for line in output.splitlines() if re.search(r"\berror\b", line) and "Found" not in line
        ]
        errors = [line for line in errors if not re.match(r"\d+ errors", line)]
        lines = {match[1] for line in errors if (match := re.search(r"invalid\.py:(\d+)", line))}
        assert [line for line in errors if "invalid.py" not in line] == [], name
        assert lines == {"4", "5", "6", "7", "8"}, (name, output)
