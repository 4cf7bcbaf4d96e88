"""The decisions about downloads, without any I/O."""

import contextlib
from pathlib import Path, PurePath
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink import DownloadError
from evolink._downloads.policy import (
    Action,
    ResumeInfo,
    can_resume,
    classify_response,
    request_headers,
    web_address,
)
from evolink._downloads.target import safe_name, suffix_of, targets

ETAG = '"v1"'


LINKS = [
    "https://[x/a",
    "https://a..b/x",
    "https://.test/",
    "https://xn--/",
    f"https://{'a' * 64}.test/",
    "https://a.test/\ud800",
    "https://\ud800.test/",
    "https://a.test:99999/",
    "https://a.test:x/",
    "http:/x",
    "file:///etc/passwd",
    "ftp://files.test/a",
    "data:,x",
    "\n",
]


@pytest.mark.parametrize("link", [*LINKS, "https://", "", "/relative"])
def test_a_link_must_be_a_web_address(link: Any) -> None:
    with pytest.raises(DownloadError, match="not a web address"):
        web_address(link)


@pytest.mark.parametrize("location", LINKS)
def test_a_redirect_leads_to_a_web_address(location: Any) -> None:
    with pytest.raises(DownloadError, match="not a web address"):
        web_address(location, httpx.URL("https://files.test/a"))


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://files.test/a b?sig=%2F", "https://files.test/a%20b?sig=%2F"),
        ("https://[::1]:8000/x", "https://[::1]:8000/x"),
        ("https://m\xfcnchen.de./x", "https://xn--mnchen-3ya.de./x"),
        ("http://127.0.0.1/x", "http://127.0.0.1/x"),
        ("https://a_b.test/", "https://a_b.test/"),
    ],
)
def test_a_web_address_is_kept(link: Any, address: Any) -> None:
    assert web_address(link) == httpx.URL(address)


@given(
    st.text() | st.text().map("https://{}".format), st.none() | st.just(httpx.URL("https://files.test/a/b"))
)
def test_any_link_is_an_address_or_a_download_error(link: Any, base: Any) -> None:
    with contextlib.suppress(DownloadError):
        assert web_address(link, base).host


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
def test_a_safe_name_has_no_path(text: Any) -> None:
    assert not set(safe_name(text)) & set("/\\:\x00\n\u202e")
    assert ".." not in safe_name(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a/b", "a_b"),
        ("a/b", "a\\b"),
        ("\xe4", "\xf6"),
        ("_a", "a"),
        ("x" * 120, "x" * 121),
        ("\ud800", "\ud801"),
    ],
)
def test_different_texts_have_different_safe_names(first: Any, second: Any) -> None:
    assert safe_name(first) != safe_name(second)
    assert safe_name(first) == safe_name(first)


def test_a_safe_text_is_its_own_name() -> None:
    assert safe_name("task-unified-1757169743-7cvnl5zw") == "task-unified-1757169743-7cvnl5zw"


@pytest.mark.parametrize("text", ["con", "NUL", "aux.old", "com1", "LPT9.x.y"], ids=str)
def test_a_device_of_windows_is_no_safe_name(text: str) -> None:
    assert safe_name(text).startswith(f"{text}-")


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
        ("out/cat", 1, ["out/cat/task-1.mp4"]),
        ("out/cat", 2, ["out/cat/task-1-1.mp4", "out/cat/task-1-2.mp4"]),
        ("out.d/", 1, ["out.d/task-1.mp4"]),
        (Path("x/.hidden"), 1, ["x/.hidden/task-1.mp4"]),
    ],
)
def test_each_result_has_a_target(
    target: Any, count: Any, names: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    found = targets(target, "task-1", ["https://files.test/a.mp4"] * count)

    assert [place.final(None) for place in found] == [Path(name) for name in names]
    assert [place.part for place in found] == [Path(name + ".part") for name in names]
    assert [place.state for place in found] == [Path(name + ".part.json") for name in names]


def test_an_existing_folder_needs_no_separator(tmp_path: Path) -> None:
    (place,) = targets(tmp_path, "task-1", ["https://files.test/a.mp4"])

    assert place.final(None) == tmp_path / "task-1.mp4"


def test_the_content_type_gives_a_suffix_in_folders_only(tmp_path: Path) -> None:
    (inside,) = targets(tmp_path, "task-1", ["https://files.test/a"])
    (named,) = targets(tmp_path / "cat.bin", "task-1", ["https://files.test/a"])

    assert inside.final(".mp4").name == "task-1.mp4"
    assert named.final(".mp4").name == "cat.bin"


def test_requests_ask_for_an_uncompressed_range() -> None:
    first = request_headers(0, ResumeInfo(), "me")
    later = request_headers(5, ResumeInfo(ETAG, 10), "me")

    assert (first["Range"], "If-Range" in first) == ("bytes=0-", False)
    assert (later["Range"], later["If-Range"]) == ("bytes=5-", ETAG)
    assert first["Accept-Encoding"] == "identity"
    assert first["User-Agent"] == "me"


@pytest.mark.parametrize(
    ("size", "known", "possible"),
    [
        (5, ResumeInfo(ETAG, 10), True),
        (10, ResumeInfo(ETAG, 10), True),
        (11, ResumeInfo(ETAG, 10), False),
        (0, ResumeInfo(ETAG, 10), False),
        (5, ResumeInfo(None, 10), False),
        (5, ResumeInfo(ETAG, None), False),
        (5, ResumeInfo('"caf\xe9"', 10), False),
    ],
)
def test_a_part_can_be_resumed_if_its_origin_is_known(size: Any, known: Any, possible: Any) -> None:
    assert can_resume(size, known) is possible


def decision(
    status: Any, headers: Any = None, offset: Any = 0, known: Any = None, *, is_page: Any = False
) -> Any:
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return classify_response(status, lower, offset, known or ResumeInfo(), is_page=is_page)


def test_a_complete_response_is_written_from_the_start() -> None:
    found = decision(
        200, {"Content-Length": "10", "ETag": ETAG, "Content-Type": "video/mp4"}, 5, ResumeInfo(ETAG, 10)
    )

    assert (found.action, found.start, found.end) == (Action.WRITE, 0, 10)
    assert found.known == ResumeInfo(ETAG, 10, "video/mp4")


def test_a_partial_response_is_written_at_its_offset() -> None:
    found = decision(206, {"Content-Range": "bytes 5-9/10", "ETag": ETAG}, 5, ResumeInfo(ETAG, 10))

    assert (found.action, found.start, found.end, found.known) == (Action.WRITE, 5, 10, ResumeInfo(ETAG, 10))


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": ETAG}, ETAG),
        ({"ETag": 'W/"v1"'}, None),
        ({"ETag": 'W/"v1"', "Last-Modified": "yesterday"}, "yesterday"),
        ({"ETag": ETAG, "Last-Modified": "yesterday"}, ETAG),
        ({}, None),
        ({"ETag": '"caf\xe9"'}, None),
        ({"ETag": '"caf\xe9"', "Last-Modified": "yesterday"}, "yesterday"),
        ({"ETag": '"caf\xe9"', "Last-Modified": "f\xe9vrier"}, None),
        ({"ETag": '"\x00"'}, None),
        ({"ETag": f'"{"x" * 5000}"'}, None),
    ],
)
def test_a_validator_is_strong_and_fits_into_a_header(headers: Any, validator: Any) -> None:
    assert decision(200, {"Content-Length": "1", **headers}).known.validator == validator


