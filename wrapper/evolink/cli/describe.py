"""Models and parameters as text: for `models show` and for the help of `generate`."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from .state import PROGRAM
from .text import amount
from .values import ANY, ValueSyntax, flag_of, syntax_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .. import ModelInfo, Parameter

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_BULLET = re.compile(r"\s*[-*] ")
_MOST_VALUES = 40  # that are listed


def plain(markdown: str) -> str:
    """A text of a document without its marks."""
    return _LINK.sub(r"\1", _BOLD.sub(r"\1", markdown)).replace("`", "").strip()


def first_line(markdown: str) -> str:
    """The first line of a text of a document."""
    return next(iter(plain(markdown).splitlines()), "")


def paragraphs(markdown: str, width: int, indent: str = "") -> list[str]:
    """The lines of a text of a document, within a width; lists stay lists."""
    lines: list[str] = []
    for line in plain(markdown).splitlines():
        hang = "  " if _BULLET.match(line) else ""
        lines += textwrap.wrap(
            line,
            max(width, 20),
            initial_indent=indent,
            subsequent_indent=indent + hang,
            break_on_hyphens=False,
        ) or [""]
    return lines


def parameter_lines(parameter: Parameter, syntax: ValueSyntax, label: str, width: int) -> Iterator[str]:
    """A parameter as its page describes it: how it is written, text, facts, and what is within it.

    Args:
        parameter: What the contract says of it.
        syntax: How its value is written.
        label: What stands before the value.
        width: The width of a line.
    """
    yield f"  {label} {syntax.metavar}"
    yield from (line for line in paragraphs(parameter.description, width, "      ") if line.strip())
    if facts := "; ".join(facts_of(parameter, syntax)):
        yield from textwrap.wrap(
            f"[{facts}]", max(width, 20), initial_indent=" " * 6, subsequent_indent=" " * 7
        )
    inner = syntax.fields
    for name, one in parameter.properties.items():
        yield from (f"    {line}" for line in parameter_lines(one, inner.get(name, ANY), name, width - 4))


def facts_of(parameter: Parameter, syntax: ValueSyntax) -> list[str]:
    """What the contract states of a parameter beside its text: required, default, limits."""
    facts = ["required"] if parameter.required else []
    if parameter.default is not None:
        facts.append(f"default: {text_of(parameter.default)}")
    if parameter.allowed_values and not syntax.metavar.startswith("["):
        values = [*dict.fromkeys(map(text_of, parameter.allowed_values))]
        if len(values) > _MOST_VALUES:
            values[_MOST_VALUES:] = [f"and {len(values) - _MOST_VALUES} more"]
        facts.append(f"one of {', '.join(values)}")
    return facts + parameter.limit_texts()


def lifecycle(info: ModelInfo) -> str:
    """Whether a model is still to be used; empty if it is."""
    if info.status == "active":
        return ""
    since = f" since {info.since}" if info.since else ""
    instead = f"; use {info.replacement}" if info.replacement else ""
    return f"{info.status}{since}{instead}"


def syntaxes_of(info: ModelInfo) -> dict[str, ValueSyntax]:
    """How the values of the parameters of a model are written."""
    definitions = info.schema.get("$defs", {})
    return {name: syntax_of(one.schema, definitions) for name, one in info.parameters.items()}


def example_command(info: ModelInfo) -> str | None:
    """The documented example as a command."""
    if not info.examples:
        return None
    words = [PROGRAM, "generate", info.id]
    syntaxes = syntaxes_of(info)
    for name, value in info.examples[0].items():
        if name not in syntaxes:
            continue
        flag = flag_of(name)
        values = value if isinstance(value, list) and syntaxes[name].is_list else [value]
        for text in map(_escaped, values):
            words += ["--param", f"{name}={text}"] if flag is None else [flag, text]
    import shlex

    return f"{shlex.join(words)} -o out/"


def _escaped(value: Any) -> str:
    text = text_of(value)
    # Else it would be read from a file.
    return f"@{text}" if text.startswith("@") else text


def price(info: ModelInfo) -> str:
    """What a task of a model costs, as far as the documents say."""
    return (
        "not documented" if info.credits is None else f"about {amount(info.credits)} credits by the documents"
    )
