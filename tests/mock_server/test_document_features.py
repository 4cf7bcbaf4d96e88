"""Features of other documents: keys in other locations, text responses, cookies."""

import io
from collections.abc import Iterator
from typing import Any

import av
import httpx
import pytest

from evolink_mock import EvoLinkMock

from .conftest import TLS

KEY = "evolink-mock-key"


def document(operation: dict[str, Any], **schemes: list[str]) -> dict[str, Any]:
    documented = {"operationId": "it", "responses": {"200": {"description": ""}}} | operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Unusual", "version": "1"},
        "servers": [{"url": "https://api.unusual.test"}],
        "paths": {"/it": {"post": documented}},
        "components": {"securitySchemes": schemes},
    }


@pytest.fixture
def client(operation: dict[str, Any], schemes: dict[str, Any]) -> Iterator[httpx.Client]:
    with (
        EvoLinkMock(contract=document(operation, **schemes)) as mock,
        httpx.Client(base_url=mock.base_url, verify=TLS) as client,
    ):
        yield client


@pytest.fixture
def schemes() -> dict[str, Any]:
    return {}


def parameter(place: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"parameters": [{"in": place, "name": "count", "schema": schema, **more}]}


class TestKeys:
    @pytest.fixture
    def operation(self) -> dict[str, Any]:
        return {"security": [{"one": []}, {"two": []}, {"three": []}]}

    @pytest.fixture
    def schemes(self) -> dict[str, Any]:
        places = {"one": ("header", "X-Key"), "two": ("query", "key"), "three": ("cookie", "sid")}
        return {name: {"type": "apiKey", "in": at, "name": key} for name, (at, key) in places.items()}

    @pytest.mark.parametrize(
        "how",
        [
            {"headers": {"X-Key": KEY}},
            {"params": {"key": KEY}},
            {"headers": {"Cookie": f"other=1; sid={KEY}"}},
            {"headers": {"Authorization": f"Bearer {KEY}"}},
        ],
    )
    def test_documented_key_location(self, client: httpx.Client, how: dict[str, Any]) -> None:
        assert client.post("/it", **how).status_code == 200

    @pytest.mark.parametrize(
        "how",
        [
            {},
            {"headers": {"X-Key": "wrong"}},
            {"headers": {"X-Other": KEY}},
            {"params": {"key": ""}},
            {"headers": {"Cookie": f"other={KEY}"}},
        ],
    )
    def test_missing_key_is_401(self, client: httpx.Client, how: dict[str, Any]) -> None:
        assert client.post("/it", **how).status_code == 401


class TestPlainText:
    @pytest.fixture
    def operation(self, content: dict[str, Any]) -> dict[str, Any]:
        responses = {
            "200": {"description": "", "content": content},
            "default": {"content": {"text/plain": {}}},
        }
        return {"responses": responses} | parameter("query", {"type": "integer"})

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ({"text/vtt": {"examples": {"a": {"value": "WEBVTT"}}}, "text/plain": {}}, "WEBVTT"),
            ({"text/vtt": {"schema": {"type": "string", "const": "made"}}}, "made"),
        ],
    )
    def test_text_response(self, client: httpx.Client, expected: str) -> None:
        reply = client.post("/it")
        assert (reply.text, reply.headers["content-type"]) == (expected, "text/vtt")

    @pytest.mark.parametrize("content", [{"application/octet-stream": {"schema": {"type": "string"}}}])
    def test_binary_response_and_text_error(self, client: httpx.Client) -> None:
        reply = client.post("/it")
        assert (reply.content, reply.headers["content-type"]) == (b"", "application/octet-stream")
        refused = client.post("/it", params={"count": "few"})
        assert refused.status_code == 400
        assert refused.headers["content-type"] == "text/plain"
        assert '"few" is not an integer' in refused.text

    @pytest.mark.parametrize(
        ("content", "kind", "codec"),
        [
            ({"audio/mpeg": {"schema": {"type": "string", "format": "binary"}}}, "audio/mpeg", "mp3float"),
            ({"audio/wave": {}}, "audio/wave", "pcm_s16le"),
            ({"image/*": {}}, "image/png", "png"),
            ({"video/mp4": {}}, "video/mp4", "h264"),
        ],
    )
    @pytest.mark.parametrize("headers", [{}, {"Prefer": "code=200"}])
    def test_media_response_plays(
        self, client: httpx.Client, kind: str, codec: str, headers: dict[str, str]
    ) -> None:
        reply = client.post("/it", headers=headers)
        assert reply.headers["content-type"] == kind
        with av.open(io.BytesIO(reply.content), "r") as file:
            assert next(file.decode(file.streams[0])) is not None
            assert file.streams[0].codec_context.name == codec

    @pytest.mark.parametrize("content", [{"application/json": {"examples": {"a": {"value": [1]}}}}])
    def test_example_without_schema(self, client: httpx.Client) -> None:
        assert client.post("/it").json() == [1]

    @pytest.mark.parametrize("content", [{}])
    def test_response_without_content(self, client: httpx.Client) -> None:
        reply = client.post("/it")
        assert (reply.status_code, reply.content) == (200, b"")
        assert "content-type" not in reply.headers


