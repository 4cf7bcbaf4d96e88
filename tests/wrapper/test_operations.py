"""Operations of kinds that the vendored documents do not have yet: uploads, queries, other hosts."""

import io
import json
import sys
import types
from pathlib import Path
from typing import Any

import httpx
import pytest
from wrapper.fakes import Api, World

import evolink
from evolink._contract import index
from evolink._http.validation import operation_for
from evolink_api.types import File

SCHEMA = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}}
FORM = "application/x-www-form-urlencoded"
KINDS = ["application/json", FORM, "multipart/form-data", "image/png", "text/*"]


class NoteForm:
    """A generated class that says by itself how it is sent."""

    def to_dict(self) -> dict[str, Any]:
        return {"of": "form"}


class NoteJson(NoteForm):
    """The one for JSON."""


def module(name: str, build_request: Any) -> types.ModuleType:
    """A module as the generator writes it."""

    def parse_response(status: int, headers: Any, content: bytes) -> Any:
        return json.loads(content)["data"]

    made = types.ModuleType(name)
    made.__dict__.update(build_request=build_request, parse_response=parse_response)
    return made


def upload(folder: str, *, body: Any = None) -> dict[str, Any]:
    return {"method": "post", "url": f"/api/upload/{folder}", "headers": {}}


def things(*, page_size: int | None = None) -> dict[str, Any]:
    return {"method": "get", "url": "/v1/things", "params": {"pageSize": page_size}}


def badge(*, x_team: Any, lamp: Any) -> dict[str, Any]:
    """As the generator leaves parameters that it has no text for."""
    return {"method": "get", "url": "/v1/badge", "headers": {"X-Team": x_team}, "cookies": {"lamp": lamp}}


def fetch(*, body: Any = None) -> dict[str, Any]:
    return {"method": "post", "url": "/v1/fetch", "headers": {}}


def note(field_1st_note: str, *, body: Any = None) -> dict[str, Any]:
    request: dict[str, Any] = {"method": "put", "url": f"/v1/notes/{field_1st_note}", "headers": {}}
    if isinstance(body, NoteForm):
        request["data"] = body.to_dict()
        request["headers"]["Content-Type"] = FORM
    return request


# Each operation, with the part of the contract that is its own, and its generated function.
OPERATIONS: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "upload": (
        {
            "method": "post",
            "path": "/api/upload/{folder}",
            "resource": "files",
            "server": "https://files.example.com",
            "aliases": ["sendFile"],
        },
        {"content_types": ["multipart/form-data"]},
        upload,
    ),
    "things": ({"method": "get", "path": "/v1/things", "resource": "things"}, {}, things),
    "fetch": (
        {"method": "post", "path": "/v1/fetch", "resource": "files", "request": "operations/fetch.json"},
        {"content_types": ["application/json"], "body_required": True, "schema": SCHEMA},
        fetch,
    ),
    "note": (
        {"method": "put", "path": "/v1/notes/{1st.note}", "resource": "files"},
        {
            "parameters": [{"name": "1st.note", "argument": "field_1st_note"}],
            "content_types": KINDS,
            "request_class": "NoteJson",
        },
        note,
    ),
    "badge": ({"method": "get", "path": "/v1/badge", "resource": "files"}, {}, badge),
}


