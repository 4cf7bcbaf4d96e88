"""Changes files of a folder together: whenever a run is killed, all of them change or none.

The new content is staged first, then a journal of what goes where, and only then are files replaced. The next
run completes what has a journal, and removes what has none. This is safe against the end of a process, not
against a power cut.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

try:
    import fcntl
except ImportError:  # on Windows, where folders cannot be locked
    fcntl = None  # type: ignore[assignment]

_JOURNAL = "journal.json"


class Transaction:
    """A folder that one run at a time may change.

    Args:
        folder: The paths of all changes are below it.
        staging: Where changes are staged, on the same file system; its parent exists.
    """

    def __init__(self, folder: Path, staging: Path) -> None:
        self._folder = folder
        self._staging = staging

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Wait until no other run is at work, and complete or remove what a killed one left."""
        with contextlib.ExitStack() as stack:
            if fcntl is not None:
                # A folder is locked, not a file: so nothing is left over, and a killed run holds no lock.
                descriptor = os.open(self._staging.parent, os.O_RDONLY)
                stack.callback(os.close, descriptor)
                with contextlib.suppress(OSError):  # some network file systems have no locks for folders
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._recover()
            yield

    def commit(self, changes: Mapping[Path, bytes | Path | None]) -> None:
        """Make changes, all or none.

        Args:
            changes: By path, the new content of a file, a folder to move there, or None to remove a file.
        """
        if not changes:
            return
        self._staging.mkdir()
        steps: list[tuple[str, str | None]] = []
        for number, (path, content) in enumerate(changes.items()):
            staged = self._staging / str(number)
            if isinstance(content, bytes):
                staged.write_bytes(content)
            elif content is not None:
                shutil.move(content, staged)
            steps.append(
                (path.relative_to(self._folder).as_posix(), None if content is None else staged.name)
            )
        draft = self._staging / "draft.json"
        draft.write_text(json.dumps(steps), encoding="utf-8")
        draft.replace(self._staging / _JOURNAL)
        self._recover()

    def _recover(self) -> None:
        journal = self._staging / _JOURNAL
        if journal.exists():
            for path, name in json.loads(journal.read_text(encoding="utf-8")):
                self._replace(self._folder / path, name)
            journal.unlink()
        shutil.rmtree(self._staging, ignore_errors=True)

    def _replace(self, path: Path, name: str | None) -> None:
        """Carry out one step of a journal, which may have been carried out before."""
        if name is None:
            path.unlink(missing_ok=True)
        elif (staged := self._staging / name).exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                path.rename(self._staging / f"{name}.old")
            staged.replace(path)
