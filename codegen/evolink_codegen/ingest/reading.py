"""Reads what is to be vendored: sources that were named, recorded addresses, and the pages of an index."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from .._index.fetch_log import FetchLog, IndexRecord
from .._index.links import Link, by_preference, link, read_links, selected
from .._openapi.fetching import NO_VALIDATORS, Fetched, Fetcher, Validators, is_address, is_local, is_private
from .._openapi.source import NoDocumentError, Source, parse_source, read_file
from .._openapi.text import InputError
from ..project import Project
from ..provenance import Entry, digest, read_provenance, slugs_by_source

# Enough to hide the time that each page takes, and few enough to be no burden.
_CONCURRENCY = 6
# An index is a list of links; a longer one is something else.
_LONGEST_INDEX = 2 * 1024 * 1024

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Page:
    """What was found under an address or in a file; with neither source nor error the version vendored last.

    Attributes:
        name: The address, or the path of the file below the root, as the provenance records it.
        validators: The validators of this version.
        index: The index that named it.
        language: The language that was wanted of the index.
        source: The document that it holds.
        error: Why it cannot be used.
    """

    name: str
    validators: Validators = NO_VALIDATORS
    index: str | None = None
    language: str | None = None
    source: Source | None = None
    error: InputError | None = None

    @property
    def has_no_document(self) -> bool:
        """Whether it could be read and holds no document."""
        return isinstance(self.error, NoDocumentError)


@dataclass
class Reading:
    """Everything that was read in one run.

    Attributes:
        pages: In the order in which they were named.
        indexes: The indexes that named them.
    """

    pages: list[Page] = field(default_factory=list)
    indexes: dict[str, IndexRecord] = field(default_factory=dict)

    @classmethod
    def joined(cls, readings: Iterable[Reading]) -> Reading:
        """Several readings as one; of a page that was read twice the first counts."""
        pages: dict[str, Page] = {}
        indexes: dict[str, IndexRecord] = {}
        for reading in readings:
            for page in reading.pages:
                pages.setdefault(page.name, page)
            indexes |= reading.indexes
        return cls(list(pages.values()), indexes)


class Reader:
    """Reads for one project, asking conditionally for what was fetched before."""

    def __init__(self, project: Project, fetcher: Fetcher) -> None:
        self._project = project
        self._fetcher = fetcher
        self._log = FetchLog.read(project.fetch_log)
        self._entries = read_provenance(project.provenance)
        self._slugs = slugs_by_source(self._entries)

    @property
    def indexes(self) -> dict[str, IndexRecord]:
        """The indexes that were read before."""
        return dict(self._log.indexes)

    def read_sources(self, origins: Iterable[str]) -> Reading:
        """Read files and addresses as they are now.

        Raises:
            InputError: One cannot be used.
        """
        reading = Reading()
        for origin in origins:
            data = self._fetcher.fetch(origin) if is_address(origin) else Fetched(read_file(origin))
            source = parse_source(data.data or b"", origin)
            reading.pages.append(Page(origin, data.validators, source=source))
        return reading

    def read_recorded(self) -> Reading:
        """Read every recorded address that no index named."""
        slugs = {name: slug for name, slug in self._slugs.items() if "index" not in self._entries[slug]}
        names = sorted(filter(is_address, slugs), key=lambda name: slugs[name])
        return Reading(_concurrently(self._read_page, names))

    def read_index(self, index: str, settings: IndexRecord) -> Reading:
        """Read the pages of an index.

        Args:
            index: Its address, or the path of its file below the root.
            settings: Which of its pages are wanted.

        Raises:
            InputError: The index itself cannot be used.
        """
        record = self._read_index(index, settings)
        links = selected([link(page, index) for page in record.pages], record.include, record.exclude)

        def read(group: Sequence[Link]) -> list[Page]:
            pages = self._read_group(group, index)
            return [replace(page, index=index, language=record.language) for page in pages]

        groups = _concurrently(read, by_preference(links, record.language))
        return Reading([page for group in groups for page in group], {index: record})

    def _read_index(self, index: str, settings: IndexRecord) -> IndexRecord:
        known = self._log.indexes.get(index)
        answer = self._get(index, known.validators if known else None)
        if answer.data is None:
            return replace(settings, pages=known.pages if known else (), validators=answer.validators)
        if len(answer.data) > _LONGEST_INDEX:
            raise InputError(index, f"larger than {_LONGEST_INDEX} bytes: not an index of pages")
        pages = tuple(page.origin for page in read_links(answer.data, index))
        return replace(settings, pages=pages, validators=answer.validators)

    def _read_group(self, group: Sequence[Link], index: str) -> list[Page]:
        """The first of several translations that has a document, after those that were tried before it."""
        pages: list[Page] = []
        for candidate in group:
            error = _refusal(candidate, index)
            page = Page(candidate.origin, error=error) if error else self._read_page(candidate.origin)
            pages.append(page)
            # What was vendored before may be back tomorrow: another language is not a substitute.
            if page.error is None or page.name in self._slugs:
                break
        return pages

    def _read_page(self, name: str) -> Page:
        """A page; one without document that has had one before cannot be used."""
        try:
            answer = self._get(name, self._validators(name))
        except InputError as error:
            return Page(name, error=error)
        try:
            source = None if answer.data is None else parse_source(answer.data, name)
        except NoDocumentError as error:
            if name not in self._slugs:
                return Page(name, answer.validators, error=error)
            return Page(name, error=InputError(name, f"{error.reason} any more"))
        except InputError as error:
            return Page(name, error=error)
        if source is None and name not in self._slugs:
            return Page(name, answer.validators, error=NoDocumentError(name, "no OpenAPI document as before"))
        return Page(name, answer.validators, source=source)

    def _validators(self, name: str) -> Validators | None:
        """For a conditional request, if what the last answer led to is still there."""
        record = self._log.pages.get(name)
        if record is None or (record.slug is not None and not self._is_intact(record.slug, name)):
            return None
        return record.validators

    def _is_intact(self, slug: str, name: str) -> bool:
        entry: Entry = self._entries.get(slug, {})
        document = self._project.vendor / f"{slug}.yaml"
        page = self._project.vendor.parent / entry.get("page", "")
        return (
            entry.get("source") == name
            and page.exists()
            and document.exists()
            and digest(document.read_bytes()) == entry.get("sha256")
        )

    def _get(self, name: str, validators: Validators | None) -> Fetched:
        if is_address(name):
            return self._fetcher.fetch(name, validators)
        return Fetched(read_file(self._project.root / name, name))


def _refusal(page: Link, index: str) -> InputError | None:
    """Why an index may not name a page, or None: a public one may not lead into a private network."""
    if not is_address(index) or is_local(index) or urlsplit(page.origin).netloc == urlsplit(index).netloc:
        return None
    try:
        is_refused = is_private(page.origin)
    except ValueError as error:
        return InputError(page.origin, f"not an address: {error}")
    return InputError(page.origin, "a public index may not name local pages") if is_refused else None


def recorded_name(origin: str, root: Path) -> str:
    """An address, or the path of a file as it is seen from the root."""
    return origin if is_address(origin) else Path(os.path.relpath(origin, root)).as_posix()


def _concurrently(read: Callable[[_T], _R], what: Iterable[_T]) -> list[_R]:
    """The results, in order, whatever order they come in."""
    with ThreadPoolExecutor(_CONCURRENCY, "read") as pool:
        return list(pool.map(read, what))