class TestJsonMediaTypes:
    @pytest.fixture
    def operation(self) -> dict[str, Any]:
        schema = {"type": "object", "properties": {"title": {"type": "string"}}}
        replies = {"200": "text/json", "400": "application/problem+json"}
        return {
            **parameter("query", {"type": "integer"}),
            "responses": {
                status: {"description": "", "content": {kind: {"schema": schema}}}
                for status, kind in replies.items()
            },
        }

    @pytest.mark.parametrize(("count", "kind"), [("1", "text/json"), ("x", "application/problem+json")])
    def test_response_has_the_documented_type(self, client: httpx.Client, count: str, kind: str) -> None:
        reply = client.post("/it", params={"count": count})
        assert reply.headers["content-type"] == kind
        assert reply.json()["title"]


class TestParameters:
    @pytest.mark.parametrize("operation", [parameter("query", {"type": "integer"})])
    @pytest.mark.parametrize("text", ["null", "NaN", "1.5", "{}", "", "true", "9" * 5000])
    def test_word_is_not_a_number(self, client: httpx.Client, text: str) -> None:
        assert client.post("/it", params={"count": text}).status_code == 400

    @pytest.mark.parametrize("operation", [parameter("cookie", {"type": "integer"}, required=True)])
    @pytest.mark.parametrize(
        ("cookie", "status"), [("count=3", 200), ("a=b; count=3", 200), ("count=few", 400), ("a=3", 400)]
    )
    def test_cookie_parameter(self, client: httpx.Client, cookie: str, status: int) -> None:
        assert client.post("/it", headers={"Cookie": cookie}).status_code == status

    @pytest.mark.parametrize("operation", [parameter("query", {"type": ["integer", "null"], "maximum": 9})])
    @pytest.mark.parametrize(
        ("text", "rule"), [("7", None), ("null", None), ("10", "maximum"), ("few", "type")]
    )
    def test_nullable_number(self, client: httpx.Client, text: str, rule: str | None) -> None:
        reply = client.post("/it", params={"count": text})
        assert [fault["rule"] for fault in reply.json()["violations"]] == [rule] if rule else reply.is_success

    @pytest.mark.parametrize(
        "operation", [parameter("query", {"type": "array", "items": {"type": "integer"}, "minItems": 2})]
    )
    @pytest.mark.parametrize(
        ("query", "status"),
        [("count=1&count=2", 200), ("count=1,2", 200), ("count=1", 400), ("count=1,few", 400)],
    )
    def test_list_items(self, client: httpx.Client, query: str, status: int) -> None:
        assert client.post(f"/it?{query}").status_code == status

    @pytest.mark.parametrize(
        "operation",
        [
            parameter(
                "query", {"type": "array", "items": {"type": "integer"}}, style="pipeDelimited", explode=False
            )
        ],
    )
    @pytest.mark.parametrize(
        ("query", "status"), [("count=1|2", 200), ("count=1|few", 400), ("count=1,2", 400)]
    )
    def test_list_items_in_another_style(self, client: httpx.Client, query: str, status: int) -> None:
        assert client.post(f"/it?{query}").status_code == status

    @pytest.mark.parametrize(
        "operation",
        [parameter("query", {"type": "object", "properties": {"a": {"type": "integer"}}}, explode=False)],
    )
    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("count=a,1,b,x", 200),
            ("count=a,x", 400),
            ('count={"a":1,"b":2}', 200),
            ('count={"a":"x","b":2}', 400),
        ],
    )
    def test_object_that_is_not_exploded(self, client: httpx.Client, query: str, status: int) -> None:
        assert client.post(f"/it?{query}").status_code == status

    @pytest.mark.parametrize(
        ("operation", "text", "message"),
        [
            (
                parameter("query", {"type": "array", "items": {"type": "integer"}}),
                "1,x",
                'count[1]: "x" is not an integer',
            ),
            (
                parameter("query", {"type": "object", "properties": {"a": {"type": "integer"}}}),
                "a,x",
                'count.a: "x" is not an integer',
            ),
        ],
    )
    def test_message_names_the_value_in_a_parameter(
        self, client: httpx.Client, text: str, message: str
    ) -> None:
        assert client.post("/it", params={"count": text}).json()["violations"][0]["message"] == message

    @pytest.mark.parametrize(
        "operation",
        [parameter("query", {"type": "object", "properties": {"a": {"type": "integer"}}}, required=True)],
    )
    @pytest.mark.parametrize(
        ("query", "status"), [("a=1", 200), ("count[a]=1", 200), ('count={"a":1}', 200), ("count=few", 400)]
    )
    def test_exploded_object(self, client: httpx.Client, query: str, status: int) -> None:
        assert client.post(f"/it?{query}").status_code == status


