"""The repository the pipeline works on: which files it reads and writes."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ._emit.models_table import with_table
from ._emit.package import TABLE, write_package
from ._merge.contract import merge_documents
from ._merge.roles import misplaced_values
from ._normalize.examples import check_examples
from ._normalize.normalizer import normalize
from ._openapi.document import Document, check_document, read_document
from ._openapi.overlay import Overlay, apply_overlay, read_overlays
from ._openapi.text import InputError
from .provenance import WRITTEN, Entry, read_provenance
from .transaction import Transaction


@dataclass
class BuildResult:
    """What `generate` makes of the documents.

    Attributes:
        contract: The merged OpenAPI document.
        stale: Overlay actions that no longer do anything.
        warnings: What makes no sense in a document, with its file and place.
    """

    contract: dict[str, Any]
    stale: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Project:
    """A checkout of the repository.

    Attributes:
        root: Its top folder.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The checkout that a folder lies in.

        Raises:
            InputError: It lies in none.
        """
        folder = (start or Path.cwd()).resolve()
        for candidate in (folder, *folder.parents):
            if (candidate / "openapi" / "vendor").is_dir():
                return cls(candidate)
        raise InputError(str(folder), "no openapi/vendor here or in a folder above")

    @property
    def vendor(self) -> Path:
        """The documents as published."""
        return self.root / "openapi" / "vendor"

    @property
    def overlays(self) -> Path:
        """What the documents say only in prose."""
        return self.root / "openapi" / "overlays"

    @property
    def provenance(self) -> Path:
        """Where each document comes from."""
        return self.root / "openapi" / "provenance.toml"

    @property
    def contract(self) -> Path:
        """The merged document."""
        return self.root / "openapi" / "openapi.yaml"

    @property
    def package(self) -> Path:
        """The generated client."""
        return self.root / "generated" / "evolink_api"

    @property
    def fetch_log(self) -> Path:
        """What was fetched, and how to ask whether it has changed."""
        return self.root / "openapi" / "fetched.json"

    @property
    def history(self) -> Path:
        """How the documents have changed."""
        return self.root / "openapi" / "history.json"

    @property
    def readme(self) -> Path:
        """What users read first; it lists the models."""
        return self.root / "README.md"

    @property
    def changelog(self) -> Path:
        """What users notice of each version."""
        return self.root / "CHANGELOG.md"

    @property
    def version(self) -> Path:
        """The module that has the version."""
        return self.root / "wrapper" / "evolink" / "_core" / "version.py"

    def documents(self) -> list[Document]:
        """The vendored documents, in the order of their slugs."""
        entries = read_provenance(self.provenance)
        return [
            recorded(read_document(path, path.relative_to(self.root).as_posix()), entries.get(path.stem, {}))
            for path in sorted(self.vendor.glob("*.yaml"))
        ]

    def read_overlays(self) -> list[Overlay]:
        """The overlays, in the order of their names; their sources are paths below the root."""
        return [
            replace(found, source=Path(found.source).relative_to(self.root).as_posix())
            for found in read_overlays(self.overlays)
        ]

    def build(self, documents: list[Document] | None = None) -> BuildResult:
        """The contract of all documents, overlays applied."""
        overlays = self.read_overlays()
        found = self.documents() if documents is None else documents
        return merge([prepare(document, overlays) for document in found], overlays)

    def generate(self) -> BuildResult:
        """Write contract and client anew; files that no document calls for any more are removed."""
        with self.exclusive(), self._scratch() as new:
            built = self.build()
            write_package(built.contract, new)
            self.commit(
                {
                    self.contract: (new / "openapi.yaml").read_bytes(),
                    self.package: new / "evolink_api",
                    **self._new_readme(new),
                }
            )
        return built

    def outdated(self) -> tuple[BuildResult, list[str]]:
        """What `generate` would make, and the files that differ from it, as paths below the root."""
        with self.exclusive(), self._scratch() as new:
            built = self.build()
            write_package(built.contract, new)
            pairs = [(new / "openapi.yaml", self.contract)]
            names = {path.relative_to(new / "evolink_api") for path in _files(new / "evolink_api")}
            names |= {path.relative_to(self.package) for path in _files(self.package)}
            pairs += [(new / "evolink_api" / name, self.package / name) for name in sorted(names)]
            differing = [
                str(committed.relative_to(self.root))
                for written, committed in pairs
                if not written.is_file()
                or not committed.is_file()
                or written.read_bytes() != committed.read_bytes()
            ]
            differing += [str(path.relative_to(self.root)) for path in self._new_readme(new)]
        return built, differing

    def _new_readme(self, generated: Path) -> dict[Path, bytes]:
        """The README with the table of models, if that changes it."""
        if not self.readme.is_file():
            return {}
        text = self.readme.read_text(encoding="utf-8")
        updated = with_table(text, (generated / TABLE).read_text(encoding="utf-8"))
        return {self.readme: updated.encode()} if updated != text else {}

    def dry_run(self, built: BuildResult) -> None:
        """Write everything once and keep nothing, to know that it compiles."""
        with self._scratch() as new:
            write_package(built.contract, new)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other runs from changing the project, and clear up after one that was killed."""
        with self._transaction().exclusive():
            for folder in Path(tempfile.gettempdir()).glob(f"{self._scratch_prefix}*"):
                shutil.rmtree(folder, ignore_errors=True)
            yield

    def commit(self, changes: Mapping[Path, bytes | Path | None]) -> None:
        """Make changes to files, all or none; only to be called in `exclusive`.

        Args:
            changes: By path, the new content of a file, a folder to move there, or None to remove a file.
        """
        self._transaction().commit(changes)

    def _transaction(self) -> Transaction:
        return Transaction(self.root, self.root / "openapi" / ".commit")

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Path]:
        """A temporary folder, outside the project; `exclusive` removes those that killed runs left."""
        with tempfile.TemporaryDirectory(prefix=self._scratch_prefix) as folder:
            yield Path(folder)

    @property
    def _scratch_prefix(self) -> str:
        return f"evolink_codegen-{hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:16]}-"


