"""Files that are complete at every moment, even if the process is killed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self

_END = b"\n]}}\n"


class HarFile:
    """An HTTP Archive that grows by one entry at a time and is valid at any moment.

    Two files take turns: an entry is appended to the one that has no name yet, which then replaces the other
    in one step. So an entry costs two writes of its own size, however many there are.

    Args:
        path: The file; what was there is replaced.

    Raises:
        OSError: It cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._spare = path.with_name(f".{path.name}.spare")
        self._former = path.with_name(f".{path.name}.former")
        for left in (self._spare, self._former):  # by a process that was killed
            left.unlink(missing_ok=True)
        creator = json.dumps({"name": "evolink-mock", "version": version("evolink-client")})
        head = f'{{"log":{{"version":"1.2","creator":{creator},"entries":['.encode()
        self._is_empty = True
        self._size = self._spare_size = len(head)  # without the end
        self._pending = b""  # what the spare file lacks
        write_atomically(path, head + _END)
        write_atomically(self._spare, head + _END)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, entry: Any) -> None:
        """Add an entry."""
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), default=str).encode(
            "utf-8", "backslashreplace"
        )
        added = (b"\n" if self._is_empty else b",\n") + text
        missing = self._pending + added
        with self._spare.open("r+b") as spare:
            spare.seek(self._spare_size)
            spare.write(missing + _END)
            spare.truncate()
        # The named file becomes the spare one: it is linked to another name before it is replaced.
        self._former.unlink(missing_ok=True)
        try:
            os.link(self._path, self._former)
        except OSError:  # some file systems have no links
            shutil.copyfile(self._path, self._former)
        self._spare.replace(self._path)
        self._former.replace(self._spare)
        self._size, self._spare_size = self._spare_size + len(missing), self._size
        self._pending, self._is_empty = added, False

    def close(self) -> None:
        """Remove the spare file."""
        self._spare.unlink(missing_ok=True)
        self._former.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file in one step.

    Raises:
        OSError: It cannot be written.
    """
    name = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException as error:
        if isinstance(error, OSError):
            error.filename = str(path)  # the temporary file tells a person nothing
        if name is not None:
            with contextlib.suppress(OSError):
                Path(name).unlink()
        raise
