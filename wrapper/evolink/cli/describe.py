"""Models and parameters as text: for `models show` and for the help of `generate`."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from .parameters import Parameter, text_of
from .state import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._catalog import Info

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_BULLET = re.compile(r"\s*[-*] ")


def plain(markdown: str) -> str:
    """A text of a document without its marks."""
    return _LINK.sub(r"\1", _BOLD.sub(r"\1", markdown)).replace("`", "").strip()


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


def parameter_lines(parameter: Parameter, width: int, *, label: str | None = None) -> Iterator[str]:
    """A parameter as its page describes it: name, facts, text."""
    yield f"  {label or parameter.name} {parameter.metavar}"
    text = parameter.schema.get("description", "")
    yield from (line for line in paragraphs(text, width, "      ") if line.strip())
    facts = "; ".join(facts_of(parameter))
    if facts:
        yield from textwrap.wrap(
            f"[{facts}]", max(width, 20), initial_indent=" " * 6, subsequent_indent=" " * 7
        )
    for field in parameter.fields:
        yield from (f"    {line}" for line in parameter_lines(field, width - 4))


def facts_of(parameter: Parameter) -> list[str]:
    """What the document states of a parameter beside its text: required, default, limits."""
    facts = ["required"] if parameter.is_required else []
    schema = parameter.schema
    names = [name for name in ("default", "x-evolink-default") if name in schema]
    facts += [f"default: {text_of(schema[name])}" for name in names]
    one = parameter.single
    choices = list(dict.fromkeys(map(text_of, parameter.choices)))
    if choices and not parameter.metavar.startswith("["):
        facts.append(f"one of {', '.join(choices)}")
    if parameter.is_list:
        facts += _span(schema, "minItems", "maxItems", "value")
    facts += _span(one.schema, "minLength", "maxLength", "character")
    facts += _range(one.schema)
    url = one.schema.get("x-evolink-url", {})
    if url.get("suffixes"):
        facts.append(f"ends in {', '.join(url['suffixes'])}")
    if url.get("schemes") and not parameter.takes_files:
        facts.append(f"begins with {' or '.join(f'{scheme}://' for scheme in url['schemes'])}")
    return facts


def _span(schema: Any, least: str, most: str, unit: str) -> list[str]:
    low, high = schema.get(least), schema.get(most)
    if low is None and high is None:
        return []
    if low == high:
        return [f"exactly {low} {unit}{'s' * (low != 1)}"]
    if low is None or low == 0:
        return [f"at most {high} {unit}{'s' * (high != 1)}"]
    return [f"at least {low} {unit}{'s' * (low != 1)}"] if high is None else [f"{low} to {high} {unit}s"]


def _range(schema: Any) -> list[str]:
    names = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "up to", "exclusiveMaximum": "below"}
    shown = [f"{text} {schema[name]:g}" for name, text in names.items() if name in schema]
    multiple = [f"a multiple of {schema['multipleOf']:g}"] if "multipleOf" in schema else []
    return [*([" ".join(shown)] if shown else []), *multiple]


def lifecycle(info: Info) -> str:
    """Whether a model is still to be used; empty if it is."""
    if info.status == "active":
        return ""
    since = f" since {info.since}" if info.since else ""
    instead = f"; use {info.replacement}" if info.replacement else ""
    return f"{info.status}{since}{instead}"


def example_command(info: Info, parameters: Sequence[Parameter]) -> str | None:
    """The documented example as a command."""
    if not info.examples:
        return None
    words = [PROGRAM, "generate", info.id]
    known = {parameter.name: parameter for parameter in parameters}
    for name, value in info.examples[0].items():
        if name in known:
            flag = known[name].flag
            values = value if isinstance(value, list) and known[name].is_list else [value]
            for text in map(text_of, values):
                words += ["--param", f"{name}={text}"] if flag is None else [flag, text]
    import shlex

    return f"{shlex.join(words)} -o out/"


def price(info: Info) -> str:
    """What a task of a model costs, as far as the documents say."""
    return "not documented" if info.credits is None else f"about {info.credits:g} credits by the documents"
