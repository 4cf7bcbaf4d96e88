"""What is recorded of documents and pages, and what of it a run changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .._index.fetch_log import FetchLog, PageRecord
from .._index.links import link
from .._openapi import naming
from .._openapi.fetching import is_address
from .._openapi.source import Source
from ..history import History, dump_history, read_history, revision
from ..project import Project
from ..provenance import (
    VERBATIM,
    Entry,
    Provenance,
    dump_provenance,
    provenance_entry,
    slugs_by_source,
    today,
)
from .plan import IngestedDocument
from .reading import Reading


def page_path(source: Source, slug: str, entry: Entry) -> str | None:
    """Where a page is kept: where it was, else under the document's slug and its language."""
    if source.page is None:
        return None
    is_same = entry.get("kind") == VERBATIM and source.language in (None, entry.get("language"))
    if is_same and "page" in entry:
        return str(entry["page"])
    language = f".{naming.slug(source.language)}" if source.language else ""
    return f"vendor/pages/{slug}{language}.md"


def _language(entry: Entry) -> str | None:
    """The language of a published page, of which a new version may not say it."""
    return entry.get("language") if entry.get("kind") == VERBATIM else None


class Records:
    """The provenance and the log of a project, beside what one run has read."""

    def __init__(self, entries: Provenance, log: FetchLog, reading: Reading) -> None:
        self._entries = entries
        self._log = log
        self._reading = reading
        self.slugs = slugs_by_source(entries)
        # What translations have in common, of all pages of an index, and of those that were read.
        self._keys = {
            index: {link(page, index).key for page in record.pages}
            for index, record in reading.indexes.items()
        }
        self._keys_read: dict[str, set[str]] = {}
        for page in reading.pages:
            if page.index is not None:
                self._keys_read.setdefault(page.index, set()).add(link(page.name, page.index).key)

    def claimed(self, dropped: frozenset[str]) -> set[str]:
        """The slugs of documents that no other page may replace: their own page is there still.

        Args:
            dropped: The pages that give way to another.
        """
        names = {page.name for page in self._reading.pages} - dropped
        return {slug for name, slug in self.slugs.items() if name in names or self._is_left_out(name, slug)}

    def _is_left_out(self, name: str, slug: str) -> bool:
        """Whether a page is in the index and was not wanted in this run, nor a translation of it."""
        index = self._entries[slug].get("index")
        if index not in self._keys or name not in self._reading.indexes[index].pages:
            return False
        return link(name, index).key not in self._keys_read.get(index, ())

    def withdrawn(self, present: frozenset[str]) -> frozenset[str]:
        """The slugs of documents that an index named and names no more.

        Args:
            present: The slugs of documents to which a page led.
        """
        return frozenset(
            slug
            for slug, entry in self._entries.items()
            if (index := entry.get("index")) in self._keys
            and slug not in present
            and link(entry.get("source", ""), index).key not in self._keys[index]
        )

    def files(
        self,
        project: Project,
        ingested: Sequence[IngestedDocument],
        slugs: Mapping[str, str],
        withdrawn: frozenset[str],
        *,
        prune: bool,
    ) -> dict[Path, bytes | None]:
        """The content of every file that changes; None for one that is removed.

        Args:
            project: Where the files are.
            ingested: The documents that are new or changed.
            slugs: The document that each page led to.
            withdrawn: The documents that an index names no more.
            prune: Remove them.
        """
        files: dict[Path, bytes | None] = {}
        entries = self._new_entries(ingested, slugs, withdrawn, prune=prune)
        for new in ingested:
            if new.page is not None and new.source.page is not None:
                files[project.vendor.parent / new.page] = new.source.page
            files[project.vendor / f"{new.document.slug}.yaml"] = new.source.document
        if prune:
            for slug in withdrawn:
                files[project.vendor / f"{slug}.yaml"] = None
            for overlay in project.read_overlays():
                if overlay.extends in withdrawn:
                    files[project.root / overlay.source] = None
        kept = {entry["page"] for entry in entries.values() if "page" in entry}
        for entry in self._entries.values():
            if "page" in entry and entry["page"] not in kept:
                files[project.vendor.parent / entry["page"]] = None
        if entries != self._entries:
            files[project.provenance] = dump_provenance(entries)
        if ingested or any(content is None for content in files.values()):
            history = _new_history(read_history(project.history), ingested, entries)
            files[project.history] = dump_history(history)
        log = self._new_log(entries, slugs)
        if log.tells_more_than(self._log) or (files and log != self._log):
            files[project.fetch_log] = log.dump()
        return files

    def _new_entries(
        self,
        ingested: Iterable[IngestedDocument],
        slugs: Mapping[str, str],
        withdrawn: frozenset[str],
        *,
        prune: bool,
    ) -> Provenance:
        entries = {
            slug: dict(entry) for slug, entry in self._entries.items() if not (prune and slug in withdrawn)
        }
        changed = {new.document.slug: new for new in ingested}
        for page in self._reading.pages:
            if (slug := slugs.get(page.name)) is None:
                continue
            before = entries.get(slug, {})
            source = page.name if page.index or is_address(page.name) else before.get("source")
            index = page.index or before.get("index")
            if slug in changed:
                new = changed[slug]
                entries[slug] = provenance_entry(
                    new.source.document,
                    page=new.page,
                    source=source,
                    language=new.source.language or _language(before),
                    index=index,
                )
            else:
                recorded = {key: value for key, value in (("source", source), ("index", index)) if value}
                entries[slug] = {**before, **recorded}
                entries[slug].pop("withdrawn", None)
        for slug in withdrawn & entries.keys():
            entries[slug].setdefault("withdrawn", today())
        return entries

    def _new_log(self, entries: Provenance, slugs: Mapping[str, str]) -> FetchLog:
        indexes = {**self._log.indexes, **self._reading.indexes}
        named = {page for index in indexes.values() for page in index.pages} | slugs_by_source(entries).keys()
        pages = {name: record for name, record in self._log.pages.items() if name in named}
        for page in self._reading.pages:
            slug = slugs.get(page.name)
            if page.validators and (slug is not None or page.has_no_document):
                pages[page.name] = PageRecord(page.validators, slug)
            elif slug is None and page.name not in self.slugs:
                pages.pop(page.name, None)
        return FetchLog(indexes, pages)


def _new_history(history: History, ingested: Iterable[IngestedDocument], entries: Provenance) -> History:
    """The history with the new versions, and without documents that are gone."""
    kept = {slug: revisions for slug, revisions in history.items() if slug in entries}
    for new in ingested:
        slug = new.document.slug
        before = kept.get(slug, [])
        if new.changes is not None or not before:  # else only its file was missing
            kept[slug] = [*before, revision(str(entries[slug]["date"]), new.changes)]
    return kept
