"""Where each document comes from, as `openapi/provenance.toml` records it."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from pathlib import Path
from typing import Any

import tomlkit

from ._openapi.text import InputError

Entry = dict[str, Any]
Provenance = dict[str, Entry]

VERBATIM = "verbatim"
WRITTEN = "written"

_HEAD = (
    'Where each document of openapi/vendor comes from. kind: "verbatim" (as published, byte for byte),\n'
    '"transcribed" (from a rendered page) or "written" (no page is at hand). page is beside this file,\n'
    "sha256 is that of the document. index named the page; withdrawn is the day since when it does not."
)


def read_provenance(path: Path) -> Provenance:
    """The entry of each document, by slug.

    Raises:
        InputError: It is not TOML.
    """
    if not path.exists():
        return {}
    try:
        return dict(tomllib.loads(path.read_text(encoding="utf-8")).get("documents", {}))
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), f"not TOML: {error}") from None


def slugs_by_source(entries: Provenance) -> dict[str, str]:
    """The slug of each document that has a recorded source."""
    return {entry["source"]: slug for slug, entry in entries.items() if "source" in entry}


def dump_provenance(entries: Provenance) -> bytes:
    """The entries as TOML, sorted by slug."""
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
    return tomlkit.dumps(file).encode()


def provenance_entry(
    document: bytes, *, page: str | None, source: str | None, language: str | None, index: str | None
) -> Entry:
    """The entry of a document vendored today."""
    optional = {"page": page, "source": source, "index": index, "language": language}
    return {
        "kind": VERBATIM,
        **{key: value for key, value in optional.items() if value},
        "date": today(),
        "sha256": digest(document),
    }


def digest(document: bytes) -> str:
    """The SHA-256 of a document, as the provenance has it."""
    return hashlib.sha256(document).hexdigest()


def today() -> dt.date:
    """The date for the provenance."""
    return dt.datetime.now(tz=dt.UTC).date()
