"""The decisions about downloads, without any I/O."""

from pathlib import Path, PurePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink._downloads.policy import (
    Known,
    Step,
    can_resume,
    judge,
    places,
    request_headers,
    safe_name,
    suffix_of,
)

ETAG = '"v1"'


@given(st.text())
def test_a_safe_name_stays_in_its_folder(text: Any) -> None:
    name = safe_name(text)

    assert PurePath(name).name == name
    assert name not in {"", ".", ".."}
    assert not name.startswith(".")
    assert len(name) <= 120
    assert name.isprintable()


@pytest.mark.parametrize(
    "text", ["../../etc/passwd", "a/b", "a\\b", "C:evil", "nul\x00l", "\n", "..", "a\u202eb"]
)
def test_names_that_lead_elsewhere_do_not(text: Any) -> None:
    assert not set(safe_name(text)) & set("/\\:\x00\n\u202e")
    assert ".." not in safe_name(text)


@pytest.mark.parametrize(
    ("link", "suffix"),
    [
        ("https://a.test/x.mp4", ".mp4"),
        ("https://a.test/x.MP4?sig=a.b#c", ".mp4"),
        ("https://a.test/x", ""),
        ("https://a.test/x.mp4/", ".mp4"),
        ("https://a.test/x%2Emp4", ".mp4"),
        ("https://a.test/x.m%2F..%2Fp4", ""),
        ("https://a.test/x." + "a" * 20, ""),
        ("https://a.test/x.p h", ""),
        ("https://[broken/x.mp4", ""),
        ("", ""),
    ],
)
def test_the_suffix_of_a_link(link: Any, suffix: Any) -> None:
    assert suffix_of(link) == suffix


@pytest.mark.parametrize(
    ("target", "count", "names"),
    [
        ("cat.mp4", 1, ["cat.mp4"]),
        ("cat.mp4", 3, ["cat-1.mp4", "cat-2.mp4", "cat-3.mp4"]),
        ("out/", 1, ["out/task-1.mp4"]),
        ("out/", 2, ["out/task-1-1.mp4", "out/task-1-2.mp4"]),
        (".", 1, ["task-1.mp4"]),
        ("out/cat", 1, ["out/cat"]),
        (Path("x/.hidden"), 1, ["x/.hidden"]),
    ],
)
def test_each_result_has_a_place(
    target: Any, count: Any, names: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)

    found = places(target, "task-1", ["https://files.test/a.mp4"] * count)

    assert [place.final(None) for place in found] == [Path(name) for name in names]
    assert [place.part for place in found] == [Path(name + ".part") for name in names]
    assert [place.state for place in found] == [Path(name + ".part.json") for name in names]


def test_a_folder_that_exists_needs_no_separator(tmp_path: Any) -> None:
    (place,) = places(tmp_path, "task-1", ["https://files.test/a.mp4"])

    assert place.final(None) == tmp_path / "task-1.mp4"


def test_a_missing_suffix_is_taken_from_the_type_in_folders_alone(tmp_path: Any) -> None:
    (inside,) = places(tmp_path, "task-1", ["https://files.test/a"])
    (named,) = places(tmp_path / "cat", "task-1", ["https://files.test/a"])

    assert inside.final(".mp4").name == "task-1.mp4"
    assert named.final(".mp4").name == "cat"


def test_every_request_asks_for_a_range_and_for_bytes_as_they_are() -> None:
    first = request_headers(0, Known(), "me")
    later = request_headers(5, Known(ETAG, 10), "me")

    assert (first["Range"], "If-Range" in first) == ("bytes=0-", False)
    assert (later["Range"], later["If-Range"]) == ("bytes=5-", ETAG)
    assert first["Accept-Encoding"] == "identity"
    assert first["User-Agent"] == "me"


@pytest.mark.parametrize(
    ("size", "known", "possible"),
    [
        (5, Known(ETAG, 10), True),
        (10, Known(ETAG, 10), True),
        (11, Known(ETAG, 10), False),
        (0, Known(ETAG, 10), False),
        (5, Known(None, 10), False),
        (5, Known(ETAG, None), False),
    ],
)
def test_a_part_can_be_gone_on_with_if_it_is_known_of_what(size: Any, known: Any, possible: Any) -> None:
    assert can_resume(size, known) is possible


def verdict(
    status: Any, headers: Any = None, offset: Any = 0, known: Any = None, *, is_page: Any = False
) -> Any:
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return judge(status, lower, offset, known or Known(), is_page=is_page)


