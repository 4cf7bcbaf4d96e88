"""The parser reads the same requests however the network cuts their bytes."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from evolink_mock._serving.interface import HTTPRequest
from evolink_mock._serving.limits import Limits
from evolink_mock._serving.parsing import RequestParser

from .conftest import get, post

BODIES = st.binary(max_size=200)


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    framed = b"".join(b"%x;a=1\r\n%s\r\n" % (len(part), part) for part in parts)
    return get("/", "Transfer-Encoding: chunked", method="POST") + framed + b"0\r\nX: y\r\n\r\n"


@st.composite
def pipelines(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Requests in a row, and their bodies."""
    bodies = draw(st.lists(BODIES, min_size=1, max_size=5))
    raw = [
        draw(
            st.sampled_from(
                [
                    post(body),
                    chunked(body, draw(st.integers(1, 50))),
                    post(body, "Connection: Upgrade", "Upgrade: h2c"),
                ]
            )
        )
        for body in bodies
    ]
    return b"".join(raw), bodies


def read(pieces: list[bytes], **limits: int) -> RequestParser:
    parser = RequestParser(Limits(**limits))
    for piece in pieces:
        parser.feed(piece)
    return parser


def split(raw: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    return [raw[start:end] for start, end in itertools.pairwise(edges)]


@given(pipelines(), st.lists(st.integers(min_value=0), max_size=10))
def test_cuts_change_nothing(pipeline: tuple[bytes, list[bytes]], cuts: list[int]) -> None:
    raw, bodies = pipeline
    parser = read(split(raw, cuts))
    assert parser.error is None
    assert [request.body for request in parser.requests] == bodies


def test_a_cut_at_every_byte_changes_nothing() -> None:
    raw = post(b"abc", "X-A: 1", "X-A: 2") + chunked(b"defghi", 2) + get("http://other.test/x")
    whole = list(read([raw]).requests)
    assert [request.body for request in whole] == [b"abc", b"defghi", b""]
    for cut in range(len(raw)):
        assert list(read([raw[:cut], raw[cut:]]).requests) == whole
    assert list(read([raw[index : index + 1] for index in range(len(raw))]).requests) == whole


@given(st.binary(max_size=300), st.lists(st.integers(min_value=0), max_size=5))
def test_no_input_breaks_the_parser(noise: bytes, cuts: list[int]) -> None:
    parser = read(split(get() + noise, cuts))
    assert all(isinstance(request, HTTPRequest) for request in parser.requests)
    if parser.error is not None:
        assert 400 <= parser.error.status <= 505


def test_nothing_is_read_after_an_error() -> None:
    parser = read([get(), b"?\r\n\r\n", get()])
    assert len(parser.requests) == 1
    assert parser.error is not None


def test_nothing_is_read_after_the_last_request() -> None:
    parser = read([get("/", "Connection: close") + get(), b"?"])
    assert (len(parser.requests), parser.is_finished, parser.error) == (1, True, None)


def test_the_size_of_a_head_is_limited() -> None:
    """By bytes received: a field that never ends is never reported by httptools."""
    for raw in (b"\r\n" * 600, b"GET /" + b"a" * 1200, get()[:-2] + b"X: " + b"a" * 1200):
        parser = read([raw[start : start + 100] for start in range(0, 1200, 100)], head=1000)
        assert parser.error is not None
        assert parser.error.status == 431


def test_many_small_fields_are_a_large_head() -> None:
    raw = get("/", *["a:"] * 40)
    assert read([raw], head=1000).error is not None
    assert read([raw], head=2000).error is None


def test_the_size_of_a_body_is_limited_by_bytes_received() -> None:
    """Chunk extensions and sizes count."""
    raw = get("/", "Transfer-Encoding: chunked", method="POST")
    for piece in (b"1\r\nx\r\n" * 20, b"1;" + b"e" * 100 + b"\r\nx\r\n"):
        parser = read([raw, *[piece] * 10], body=1000)
        assert parser.error is not None
        assert parser.error.status == 413
    assert read([raw, *[b"1\r\nx\r\n" * 20] * 7], body=1000).error is None


def test_a_body_of_the_largest_size_is_read() -> None:
    raw = get(method="POST", target="/") + post(b"a" * 1000) + post(b"a" * 1001)
    for pieces in ([raw], [raw[index : index + 1] for index in range(len(raw))]):
        parser = read(pieces, body=1000)
        assert [len(request.body) for request in parser.requests] == [0, 1000]
        assert parser.error is not None
        assert parser.error.status == 413


def test_an_endless_trailer_is_refused() -> None:
    raw = get("/", "Transfer-Encoding: chunked", method="POST") + b"0\r\nX: "
    assert read([raw, *[b"a" * 100] * 20], head=1000).error is not None
