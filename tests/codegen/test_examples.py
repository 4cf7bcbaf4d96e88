"""Documented examples and defaults that break their own schemas: found, named, and kept from doing harm."""

from typing import Any

import pytest
from codegen.builders import JSON, normalized, outline

from evolink_codegen._normalize.examples import check_examples
from evolink_codegen._openapi.document import Document
from evolink_codegen._openapi.text import InputError

THING = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/数"}}}
SCHEMAS = {"Thing": THING, "数": {"type": "integer", "maximum": 9}}
REF = {"$ref": "#/components/schemas/Thing"}


def checked(request: Any, reply: Any, schemas: dict[str, Any] | None = None) -> Document:
    operation = {
        "requestBody": {"content": {JSON: request}},
        "responses": {"200": {"description": "", "content": {JSON: reply}}},
    }
    return check_examples(normalized(outline({"/x": {"post": operation}}, schemas or SCHEMAS)))


def media(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    operation = document.data["paths"]["/x"]["post"]
    return operation["requestBody"]["content"][JSON], operation["responses"]["200"]["content"][JSON]


def test_valid_examples_stay() -> None:
    document = checked({"schema": REF, "example": {"a": 1}}, {"schema": REF, "example": {"a": 2}})
    request, reply = media(document)
    assert document.warnings == ()
    assert request["examples"] == {"default": {"value": {"a": 1}}}
    assert reply["examples"] == {"default": {"value": {"a": 2}}}


def test_invalid_example_is_warned_of_and_dropped_from_replies() -> None:
    examples = {"good": {"value": {"a": 1}}, "bad": {"value": {"a": "x"}}, "empty": {"value": {}}}
    document = checked({"schema": REF, "examples": examples}, {"schema": REF, "examples": examples})
    request, reply = media(document)
    assert list(request["examples"]) == ["good", "bad", "empty"]
    assert list(reply["examples"]) == ["good"]
    place = f"a.yaml: POST /x/requestBody/{JSON}/examples"
    there = f"a.yaml: POST /x/responses/200/{JSON}/examples"
    assert document.warnings == (
        f'{place}/bad: the example breaks its schema: a: "x" is not of type "integer"',
        f'{place}/empty: the example breaks its schema: "a" is a required property',
        f'{there}/bad: the example breaks its schema: a: "x" is not of type "integer"; left out',
        f'{there}/empty: the example breaks its schema: "a" is a required property; left out',
    )


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (REF, '{"a": 1}', {"a": 1}),
        (REF, '\n {\n "a": 1 }\n', {"a": 1}),
        ({}, '[{"a": 1}]', [{"a": 1}]),
        ({}, "{a: 1}", "{a: 1}"),
        ({"type": "string"}, '{"a": 1}', '{"a": 1}'),
    ],
)
def test_example_may_be_json_text(schema: Any, text: str, value: Any) -> None:
    document = checked({"schema": schema, "example": text}, {"schema": schema, "example": text})
    assert document.warnings == ()
    assert [one["examples"]["default"]["value"] for one in media(document)] == [value, value]


def test_reply_without_valid_example_has_none() -> None:
    _, reply = media(checked({"schema": REF}, {"schema": REF, "example": {"a": 10}}))
    assert "examples" not in reply


def test_invalid_property_example_is_dropped_at_every_depth() -> None:
    inner = {"type": "integer", "default": "one", "example": 1}
    schemas = {
        "Thing": {
            "type": "object",
            "properties": {"a": inner, "list": {"type": "array", "default": 5, "items": inner}},
            "examples": [{"a": 1}, {"a": "x"}],
        }
    }
    document = checked({"schema": REF}, {"schema": REF}, schemas)
    assert document.data["components"]["schemas"]["Thing"] == {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "example": 1},
            "list": {"type": "array", "items": {"type": "integer", "example": 1}},
        },
    }
    assert len(document.warnings) == 4
    assert all(line.startswith("a.yaml: components/schemas/Thing") for line in document.warnings)


def test_null_default_is_dropped_silently() -> None:
    document = checked({"schema": {"type": "string", "default": None}}, {"schema": {}})
    assert media(document)[0]["schema"] == {"type": "string"}
    assert document.warnings == ()


@pytest.mark.parametrize(
    ("schema", "example", "holds"),
    [
        ({"type": "string", "format": "uri"}, "no address", False),
        ({"type": "string", "format": "uri"}, "https://example.com/a b", False),
        ({"type": "string", "format": "date-time"}, "2026-01-02T03:04:05Z", True),
        ({"type": "string", "format": "colour"}, "red", True),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, 1, False),
        ({"type": "integer"}, 1.0, True),
        ({"not": {}}, 1, False),
    ],
)
def test_examples_are_checked_through_references(schema: Any, example: Any, holds: bool) -> None:
    document = checked({"schema": schema, "example": example}, {"schema": {}})
    assert (document.warnings == ()) == holds


def test_parameter_examples_are_checked() -> None:
    operation = {
        "parameters": [
            {"name": "n", "in": "query", "schema": {"type": "integer"}, "example": "x"},
            {"name": "m", "in": "query", "schema": {"type": "integer"}, "example": 1},
        ],
        "responses": {
            "200": {
                "description": "",
                "content": {"text/plain": {"schema": {"type": "integer"}, "example": "x"}},
            }
        },
    }
    document = check_examples(normalized(outline({"/x": {"get": operation}})))
    found = document.data["paths"]["/x"]["get"]
    assert [one.get("example") for one in found["parameters"]] == [None, 1]
    assert found["responses"]["200"]["content"]["text/plain"]["examples"] == {"default": {"value": "x"}}
    assert len(document.warnings) == 1


def test_unreadable_schema_is_refused() -> None:
    data = checked({"schema": REF}, {"schema": REF}).data
    data["components"]["schemas"]["数"] = {"minimum": "low"}
    data["paths"]["/x"]["post"]["requestBody"]["content"][JSON]["examples"] = {"a": {"value": {"a": 1}}}
    with pytest.raises(InputError, match="POST /x/requestBody/application/json: the schema cannot be read"):
        check_examples(Document("a", "a.yaml", data))
