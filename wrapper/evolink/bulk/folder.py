"""The folder of a run: where its results, its journal and its lock are."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from .._downloads.sink import sync_folder
from . import naming
from .errors import BulkError, OtherJobs
from .sqlite import FolderLock, SQLiteJournal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .journal import Journal

_PRIVATE = ".bulk"
_JOURNAL = "journal.sqlite3"
_SQLITE, _POSTGRES = "sqlite", "postgresql"
_CHUNK = 2**20


class JournalAddress(NamedTuple):
    """Where the journal of a run is; what the folder remembers of it has no password."""

    scheme: str
    # A path, absolute or relative to the private part of the folder; or a whole URL.
    place: str

    @classmethod
    def parsed(cls, text: str | None) -> JournalAddress:
        """The address of the option `journal`.

        Raises:
            BulkError: It is none.
        """
        if text is None:
            return cls(_SQLITE, _JOURNAL)
        scheme, _, place = text.partition(":")
        if scheme == _SQLITE and place.strip("/"):
            return cls(_SQLITE, str(Path(place.removeprefix("//")).resolve()))
        if scheme in {_POSTGRES, "postgres"} and place.startswith("//"):
            return cls(_POSTGRES, text)
        raise BulkError(f"journal: must be sqlite:PATH or postgresql://…, not {scheme}:…")

    def check_usable(self) -> None:
        """Notice a missing extra before anything is made.

        Raises:
            BulkError: It is missing.
        """
        if self.is_shared:
            from . import postgres  # noqa: F401, PLC0415 - an extra

    @property
    def is_shared(self) -> bool:
        """Whether several processes may work on it."""
        return self.scheme == _POSTGRES

    @property
    def remembered(self) -> str:
        """What the folder remembers: enough to notice another journal."""
        if self.scheme == _SQLITE:
            return f"{self.scheme}:{self.place}"
        parts = urlsplit(self.place)
        return f"{self.scheme}://{parts.hostname or ''}{parts.path}"


class RunFolder:
    """The folder that a run writes to."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Path = Path(path)
        self._private = self.path / _PRIVATE
        self._facts = self._private / "run.json"

    @property
    def results(self) -> Path:
        """The file with one line for each job."""
        return self.path / naming.RESULTS

    def has_run(self, fingerprint: str) -> bool:
        """Whether a run of the jobs of a fingerprint has begun here."""
        facts = self._read_facts()
        return facts is not None and facts["fingerprint"] == fingerprint

    def begin(self, fingerprint: str, address: JournalAddress) -> Journal:
        """Open the journal for these jobs in the locked folder: that of their run, if it has begun here.

        Raises:
            OtherJobs: The folder belongs to others.
            BulkError: The run has another journal, or that cannot be opened.
        """
        facts = self._read_facts()
        if facts is None:
            return self._opened(address, self._run_name)
        if facts["fingerprint"] != fingerprint:
            raise OtherJobs(
                f"{self.path} belongs to other jobs: their number, order or content was different when the"
                " run began. Give the same jobs, or another folder."
            )
        self._check_journal(facts, address)
        return self._opened(address, facts["run"])

    def note_run(self, fingerprint: str, address: JournalAddress) -> None:
        """Note that the folder belongs to these jobs, which the journal has.

        Raises:
            BulkError: It cannot be written.
        """
        if self._read_facts() is None:
            # The name is kept: the folder may be renamed, and the jobs in the database stay the same.
            facts = {"fingerprint": fingerprint, "journal": address.remembered, "run": self._run_name}
            with _reporting(self.path):
                self._replace(self._facts, [json.dumps(facts)])

    @property
    def _run_name(self) -> str:
        return self.path.resolve().name

    def open_journal(self, address: JournalAddress | None, *, is_read_only: bool = False) -> Journal:
        """Open the journal of this run.

        Args:
            address: Where it is; the one of the folder if None.
            is_read_only: Change nothing, not even by opening it.

        Raises:
            BulkError: There is none, or it cannot be opened.
        """
        facts = self._read_facts()
        if facts is None:
            raise BulkError(
                f"{self.path} is not a folder of a bulk run: it has no {_PRIVATE}/{self._facts.name}"
            )
        if address is None:
            scheme, _, place = facts["journal"].partition(":")
            if scheme != _SQLITE:
                raise BulkError(f"the journal of {self.path} is {facts['journal']}: give its whole address")
            address = JournalAddress(scheme, place)
        self._check_journal(facts, address)
        if not address.is_shared and not (self._private / address.place).exists():
            raise BulkError(f"the journal of {self.path} is missing: {address.place}")
        return self._opened(address, facts["run"], is_read_only=is_read_only)

    def _opened(self, address: JournalAddress, run: str, *, is_read_only: bool = False) -> Journal:
        if address.is_shared:
            from .postgres import PostgresJournal  # noqa: PLC0415 - an extra

            return PostgresJournal(address.place, run, is_read_only=is_read_only)
        return SQLiteJournal(self._private / address.place, is_read_only=is_read_only)

    def lock(self, address: JournalAddress) -> Sequence[FolderLock]:
        """Keep other runs from this folder and this journal, unless they may share it.

        The folder is made if it is missing.

        Raises:
            FolderInUse: Another one is at work.
            BulkError: The folder cannot be made.
        """
        with _reporting(self.path):
            self._private.mkdir(parents=True, exist_ok=True)
        if address.is_shared:
            return []
        locks = [FolderLock(self._private / "lock", self.path)]
        if address.place != _JOURNAL:
            try:
                locks.append(FolderLock(Path(f"{address.place}.lock"), Path(address.place)))
            except BaseException:
                locks[0].release()
                raise
        return locks

    def part_folder(self, seq: int) -> Path:
        """Where the results of a job are while they are downloaded."""
        return self._private / "parts" / str(seq)

    def place(self, paths: Sequence[Path], stems: Sequence[str], suffix: str) -> list[dict[str, Any]]:
        """Give downloaded files their names.

        Args:
            paths: The paths of the files.
            stems: Their names without suffix, relative to the folder.
            suffix: For all of them; "" if each keeps its own.

        Returns:
            What the results say of each.
        """
        files = []
        for path, stem in zip(paths, stems, strict=True):
            name = stem + (suffix or path.suffix)
            target = self.path / name
            digest, size = hashlib.sha256(), 0
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(path, target)
            sync_folder(target.parent)
            files.append({"path": name, "size": size, "sha256": digest.hexdigest()})
        for path in paths[:1]:
            with contextlib.suppress(OSError):  # another attempt has left something
                path.parent.rmdir()
        return files

    def write_results(self, lines: Iterable[str]) -> None:
        """Replace the results; a reader sees the old ones or the new ones.

        Raises:
            BulkError: They cannot be written.
        """
        with _reporting(self.results):
            self._replace(self.results, lines)

    def _replace(self, path: Path, lines: Iterable[str]) -> None:
        unfinished = self._private / f"{path.name}.{uuid.uuid4().hex}"
        try:
            # Half a surrogate pair, in a message of the API, is escaped as JSON does it.
            with unfinished.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(path.parent)

    def _read_facts(self) -> dict[str, str] | None:
        try:
            facts = json.loads(self._facts.read_text(encoding="utf-8"))
            return {name: str(facts[name]) for name in ("fingerprint", "journal", "run")}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise BulkError(f"cannot read {self._facts}: {error}") from error

    def _check_journal(self, facts: dict[str, str], address: JournalAddress) -> None:
        if facts["journal"] != address.remembered:
            raise BulkError(
                f"the journal of {self.path} is {facts['journal']}, not {address.remembered}: in another one,"
                " jobs that were submitted would be submitted again"
            )


def _move(path: Path, target: Path) -> None:
    """Give a file its name; that may be on another file system, where a part of the folder is a link."""
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        unfinished = target.with_name(f".{target.name}.part")
        with path.open("rb") as source, unfinished.open("wb") as copy:
            shutil.copyfileobj(source, copy, _CHUNK)
            copy.flush()
            os.fsync(copy.fileno())
        unfinished.replace(target)
        path.unlink()


@contextlib.contextmanager
def _reporting(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BulkError(f"cannot write {path}: {error.strerror or error}") from error
