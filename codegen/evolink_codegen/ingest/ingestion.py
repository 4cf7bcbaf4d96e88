"""Takes in what was read: names it, checks it together with all that is there, and plans what to write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from .._diff import Change, compare
from .._index.fetch_log import FetchLog
from .._normalize.normalizer import normalize
from .._openapi.document import Document, parse_document
from .._openapi.overlay import Overlay
from .._openapi.source import Source
from .._openapi.text import InputError
from ..project import BuildResult, PreparedDocument, Project, merge, prepare
from ..provenance import digest, read_provenance, today
from .acceptance import find_objections
from .plan import IngestedDocument, IngestPlan, Refusal
from .reading import Page, Reading
from .records import Records, page_path
from .slugs import NewDocument, Subject, VendoredDocument, assign_slugs


def ingest(project: Project, sources: Iterable[Source]) -> IngestPlan:
    """Check documents together with those that are there; nothing is written.

    Raises:
        InputError: One of them cannot be used, or contradicts another.
    """
    reading = Reading([Page(source.origin, source=source) for source in sources])
    return ingest_reading(project, reading, refuse=False)


def ingest_reading(
    project: Project, reading: Reading, *, refuse: bool = True, prune: bool = False
) -> IngestPlan:
    """Check everything that was read; nothing is written.

    Args:
        project: What it is taken into.
        reading: What was read.
        refuse: Leave out what cannot be used, and report it in the plan.
        prune: Remove the documents that an index named and names no more.

    Raises:
        InputError: What is there cannot be used; without `refuse`, or what was read.
    """
    plan = _Ingestion(project, reading).plan(prune=prune)
    if plan.refused and not refuse:
        raise plan.refused[0].error
    return plan


@dataclass(frozen=True)
class _Candidate:
    """A page that holds something new.

    Attributes:
        page: As it was read.
        source: Its document as published.
        document: The document; its slug is "" until it has one.
        named: The same in 3.1 form, with what it describes.
    """

    page: Page
    source: Source
    document: Document
    named: NewDocument

    @property
    def is_translation(self) -> bool:
        """Whether it is in another language than the one that was wanted of its index."""
        language = self.source.language or self.page.language
        return self.page.index is not None and language != self.page.language


class _Ingestion:
    """One run."""

    def __init__(self, project: Project, reading: Reading) -> None:
        self._project = project
        self._reading = reading
        self._entries = read_provenance(project.provenance)
        self._records = Records(self._entries, FetchLog.read(project.fetch_log), reading)
        self._refused: dict[str, InputError] = {}
        # What is different in the new version of each document that is there.
        self._changes: dict[str, list[Change]] = {}

    @cached_property
    def _overlays(self) -> list[Overlay]:
        return self._project.read_overlays()

    @cached_property
    def _documents(self) -> dict[str, Document]:
        """The documents that are there."""
        return {document.slug: document for document in self._project.documents()}

    @cached_property
    def _prepared(self) -> dict[str, PreparedDocument]:
        """The documents that are there, ready to be merged."""
        return {slug: prepare(document, self._overlays) for slug, document in self._documents.items()}

    def plan(self, *, prune: bool) -> IngestPlan:
        """Everything that the run changes."""
        for page in self._reading.pages:
            if page.error is not None and not page.has_no_document:
                self._refused[page.name] = page.error
        # The document that each page led to, by the page's name.
        slugs = dict(self._unchanged())
        read = list(self._candidates(slugs))
        candidates = self._without_copies(read, slugs)
        new: dict[str, _Candidate] = {}
        if candidates:
            dropped = {one.page.name for one in read} - {one.page.name for one in candidates}
            names = assign_slugs([one.named for one in candidates], self._vendored(frozenset(dropped)))
            for one in candidates:
                slug = names[one.page.name]
                if self._is_there(slug, one.source):
                    slugs[one.page.name] = slug
                else:
                    document = replace(one.document, slug=slug)
                    new[slug] = replace(one, document=document)
        unchanged = sorted(set(slugs.values()))
        withdrawn = self._records.withdrawn(frozenset({*slugs.values(), *new}))
        pruned = withdrawn if prune else frozenset()
        prepared = self._agreeing(self._usable(new), new, pruned) if new else {}
        accepted, built = self._build(prepared, new, withdrawn, pruned) if prepared or pruned else ({}, None)
        slugs |= {new[slug].page.name: slug for slug in accepted}
        ingested = [self._ingested(slug, new[slug]) for slug in accepted]
        files = self._records.files(self._project, ingested, slugs, withdrawn, prune=prune)
        return IngestPlan(
            self._project,
            files,
            ingested,
            unchanged,
            sorted(withdrawn),
            sorted(pruned),
            [
                Refusal(self._refused[page.name], page.index, self._records.slugs.get(page.name))
                for page in self._reading.pages
                if page.name in self._refused
            ],
            built,
        )

    def _unchanged(self) -> Iterator[tuple[str, str]]:
        """The pages that are the version that was vendored from them, each with its slug."""
        for page in self._reading.pages:
            slug = self._records.slugs.get(page.name)
            if slug is None or page.error is not None:
                continue
            if page.source is None or self._is_there(slug, page.source):
                yield page.name, slug

    def _is_there(self, slug: str, source: Source) -> bool:
        """Whether a document and its page are kept and recorded already, byte for byte."""
        if slug not in self._entries:
            return False
        kept = {self._project.vendor / f"{slug}.yaml": source.document}
        path = page_path(source, slug, self._entries.get(slug, {}))
        if path is not None and source.page is not None:
            kept[self._project.vendor.parent / path] = source.page
        return all(path.exists() and path.read_bytes() == data for path, data in kept.items())

    def _candidates(self, unchanged: Mapping[str, str]) -> Iterator[_Candidate]:
        for page in self._reading.pages:
            source = page.source
            if source is None or page.name in unchanged:
                continue
            try:
                document = Document("", source.origin, parse_document(source.document, source.origin))
                normalized = normalize(document)
            except InputError as error:
                self._refused[page.name] = error
                continue
            is_page = source.is_address or page.index is not None
            named = NewDocument(page.name, source.stem, normalized, Subject.of(normalized), is_page=is_page)
            yield _Candidate(page, source, document, named)

    def _without_copies(self, candidates: list[_Candidate], unchanged: Mapping[str, str]) -> list[_Candidate]:
        """The candidates without further copies of a document, and without translations of wanted pages."""
        documents = {self._entries[slug].get("sha256") for slug in unchanged.values()}
        languages: dict[Subject, set[str | None]] = {}
        if any(one.is_translation for one in candidates):
            for slug in unchanged.values():
                subject = Subject.of(self._prepared[slug].document)
                languages.setdefault(subject, set()).add(self._entries[slug].get("language"))
        kept = []
        for one in sorted(candidates, key=lambda one: one.is_translation):
            known = languages.setdefault(one.named.subject, set())
            if digest(one.source.document) in documents or (
                one.is_translation and known - {one.source.language}
            ):
                continue
            known.add(one.source.language)
            documents.add(digest(one.source.document))
            kept.append(one)
        return sorted(kept, key=candidates.index)

    def _vendored(self, dropped: frozenset[str]) -> dict[str, VendoredDocument]:
        """The documents that are there, as far as names go."""
        claimed = self._records.claimed(dropped)
        return {
            slug: VendoredDocument(
                self._entries.get(slug, {}), Subject.of(prepared.document), is_claimed=slug in claimed
            )
            for slug, prepared in self._prepared.items()
        }

    def _usable(self, new: Mapping[str, _Candidate]) -> dict[str, PreparedDocument]:
        """The new documents that can be used at all."""
        usable: dict[str, PreparedDocument] = {}
        for slug, one in new.items():
            try:
                usable[slug] = prepare(one.document, self._overlays)
                if slug in self._documents:
                    self._changes[slug] = compare(self._documents[slug], one.document)
            except InputError as error:
                usable.pop(slug, None)
                self._refuse(one, error)
        return usable

    def _agreeing(
        self, usable: dict[str, PreparedDocument], new: Mapping[str, _Candidate], pruned: frozenset[str]
    ) -> dict[str, PreparedDocument]:
        """Those of them that contradict no other document."""
        objections = find_objections(
            {slug: one.document for slug, one in usable.items()},
            {slug: one.document for slug, one in self._prepared.items() if slug not in pruned},
        )
        for slug, objection in objections.items():
            self._refuse(new[slug], objection)
        return {slug: one for slug, one in usable.items() if slug not in objections}

    def _build(
        self,
        prepared: Mapping[str, PreparedDocument],
        new: Mapping[str, _Candidate],
        withdrawn: frozenset[str],
        pruned: frozenset[str],
    ) -> tuple[list[str], BuildResult]:
        """The slugs of the new documents that compile with all others, and the contract as it will be.

        Where an error names no document, the documents are tried in halves.
        """
        kept = {slug: one for slug, one in self._prepared.items() if slug not in pruned}
        for slug in withdrawn & kept.keys():
            since = kept[slug].document.withdrawn or str(today())
            kept[slug] = replace(kept[slug], document=replace(kept[slug].document, withdrawn=since))
        accepted: list[str] = []
        pending = [list(prepared)]
        built: BuildResult | None = None
        while pending:
            batch = pending.pop()
            try:
                built = self._compile({**kept, **{slug: prepared[slug] for slug in (*accepted, *batch)}})
                accepted += batch
            except InputError as error:
                named = [slug for slug in batch if new[slug].source.origin == error.source]
                culprits = named or (batch if len(batch) == 1 else [])
                for slug in culprits:
                    self._refuse(new[slug], error)
                half = 0 if culprits else len(batch) // 2
                left = [slug for slug in batch if slug not in culprits]
                if not culprits and built is None:
                    built = self._compile(kept)  # or there is nothing that could be tried
                pending += [part for part in (left[half:], left[:half]) if part]
        return accepted, built or self._compile(kept)

    def _refuse(self, one: _Candidate, error: InputError) -> None:
        """Refuse a page by its name, whatever the error names."""
        is_named = error.source == one.source.origin
        self._refused[one.page.name] = error if is_named else InputError(one.source.origin, str(error))

    def _compile(self, documents: Mapping[str, PreparedDocument]) -> BuildResult:
        built = merge(list(documents.values()), self._overlays)
        self._project.dry_run(built)
        return built

    def _ingested(self, slug: str, one: _Candidate) -> IngestedDocument:
        return IngestedDocument(
            one.source,
            one.document,
            page_path(one.source, slug, self._entries.get(slug, {})),
            self._changes.get(slug),
        )