@dataclass(frozen=True)
class PreparedDocument:
    """A document in 3.1 form with its overlays applied, and the actions of these that did nothing."""

    document: Document
    stale: list[str]


def recorded(document: Document, entry: Entry) -> Document:
    """A vendored document with what its provenance says of it."""
    withdrawn = entry.get("withdrawn")
    return replace(
        document,
        is_written=entry.get("kind") == WRITTEN,
        withdrawn=None if withdrawn is None else str(withdrawn),
    )


def prepare(document: Document, overlays: list[Overlay]) -> PreparedDocument:
    """Make a document ready to be merged with others.

    Raises:
        InputError: It cannot be used, or not with its overlays.
    """
    stale: list[str] = []
    for overlay in overlays:
        if overlay.extends == document.slug:
            data, idle = apply_overlay(document.data, overlay)
            stale += map(str, idle)
            check_document(data, overlay.source)
            document = replace(document, data=data)
    return PreparedDocument(check_examples(normalize(document)), stale)


def merge(prepared: list[PreparedDocument], overlays: list[Overlay]) -> BuildResult:
    """The contract of documents.

    Raises:
        InputError: Two of them contradict each other.
    """
    prepared = sorted(prepared, key=lambda one: one.document.slug)
    slugs = {one.document.slug for one in prepared}
    stale = [
        f"{overlay.source}: there is no document {overlay.extends!r}"
        for overlay in overlays
        if overlay.extends is not None and overlay.extends not in slugs
    ]
    stale += [line for one in prepared for line in one.stale]
    contract = merge_documents([one.document for one in prepared])
    for overlay in overlays:
        if overlay.extends is None:
            contract, idle = apply_overlay(contract, overlay)
            stale += map(str, idle)
    warnings = [line for one in prepared for line in one.document.warnings]
    return BuildResult(contract, stale, [*warnings, *misplaced_values(contract)])


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
