"""Operations as other documents have them: keys in other places, texts for replies, cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from evolink_mock import EvoLinkMock

from .conftest import TLS

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "evolink-mock-key"


def document(operation: dict[str, Any], **schemes: Any) -> dict[str, Any]:
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
    def test_a_key_is_taken_where_the_document_says_it_goes(
        self, client: httpx.Client, how: dict[str, Any]
    ) -> None:
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
    def test_without_one_there_the_answer_is_401(self, client: httpx.Client, how: dict[str, Any]) -> None:
        assert client.post("/it", **how).status_code == 401


class TestTexts:
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
    def test_a_reply_that_is_documented_as_text_is_text(self, client: httpx.Client, expected: str) -> None:
        reply = client.post("/it")
        assert (reply.text, reply.headers["content-type"]) == (expected, "text/vtt")

    @pytest.mark.parametrize("content", [{"application/octet-stream": {"schema": {"type": "string"}}}])
    def test_bytes_have_their_type_and_errors_theirs(self, client: httpx.Client) -> None:
        reply = client.post("/it")
        assert (reply.content, reply.headers["content-type"]) == (b"", "application/octet-stream")
        refused = client.post("/it", params={"count": "few"})
        assert refused.status_code == 400
        assert refused.headers["content-type"] == "text/plain"
        assert '"few" is not an integer' in refused.text

    @pytest.mark.parametrize("content", [{}])
    def test_a_reply_without_content_has_no_type(self, client: httpx.Client) -> None:
        reply = client.post("/it")
        assert (reply.status_code, reply.content) == (200, b"")
        assert "content-type" not in reply.headers


class TestParameters:
    @pytest.mark.parametrize("operation", [parameter("query", {"type": "integer"})])
    @pytest.mark.parametrize("text", ["null", "NaN", "1.5", "{}", "", "true", "9" * 5000])
    def test_a_word_is_no_number(self, client: httpx.Client, text: str) -> None:
        assert client.post("/it", params={"count": text}).status_code == 400

    @pytest.mark.parametrize("operation", [parameter("cookie", {"type": "integer"}, required=True)])
    @pytest.mark.parametrize(
        ("cookie", "status"), [("count=3", 200), ("a=b; count=3", 200), ("count=few", 400), ("a=3", 400)]
    )
    def test_cookies_are_parameters_too(self, client: httpx.Client, cookie: str, status: int) -> None:
        assert client.post("/it", headers={"Cookie": cookie}).status_code == status


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
    def test_a_form_in_which_nothing_is_filled_in_is_a_body(
        self, client: httpx.Client, kind: str, status: int
    ) -> None:
        assert client.post("/it", headers={"Content-Type": kind}).status_code == status
