"""Forms are parsed and checked against the contract."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_api import media_types
from evolink_mock import Contract
from evolink_mock._contract.form_fields import field_values, file_violations, matches_type
from evolink_mock._http.forms import MalformedFormError, parse_form

from .conftest import CONTRACT_FILE, ApiClient

PICTURE = ("a.png", b"\x89PNG", "image/png")
FORM = {"title": "A kite"}
CONTRACT = Contract.load(CONTRACT_FILE)


def send(api: ApiClient, path: str = "/up/forms", **how: Any) -> httpx.Response:
    server = f"{api.base_url}/api" if api.base_url.startswith("http:") else "https://files.clips.test/api"
    return api.send("POST", f"{server}{path}", **how)


def wrong(reply: httpx.Response) -> dict[str, str]:
    assert reply.status_code == 400, reply.text
    return {one["path"]: one["rule"] for one in reply.json()["violations"]}


def test_valid_form_is_accepted_and_logged(api: ApiClient) -> None:
    fields = FORM | {
        "count": "3",
        "public": "True",
        "tags": ["a", "1"],
        "kind": "1",
        "about": '{"by": "me"}',
        "ratio": "0.5",
    }
    files = [("picture", PICTURE), ("more", ("b", b"\x00\xff")), ("more", ("c", b""))]
    reply = send(api, data=fields, files=files)
    assert reply.status_code == 200, reply.text
    recorded = api.engine.requests[-1]
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
def test_field_is_checked_as_its_type(one_api: ApiClient, fields: Any, fault: Any) -> None:
    assert wrong(send(one_api, data=FORM | fields, files={"picture": PICTURE})) == fault


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"more": ("b", b"")}, {"picture": "required"}),
        ({"picture": ("a.txt", b"", "text/plain")}, {"picture": "contentType"}),
        ({"picture": ("a.png", b"x" * 65, "image/png")}, {"picture": "maxLength"}),
        ([("picture", PICTURE), *[("more", ("b", b""))] * 3], {"more": "maxItems"}),
    ],
)
def test_files_are_checked(api: ApiClient, files: Any, fault: Any) -> None:
    reply = send(api, data=FORM, files=files)
    assert wrong(reply) == fault
    [path] = fault
    assert path in reply.json()["violations"][0]["message"]


def test_all_violations_of_a_form_are_reported(api: ApiClient) -> None:
    reply = send(api, data={"count": "x"}, files={"picture": ("a", b"", "text/html")})
    assert wrong(reply) == {"title": "required", "count": "type", "picture": "contentType"}


def test_undocumented_fields_are_reported_or_refused(
    api: ApiClient, open_api: Callable[..., ApiClient], synthetic: Contract
) -> None:
    form: Any = {"data": FORM | {"titel": "x"}, "files": {"picture": PICTURE}}
    assert send(api, **form).status_code == 200
    assert api.engine.requests[-1].unknown == ["titel"]
    reply = send(open_api(contract=synthetic, strict=True), **form)
    assert reply.json()["violations"][0]["suggestion"] == "title"


def test_url_encoded_form_is_checked(api: ApiClient) -> None:
    assert send(api, data={"title": "A kite", "count": "2", "public": "false"}).status_code == 200
    assert api.engine.requests[-1].json == {"title": "A kite", "count": 2, "public": False}
    assert wrong(send(api, data={"count": "two"})) == {"title": "required", "count": "type"}


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
def test_malformed_form_is_400(api: ApiClient, content_type: str, body: bytes, why: str) -> None:
    reply = send(api, content=body, headers={"Content-Type": content_type})
    assert reply.status_code == 400
    assert why in json.dumps(reply.json())


def test_undocumented_form_is_415(api: ApiClient) -> None:
    assert api.send("POST", "/v2/clips/generations", data={"model": "toon-1"}).status_code == 415
    assert send(api, json=FORM).status_code == 415


@pytest.fixture(scope="module")
def other_contract() -> Contract:
    """A document of the pipeline's tests."""
    return Contract.load(CONTRACT_FILE.parents[1] / "codegen" / "documents" / "files.yaml")


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
def test_upload_of_another_document(
    open_api: Callable[..., ApiClient], other_contract: Contract, fields: Any, files: Any, fault: Any
) -> None:
    api = open_api(contract=other_contract)
    reply = api.send("POST", "/api/v1/files/upload/stream", data=fields, files=files)
    if fault:
        assert wrong(reply) == fault
    else:
        assert reply.status_code == 200, reply.text


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@given(st.lists(st.tuples(NAMES, NAMES, st.binary(max_size=40)), min_size=1, max_size=4))
def test_multipart_of_httpx_is_parsed(sent: list[tuple[str, str, bytes]]) -> None:
    files = [(name, (filename, data, "image/png")) for name, filename, data in sent]
    request = httpx.Request("POST", "https://files.test/", files=files)
    found = parse_form(request.headers["content-type"], request.read(), 100)
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
            found = parse_form(content_type, body, 100)
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
def test_media_type_matching(kind: str, allowed: str, fits: bool) -> None:
    assert matches_type(kind, allowed) is fits
