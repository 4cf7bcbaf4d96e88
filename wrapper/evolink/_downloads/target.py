"""Where downloaded bytes go: a file that appears only when it is whole, or the caller's own stream."""

from __future__ import annotations

import contextlib
import json
import mimetypes
import os
from typing import IO, TYPE_CHECKING, Protocol

from .._core.errors import DownloadError, IncompleteDownload
from .policy import Known, can_resume

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .policy import Place

try:
    import fcntl
except ImportError:  # no such locks on this system
    fcntl = None  # type: ignore[assignment]


class Sink(Protocol):
    """What a transfer writes to."""

    offset: int
    known: Known

    def open(self) -> None:
        """Get ready; `offset` and `known` tell what is there already."""
        ...

    def begin(self, known: Known, start: int) -> None:
        """Bytes from `start` on will follow."""
        ...

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        ...

    def finish(self) -> Path | None:
        """All bytes have come."""
        ...

    def discard(self) -> None:
        """Forget what there is."""
        ...

    def close(self) -> None:
        """Let go; what there is may be gone on with later."""
        ...


class FileSink:
    """Writes `NAME.part` and renames it when it is whole.

    `NAME.part.json` beside it tells another process what the part belongs to.
    """

    def __init__(self, place: Place, task_id: str, index: int) -> None:
        self._place = place
        self._owner = {"task": task_id, "result": index}
        self._file: IO[bytes] | None = None
        self.offset = 0
        self.known = Known()

    def open(self) -> None:
        """Open the part, and go on with it if it is one of this result.

        Raises:
            DownloadError: The file system refuses, or another download writes this file.
        """
        part = self._place.part
        with _told(part):
            self._place.folder.mkdir(parents=True, exist_ok=True)
            self._file = self._claimed(part)
            size = self._file.seek(0, os.SEEK_END)
            self.known = self._read_state()
            if can_resume(size, self.known):
                self.offset = size
            else:
                self.discard()

    def begin(self, known: Known, start: int) -> None:
        """Note what the part belongs to, and cut it to `start`."""
        file = self._opened()
        with _told(self._place.part):
            file.seek(start)
            file.truncate()
            if known != self.known or start == 0:
                self.known = known
                state = {
                    **self._owner,
                    "validator": known.validator,
                    "total": known.total,
                    "type": known.content_type,
                }
                self._place.state.write_text(json.dumps(state), encoding="utf-8")
        self.offset = start

    def write(self, chunk: bytes) -> None:
        """Append."""
        try:  # not with the manager below: this is done for every few kilobytes
            self._opened().write(chunk)
        except OSError as error:
            raise _refused(self._place.part, error) from error
        self.offset += len(chunk)

    def finish(self) -> Path:
        """Make the file appear, whole and on the disk.

        Raises:
            IncompleteDownload: The part is not as long as it should be.
        """
        file = self._opened()
        final = self._place.final(
            mimetypes.guess_extension(self.known.content_type.partition(";")[0].strip())
        )
        with _told(final):
            file.flush()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
            if size != self.offset:  # someone else wrote to it
                raise IncompleteDownload(f"{self._place.part} has {size} bytes, not {self.offset}")
            if os.name == "nt":
                file.close()  # an open file cannot be renamed there
            self._place.part.replace(final)
            self.close()
            self._place.state.unlink(missing_ok=True)
            _sync_folder(self._place.folder)
        return final

    def discard(self) -> None:
        """Empty the part."""
        with _told(self._place.part):
            self._opened().seek(0)
            self._opened().truncate()
            self._place.state.unlink(missing_ok=True)
        self.offset = 0
        self.known = Known()

    def close(self) -> None:
        """Close the part; an empty one is taken away."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):  # a full disk has been told of already
            self._file.flush()
        if self.offset == 0 and self.known == Known():
            with contextlib.suppress(OSError):
                self._place.part.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._file.close()
        self._file = None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise DownloadError(f"{self._place.part} is not open")
        return self._file

    def _claimed(self, part: Path) -> IO[bytes]:
        """Open the part for this download alone."""
        while True:
            # Not "a": there every write goes to the end, wherever one has sought to.
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            file = os.fdopen(descriptor, "r+b")
            try:
                if fcntl is not None:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Another download may have finished in between: then this is the finished file.
                if os.name == "nt" or (part.exists() and os.path.samestat(part.stat(), os.fstat(descriptor))):
                    return file
            except BlockingIOError:
                file.close()
                raise DownloadError(f"{part} is being written by another download") from None
            file.close()

    def _read_state(self) -> Known:
        try:
            state = json.loads(self._place.state.read_text(encoding="utf-8"))
            if {name: state[name] for name in self._owner} != self._owner:
                return Known()
            validator, total, content_type = state["validator"], state["total"], state["type"]
        except (OSError, ValueError, LookupError, TypeError):
            return Known()
        if not isinstance(validator, str) or not isinstance(total, int) or not isinstance(content_type, str):
            return Known()
        return Known(validator, total, content_type)


class StreamSink:
    """Writes to a binary stream of the caller's, from where it stands."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._origin: int | None = None
        self.offset = 0
        self.known = Known()

    def open(self) -> None:
        """Remember where the stream stands, if it can go back there."""
        with contextlib.suppress(OSError, AttributeError):
            self._origin = self._stream.tell() if self._stream.seekable() else None

    def begin(self, known: Known, start: int) -> None:
        """Go back to `start`.

        Raises:
            IncompleteDownload: The stream cannot.
        """
        if start != self.offset:
            if self._origin is None:
                raise IncompleteDownload("the transfer must start over, and the stream cannot go back")
            with _told("the stream"):
                self._stream.seek(self._origin + start)
                self._stream.truncate()
        self.offset = start
        self.known = known

    def write(self, chunk: bytes) -> None:
        """Append."""
        with _told("the stream"):
            self._stream.write(chunk)
        self.offset += len(chunk)

    def finish(self) -> None:
        """Push it all out."""
        with _told("the stream"), contextlib.suppress(AttributeError):
            self._stream.flush()

    def discard(self) -> None:
        """Start over."""
        self.begin(Known(), 0)

    def close(self) -> None:
        """The stream stays the caller's."""


@contextlib.contextmanager
def _told(what: object) -> Iterator[None]:
    """Say which file the system refuses; a refusal must not look like one of the network's."""
    try:
        yield
    except OSError as error:
        raise _refused(what, error) from error


def _refused(what: object, error: OSError) -> DownloadError:
    return DownloadError(f"cannot write {what}: {error.strerror or error}")


def _sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
