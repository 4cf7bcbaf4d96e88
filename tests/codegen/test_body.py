"""Bodies of answers: decoded, and within limits of size and time."""

import gzip
import itertools
import zlib
from collections.abc import Iterable, Iterator

import pytest

from evolink_codegen._openapi import body
from evolink_codegen._openapi.text import InputError

ADDRESS = "https://docs.example.com/a.md"
PAGE = b"openapi: 3.1.0\n" * 1000


def read(chunks: Iterable[bytes], encoding: str = "", seconds: float = 0) -> bytes:
    """Read a body of which each chunk takes some seconds."""
    times = itertools.count(0, seconds) if seconds else itertools.repeat(0.0)
    return body.read_body(ADDRESS, chunks, encoding, times.__next__)


def refused(chunks: Iterable[bytes], encoding: str = "", seconds: float = 0) -> str:
    with pytest.raises(InputError) as caught:
        read(chunks, encoding, seconds)
    return caught.value.reason


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("encoding", ["", "identity", "gzip"])
def test_body_is_decoded(encoding: str) -> None:
    data = gzip.compress(PAGE) if encoding == "gzip" else PAGE
    assert read(in_chunks(data, 7), encoding) == PAGE


def test_nested_encodings_are_refused() -> None:
    bomb = zlib.compress(zlib.compress(bytes(100 * 1024 * 1024)))
    assert "which was not asked for" in refused([bomb], "deflate, deflate")
    assert "which was not asked for" in refused([gzip.compress(gzip.compress(PAGE))], "gzip, gzip")


def test_size_is_limited_while_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MAX_BYTES", 10_000)
    assert refused([gzip.compress(bytes(10_001))], "gzip") == "larger than 10000 bytes"
    assert len(read([gzip.compress(bytes(10_000))], "gzip")) == 10_000
    assert refused(itertools.repeat(b"x")) == "larger than 10000 bytes"


@pytest.mark.parametrize("data", [gzip.compress(PAGE)[:-9], b"", PAGE], ids=["cut", "empty", "plain"])
def test_incomplete_gzip_is_refused(data: bytes) -> None:
    assert "gzip" in refused([data], "gzip")


def test_slow_body_is_refused() -> None:
    assert refused(itertools.repeat(b"x"), seconds=0.5) == f"slower than {body.SLOWEST} bytes a second"
    assert read([PAGE, PAGE], seconds=1.0) == PAGE * 2
    fast = [bytes(body.SLOWEST)] * 20
    assert len(read(fast, seconds=0.9)) == 20 * body.SLOWEST
