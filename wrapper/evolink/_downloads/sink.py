"""Where downloaded bytes go: a file that appears only when it is complete, or the caller's own stream."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import mimetypes
import os
import stat
import threading
from typing import IO, TYPE_CHECKING

from .._core.errors import DownloadError, IncompleteDownload
from .policy import ResumeInfo, can_resume

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .target import DownloadTarget

try:
    import fcntl
except ImportError:  # no such locks on this system
    fcntl = None  # type: ignore[assignment]


class Sink:
    """What a download writes to. All methods but `write` may block.

    Attributes:
        offset: How many bytes there are.
        known: What they belong to.
        pending_size: How many of them are in memory only.
    """

    def __init__(self) -> None:
        self.offset = 0
        self.known = ResumeInfo()
        self.pending_size = 0
        self._pending: list[bytes] = []
        # A cancelled caller closes the sink while a thread may still be writing to it.
        self._lock = threading.RLock()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes into memory."""
        self._pending.append(chunk)
        self.pending_size += len(chunk)
        self.offset += len(chunk)

    def open(self) -> None:
        """Get ready, and find what an earlier download has left."""
        raise NotImplementedError

    def start(self, known: ResumeInfo, offset: int) -> None:
        """Prepare for bytes from `offset` on."""
        raise NotImplementedError

    def flush(self) -> None:
        """Write what is in memory."""
        raise NotImplementedError

    def commit(self) -> Path | None:
        """Finish: all bytes have come."""
        raise NotImplementedError

    def reset(self) -> None:
        """Drop all bytes."""
        raise NotImplementedError

    def close(self) -> None:
        """Release the sink; what there is may be resumed later."""
        raise NotImplementedError

    def _take_pending(self) -> list[bytes]:
        pending, self._pending, self.pending_size = self._pending, [], 0
        return pending


class FileSink(Sink):
    """Writes `NAME.part` and renames it when it is complete.

    `NAME.part.json` beside it tells another process what the part belongs to.
    """

    def __init__(self, target: DownloadTarget, task_id: str, index: int) -> None:
        super().__init__()
        self._target = target
        self._owner = {"task": task_id, "result": index}
        self._file: IO[bytes] | None = None
        self._is_closed = False
        # Whether the part is locked, and known what it belongs to.
        self._is_owned = False

    def open(self) -> None:
        """Open the part, and resume it if it is one of this result.

        Raises:
            DownloadError: The file system refuses, or another download writes this file.
        """
        part = self._target.part
        with self._lock, _naming(part):
            if self._is_closed:
                return
            self._target.folder.mkdir(parents=True, exist_ok=True)
            # Kept at once, so that `close` releases it even if Ctrl-C comes with the next line.
            file = self._file = _opened_regular(part)
            while not _lock(file, part):
                file.close()
                file = self._file = _opened_regular(part)
            size = file.seek(0, os.SEEK_END)
            self.known = self._read_state()
            self._is_owned = True
            if can_resume(size, self.known):
                self.offset = size
            else:
                self.reset()

    def start(self, known: ResumeInfo, offset: int) -> None:
        """Note what the part belongs to, and cut it to `offset`."""
        with self._lock, _naming(self._target.part):
            self.flush()
            file = self._opened()
            file.seek(offset)
            file.truncate()
            if known != self.known or offset == 0:
                self.known = known
                state = {
                    **self._owner,
                    "validator": known.validator,
                    "total": known.total,
                    "type": known.content_type,
                }
                self._write_state(state)
        self.offset = offset

    def flush(self) -> None:
        """Append to the part what is in memory."""
        with self._lock:
            try:  # not with `_naming`, which would cost more than the write
                self._opened().writelines(self._take_pending())
            except OSError as error:
                raise _write_error(self._target.part, error) from error

    def commit(self) -> Path:
        """Make the file appear, complete and on the disk.

        Raises:
            IncompleteDownload: The part is not as long as it should be.
        """
        content_type = self.known.content_type.partition(";")[0].strip()
        final = self._target.final(mimetypes.guess_extension(content_type))
        with self._lock, _naming(final):
            self.flush()
            file = self._opened()
            file.flush()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
            if size != self.offset:  # someone else wrote to it
                raise IncompleteDownload(f"{self._target.part} has {size} bytes, not {self.offset}")
            if os.name == "nt":
                file.close()  # an open file cannot be renamed there
            self._target.part.replace(final)
            file.close()
            self._file = None
            self._target.state.unlink(missing_ok=True)
            sync_folder(self._target.folder)
        return final

    def reset(self) -> None:
        """Empty the part."""
        with self._lock, _naming(self._target.part):
            self._take_pending()
            self._opened().seek(0)
            self._opened().truncate()
            self._target.state.unlink(missing_ok=True)
        self.offset = 0
        self.known = ResumeInfo()

    def close(self) -> None:
        """Close the part; one that cannot be resumed is removed."""
        with self._lock:
            self._is_closed = True
            file = self._file
            if file is None:
                return
            # A full disk has been reported already, and an interrupted `commit` may have closed the file.
            with contextlib.suppress(OSError, ValueError):
                file.writelines(self._take_pending())
                file.flush()
            with contextlib.suppress(OSError, ValueError):
                size = os.fstat(file.fileno()).st_size
                if self._is_owned and not can_resume(size, self.known) and _is_at(self._target.part, file):
                    self._target.part.unlink()
                    self._target.state.unlink(missing_ok=True)
            with contextlib.suppress(OSError, ValueError):
                file.close()
            self._file = None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise DownloadError(f"{self._target.part} is not open")
        return self._file

    def _write_state(self, state: dict[str, object]) -> None:
        # The part is still empty: nothing is lost if this breaks off. A new file, never one behind a link.
        self._target.state.unlink(missing_ok=True)
        with self._target.state.open("x", encoding="utf-8") as file:
            json.dump(state, file)

    def _read_state(self) -> ResumeInfo:
        path = self._target.state
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                return ResumeInfo()
            state = json.loads(path.read_text(encoding="utf-8"))
            if {name: state[name] for name in self._owner} != self._owner:
                return ResumeInfo()
            validator, total, content_type = state["validator"], state["total"], state["type"]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return ResumeInfo()
        if not isinstance(validator, str) or not isinstance(total, int) or not isinstance(content_type, str):
            return ResumeInfo()
        return ResumeInfo(validator, total, content_type)


