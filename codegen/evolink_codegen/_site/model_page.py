"""The page of one model, and the page that lists all."""

from __future__ import annotations

import itertools
import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from .._emit.models_table import NONE, escaped, price
from ..history import Revision
from ..runtime.model_info import ModelInfo
from ..runtime.parameters import Parameter
from .catalogue import CatalogueModel
from .markdown import code, described, fenced
from .snippets import as_command, as_curl, as_python

# Pages of models lie in this folder.
FOLDER = "models"
# Marks of headings, lists and emphasis, and links, of which the text stays.
_MARKS = re.compile(r"^\s*(?:[-*+]|\d+[.)]|#+)\s+|\*\*|!?\[([^\]]*)\]\([^)]*\)")


def page_name(model: str) -> str:
    """The file of a model's page; ids that no file can have are written with their code points."""
    return "".join(one if one.isalnum() or one in "-_" else f"_{ord(one):x}_" for one in model) + ".md"


def model_page(model: CatalogueModel) -> str:
    """What a model does, takes, costs and answers, as Markdown."""
    about = _about(model.info)
    parts = [
        f"# {escaped(model.info.id)}\n",
        _lifecycle(model),
        _facts(model),
        f"{described(about)}\n" if about else "",
        _examples(model),
        "## Parameters\n",
        *(_parameter(one, 3) for one in model.info.parameters.values()),
        _replies(model),
        _errors(model),
        _history(model.revisions),
    ]
    return "\n".join(part for part in parts if part)


def _lifecycle(model: CatalogueModel) -> str:
    info = model.info
    if info.status == "active":
        return ""
    since = f" since {info.since}" if info.since else ""
    instead = f" Use {escaped(info.replacement)} instead." if info.replacement else ""
    return f'!!! warning "{info.status.capitalize()}{since}"\n    This model is {info.status}.{instead}\n'


def _about(info: ModelInfo) -> str:
    """The text of its document, without a title that only repeats the id."""
    title, _, rest = info.documentation.strip().partition("\n")
    says = re.findall(r"\w+", title.lower().replace(info.id.lower(), ""))
    return (rest if set(says) <= {"api"} else f"{title}\n{rest}").strip()


def _facts(model: CatalogueModel) -> str:
    """In two lines: kind, lifecycle, price, request and parameters."""
    info = model.info
    cost = f"{price(info)} credits for the documented example"
    if info.credits is None:
        cost = "price not documented"
    facts = [f"**{info.kind.capitalize()}**", info.status, cost, f"`{model.method.upper()} {model.path}`"]
    return f"{' · '.join(facts)}\n\n{_takes(info)}"


def _takes(info: ModelInfo) -> str:
    names = {True: "Takes", False: "Optional:"}
    parts = [
        f"{names[required]} {', '.join(_name(one) for one in group)}."
        for required, group in itertools.groupby(
            sorted(info.parameters.values(), key=lambda one: not one.required), lambda one: one.required
        )
    ]
    return f"{' '.join(parts)}\n" if parts else ""


def _name(parameter: Parameter) -> str:
    return _code_or_dash(parameter.name) + (" (file or link)" if parameter.takes_files else "")


def _examples(model: CatalogueModel) -> str:
    body = model.body
    if body is None:
        return ""
    return "\n".join(
        [
            "## Example\n",
            '=== "Python"\n',
            _indented(fenced(as_python(model.info.id, body), "python")),
            '=== "Command line"\n',
            _indented(fenced(as_command(model.info.id, body, model.info.parameters), "bash")),
            '=== "curl"\n',
            _indented(fenced(as_curl(model.server, model.method, model.path, body), "bash")),
        ]
    )


def _indented(text: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _parameter(parameter: Parameter, level: int) -> str:
    """A parameter and what it consists of."""
    need = "required" if parameter.required else "optional"
    facts = [f"*{parameter.type}, {need}*"]
    if parameter.default is not None:
        facts.append(f"default {code(parameter.default)}")
    if parameter.allowed_values:
        facts.append("one of " + ", ".join(map(code, parameter.allowed_values)))
    facts += [escaped(text) for text in parameter.limit_texts()]
    parts = [f"{'#' * level} {escaped(parameter.name)}\n", f"{'; '.join(facts)}\n"]
    if parameter.description:
        parts.append(f"{described(parameter.description)}\n")
    parts += [_parameter(one, min(level + 1, 6)) for one in parameter.properties.values()]
    return "\n".join(parts)


def _replies(model: CatalogueModel) -> str:
    parts = []
    if model.reply is not None:
        parts += ["The first reply:\n", fenced(_json(model.reply), "json")]
    if model.result is not None:
        parts += ["A finished task:\n", fenced(_json(model.result), "json")]
    return "\n".join(["## Replies\n", *parts]) if parts else ""


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _errors(model: CatalogueModel) -> str:
    if not model.errors:
        return ""
    rows = [
        f"| {escaped(one.status)} | {_code_or_dash(one.code)} | {escaped(one.text)} |" for one in model.errors
    ]
    return "\n".join(["## Errors\n", "| Status | Code | Message |", "|---|---|---|", *rows, ""])


def _code_or_dash(text: str | None) -> str:
    return NONE if text is None else f"`{text}`" if "`" not in text and "|" not in text else escaped(text)


def _history(revisions: Sequence[Revision]) -> str:
    if not revisions:
        return ""
    return "\n".join(["## Changes of the document\n", *_revisions(revisions)])


def _revisions(revisions: Iterable[Revision]) -> Iterator[str]:
    for one in revisions:
        yield f"**{escaped(one['date'])}**\n"
        changes = one["changes"]
        if changes is None:
            yield "- first version\n"
            continue
        lines = [
            f"- {change['level']}: {escaped(change['path'])}: {escaped(change['message'])}"
            for change in changes
        ]
        yield "\n".join([*(lines or ["- no change of meaning"]), ""])


def catalogue_page(models: Iterable[CatalogueModel]) -> str:
    """The list of all models, by kind."""
    parts = [
        "# Models\n",
        "Every model of the documents; its page has limits, examples, replies and errors.\n",
    ]
    for kind, group in itertools.groupby(models, lambda one: one.info.kind):
        parts += [f"## {kind.capitalize()}\n", "| Model | About | Credits | Status |", "|---|---|---|---|"]
        parts += [*(_row(one.info) for one in group), ""]
    return "\n".join([*parts, "Credits: the price of the documented example.\n"])


def _row(info: ModelInfo) -> str:
    cells = [f"[{escaped(info.id)}]({page_name(info.id)})", summary(info), price(info), info.status]
    return f"| {' | '.join(cells)} |"


def summary(info: ModelInfo) -> str:
    """One line about a model: the first of its document that says something, else what it takes."""
    for line in _about(info).splitlines():
        text = _MARKS.sub(r"\1", line).strip()
        if text:
            return escaped(textwrap.shorten(text, 120, placeholder="…"))
    required = ", ".join(_code_or_dash(one.name) for one in info.parameters.values() if one.required)
    return f"takes {required}" if required else NONE
