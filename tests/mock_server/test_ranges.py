"""Range, If-Range, ETag and HEAD of a file."""

from typing import Any

import pytest

from evolink_mock._http.messages import Request
from evolink_mock._media.generator import MediaFile
from evolink_mock._tasks.results import serve_file

FILE = MediaFile(bytes(range(256)) * 4, '"tag"', "video/mp4")
STAMP = "Thu, 01 Jan 1970 00:01:40 GMT"


def ask(method: str = "GET", **headers: Any) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return serve_file(Request(method, "/x", headers=named), FILE, 100)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 1024)),
        ("bytes=10-19", (10, 20)),
        ("bytes=1000-9999", (1000, 1024)),
        ("bytes=-24", (1000, 1024)),
        ("bytes=-9999", (0, 1024)),
        ("Bytes = 5-5", (5, 6)),
    ],
)
def test_range_is_sent_alone(header: str, part: tuple[int, int]) -> None:
    start, stop = part
    reply = ask(range=header)
    assert (reply.status, reply.body) == (206, FILE.data[start:stop])
    assert reply.headers["content-range"] == f"bytes {start}-{stop - 1}/1024"
    assert reply.headers["content-length"] == str(stop - start)


@pytest.mark.parametrize("header", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_range_beyond_the_end_is_416(header: str) -> None:
    reply = ask(range=header)
    assert (reply.status, reply.headers["content-range"]) == (416, "bytes */1024")


@pytest.mark.parametrize(
    "header", ["bytes=", "bytes=-", "bytes=9-5", "items=0-1", "bytes=0-1,4-5", "bytes=" + "9" * 30 + "-"]
)
def test_other_ranges_return_the_complete_file(header: str) -> None:
    reply = ask(range=header)
    assert (reply.status, reply.body) == (200, FILE.data)


@pytest.mark.parametrize(
    ("validator", "status"), [('"tag"', 206), ('"other"', 200), (STAMP, 206), ('W/"tag"', 200)]
)
def test_range_of_another_version_is_not_sent(validator: Any, status: Any) -> None:
    assert ask(range="bytes=5-", if_range=validator).status == status


@pytest.mark.parametrize(
    ("tags", "status"), [('"tag"', 304), ('"a", W/"tag"', 304), ("*", 304), ('"a"', 200)]
)
def test_if_none_match(tags: Any, status: Any) -> None:
    reply = ask(if_none_match=tags)
    assert reply.status == status
    assert ("content-length" in reply.headers) == (status == 200)


def test_head_has_the_headers_of_the_file() -> None:
    reply = ask("HEAD")
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", "1024")
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["last-modified"] == STAMP
