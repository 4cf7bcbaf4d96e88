"""Reads the body of an answer within limits of size and time, whatever a server sends."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable

from .text import InputError
from .yaml_io import MAX_BYTES

ACCEPT_ENCODING = "gzip"
GRACE = 3.0  # seconds, in which a body may be as slow as it likes
SLOWEST = 128 * 1024  # bytes a second, on average, after that


def read_body(
    address: str, chunks: Iterable[bytes], encoding: str, clock: Callable[[], float] = time.monotonic
) -> bytes:
    """The content of a body.

    Args:
        address: For messages.
        chunks: The body as received.
        encoding: Its `Content-Encoding`, "" without one.
        clock: Seconds that pass.

    Raises:
        InputError: The body is too large or too slow, or encoded in a way that was not asked for.
    """
    gzip = _gzip(address, encoding.strip().lower())
    data = bytearray()
    received = 0
    started = clock()
    for chunk in chunks:
        try:
            data += chunk if gzip is None else gzip.decompress(chunk, MAX_BYTES + 1 - len(data))
        except zlib.error as error:
            raise InputError(address, f"not gzip: {error}") from None
        if len(data) > MAX_BYTES:
            raise InputError(address, f"larger than {MAX_BYTES} bytes")
        received += len(chunk)
        elapsed = clock() - started
        if elapsed > GRACE and received < elapsed * SLOWEST:
            raise InputError(address, f"slower than {SLOWEST} bytes a second")
    if gzip is not None and not gzip.eof:
        raise InputError(address, "its gzip data is cut off")
    return bytes(data)


def _gzip(address: str, encoding: str) -> zlib._Decompress | None:
    """What decodes the body, None if it is sent as it is."""
    if encoding in ("", "identity"):
        return None
    if encoding not in (ACCEPT_ENCODING, f"x-{ACCEPT_ENCODING}"):
        # A few bytes that are compressed several times over fill the memory.
        raise InputError(address, f"encoded as {encoding!r}, which was not asked for")
    return zlib.decompressobj(zlib.MAX_WBITS + 16)
