"""Files to be uploaded: what they are, before anything is sent, and how they are read."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeAlias

from evolink_api.local_files import File

from .._core.errors import ArgumentTypeError, InvalidRequest
from . import media_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What `client.files.upload` takes.
Uploadable: TypeAlias = str | os.PathLike[str] | bytes | bytearray | File | IO[bytes]
# Called with the bytes sent, and all bytes.
OnProgress: TypeAlias = Callable[[int, int], object]

_CHUNK = 2**16


class FileFault(Exception):
    """Why a file cannot be uploaded."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


class Source(NamedTuple):
    """A file to be uploaded."""

    # What it is called in errors.
    label: str
    # Its name for the API; never empty.
    name: str
    # In bytes.
    size: int
    # The type that its first bytes show, and the one that its name stands for.
    content_type: str | None
    name_type: str | None
    # Opens it at its beginning; closing is up to the caller.
    opened: Callable[[], contextlib.AbstractContextManager[IO[bytes]]]

    @property
    def media_type(self) -> str | None:
        """The type of the content, else that of the name; None if neither is known."""
        return self.content_type or self.name_type

    def digest(self) -> str:
        """The SHA-256 of the content; reads all of it."""
        digest = hashlib.sha256()
        with _still_readable(self.label), self.opened() as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def open(self) -> contextlib.AbstractContextManager[IO[bytes]]:
        """The content from its beginning.

        Raises:
            InvalidRequest: It cannot be read any more.
        """
        with _still_readable(self.label):
            return self.opened()


def source_of(given: Uploadable, name: str | None = None) -> Source:
    """The file that a caller means.

    Args:
        given: A path, bytes, a `File`, or a binary file, from where it stands.
        name: Its name, in place of its own.

    Raises:
        FileFault: There is no such file, or it cannot be read.
        TypeError: It is none of these.
    """
    if isinstance(given, (str, os.PathLike)):
        return _of_path(Path(given), name)
    if isinstance(given, (bytes, bytearray)):
        return _of_bytes(bytes(given), name or "")
    if isinstance(given, File):
        return _of_bytes(given.content, name or given.name)
    if not hasattr(given, "read") or isinstance(given, io.TextIOBase):
        what = "a file opened as text" if hasattr(given, "read") else type(given).__name__
        raise ArgumentTypeError(f"file: must be a path, bytes or a binary file, not {what}", param="file")
    return _of_stream(given, name)


def fault_of(source: Source, rule: Mapping[str, Any]) -> FileFault | None:
    """What is wrong with a file under an `x-evolink-file` rule, or None."""
    if source.size == 0:
        return FileFault("file", f"{source.label} is empty")
    types: Sequence[str] | None = rule.get("types")
    if types is not None:
        wanted = _listed(types)
        wrong = next(
            (kind for kind in (source.content_type, source.name_type) if kind not in {None, *types}), None
        )
        if wrong is not None:
            has = "is" if wrong == source.content_type else "has a name of"
            return FileFault("file", f"{source.label} {has} {wrong}, and must be {wanted}: convert it first")
        if source.media_type is None:
            return FileFault(
                "file",
                f"{source.label} is of no known type, and must be {wanted}: give it a name with a suffix",
            )
    longest = rule.get("max_bytes")
    if longest is not None and source.size > longest:
        return FileFault(
            "file",
            f"{source.label} has {source.size:,} bytes, and may have {longest:,}: make it smaller first",
        )
    return None


class UploadReader:
    """A file as it is sent: hashed on the way, from its beginning each time it is sent."""

    def __init__(self, stream: IO[bytes], source: Source, on_progress: OnProgress | None) -> None:
        self._stream = stream
        self._start = stream.tell()
        self._label = source.label
        self._size = source.size
        self._on_progress = on_progress
        self._sent = 0
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """The SHA-256 of what has been read."""
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            InvalidRequest: The file cannot be read any more, or has become shorter.
        """
        left = self._size - self._sent  # a file that grows meanwhile would break the announced length
        wanted = left if size < 0 else min(size, left)
        with _still_readable(self._label):
            chunk = self._stream.read(wanted)
        if wanted and not chunk:
            raise InvalidRequest(f"{self._label} has become shorter while it was uploaded")
        self._sent += len(chunk)
        self._digest.update(chunk)
        if self._on_progress is not None and chunk:
            self._on_progress(self._sent, self._size)
        return chunk

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to the beginning, which is all that sending again needs, or ask for the size."""
        if whence == os.SEEK_END:
            return self._size
        self._stream.seek(self._start + offset)
        if offset == 0:
            self._sent = 0
            self._digest = hashlib.sha256()
        return offset

    def tell(self) -> int:
        """How many bytes have been read."""
        return self._sent


@contextlib.contextmanager
def _still_readable(label: str) -> Iterator[None]:
    """Say of which file it is that it cannot be read, after it was checked."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
    else:
        return
    raise InvalidRequest(f"{label} cannot be read any more: {reason}")


def _of_path(path: Path, name: str | None) -> Source:
    label = str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise FileFault("file", f"{label} is a folder: name a file in it")
        if not stat.S_ISREG(status.st_mode):
            raise FileFault("file", f"{label} is not a regular file: open it, and upload the open file")
        with path.open("rb") as stream:
            return _described(label, name or path.name, stream, lambda: path.open("rb"))
    except FileNotFoundError:
        message = f"{label} does not exist" + ("" if path.is_absolute() else f" in {Path.cwd()}")
    except (OSError, ValueError) as error:
        message = f"{label} cannot be read: {getattr(error, 'strerror', None) or error}"
    raise FileFault("file", message)


def _of_bytes(content: bytes, name: str) -> Source:
    label = name or f"the file of {len(content):,} bytes"
    return _described(label, name, io.BytesIO(content), lambda: contextlib.closing(io.BytesIO(content)))


def _of_stream(stream: IO[bytes], name: str | None) -> Source:
    own = getattr(stream, "name", None)
    name = name or (os.path.basename(own) if isinstance(own, str) else "")  # noqa: PTH119 - a name, not a path
    label = name or "the open file"
    try:
        if not stream.seekable():  # what is sent again must be the same again
            return _of_bytes(stream.read(), name)
        start = stream.tell()
        return _described(label, name, stream, lambda: _from(stream, start))
    except (OSError, ValueError) as error:
        message = f"{label} cannot be read: {error}"
    raise FileFault("file", message)


@contextlib.contextmanager
def _from(stream: IO[bytes], start: int) -> Iterator[IO[bytes]]:
    """The caller's stream, which is not ours to close."""
    stream.seek(start)
    yield stream


def _described(
    label: str,
    name: str,
    stream: IO[bytes],
    opened: Callable[[], contextlib.AbstractContextManager[IO[bytes]]],
) -> Source:
    start = stream.tell()
    head = stream.read(media_type.HEAD_SIZE)
    if not isinstance(head, bytes):
        raise ArgumentTypeError("file: must be a binary file, not one opened as text", param="file")
    size = stream.seek(0, os.SEEK_END) - start
    stream.seek(start)
    content_type, name_type = media_type.of_content(head), media_type.of_name(name)
    name = name or f"upload{media_type.suffix_of(content_type)}"
    return Source(
        label,
        name.encode(errors="replace").decode(),  # names in file systems may be any bytes
        size,
        content_type,
        name_type,
        opened,
    )


def _listed(types: Sequence[str]) -> str:
    return types[0] if len(types) == 1 else f"{', '.join(types[:-1])} or {types[-1]}"
