"""Where each vendored document comes from."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from pathlib import Path
from typing import Any

import tomlkit

from ._errors import UnusableInput

_HEAD = (
    'Where each document of openapi/vendor comes from. kind: "verbatim" (as published, byte for byte),\n'
    '"transcribed" (from a rendered page) or "written" (no page is at hand). page is beside this file,\n'
    "sha256 is that of the document."
)


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The entry of each document, by slug.

    Raises:
        UnusableInput: it is no TOML.
    """
    if not path.exists():
        return {}
    try:
        return dict(tomllib.loads(path.read_text(encoding="utf-8")).get("documents", {}))
    except tomllib.TOMLDecodeError as error:
        raise UnusableInput(str(path), f"not TOML: {error}") from None


def write(path: Path, entries: dict[str, dict[str, Any]]) -> None:
    """Write the entries, sorted by slug."""
    file = tomlkit.document()
    for line in _HEAD.splitlines():
        file.add(tomlkit.comment(line))
    documents = tomlkit.table(is_super_table=True)
    for slug in sorted(entries):
        table = tomlkit.table()
        for key, value in entries[slug].items():
            table.add(key, value)
        documents.add(slug, table)
    file.add(tomlkit.nl())
    file.add("documents", documents)
    path.write_text(tomlkit.dumps(file), encoding="utf-8")


def entry(document: bytes, *, page: str | None, source: str | None, language: str | None) -> dict[str, Any]:
    """The entry of a document vendored today."""
    found: dict[str, Any] = {"kind": "verbatim"}
    if page:
        found["page"] = page
    if source:
        found["source"] = source
    if language:
        found["language"] = language
    found["date"] = dt.datetime.now(tz=dt.UTC).date()
    found["sha256"] = hashlib.sha256(document).hexdigest()
    return found
