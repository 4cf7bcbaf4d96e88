"""A file that calls every model rightly is clean, and every wrong call is flagged, by mypy and by pyright.

The files are made from the contract, so a vendored document adds its own calls.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.catalog import Model, keyword_models

HEAD = """\
from evolink import AsyncEvoLink, AsyncTask, EvoLink, Task


def show(task: Task) -> None:
    print(task.id, task.progress)


def sync(client: EvoLink) -> None:
    task: Task
"""

ASYNC_HEAD = """

async def asynchronous(client: AsyncEvoLink) -> None:
    task: AsyncTask
"""


def keywords(body: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in body.items())


def choices(model: Model) -> dict[str, list[Any]]:
    return {
        name: schema["enum"]
        for name, schema in model.schema.get("properties", {}).items()
        if "enum" in schema and name != "model" and name.isidentifier()
    }


def right_calls() -> Iterator[str]:
    yield "# pyright: strict\n" + HEAD
    for model in keyword_models():
        call = f"client.{model.resource}"
        yield f"    task = {call}.create({keywords(model.example)})\n"
        options = "idempotency_key='0123456789abcdef', timeout=5"
        yield f"    task = {call}.create({keywords(model.example)}, {options})\n"
        yield f"    task = {call}.generate({keywords(model.example)}, timeout=60.0, on_update=show)\n"
        for name, values in choices(model).items():
            for value in values:
                yield f"    task = {call}.create({keywords({**model.example, name: value})})\n"
    yield "    task.wait(timeout=1800, on_update=show)\n"
    yield "    print(task.download('out/'), task.status, task.progress, task.results)\n"
    yield "    print(client.tasks.get(task.id).done)\n"
    yield ASYNC_HEAD
    for model in keyword_models():
        yield f"    task = await client.{model.resource}.create({keywords(model.example)})\n"
        yield f"    task = await client.{model.resource}.generate({keywords(model.example)}, timeout=60.0)\n"
    yield "    await task.wait(timeout=1800)\n"
    yield "    print(await task.download('out/'), (await client.tasks.get(task.id)).done)\n"


def wrong_calls() -> Iterator[str]:
    yield HEAD
    for model in keyword_models():
        call = f"client.{model.resource}.create"
        yield f"    task = {call}({keywords({**model.example, 'promtp_x': 'a'})})  # wrong: unknown name\n"
        for name in choices(model):
            yield f"    task = {call}({keywords({**model.example, name: 'no such'})})  # wrong: {name}\n"
        for name in model.schema.get("required", []):
            rest = {key: value for key, value in model.example.items() if key != name}
            yield f"    task = {call}({keywords(rest)})  # wrong: without {name}\n"
    yield f"    task = client.{keyword_models()[0].resource}.create(model='no-such-model')  # wrong: model\n"
    yield "    client.no_such_resource  # wrong: resource\n"
    yield "    print(show)\n"


def mypy(folder: Path) -> str:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--hide-error-context",
        "--no-pretty",
    ]
    return run([*command, "--cache-dir", str(folder / "cache"), "."], folder)


def pyright(folder: Path) -> str:
    return run([sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "."], folder)


def run(command: list[str], folder: Path) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("check", [mypy, pyright])
def test_right_calls_are_clean_and_every_wrong_call_is_flagged(
    check: Callable[[Path], str], tmp_path: Path
) -> None:
    (tmp_path / "right.py").write_text("".join(right_calls()), encoding="utf-8")
    (tmp_path / "wrong.py").write_text("".join(wrong_calls()), encoding="utf-8")
    output = check(tmp_path)
    flagged = {int(line) for line in re.findall(r"wrong\.py:(\d+).*?error", output)}
    lines = (tmp_path / "wrong.py").read_text(encoding="utf-8").splitlines()
    expected = {number for number, line in enumerate(lines, 1) if "# wrong" in line}
    assert "right.py" not in output, output
    assert flagged == expected, output
