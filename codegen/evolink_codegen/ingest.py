"""Vendors documents: checks them together with those that are there, and records where they come from."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import tomlkit

from ._diff import Change, compare
from ._merge.operation_source import document_slug
from ._normalize.normalizer import normalize
from ._openapi import naming
from ._openapi.document import Document, parse_document
from ._openapi.source import Source, read_source
from ._openapi.text import InputError
from .project import BuildResult, Project


@dataclass(frozen=True)
class IngestedDocument:
    """A document that is to be vendored.

    Attributes:
        source: What was read.
        document: The document under its slug.
        page: The page's path below `openapi/`, None if it has none.
        changes: Against the version before; None if the document is new.
    """

    source: Source
    document: Document
    page: str | None
    changes: list[Change] | None


@dataclass(frozen=True)
class IngestPlan:
    """Documents that were checked together with all that are there, and can be written.

    Attributes:
        ingested: Documents that are new or changed.
        unchanged: Slugs of documents that are there already, byte for byte.
        built: The contract as it will be.
    """

    ingested: list[IngestedDocument]
    unchanged: list[str]
    built: BuildResult
    _project: Project = field(repr=False)

    def write(self) -> None:
        """Keep the documents, their pages and where they come from."""
        entries = read_provenance(self._project.provenance)
        files: dict[Path, bytes] = {}
        for new in self.ingested:
            if new.page and new.source.page is not None:
                files[self._project.vendor.parent / new.page] = new.source.page
            files[self._project.vendor / f"{new.document.slug}.yaml"] = new.source.document
            origin = new.source.origin if new.source.is_address else None
            entries[new.document.slug] = provenance_entry(
                new.source.document,
                page=new.page,
                source=origin or entries.get(new.document.slug, {}).get("source"),
                language=new.source.language or entries.get(new.document.slug, {}).get("language"),
            )
        if files:
            files[self._project.provenance] = dump_provenance(entries)
        self._project.commit(files)


def ingest(project: Project, sources: Iterable[Source]) -> IngestPlan:
    """Check documents together with those that are there; nothing is written.

    Raises:
        InputError: One of them cannot be used, or contradicts another.
    """
    entries = read_provenance(project.provenance)
    known = {document.slug: document for document in project.documents()}
    ingested: list[IngestedDocument] = []
    unchanged: list[str] = []
    for source in sources:
        document = Document("", source.origin, parse_document(source.document, source.origin))
        slug = _slug(document, source, entries)
        document = replace(document, slug=slug)
        before = known.get(slug)
        page = _page(source, slug, entries.get(slug, {}))
        kept = [(project.vendor / f"{slug}.yaml", source.document)]
        if page is not None and source.page is not None:
            kept.append((project.vendor.parent / page, source.page))
        if all(path.exists() and path.read_bytes() == data for path, data in kept):
            unchanged.append(slug)
            continue
        changes = None if before is None else compare(before, document)
        known[slug] = document
        ingested.append(IngestedDocument(source, document, page, changes))
    built = project.build(list(known.values()))
    project.dry_run(built)
    return IngestPlan(ingested, sorted(unchanged), built, project)


def fetch_recorded(project: Project) -> Iterable[tuple[str, Source | InputError]]:
    """Fetch every document again that has an address: its slug with the document or the error."""
    for slug, entry in sorted(read_provenance(project.provenance).items()):
        address: Any = entry.get("source")
        if address and entry.get("kind") == "verbatim":
            try:
                yield slug, read_source(str(address))
            except InputError as error:
                yield slug, error


def _slug(document: Document, source: Source, entries: dict[str, dict[str, Any]]) -> str:
    """The slug under which the document of this address is kept already, else a new one."""
    known = [
        slug for slug, entry in entries.items() if source.is_address and entry.get("source") == source.origin
    ]
    if known:
        return known[0]
    return document_slug(normalize(document), source.stem)


def _page(source: Source, slug: str, entry: dict[str, Any]) -> str | None:
    """Where the page is kept: where it was, else under the document's slug."""
    if source.page is None:
        return None
    language = f".{naming.slug(source.language)}" if source.language else ""
    return str(entry.get("page") or f"vendor/pages/{slug}{language}.md")


_HEAD = (
    'Where each document of openapi/vendor comes from. kind: "verbatim" (as published, byte for byte),\n'
    '"transcribed" (from a rendered page) or "written" (no page is at hand). page is beside this file,\n'
    "sha256 is that of the document."
)


def read_provenance(path: Path) -> dict[str, dict[str, Any]]:
    """The entry of each document, by slug.

    Raises:
        InputError: It is no TOML.
    """
    if not path.exists():
        return {}
    try:
        return dict(tomllib.loads(path.read_text(encoding="utf-8")).get("documents", {}))
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), f"not TOML: {error}") from None


def dump_provenance(entries: dict[str, dict[str, Any]]) -> bytes:
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
    document: bytes, *, page: str | None, source: str | None, language: str | None
) -> dict[str, Any]:
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
