"""One request of a model, written in Python, for the command line and for curl."""

from __future__ import annotations

import json
import keyword
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Body = Mapping[str, Any]
_FLAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")  # the names that the command has an option for
_FIELD = re.compile(r"[A-Za-z0-9_-]+")  # the names that a field can have before a `=`
# Its own options: a parameter of such a name has none.
OWN_OPTIONS = frozenset(
    {"--api-key", "--base-url", "--dry-run", "--help", "--idempotency-key", "--json", "--log",
     "--max-credits", "--mock", "--no-wait", "--output", "--param", "--timeout", "--yes"}
)  # fmt: skip
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


def as_command(model: str, body: Body, parameters: Iterable[str]) -> str:
    """The command that makes the result and saves it; what is null is left out.

    Args:
        model: Its id.
        body: The request.
        parameters: All that the model takes, in the order of the document.
    """
    flags = _flags(parameters)
    words = [f"evolink-client generate {shlex.quote(model)}"]
    for name, value in body.items():
        if name != "model" and value is not None:
            words += _options(name, flags.get(name), value)
    words.append("-o results/")
    return " \\\n    ".join(words) + "\n"


def _flags(parameters: Iterable[str]) -> dict[str, str]:
    """The option of each parameter that has one; of several with the same the first."""
    found: dict[str, str] = {}
    for name in parameters:
        flag = f"--{name.replace('_', '-')}"
        if _FLAG.fullmatch(name) and flag not in OWN_OPTIONS and flag not in found.values():
            found[name] = flag
    return found


def _options(name: str, flag: str | None, value: Any) -> Iterator[str]:
    """The options that give one parameter its value."""
    words = _words(value)
    if flag is None:
        yield from (f"--param {shlex.quote(f'{name}={word}')}" for word in words)
    elif isinstance(value, dict):
        yield from (f"{flag} {shlex.quote(word)}" for word in words)
    else:
        yield " ".join([flag, *map(shlex.quote, words)])


def _words(value: Any) -> list[str]:
    """A value as words: texts or lists in a list, and plain fields of an object, one by one; else as JSON."""
    if isinstance(value, list) and value and all(isinstance(item, str | list) for item in value):
        return list(map(_word, value))
    if isinstance(value, dict) and value and all(map(_is_plain_field, value.items())):
        return [f"{name}={_word(item)}" for name, item in value.items()]
    return [_word(value)]


def _is_plain_field(field: tuple[str, Any]) -> bool:
    name, value = field
    return _FIELD.fullmatch(name) is not None and not isinstance(value, dict | list | None)


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
