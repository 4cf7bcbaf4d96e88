"""What one run changes: every file that it writes or removes, known before the first is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .._diff import Change
from .._openapi.document import Document
from .._openapi.source import Source
from .._openapi.text import InputError
from ..project import BuildResult, Project


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
class Refusal:
    """A page that cannot be used.

    Attributes:
        error: The reason, with the name of the page.
        index: The index that named the page, None if none did.
        slug: The document that was vendored from it, None if none was.
    """

    error: InputError
    index: str | None
    slug: str | None


@dataclass(frozen=True)
class IngestPlan:
    """Documents that were checked together with all that are there, and can be written.

    Attributes:
        project: The checkout that they are for.
        files: The content of every file that changes; None for one that is removed.
        ingested: Documents that are new or changed.
        unchanged: Slugs of documents that are there already, byte for byte.
        withdrawn: Slugs of documents that an index named and names no more.
        pruned: Those of them that are removed.
        refused: Pages that cannot be used, and documents that contradict others.
        built: The contract as it will be; None if nothing of it changes.
    """

    project: Project = field(repr=False)
    files: Mapping[Path, bytes | None] = field(repr=False)
    ingested: list[IngestedDocument] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    pruned: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    built: BuildResult | None = None

    def write(self, others: Mapping[Path, bytes | None] | None = None) -> None:
        """Keep the documents, their pages and where they come from; only in `project.exclusive()`.

        Args:
            others: Further files that change together with them.
        """
        self.project.commit({**self.files, **(others or {})})