@pytest.mark.parametrize(
    ("status", "headers", "offset", "step"),
    [
        (302, {"Location": "/x"}, 0, Action.REDIRECT),
        (302, {}, 0, Action.REFUSED),
        (304, {"Location": "/x"}, 0, Action.REFUSED),
        (403, {}, 0, Action.EXPIRED),
        (404, {}, 5, Action.EXPIRED),
        (410, {}, 0, Action.EXPIRED),
        (401, {}, 0, Action.REFUSED),
        (400, {}, 0, Action.REFUSED),
        (204, {}, 0, Action.REFUSED),
        (429, {}, 0, Action.RETRY),
        (408, {}, 0, Action.RETRY),
        (500, {}, 0, Action.RETRY),
        (503, {}, 5, Action.RETRY),
        (416, {}, 5, Action.RESTART),
        (416, {"Content-Range": "bytes */0"}, 0, Action.REFUSED),
        (200, {}, 0, Action.UNKNOWN_SIZE),
        (200, {"Content-Length": "ten"}, 0, Action.UNKNOWN_SIZE),
        (200, {"Content-Length": "9" * 5000}, 0, Action.UNKNOWN_SIZE),
        (200, {"Content-Length": "10", "Content-Encoding": "gzip"}, 0, Action.REFUSED),
        (206, {"Content-Range": "bytes 5-9/10", "Content-Encoding": "gzip, gzip"}, 5, Action.REFUSED),
        (200, {"Content-Length": "10", "Content-Encoding": "identity"}, 0, Action.WRITE),
        (206, {"Content-Range": "bytes 0-9/*"}, 0, Action.UNKNOWN_SIZE),
        (206, {"Content-Range": "bytes 5-9/*", "ETag": ETAG}, 5, Action.RESTART),
        (206, {"Content-Range": f"bytes 0-9/{'9' * 5000}"}, 0, Action.RESTART),
        (206, {}, 0, Action.RESTART),
        (206, {"Content-Range": "bytes */10"}, 0, Action.RESTART),
        (206, {"Content-Range": "bytes 3-9/10", "ETag": ETAG}, 5, Action.RESTART),
        (206, {"Content-Range": "bytes 5-9/10", "ETag": '"v2"'}, 5, Action.RESTART),
        (206, {"Content-Range": "bytes 5-19/20", "ETag": ETAG}, 5, Action.RESTART),
        (206, {"Content-Range": "bytes 5-9/10"}, 5, Action.WRITE),
        (200, {"Content-Length": "10", "Content-Type": "text/html; charset=utf-8"}, 0, Action.REFUSED),
    ],
)
def test_responses_are_classified(status: Any, headers: Any, offset: Any, step: Any) -> None:
    assert decision(status, headers, offset, ResumeInfo(ETAG, 10)).action is step


def test_a_web_page_may_be_the_result() -> None:
    assert (
        decision(200, {"Content-Length": "1", "Content-Type": "text/html"}, is_page=True).action
        is Action.WRITE
    )


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
def test_any_response_is_classified_and_written_only_at_the_requested_offset(
    status: Any, headers: Any, offset: Any
) -> None:
    found = classify_response(status, headers, offset, ResumeInfo(ETAG, 100), is_page=False)

    if found.action is Action.WRITE:
        assert found.start in {0, offset}
        assert found.known.total is not None
