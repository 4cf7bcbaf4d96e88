"""Uploaded files: kept until they expire, and served under links that models take as inputs."""

from __future__ import annotations

import math
import random
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from .task import RESULTS_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._clock.interfaces import MockClock
    from .._media.generator import MediaFile

FILES_PATH = f"{RESULTS_PATH}files/"
"""The path under which uploaded files are served."""
DOWNLOAD = "download"
"""The query of a link that makes browsers save the file."""
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of uploaded files that are kept; the oldest are dropped first, the newest always stays."""


@dataclass(slots=True)
class UploadedFile:
    """A file that was uploaded.

    Attributes:
        id: Its id.
        name: The name under which it is stored.
        original_name: The name under which it was sent.
        folder: The folder in which it is stored; may be empty.
        content: Its bytes and media type.
        created: When, in Unix seconds of the mock's clock.
        expires: When it is deleted; None if it stays.
        origin: The scheme and host of its link.
    """

    id: str
    name: str
    original_name: str
    folder: str
    content: MediaFile
    created: float
    expires: float | None
    origin: str

    @property
    def url(self) -> str:
        """The link to it."""
        return f"{self.origin}{FILES_PATH}{self.id}/{quote(self.name, safe='')}"


class FileStore:
    """The uploaded files, in the order of their creation.

    Args:
        clock: The clock of the mock.
        seed: Makes the ids repeatable.
    """

    def __init__(self, clock: MockClock, seed: int) -> None:
        self._clock = clock
        self._rng = random.Random(f"{seed} files")  # noqa: S311 - repeatable ids, not secrets
        self._files: OrderedDict[str, UploadedFile] = OrderedDict()
        self._size = 0
        self._next_expiry = math.inf

    def __len__(self) -> int:
        self._drop_expired()
        return len(self._files)

    def __iter__(self) -> Iterator[UploadedFile]:
        self._drop_expired()
        return iter(self._files.values())

    def new_id(self) -> str:
        """Make an id."""
        return f"file_{self._rng.getrandbits(64):016x}"

    def add(self, file: UploadedFile) -> None:
        """Keep a file, and drop the oldest ones if there are too many bytes."""
        self._files[file.id] = file
        self._size += len(file.content.data)
        self._next_expiry = min(self._next_expiry, _expiry(file))
        while self._size > MAX_BYTES and len(self._files) > 1:
            self.remove(next(iter(self._files)))

    def get(self, file_id: str) -> UploadedFile | None:
        """A file by its id; None if there is none."""
        self._drop_expired()
        return self._files.get(file_id)

    def at(self, path: str) -> UploadedFile | None:
        """The file that a path leads to; None if it leads nowhere."""
        if not path.startswith(FILES_PATH):
            return None
        return self.get(path.removeprefix(FILES_PATH).partition("/")[0])

    def remove(self, file_id: str) -> bool:
        """Delete a file; returns whether there was one."""
        self._drop_expired()
        file = self._files.pop(file_id, None)
        if file is None:
            return False
        self._size -= len(file.content.data)
        return True

    def _drop_expired(self) -> None:
        now = self._clock.now()
        if now < self._next_expiry:
            return
        kept = OrderedDict((file.id, file) for file in self._files.values() if now < _expiry(file))
        self._files, self._size = kept, sum(len(file.content.data) for file in kept.values())
        self._next_expiry = min(map(_expiry, kept.values()), default=math.inf)


def _expiry(file: UploadedFile) -> float:
    return math.inf if file.expires is None else file.expires