def test_a_whole_reply_is_written_from_the_start() -> None:
    found = verdict(
        200, {"Content-Length": "10", "ETag": ETAG, "Content-Type": "video/mp4"}, 5, Known(ETAG, 10)
    )

    assert (found.step, found.start, found.end) == (Step.WRITE, 0, 10)
    assert found.known == Known(ETAG, 10, "video/mp4")


def test_a_partial_reply_is_written_where_it_belongs() -> None:
    found = verdict(206, {"Content-Range": "bytes 5-9/10", "ETag": ETAG}, 5, Known(ETAG, 10))

    assert (found.step, found.start, found.end, found.known) == (Step.WRITE, 5, 10, Known(ETAG, 10))


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": ETAG}, ETAG),
        ({"ETag": 'W/"v1"'}, None),
        ({"ETag": 'W/"v1"', "Last-Modified": "yesterday"}, "yesterday"),
        ({"ETag": ETAG, "Last-Modified": "yesterday"}, ETAG),
        ({}, None),
    ],
)
def test_only_a_strong_validator_counts(headers: Any, validator: Any) -> None:
    assert verdict(200, {"Content-Length": "1", **headers}).known.validator == validator


@pytest.mark.parametrize(
    ("status", "headers", "offset", "step"),
    [
        (302, {"Location": "/x"}, 0, Step.REDIRECT),
        (302, {}, 0, Step.REFUSED),
        (304, {"Location": "/x"}, 0, Step.REFUSED),
        (403, {}, 0, Step.EXPIRED),
        (404, {}, 5, Step.EXPIRED),
        (410, {}, 0, Step.EXPIRED),
        (401, {}, 0, Step.REFUSED),
        (400, {}, 0, Step.REFUSED),
        (204, {}, 0, Step.REFUSED),
        (429, {}, 0, Step.AGAIN),
        (408, {}, 0, Step.AGAIN),
        (500, {}, 0, Step.AGAIN),
        (503, {}, 5, Step.AGAIN),
        (416, {}, 5, Step.RESTART),
        (416, {"Content-Range": "bytes */0"}, 0, Step.REFUSED),
        (200, {}, 0, Step.UNKNOWN_SIZE),
        (200, {"Content-Length": "ten"}, 0, Step.UNKNOWN_SIZE),
        (200, {"Content-Length": "10", "Content-Encoding": "gzip"}, 0, Step.UNKNOWN_SIZE),
        (206, {"Content-Range": "bytes 0-9/*"}, 0, Step.UNKNOWN_SIZE),
        (206, {}, 0, Step.RESTART),
        (206, {"Content-Range": "bytes */10"}, 0, Step.RESTART),
        (206, {"Content-Range": "bytes 3-9/10", "ETag": ETAG}, 5, Step.RESTART),
        (206, {"Content-Range": "bytes 5-9/10", "ETag": '"v2"'}, 5, Step.RESTART),
        (206, {"Content-Range": "bytes 5-19/20", "ETag": ETAG}, 5, Step.RESTART),
        (206, {"Content-Range": "bytes 5-9/10"}, 5, Step.WRITE),
        (200, {"Content-Length": "10", "Content-Type": "text/html; charset=utf-8"}, 0, Step.REFUSED),
    ],
)
def test_what_a_reply_means(status: Any, headers: Any, offset: Any, step: Any) -> None:
    assert verdict(status, headers, offset, Known(ETAG, 10)).step is step


def test_a_web_page_may_be_the_result() -> None:
    assert verdict(200, {"Content-Length": "1", "Content-Type": "text/html"}, is_page=True).step is Step.WRITE


@given(
    st.integers(100, 599),
    st.dictionaries(
        st.sampled_from(
            ["content-range", "content-length", "etag", "location", "content-type", "content-encoding"]
        ),
        st.text(max_size=20) | st.from_regex(r"bytes \d{1,3}-\d{1,3}/\d{1,3}", fullmatch=True),
    ),
    st.integers(0, 100),
)
def test_any_reply_has_a_meaning_and_nothing_is_written_where_it_was_not_asked_for(
    status: Any, headers: Any, offset: Any
) -> None:
    found = judge(status, headers, offset, Known(ETAG, 100), is_page=False)

    if found.step is Step.WRITE:
        assert found.start in {0, offset}
        assert found.known.total is not None