class StreamSink(Sink):
    """Writes to a binary stream of the caller's, from its position on."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream
        self._origin: int | None = None

    def open(self) -> None:
        """Remember the position, if the stream can go back there."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            self._origin = self._stream.tell() if self._stream.seekable() else None

    def start(self, known: ResumeInfo, offset: int) -> None:
        """Go back to `offset`.

        Raises:
            IncompleteDownload: The stream cannot.
        """
        if offset != self.offset:
            if self._origin is None:
                raise IncompleteDownload("the transfer must start over, and the stream cannot go back")
            self.flush()
            with _naming("the stream"):
                self._stream.seek(self._origin + offset)
                self._stream.truncate()
        self.offset = offset
        self.known = known

    def flush(self) -> None:
        """Append to the stream what is in memory."""
        with _naming("the stream"):
            for chunk in self._take_pending():
                _write_all(self._stream, chunk)

    def commit(self) -> None:
        """Write all and flush the stream."""
        self.flush()
        with _naming("the stream"), contextlib.suppress(AttributeError):
            self._stream.flush()

    def reset(self) -> None:
        """Start over."""
        self.start(ResumeInfo(), 0)

    def close(self) -> None:
        """Write what is in memory; the stream stays the caller's."""
        with contextlib.suppress(Exception):  # a broken stream has been reported already
            self.flush()


def _write_all(stream: IO[bytes], chunk: bytes) -> None:
    """Write a chunk to a stream, which takes it in parts if it has no buffer."""
    while chunk:
        written: object = stream.write(chunk)
        if written is None and isinstance(stream, io.RawIOBase):
            raise BlockingIOError(errno.EAGAIN, "it takes no bytes now")
        if not isinstance(written, int) or not 0 < written < len(chunk):
            return
        chunk = chunk[written:]


def _lock(file: IO[bytes], part: Path) -> bool:
    """Lock a part for this download alone, where the file system has locks.

    Returns:
        Whether it still is the part: another download may have finished it in between.

    Raises:
        DownloadError: Another download has locked it.
    """
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DownloadError(f"{part} is being written by another download") from None
    except OSError:
        pass  # network file systems may have none: what is paid for can be downloaded nevertheless
    return _is_at(part, file)


def _is_at(path: Path, file: IO[bytes]) -> bool:
    """Whether an open file still has this name."""
    if os.name == "nt":  # an open file cannot lose its name there
        return True
    try:
        return os.path.samestat(path.lstat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _opened_regular(path: Path) -> IO[bytes]:
    """Open or create a file that has this name alone: behind a link there may be any other file.

    Raises:
        DownloadError: It is a link, or no file at all.
    """
    # Not "a": there every write goes to the end, wherever one has sought to.
    flags = os.O_RDWR | os.O_CREAT
    for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"):  # not every system has them
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError:
        if path.is_symlink():
            raise DownloadError(f"{path} is a link to another file: delete it") from None
        raise
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        raise DownloadError(f"{path} is not a file of its own, but a link or a device: delete it")
    return os.fdopen(descriptor, "r+b")


@contextlib.contextmanager
def _naming(what: object) -> Iterator[None]:
    """Name the file in an error of the file system, which must not look like one of the network."""
    try:
        yield
    except (OSError, ValueError) as error:  # a name that no file can have, or a closed stream
        raise _write_error(what, error) from error


def _write_error(what: object, error: OSError | ValueError) -> DownloadError:
    return DownloadError(f"cannot write {what}: {getattr(error, 'strerror', None) or error}")


def sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
