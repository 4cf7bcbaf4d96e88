"""mypy and pyright accept valid calls of every model and report every invalid call.

The calls are generated from the contract, so a vendored document adds its own.
"""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.catalog import Model, keyword_models, models

from evolink_api.extensions import FILE
from evolink_codegen._emit.params import MOST_OVERLOADS

HEAD = """\
from pathlib import Path

from evolink import AsyncEvoLink, AsyncTask, EvoLink, File, Task


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


def valid_calls() -> Iterator[str]:
    yield "# pyright: strict\n" + HEAD
    for model in keyword_models():
        for call, body in calls(model):
            yield f"    task = {call}.create({keywords(body)})\n"
            options = (
                "idempotency_key='0123456789abcdef', timeout=5, "
                "extra_headers={'X-Trace': '1'}, extra_query={'a': 1}, extra_body={'b': [2]}"
            )
            yield f"    task = {call}.create({keywords(body)}, {options})\n"
            yield f"    task = {call}.generate({keywords(body)}, timeout=60.0, on_update=show)\n"
            for name, values in choices(model).items():
                for value in values:
                    yield f"    task = {call}.create({keywords({**body, name: value})})\n"
            for name, schema in model.schema.get("properties", {}).items():
                if FILE.name in schema.get("items", {}):
                    rest = keywords({key: value for key, value in body.items() if key != name})
                    files = "Path('a.png'), File(b'', 'b.png'), 'https://example.com/c.png'"
                    yield f"    task = {call}.create({name}=[{files}], {rest})\n"
        yield f"    task = client.{model.resource}.create({model.example!r}, timeout=5)\n"
    yield "    task.wait(timeout=1800, on_update=show)\n"
    yield "    print(task.download('out/'), task.status, task.progress, task.results)\n"
    yield "    print(client.tasks.get(task.id).done)\n"
    yield "    for model_id, model in client.models.items():\n"
    yield "        defaults = [parameter.default for parameter in model.parameters.values()]\n"
    yield "        print(model_id, model.kind, model.credits, defaults)\n"
    yield "        task = model.create(anything=1)\n"
    yield "    task = client.model(str(task)).generate(anything=1, timeout=5)\n"
    yield ASYNC_HEAD
    for model in keyword_models():
        for call, body in calls(model):
            yield f"    task = await {call}.create({keywords(body)})\n"
            yield f"    task = await {call}.generate({keywords(body)}, timeout=60.0)\n"
    yield "    task = await client.model(str(task)).generate(anything=1, timeout=5)\n"
    yield "    await task.wait(timeout=1800)\n"
    yield "    print(await task.download('out/'), (await client.tasks.get(task.id)).done)\n"


def calls(model: Model) -> Iterator[tuple[str, dict[str, Any]]]:
    """The two ways to start a task of a model, each with its keywords."""
    body = {name: value for name, value in model.example.items() if name != "model"}
    yield f"client.models[{model.name!r}]", body
    yield f"client.{model.resource}", {"model": model.name, **body}


def is_overloaded(resource: str) -> bool:
    """Whether the type of a resource knows which parameters belong together."""
    return len([model for model in models() if model.resource == resource]) <= MOST_OVERLOADS


def invalid_calls() -> Iterator[str]:
    """Calls with one fault each. Of `client.models` a checker has one thing to say: `once`."""
    yield HEAD
    for model in keyword_models():
        for call, body in calls(model):
            mark = "once" if ".models" in call else "invalid"
            yield f"    task = {call}.create({keywords({**body, 'promtp_x': 'a'})})  # {mark}: unknown name\n"
            for name in choices(model):
                yield f"    task = {call}.generate({keywords({**body, name: 'no such'})})  # {mark}: {name}\n"
            if mark == "once" or is_overloaded(model.resource):
                for name in model.schema.get("required", []):
                    rest = {key: value for key, value in body.items() if key != name}
                    if rest != body:
                        yield f"    task = {call}.create({keywords(rest)})  # {mark}: without {name}\n"
    yield "    client.models['no-such-model'].create(prompt='x')  # once: model\n"
    call = f"client.{keyword_models()[0].resource}.create"
    yield f"    task = {call}(model='no-such-model')  # invalid: model\n"
    yield "    client.no_such_resource  # once: resource\n"
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
def test_type_checker_reports_only_invalid_calls(check: Callable[[Path], str], tmp_path: Path) -> None:
    (tmp_path / "calls.py").write_text("".join(valid_calls()), encoding="utf-8")
    (tmp_path / "invalid.py").write_text("".join(invalid_calls()), encoding="utf-8")
    output = check(tmp_path)
    reported = Counter(int(line) for line in re.findall(r"invalid\.py:(\d+).*?error", output))
    lines = (tmp_path / "invalid.py").read_text(encoding="utf-8").splitlines()
    once = {number for number, line in enumerate(lines, 1) if "# once" in line}
    invalid = {number for number, line in enumerate(lines, 1) if "# invalid" in line}
    assert "calls.py" not in output, output
    assert reported.keys() == once | invalid, output
    assert {line for line in once if reported[line] > 1} == set(), output
