"""Decompression of response bodies in short pieces: httpx decompresses a chunk at once, however long."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PIECE = 64 * 2**10
_GZIP, _DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _DEFLATE}
# One is all that a server has a reason for, and a proxy may add another.
_MOST_CODINGS = 2


class BodyDecoder:
    """Undoes the `Content-Encoding` of one response."""

    def __init__(self, content_encoding: str) -> None:
        codings = [coding.strip().lower() for coding in content_encoding.split(",")]
        codings = [coding for coding in codings if coding not in {"", "identity"}]
        unknown = [coding for coding in codings if coding not in _WINDOWS]
        if unknown or len(codings) > _MOST_CODINGS:
            raise httpx.DecodingError(f"the encoding {content_encoding[:100]!r} was not requested")
        self._stages = [_Inflater(_WINDOWS[coding]) for coding in reversed(codings)]

    @classmethod
    def of(cls, response: httpx.Response) -> BodyDecoder | None:
        """The decoder for a body; None if none is needed, or httpx has read it already, as for a hook."""
        encoding = response.headers.get("content-encoding", "")
        return None if not encoding or response.is_stream_consumed else cls(encoding)

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """What a chunk of the body decodes to, in short pieces; made as they are taken.

        Raises:
            httpx.DecodingError: It is not compressed as the header says.
        """
        pieces: Iterable[bytes] = (chunk,)
        for stage in self._stages:
            pieces = stage.inflate(pieces)
        yield from pieces


class _Inflater:
    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._is_begun = False

    def inflate(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            rest = piece
            while rest and not self._stream.eof:
                yield self._next(rest)
                rest = self._stream.unconsumed_tail

    def _next(self, data: bytes) -> bytes:
        try:
            inflated = self._stream.decompress(data, _PIECE)
        except zlib.error as error:
            if self._is_begun or self._window != _DEFLATE:
                raise httpx.DecodingError(str(error)) from None
            # Some servers mean the bare format, without the header of zlib.
            self._window = -zlib.MAX_WBITS
            self._stream = zlib.decompressobj(self._window)
            return self._next(data)
        self._is_begun = True
        return inflated
