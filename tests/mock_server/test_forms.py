"""Forms are held against the contract as JSON is."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_api import media_types
from evolink_mock import Contract
from evolink_mock._contract.form_fields import field_values, file_violations, matches_type
from evolink_mock._http.forms import MalformedFormError, parse_form

from .conftest import INVENTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Door

PICTURE = ("a.png", b"\x89PNG", "image/png")
FORM = {"title": "A kite"}
CONTRACT = Contract.load(INVENTED)


def send(door: Door, path: str = "/up/forms", **how: Any) -> httpx.Response:
    server = f"{door.base_url}/api" if door.base_url.startswith("http:") else "https://files.clips.test/api"
    return door.send("POST", f"{server}{path}", **how)


def wrong(reply: httpx.Response) -> dict[str, str]:
    assert reply.status_code == 400, reply.text
    return {one["path"]: one["rule"] for one in reply.json()["violations"]}


def test_a_form_as_documented_is_accepted_and_shown_in_the_log(door: Door) -> None:
    fields = FORM | {
        "count": "3",
        "public": "True",
        "tags": ["a", "1"],
        "kind": "1",
        "about": '{"by": "me"}',
        "ratio": "0.5",
    }
    files = [("picture", PICTURE), ("more", ("b", b"\x00\xff")), ("more", ("c", b""))]
    reply = send(door, data=fields, files=files)
    assert reply.status_code == 200, reply.text
    recorded = door.engine.requests[-1]
    assert recorded.json == FORM | {
        "count": 3,
        "public": True,
        "tags": ["a", "1"],
        "kind": "1",
        "about": {"by": "me"},
        "ratio": 0.5,
        "picture": {"filename": "a.png", "content_type": "image/png", "size": 4},
        "more": [
            {"filename": "b", "content_type": "application/octet-stream", "size": 2},
            {"filename": "c", "content_type": "application/octet-stream", "size": 0},
        ],
    }
    assert recorded.unknown == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"title": "much too long"}, {"title": "maxLength"}),
        ({"count": "many"}, {"count": "type"}),
        ({"count": "0"}, {"count": "minimum"}),
        ({"public": "maybe"}, {"public": "type"}),
        ({"kind": "dog"}, {"kind": "enum"}),
        ({"about": "{}"}, {"about.by": "required"}),
        ({"about": "me"}, {"about": "type"}),
        ({"ratio": "wide"}, {"ratio": "enum"}),
        ({"title": ["A", "B"]}, {"title": "type"}),
    ],
)
def test_a_field_is_checked_as_what_its_text_stands_for(door: Door, fields: Any, fault: Any) -> None:
    assert wrong(send(door, data=FORM | fields, files={"picture": PICTURE})) == fault


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"more": ("b", b"")}, {"picture": "required"}),
        ({"picture": ("a.txt", b"", "text/plain")}, {"picture": "contentType"}),
        ({"picture": ("a.png", b"x" * 65, "image/png")}, {"picture": "maxLength"}),
        ([("picture", PICTURE), *[("more", ("b", b""))] * 3], {"more": "maxItems"}),
    ],
)
def test_files_are_checked_by_presence_number_size_and_documented_type(
    door: Door, files: Any, fault: Any
) -> None:
    reply = send(door, data=FORM, files=files)
    assert wrong(reply) == fault
    [path] = fault
    assert path in reply.json()["violations"][0]["message"]


def test_everything_that_is_wrong_with_a_form_is_told_at_once(door: Door) -> None:
    reply = send(door, data={"count": "x"}, files={"picture": ("a", b"", "text/html")})
    assert wrong(reply) == {"title": "required", "count": "type", "picture": "contentType"}


def test_fields_that_are_not_documented_are_reported_and_refused_where_that_is_asked_for(
    door: Door, open_door: Callable[..., Door], invented: Contract
) -> None:
    form: Any = {"data": FORM | {"titel": "x"}, "files": {"picture": PICTURE}}
    assert send(door, **form).status_code == 200
    assert door.engine.requests[-1].unknown == ["titel"]
    reply = send(open_door(contract=invented, strict=True), **form)
    assert reply.json()["violations"][0]["suggestion"] == "title"


def test_a_url_encoded_form_is_checked_too(door: Door) -> None:
    assert send(door, data={"title": "A kite", "count": "2", "public": "false"}).status_code == 200
    assert door.engine.requests[-1].json == {"title": "A kite", "count": 2, "public": False}
    assert wrong(send(door, data={"count": "two"})) == {"title": "required", "count": "type"}


@pytest.mark.parametrize(
    ("content_type", "body", "why"),
    [
        ("multipart/form-data", b"--x--", "boundary"),
        ("multipart/form-data; boundary=x", b"--y--", "boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--", "no name"),
        ("multipart/form-data; boundary=x", b"--x\r\nA: b\r\n\r\nno name\r\n--x--", "no name"),
        ("multipart/form-data; boundary=x", b"--x\r\nA: b\r\n\r\nno end", "does not end"),
        (f"multipart/form-data; boundary={'x' * 300}", b"--x--", "length"),
        ("application/x-www-form-urlencoded", b"title=%ff", "UTF-8"),
        ("application/x-www-form-urlencoded", b"title=\xff", "UTF-8"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xff\r\n--x--',
            "title is not UTF-8",
        ),
    ],
)
def test_a_malformed_form_is_400_and_says_why(door: Door, content_type: Any, body: Any, why: Any) -> None:
    reply = send(door, content=body, headers={"Content-Type": content_type})
    assert reply.status_code == 400
    assert why in json.dumps(reply.json())


def test_a_form_where_none_is_documented_is_415(door: Door) -> None:
    assert door.send("POST", "/v2/clips/generations", data={"model": "toon-1"}).status_code == 415
    assert send(door, json=FORM).status_code == 415


@pytest.fixture(scope="module")
def foreign() -> Contract:
    """A document that was written for other tests."""
    return Contract.load(INVENTED.parents[1] / "codegen" / "documents" / "files.yaml")


@pytest.mark.parametrize(
    ("fields", "files", "fault"),
    [
        ({}, {"file": b"data"}, {}),
        ({"size": "4", "public": "true", "when": "2026-01-01T00:00:00Z"}, {"file": b"data"}, {}),
        ({"upload_path": "a/b"}, {"previews": b"data"}, {"file": "required"}),
        (
            {"size": "four", "public": "maybe", "kind": "sound", "when": "noon", "about": "x"},
            {"file": b"data"},
            {"size": "type", "public": "type", "kind": "enum", "when": "format", "about": "type"},
        ),
    ],
)
def test_uploads_of_a_document_nobody_wrote_for_the_mock(
    open_door: Callable[..., Door], foreign: Contract, fields: Any, files: Any, fault: Any
) -> None:
    door = open_door(contract=foreign)
    reply = door.send("POST", "/api/v1/files/upload/stream", data=fields, files=files)
    if fault:
        assert wrong(reply) == fault
    else:
        assert reply.status_code == 200, reply.text


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@given(st.lists(st.tuples(NAMES, NAMES, st.binary(max_size=40)), min_size=1, max_size=4))
def test_what_httpx_writes_is_read_back(sent: list[tuple[str, str, bytes]]) -> None:
    files = [(name, (filename, data, "image/png")) for name, filename, data in sent]
    request = httpx.Request("POST", "https://files.test/", files=files)
    found = parse_form(request.headers["content-type"], request.read())
    assert [(part.name, part.filename, part.data, part.content_type) for part in found] == [
        (name, filename, data, "image/png") for name, filename, data in sent
    ]


PIECES = st.sampled_from([b"--x", b"\r\n", b"--", b'Content-Disposition: a; name="title"', b"\xff"])


@given(
    st.sampled_from(
        ["multipart/form-data; boundary=x", "multipart/form-data; boundary=", media_types.URL_ENCODED]
    ),
    st.one_of(st.binary(), st.lists(PIECES).map(b"".join)),
)
def test_any_bytes_are_a_form_or_malformed(content_type: str, body: bytes) -> None:
    op = CONTRACT.operation("sendForm")
    assert op.body is not None
    for media in op.body.forms.values():
        with contextlib.suppress(MalformedFormError):
            found = parse_form(content_type, body)
            assert isinstance(field_values(CONTRACT.document, media.schema, found), dict)
            file_violations(CONTRACT.document, media.schema, media.encoding, found)


@pytest.mark.parametrize(
    ("kind", "allowed", "fits"),
    [
        ("image/png", "image/png, image/jpeg", True),
        ("image/png", "image/*", True),
        ("image/png", "*/*", True),
        ("image/png", "Image/PNG; q=1", True),
        ("imagery/png", "image/*", False),
        ("", "image/*", False),
    ],
)
def test_types_are_matched_as_http_says(kind: str, allowed: str, fits: bool) -> None:
    assert matches_type(kind, allowed) is fits
