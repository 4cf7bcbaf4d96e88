"""Taking documents in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import _claims, _document, _naming, _provenance, _source
from ._diff import Change, compare
from ._document import Document
from ._errors import UnusableInput
from ._normalise import normalise
from ._project import Built, Project
from ._source import Source


@dataclass(frozen=True)
class Taken:
    """A document on its way in.

    Attributes:
        source: what was read.
        document: the document under its slug.
        page: the page's path below `openapi/`, None if it has none.
        changes: against the version before; None if the document is new.
    """

    source: Source
    document: Document
    page: str | None
    changes: list[Change] | None


@dataclass(frozen=True)
class Intake:
    """Documents that were checked together with all that are there, and can be written.

    Attributes:
        taken: what changes.
        unchanged: slugs of documents that are there already, byte for byte.
        built: the contract as it will be.
    """

    taken: list[Taken]
    unchanged: list[str]
    built: Built
    _project: Project = field(repr=False)

    def write(self) -> None:
        """Keep the documents, their pages and where they come from."""
        entries = _provenance.read(self._project.provenance)
        for one in self.taken:
            if one.page and one.source.page is not None:
                _replace(self._project.vendor.parent / one.page, one.source.page)
            _replace(self._project.vendor / f"{one.document.slug}.yaml", one.source.document)
            origin = one.source.origin if one.source.is_address else None
            entries[one.document.slug] = _provenance.entry(
                one.source.document,
                page=one.page,
                source=origin or entries.get(one.document.slug, {}).get("source"),
                language=one.source.language or entries.get(one.document.slug, {}).get("language"),
            )
        _provenance.write(self._project.provenance, entries)


def take_in(project: Project, sources: Iterable[Source]) -> Intake:
    """Check documents together with those that are there; nothing is written.

    Raises:
        UnusableInput: one of them cannot be used, or contradicts another.
    """
    entries = _provenance.read(project.provenance)
    known = {document.slug: document for document in project.documents()}
    taken: list[Taken] = []
    unchanged: list[str] = []
    for source in sources:
        document = Document("", source.origin, _document.parse(source.document, source.origin))
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
        taken.append(Taken(source, document, page, changes))
    built = project.build(list(known.values()))
    project.prove(built)
    return Intake(taken, sorted(unchanged), built, project)


def again(project: Project) -> Iterable[tuple[str, Source | UnusableInput]]:
    """Every document that has an address, asked for again: its slug with what came back."""
    for slug, entry in sorted(_provenance.read(project.provenance).items()):
        address: Any = entry.get("source")
        if address and entry.get("kind") == "verbatim":
            try:
                yield slug, _source.read(str(address))
            except UnusableInput as error:
                yield slug, error


def _slug(document: Document, source: Source, entries: dict[str, dict[str, Any]]) -> str:
    """What the document of this address is kept under, whatever it says now; else its own name."""
    known = [
        slug for slug, entry in entries.items() if source.is_address and entry.get("source") == source.origin
    ]
    if known:
        return known[0]
    return _claims.slug(normalise(document), source.stem)


def _page(source: Source, slug: str, entry: dict[str, Any]) -> str | None:
    """Where the page is kept: where it was, else under the document's slug."""
    if source.page is None:
        return None
    language = f".{_naming.slug(source.language)}" if source.language else ""
    return str(entry.get("page") or f"vendor/pages/{slug}{language}.md")


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that it is either the old or the new one, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
