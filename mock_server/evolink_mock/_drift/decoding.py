"""Decompresses responses that come compressed though nobody asked for it."""

from __future__ import annotations

import dataclasses
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._http.messages import Request, Response

_WINDOW_BITS = {
    "gzip": (31,),
    "x-gzip": (31,),
    "deflate": (15, -15),
}  # some send bare deflate


def decoded(response: Response, limit: int) -> Response:
    """A response that is decompressed and has no `content-encoding`; the same one if that is not possible.

    Args:
        response: As it came.
        limit: Bytes after which the rest is left out.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        body: bytes | None = response.body
    else:
        attempts = (_inflate(response.body, bits, limit) for bits in _WINDOW_BITS.get(encoding, ()))
        body = next((one for one in attempts if one is not None), None if response.body else b"")
    if body is None:
        return response
    headers = {name: value for name, value in response.headers.items() if name != "content-encoding"}
    return dataclasses.replace(response, headers=headers, body=body)


def is_readable(message: Request | Response) -> bool:
    """Whether a body is of its media type: it is not compressed, or `decoded` has decompressed it."""
    return "content-encoding" not in message.headers


def _inflate(body: bytes, bits: int, limit: int) -> bytes | None:
    decompressor = zlib.decompressobj(bits)
    try:
        content = decompressor.decompress(body, limit)
    except zlib.error:
        return None
    return content if decompressor.eof or len(content) >= limit else None