class TestPaths:
    """Templates that match the same path."""

    @pytest.fixture
    def client(self) -> Iterator[httpx.Client]:
        number = {"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}}
        word = {**number, "schema": {"type": "string"}}

        def named(name: str, *parameters: Any) -> dict[str, Any]:
            return {
                "operationId": name,
                "parameters": [*parameters],
                "responses": {"200": {"description": name}},
            }

        contract = document({})
        contract["paths"] = {
            "/shelves/{n}": {"get": named("get", number), "delete": named("delete", word)},
            "/shelves/{n}:empty": {"get": named("empty", number)},
            "/shelves/first": {"get": named("first")},
        }
        with (
            EvoLinkMock(contract=contract) as mock,
            httpx.Client(base_url=mock.base_url, verify=TLS) as client,
        ):
            client.event_hooks = {
                "response": [lambda reply: reply.extensions.update(recorded=mock.requests[-1])]
            }
            yield client

    @pytest.mark.parametrize(
        ("method", "path", "operation", "status"),
        [
            ("GET", "/shelves/5", "get", 200),
            ("GET", "/shelves/five", "get", 400),
            ("GET", "/shelves/5:empty", "empty", 200),
            ("GET", "/shelves/first", "first", 200),
            ("DELETE", "/shelves/5", "delete", 200),
            ("DELETE", "/shelves/5:empty", None, 405),
            ("PUT", "/shelves/first", None, 405),
        ],
    )
    def test_most_specific_path_wins(
        self, client: httpx.Client, method: str, path: str, operation: str | None, status: int
    ) -> None:
        reply = client.request(method, path)
        assert (reply.extensions["recorded"].operation, reply.status_code) == (operation, status)
        if status == 405:
            assert reply.headers["allow"] == "GET"


@pytest.mark.parametrize("starts_a_task", [True, False])
def test_extension_decides_what_starts_a_task(starts_a_task: bool) -> None:
    def replying(name: str, **more: Any) -> dict[str, Any]:
        shown = {"any": {"value": {"id": "1", "status": "pending"}}}
        content = {"application/json": {"schema": {"type": "object"}, "examples": shown}}
        return {"operationId": name, "responses": {"200": {"description": "", "content": content}}, **more}

    extension = {"x-evolink-generation": {"query": "getTask", "parameter": "id"}}
    contract = document({})
    contract["paths"] = {
        "/it": {"post": replying("it", **(extension if starts_a_task else {}))},
        "/it/{id}": {"get": replying("getTask")},
    }
    with EvoLinkMock(contract=contract) as mock:
        httpx.post(f"{mock.base_url}/it", json={}, verify=TLS)
        assert len(mock.tasks) == starts_a_task


class TestEmptyForms:
    @pytest.fixture
    def operation(self, required: list[str]) -> dict[str, Any]:
        schema = {"type": "object", "properties": {"url": {"type": "string"}}, "required": required}
        return {
            "requestBody": {
                "required": True,
                "content": {"application/x-www-form-urlencoded": {"schema": schema}, "text/plain": {}},
            }
        }

    @pytest.mark.parametrize(
        ("required", "kind", "status"),
        [
            ([], "application/x-www-form-urlencoded", 200),
            (["url"], "application/x-www-form-urlencoded", 400),
            ([], "text/plain", 400),
        ],
    )
    def test_empty_form_is_a_body(self, client: httpx.Client, kind: str, status: int) -> None:
        assert client.post("/it", headers={"Content-Type": kind}).status_code == status
