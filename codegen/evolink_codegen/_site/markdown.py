"""Texts of documents as Markdown that is safe in a page of ours."""

from __future__ import annotations

import json
import re
from typing import Any

_LINK = re.compile(r"!?\[([^\]\n]*)\]\(([^)\s]*)(?:\s+\"[^\"]*\")?\)")


def described(text: str) -> str:
    """The Markdown of a document without what could break a page: HTML, headings, fences and foreign links.

    Lists, emphasis, code and links to https addresses stay.
    """
    lines = [_line(line) for line in text.strip().splitlines()]
    return "\n".join(_spaced(lines))


def _line(line: str) -> str:
    """One line, with headings as bold text."""
    heading = re.match(r"\s*#{1,6}\s+(.*?)\s*#*$", line)
    if heading:
        line = f"**{heading[1]}**"
    parts = []
    end = 0
    for link in _LINK.finditer(line):
        parts.append(_plain(line[end : link.start()]))
        parts.append(_link(link[1], link[2]))
        end = link.end()
    return "".join([*parts, _plain(line[end:])])


def _link(text: str, address: str) -> str:
    shown = _plain(text)
    return f"[{shown}]({address})" if re.fullmatch(r"https://[^\s()<>\"]+", address) else shown


def _plain(text: str) -> str:
    """Text in which only emphasis, inline code and the marks of lists have a meaning."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("[", "\\[").replace("]", "\\]")
    text = re.sub(r"`{2,}|~{3,}", lambda run: "\\" + "\\".join(run[0]), text)
    return re.sub(r"^(\s*)(:::|!!!|\?\?\?|===)", r"\1\\\2", text)


def _spaced(lines: list[str]) -> list[str]:
    """The lines with an empty one before each list, which Markdown needs."""
    spaced: list[str] = []
    for line in lines:
        is_item = re.match(r"\s*([-*+]|\d+[.)])\s", line) is not None
        if is_item and spaced and spaced[-1].strip() and not _is_in_list(spaced[-1]):
            spaced.append("")
        spaced.append(line)
    return spaced


def _is_in_list(line: str) -> bool:
    return re.match(r"\s*([-*+]|\d+[.)])\s|\s{2,}", line) is not None


def title_of(page: str) -> str:
    """The first heading of a page, without backslashes."""
    heading = re.search(r"^# (.+)$", page, re.MULTILINE)
    return re.sub(r"\\(.)", r"\1", heading[1]) if heading else "Untitled"


def with_plain_pipes(text: str) -> str:
    r"""A page without `\` before `|` in the code of tables: GitHub needs it, Python-Markdown shows it."""
    return re.sub(
        r"^\|.*$",
        lambda row: re.sub(r"`[^`\n]+`", lambda span: span[0].replace("\\|", "|"), row[0]),
        text,
        flags=re.MULTILINE,
    )


def code(value: Any) -> str:
    """A JSON value as inline code."""
    text = json.dumps(value, ensure_ascii=False)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence}{' ' if longest else ''}{text}{' ' if longest else ''}{fence}"


def fenced(text: str, language: str) -> str:
    """A block of code."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"
