"""One request of a model, written in Python, for the command line and for curl."""

from __future__ import annotations

import json
import keyword
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

Body = Mapping[str, Any]
_FLAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")  # the names that the command has an option for
_WIDTH = 88


def as_python(model: str, body: Body) -> str:
    """A program that makes the result and saves it."""
    arguments = {name: value for name, value in body.items() if name != "model"}
    if all(name.isidentifier() and not keyword.iskeyword(name) for name in arguments):
        lines = [f"        {name}={_python(value, 8)}," for name, value in arguments.items()]
    else:
        lines = [f"        {_python(arguments, 8)},"] if arguments else []
    call = "\n".join([f"    task = client.models[{_python(model, 4)}].generate(", *lines, "    )"])
    return (
        "from evolink import EvoLink\n\n"
        "with EvoLink() as client:  # reads EVOLINK_API_KEY\n"
        f"{call if lines else call.replace(chr(10) + '    )', ')')}\n"
        '    print(task.download("results/"))\n'
    )


def _python(value: Any, indent: int) -> str:
    """A JSON value as Python source."""
    flat = _literal(value)
    if len(flat) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner = " " * (indent + 4)
    if isinstance(value, dict):
        lines = [f"{inner}{_literal(name)}: {_python(item, indent + 4)},\n" for name, item in value.items()]
        return "{\n" + "".join(lines) + " " * indent + "}"
    return "[\n" + "".join(f"{inner}{_python(item, indent + 4)},\n" for item in value) + " " * indent + "]"


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=not value.isprintable())
    return repr(value)


def as_command(model: str, body: Body) -> str:
    """The command that makes the result and saves it."""
    words = [f"evolink-client generate {shlex.quote(model)}"]
    for name, value in body.items():
        if name != "model":
            words += _options(name, value)
    words.append("-o results/")
    return " \\\n    ".join(words) + "\n"


def _options(name: str, value: Any) -> Iterator[str]:
    """The options that give one parameter its value."""
    if _FLAG.fullmatch(name) is None:
        yield f"--param {shlex.quote(f'{name}={_word(value)}')}"
        return
    flag = f"--{name.replace('_', '-')}"
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        yield " ".join([flag, *(shlex.quote(_word(item)) for item in value)])
    elif (
        isinstance(value, dict)
        and value
        and not any(isinstance(item, dict | list) for item in value.values())
    ):
        for key, item in value.items():
            yield f"{flag} {shlex.quote(f'{key}={_word(item)}')}"
    else:
        yield f"{flag} {shlex.quote(_word(value))}"


def _word(value: Any) -> str:
    """A value as one word; a text that would be read from a file gets a second `@`."""
    if isinstance(value, str):
        return f"@{value}" if value.startswith("@") else value
    return json.dumps(value, ensure_ascii=False)


def as_curl(server: str, method: str, path: str, body: Body) -> str:
    """The request by curl."""
    data = json.dumps(body, indent=2, ensure_ascii=False)
    return (
        f"curl {shlex.quote(server.rstrip('/') + path)} \\\n"
        + (f"    -X {method.upper()} \\\n" if method.lower() != "post" else "")
        + '    -H "Authorization: Bearer $EVOLINK_API_KEY" \\\n'
        + "    -H 'Content-Type: application/json' \\\n"
        + f"    -d {shlex.quote(data)}\n"
    )
