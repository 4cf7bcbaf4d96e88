"""The name that each document is kept under: that of the document it replaces, else one that is free."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from .._merge.operation_source import document_slug, operation_sources
from .._openapi import naming
from .._openapi.document import Document
from .._openapi.structure import normalized_path
from ..provenance import WRITTEN, Entry


@dataclass(frozen=True)
class Subject:
    """What a document describes.

    Attributes:
        operations: Method and path of each operation, without the names of parameters.
        models: The models that its requests are for.
    """

    operations: frozenset[tuple[str, str]]
    models: frozenset[str]

    @classmethod
    def of(cls, document: Document) -> Subject:
        """The subject of a document in 3.1 form."""
        sources = list(operation_sources(document))
        return cls(
            frozenset((source.method, normalized_path(source.path)) for source in sources),
            frozenset(model for source in sources for model in source.models),
        )

    @property
    def key(self) -> tuple[list[tuple[str, str]], list[str]]:
        """For sorting."""
        return sorted(self.operations), sorted(self.models)


@dataclass(frozen=True)
class NewDocument:
    """A document that was read, before it has a slug.

    Attributes:
        name: The source, as the provenance records it.
        stem: The name of its page, without ending.
        document: In 3.1 form.
        subject: What it describes.
        is_page: Whether it comes from an address or from an index, where each page has a place of its own; a
            file that was named by hand replaces what has its name.
    """

    name: str
    stem: str
    document: Document
    subject: Subject
    is_page: bool


@dataclass(frozen=True)
class VendoredDocument:
    """A document that is there.

    Attributes:
        entry: Its provenance.
        subject: What it describes.
        is_claimed: Whether its own source is among those that were read, or still in the index.
    """

    entry: Entry
    subject: Subject
    is_claimed: bool

    @property
    def is_written(self) -> bool:
        """Whether it was written here, until there is a page."""
        return self.entry.get("kind") == WRITTEN


def assign_slugs(new: Iterable[NewDocument], vendored: Mapping[str, VendoredDocument]) -> dict[str, str]:
    """The slug of each document by the name of its source.

    A document replaces the one that comes from the same source, or that describes the same and whose source
    is gone. Others get the id of their model, else the name of their page, and longer names where these are
    taken. For documents of different subjects the order in which they come changes nothing.
    """
    assigned: dict[str, str] = {}
    sources = {entry["source"]: slug for slug, one in vendored.items() if "source" in (entry := one.entry)}
    ordered = sorted(enumerate(new), key=lambda item: (item[1].subject.key, item[0]))
    documents = [document for _, document in ordered]
    for document in documents:
        if document.name in sources:
            assigned[document.name] = sources[document.name]
    for document in documents:
        if document.name not in assigned:
            taken = set(assigned.values())
            replaced = (slug for slug in _replaceable(document, vendored) if slug not in taken)
            if (slug := next(replaced, None)) is not None:
                assigned[document.name] = slug
    for document in documents:
        if document.name not in assigned:
            taken = {*vendored, *assigned.values()}
            assigned[document.name] = next(slug for slug in _candidates(document) if slug not in taken)
    return assigned


def _replaceable(new: NewDocument, vendored: Mapping[str, VendoredDocument]) -> Iterator[str]:
    """The slugs of the documents that a new one can replace, the most likely first."""
    preferred = next(_candidates(new))
    if preferred in vendored and _is_version_of(new, vendored[preferred]):
        yield preferred
    for slug, one in sorted(vendored.items()):
        if one.is_claimed:
            continue
        if one.is_written:
            if one.subject.operations <= new.subject.operations:
                yield slug
        elif new.is_page and "source" in one.entry and one.subject == new.subject:
            yield slug


def _is_version_of(new: NewDocument, vendored: VendoredDocument) -> bool:
    if vendored.is_claimed or not vendored.subject.operations & new.subject.operations:
        return False
    if not new.is_page:
        return True
    if vendored.is_written:
        return vendored.subject.operations <= new.subject.operations
    ours, theirs = new.subject.models, vendored.subject.models
    return bool(ours & theirs) or not (ours or theirs)


def _candidates(new: NewDocument) -> Iterator[str]:
    yield document_slug(new.document, new.stem)
    yield naming.slug(new.stem)
    parent = PurePosixPath(unquote(urlsplit(new.name).path)).parent.name
    yield naming.slug(f"{parent}-{new.stem}")
    for times in itertools.count():
        yield f"{naming.slug(new.stem)}-{naming.digest(f'{new.name}{times}')}"