@pytest.fixture(autouse=True)
def wider(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract with operations of other kinds."""
    known = index.ContractIndex()
    bare = {
        "parameters": [],
        "content_types": [],
        "body_required": False,
        "request_class": None,
        "schema": None,
    }
    for name, (data, shard, build_request) in OPERATIONS.items():
        operation = index.APIOperation(known, name, {**data, "module": f"stand_in.{name}"})
        monkeypatch.setitem(sys.modules, f"stand_in.{name}", module(f"stand_in.{name}", build_request))
        known.operations[name] = operation
        for alias in {name, *data.get("aliases", ())}:
            known._named[alias] = [operation]
        known._shards[f"operations/{name}.json"] = {**bare, **shard}
    monkeypatch.setattr(index, "contract", lambda: known)


def test_an_upload_goes_to_the_documented_host_with_its_fields(world: World) -> None:
    server = Api({"data": "done"})

    reply = world.do(
        world.client(server).call(
            "sendFile", body={"name": "a", "size": 5}, files={"file": ("a.png", b"png")}, folder="x"
        )
    )

    assert reply == "done"
    assert str(server.last.url) == "https://files.example.com/api/upload/x"
    assert server.last.headers["authorization"].startswith("Bearer ")
    kind = server.last.headers["content-type"]
    assert kind.startswith("multipart/form-data; boundary=")
    for part in (b'name="name"\r\n\r\na\r\n', b'name="size"\r\n\r\n5\r\n', b'filename="a.png"'):
        assert part in server.last.content
    assert "idempotency-key" not in server.last.headers


def test_files_on_disk_are_sent(world: World, tmp_path: Path) -> None:
    server = Api({"data": 1})
    (tmp_path / "a.png").write_bytes(b"png" * 100_000)

    with (tmp_path / "a.png").open("rb") as file:
        world.do(world.client(server).call("upload", files={"file": file}, folder="x"))
        assert b"png" * 100_000 in server.last.content
        file.seek(0)
        world.do(world.client(server).call("note", body=file, **{"1st.note": "x"}))
        assert server.last.content == b"png" * 100_000


def test_base_url_replaces_every_documented_host(world: World) -> None:
    server = Api({"data": 1})

    client = world.client(server, base_url="http://127.0.0.1:8080")
    world.do(client.call("upload", files={"file": b"x"}, folder="x"))

    assert str(server.last.url) == "http://127.0.0.1:8080/api/upload/x"


def test_a_lost_upload_is_not_sent_again(world: World) -> None:
    server = Api(httpx.ReadError("lost"))

    with pytest.raises(evolink.APIConnectionError) as caught:
        world.do(world.client(server).call("upload", files={"file": b"x"}, folder="x"))

    assert len(server.requests) == 1
    assert caught.value.outcome_unknown


def test_a_query_parameter_is_found_by_its_documented_name(world: World) -> None:
    server = Api({"data": []})

    assert world.do(world.client(server).call("things", pageSize=5)) == []
    assert server.last.url.query == b"pageSize=5"


@pytest.mark.parametrize(("value", "text"), [(7, "7"), (True, "true"), (0.5, "0.5"), ("a b", "a b")])
def test_headers_and_cookies_are_text_on_the_wire(world: World, value: Any, text: Any) -> None:
    server = Api({"data": {}})

    world.do(world.client(server).call("badge", x_team=value, lamp=value))

    assert server.last.headers["x-team"] == text
    assert server.last.headers["cookie"] == f"lamp={text}"


def test_a_header_that_cannot_be_sent_is_an_invalid_request(world: World) -> None:
    server = Api({"data": {}})

    with pytest.raises(evolink.InvalidRequest, match="badge: the arguments make no request"):
        world.do(world.client(server).call("badge", x_team="\u00fc", lamp="on"))
    assert server.requests == []


def test_any_safe_operation_is_sent_again(world: World) -> None:
    server = Api(500, httpx.ReadError("lost"), {"data": 1})

    assert world.do(world.client(server).call("things")) == 1


def test_a_body_without_model_is_validated(world: World) -> None:
    server = Api({"data": 1})
    client = world.client(server)

    with pytest.raises(evolink.InvalidRequest, match="fetch needs a body"):
        world.do(client.call("fetch"))
    with pytest.raises(evolink.InvalidRequest) as caught:
        world.do(client.call("fetch", body={"urll": "x"}))
    world.do(client.call("fetch", body={"url": "x"}))

    assert {violation.rule for violation in caught.value.violations} == {"required", "unknown"}
    assert server.body == {"url": "x"}
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["1st.note", "1ST_note", "field_1st_note"])
def test_a_parameter_that_python_cannot_spell_is_found(world: World, name: Any) -> None:
    server = Api({"data": 1})

    world.do(world.client(server).call("note", **{name: "x"}))

    assert server.last.url.path == "/v1/notes/x"
    assert server.last.content == b""


@pytest.mark.parametrize(
    ("given", "kind", "content"),
    [
        ({"body": {"url": "x"}}, "application/json", b'{"url":"x"}'),
        ({"body": "x"}, "application/json", b'"x"'),
        ({"body": NoteJson()}, "application/json", b'{"of":"form"}'),
        ({"body": NoteForm()}, FORM, b"of=form"),
        ({"body": b"png"}, "image/png", b"png"),
        ({"body": io.BytesIO(b"png")}, "image/png", b"png"),
        ({"body": File(io.BytesIO(b"text"), mime_type="text/plain")}, "text/plain", b"text"),
        ({"files": {"file": b"png"}}, "multipart/form-data", b"png"),
    ],
)
def test_the_body_decides_between_content_types(world: World, given: Any, kind: Any, content: Any) -> None:
    server = Api({"data": 1})
    if hasattr(given.get("body"), "seek"):
        given["body"].seek(0)
    if hasattr(given.get("body"), "payload"):
        given["body"].payload.seek(0)

    world.do(world.client(server).call("note", **{"1st.note": "x"}, **given))

    assert server.last.headers["content-type"].startswith(kind)
    sent = server.last.content
    if kind == "application/json":  # how it is spaced is the business of httpx
        sent = json.dumps(json.loads(sent), separators=(",", ":")).encode()
    assert content in sent
    assert content == sent or kind.startswith("multipart")


@pytest.mark.parametrize(
    ("body", "operation"),
    [
        ({"model": "a-1"}, "edit"),
        ({"model": "b-2"}, "generate"),
        ({"model": "new"}, "generate"),
        ({"model": None}, "generate"),
        ({"prompt": "p"}, "describe"),
    ],
)
def test_body_goes_to_the_operation_of_its_model(body: dict[str, Any], operation: str) -> None:
    known = index.contract()
    models = {"edit": ["a-1"], "upload": None, "describe": None, "generate": ["b-1", "b-2"]}
    operations = []
    for name, ids in models.items():
        data: dict[str, Any] = {
            "method": "post",
            "path": f"/v1/images/{name}",
            "resource": "images",
            "module": name,
        }
        if ids is not None:
            data["models"] = dict.fromkeys(ids, "")
        kinds = KINDS[2:3] if name == "upload" else KINDS[:1]
        known._shards[f"operations/{name}.json"] = {"content_types": kinds}
        operations.append(index.APIOperation(known, name, data))
    assert operation_for(operations, body).id == operation
