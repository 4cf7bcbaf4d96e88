"""One document in OpenAPI 3.1 form: every habit of documents, said one way."""

import json
from typing import Any

import pytest
from codegen.builders import JSON, SERVER, normalized, operation, outline, schema

from evolink_codegen._normalize.normalizer import normalize
from evolink_codegen._openapi.document import Document, parse_document
from evolink_codegen._openapi.text import InputError


def paths(tree: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = normalized(tree).data["paths"]
    return found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"type": ["string", "null"], "nullable": True}, {"type": ["string", "null"]}),
        (
            {"type": "string", "enum": ["a"], "nullable": True},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        ({"type": "integer", "const": 1, "nullable": True}, {"type": ["integer", "null"], "enum": [1, None]}),
        (
            {"allOf": [{"type": "object"}], "nullable": True, "description": "d"},
            {"anyOf": [{"allOf": [{"type": "object"}]}, {"type": "null"}], "description": "d"},
        ),
        ({"nullable": True, "description": "d"}, {"description": "d"}),
        ({"minimum": 0, "exclusiveMinimum": True}, {"exclusiveMinimum": 0}),
        ({"maximum": 9, "exclusiveMaximum": False}, {"maximum": 9}),
        ({"exclusiveMinimum": 3}, {"exclusiveMinimum": 3}),
        ({"type": "string", "required": True}, {"type": "string"}),
        ({"type": "string", "maxLength": "5"}, {"type": "string", "maxLength": 5}),
        (
            {"items": [{"type": "string"}, {"type": "integer"}]},
            {"prefixItems": [{"type": "string"}, {"type": "integer"}]},
        ),
        ({"type": ["integer"]}, {"type": "integer"}),
        (
            {"properties": {"a": True, "b": False}},
            {"type": "object", "properties": {"a": {}, "b": {"not": {}}}},
        ),
        ({"additionalProperties": False}, {"additionalProperties": False}),
        ({"properties": {"a": None}, "description": None}, {"type": "object", "properties": {"a": {}}}),
        ({"enum": ["a", "a", 1, True, 1.0]}, {"enum": ["a", 1, True]}),
        ({"anyOf": [], "type": "string"}, {"type": "string"}),
        ({"$id": "https://elsewhere.example", "$schema": "x", "type": "string"}, {"type": "string"}),
        ({"x-order": [1], "type": "string"}, {"type": "string"}),
        ({"title": 2026, "type": "string"}, {"title": "2026", "type": "string"}),
        (
            {"type": "string", "minLength": 1.0, "maxLength": "9"},
            {"type": "string", "minLength": 1, "maxLength": 9},
        ),
        (
            {"type": "string", "nullable": True, "enum": ["a", None]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
    ],
)
def test_schema_is_converted_to_3_1(given: dict[str, Any], found: dict[str, Any]) -> None:
    assert schema(given) == (found, [])


@pytest.mark.parametrize(
    ("given", "found", "warning"),
    [
        ({"type": "file"}, {}, "'file' is not a valid type; left out"),
        ({"type": ["string", "str"]}, {}, "['string', 'str'] is not a valid type; left out"),
        ({"pattern": "["}, {}, "'[' is not a valid pattern; left out"),
        ({"maxLength": -1}, {}, "-1 is not a valid maxLength; left out"),
        ({"maximum": "much"}, {}, "'much' is not a valid maximum; left out"),
        ({"multipleOf": 0}, {}, "0 is not a valid multipleOf; left out"),
        ({"enum": "a,b"}, {}, "'a,b' is not a valid enum; left out"),
        ({"required": "a"}, {}, "'a' is not a valid required; left out"),
        ({"uniqueItems": "yes"}, {}, "'yes' is not a valid uniqueItems; left out"),
        ({"patternProperties": {"(": {}}}, {"patternProperties": {}}, "'(' is not a valid pattern; left out"),
        (
            {"type": "string", "enum": [1, 2]},
            {"type": "string", "enum": ["1", "2"]},
            'the enum has 1, 2, of another type; written as "1", "2"',
        ),
        (
            {"type": "integer", "enum": ["1", "2"]},
            {"type": "integer", "enum": [1, 2]},
            'the enum has "1", "2", of another type; written as 1, 2',
        ),
        (
            {"type": "string", "enum": [1, 2.0, True, "yes", "1"]},
            {"type": "string", "enum": ["1", "2.0", "true", "yes"]},
            'the enum has 1, 2.0, true, of another type; written as "1", "2.0", "true"',
        ),
        (
            {"type": "boolean", "enum": ["true", False]},
            {"type": "boolean", "enum": [True, False]},
            'the enum has "true", of another type; written as true',
        ),
        (
            {"type": ["string", "integer"], "enum": ["a", 2.5, 3]},
            {"type": ["string", "integer"], "enum": ["a", "2.5", 3]},
            'the enum has 2.5, of another type; written as "2.5"',
        ),
        (
            {"type": "integer", "enum": [5, "auto", None]},
            {"type": "integer", "enum": [5]},
            'the enum has "auto", null, not of type integer; left out',
        ),
        (
            {"type": "string", "const": 5},
            {"type": "string", "const": "5"},
            'the const has 5, of another type; written as "5"',
        ),
        (
            {"type": "string", "default": 720},
            {"type": "string", "default": "720"},
            'the default has 720, of another type; written as "720"',
        ),
        (
            {"type": "integer", "enum": ["a"]},
            {"enum": ["a"]},
            "no value of the enum is of type integer; the type is left out",
        ),
    ],
)
def test_unreadable_keyword_is_dropped_with_warning(
    given: dict[str, Any], found: dict[str, Any], warning: str
) -> None:
    tree, warnings = schema({"type": "object", "properties": {"p": given}})
    assert tree["properties"]["p"] == found
    assert warnings == [f"a.yaml: POST /x/requestBody/{JSON}/properties/p: {warning}"]


def test_references_point_to_components() -> None:
    tree = outline(
        {
            "/x": {
                "post": operation(
                    {"$ref": "#/components/schemas/A/properties/inner"},
                    {"$ref": "#/paths/~1x/post/requestBody/content/application~1json/schema"},
                )
            }
        },
        {"A": {"type": "object", "properties": {"inner": {"type": "object", "title": "I"}}}, "Inner": {}},
    )
    document = normalized(tree)
    found = document.data["paths"]["/x"]["post"]
    request = found["requestBody"]["content"][JSON]["schema"]["$ref"]
    reply = found["responses"]["200"]["content"][JSON]["schema"]["$ref"]
    schemas = document.data["components"]["schemas"]
    hoisted = {name: one for name, one in schemas.items() if name not in ("A", "Inner")}
    assert [f"#/components/schemas/{name}" for name in hoisted] == [request, reply]
    assert next(iter(hoisted.values())) == {"type": "object", "title": "I"}
    assert list(hoisted.values())[1] == {"$ref": request}


def test_examples_are_normalized() -> None:
    tree = outline(
        {
            "/x": {
                "post": {
                    "requestBody": {
                        "content": {
                            "application/json; charset=utf-8": {
                                "example": 1,
                                "examples": {
                                    "a": {"value": 2, "summary": "s", "externalValue": "u"},
                                    "b": {"$ref": "#/components/examples/B"},
                                    "c": {"summary": "no value"},
                                },
                            },
                            "text/plain": {"examples": ["x", "y"]},
                            "text/csv": {"schema": {"$ref": "#/components/schemas/S"}},
                        }
                    },
                    "responses": {},
                }
            }
        },
        {"S": {"type": "string", "example": "z"}},
    )
    tree["components"]["examples"] = {"B": {"value": 3}}
    content = paths(tree)["/x"]["post"]["requestBody"]["content"]
    assert content[JSON]["examples"] == {
        "default": {"value": 1},
        "a": {"summary": "s", "value": 2},
        "b": {"value": 3},
    }
    assert content["text/plain"]["examples"] == {"example-1": {"value": "x"}, "example-2": {"value": "y"}}
    assert content["text/csv"]["examples"] == {"default": {"value": "z"}}


@pytest.mark.parametrize(
    ("servers", "path", "host"),
    [
        ([{"url": "https://api.example.com/v1/"}], "/v1/x", "https://api.example.com"),
        ([{"url": "/v2"}], "/v2/x", None),
        ([{"url": "https://{r}.e.com", "variables": {"r": {"default": "eu"}}}], "/x", "https://eu.e.com"),
        ([{"url": "https://a.com"}, {"url": "https://b.com"}], "/x", "https://a.com"),
        ([{"url": "javascript:alert(1)"}], "/x", None),
        ([{"url": "https://[broken"}], "/x", None),
        ([], "/x", None),
    ],
)
def test_server_gives_host_and_prefix(servers: list[dict[str, Any]], path: str, host: str | None) -> None:
    found = paths(outline({"/x": {"get": operation()}}, servers=servers))
    assert list(found) == [path]
    assert found[path]["get"].get("servers", [{}])[0].get("url") == host


def test_nearest_server_counts() -> None:
    item = {
        "servers": [{"url": "https://b.com"}],
        "get": operation(),
        "post": operation(servers=[{"url": "https://c.com"}]),
    }
    found = paths(outline({"/x": item}))["/x"]
    assert found["get"]["servers"] == [{"url": "https://b.com"}]
    assert found["post"]["servers"] == [{"url": "https://c.com"}]


def test_path_parameters_follow_the_path() -> None:
    item = {
        "parameters": [
            {"name": "q", "in": "query", "schema": {"type": "string"}},
            {"name": "gone", "in": "path", "required": True, "schema": {}},
            {"name": "Authorization", "in": "header", "required": True},
        ],
        "get": operation(
            parameters=[
                {"name": "q", "in": "query", "schema": {"type": "integer"}},
                {"name": "c", "in": "query", "content": {JSON: {"schema": {"type": "object"}}}},
            ]
        ),
    }
    document = normalized(outline({"/x/{id}": item}))
    found = document.data["paths"]["/x/{id}"]["get"]["parameters"]
    assert {(one["in"], one["name"]): one["schema"].get("type") for one in found} == {
        ("query", "q"): "integer",
        ("query", "c"): "object",
        ("path", "id"): "string",
    }
    assert next(one for one in found if one["in"] == "path")["required"] is True
    assert document.warnings == (
        "a.yaml: GET /x/{id}/parameters/gone: the path has no such parameter; left out",
    )


def test_invalid_status_and_media_type_are_dropped() -> None:
    responses = {
        "200": {"description": ""},
        "4xx": {"description": "", "content": {"no type": {}}},
        "ok": {"description": ""},
        "default": {"description": ""},
    }
    document = normalized(outline({"/x": {"get": {"responses": responses}}}))
    assert list(document.data["paths"]["/x"]["get"]["responses"]) == ["200", "4XX", "default"]
    assert [line.split(": ", 1)[1] for line in document.warnings] == [
        "GET /x/responses/4XX/no type: not a media type; left out",
        "GET /x/responses/ok: not an HTTP status; left out",
    ]


def test_references_to_parts_are_resolved() -> None:
    tree = outline({"/x": {"$ref": "#/components/pathItems/X"}}, responses=None)
    tree["components"] |= {
        "pathItems": {
            "X": {
                "post": {
                    "parameters": [{"$ref": "#/components/parameters/P"}],
                    "requestBody": {"$ref": "#/components/requestBodies/B"},
                    "responses": {"200": {"$ref": "#/components/responses/R"}},
                }
            }
        },
        "parameters": {"P": {"name": "p", "in": "query"}},
        "requestBodies": {"B": {"content": {JSON: {"schema": {"type": "object"}}}}},
        "responses": {"R": {"description": "fine", "headers": {"H": {"$ref": "#/components/headers/H"}}}},
        "headers": {"H": {"schema": {"type": "integer", "nullable": True}}},
    }
    found = paths(tree)["/x"]["post"]
    assert [one["name"] for one in found["parameters"]] == ["p"]
    assert found["requestBody"]["content"][JSON]["schema"] == {"type": "object"}
    assert found["responses"]["200"]["description"] == "fine"
    assert found["responses"]["200"]["headers"]["H"]["schema"] == {"type": ["integer", "null"]}


def test_prose_is_cleaned_and_data_is_not() -> None:
    tree = outline(
        {
            "/x": {
                "get": operation(
                    None,
                    {"type": "object", "properties": {"title": {"title": "a\u202eb", "example": "a\u202eb"}}},
                )
            }
        }
    )
    tree["paths"]["/x"]["get"]["description"] = "x\u200b\r\ny\x07"
    found = paths(tree)["/x"]["get"]
    assert found["description"] == "x\ny"
    assert found["responses"]["200"]["content"][JSON]["schema"]["properties"]["title"] == {
        "title": "ab",
        "example": "a\u202eb",
    }


def test_unquoted_version_is_text() -> None:
    assert parse_document(b"openapi: 3.1\npaths: {/x: {get: {responses: {}}}}", "a")["openapi"] == 3.1


def test_deep_nesting_is_refused() -> None:
    tree: dict[str, Any] = {"type": "string"}
    for _ in range(2_000):
        tree = {"type": "array", "items": tree}
    with pytest.raises(InputError, match="nested too deeply"):
        normalize(Document("a", "a.yaml", outline({"/x": {"get": operation(None, tree)}})))


@pytest.mark.parametrize("key", ["info", "servers", "security", "components", "tags"])
def test_only_paths_are_required(key: str) -> None:
    tree = outline({"/x": {"get": operation()}}, security=[], tags=[])
    assert list(paths({name: value for name, value in tree.items() if name != key})) == ["/x"]
    assert json.dumps(SERVER) in json.dumps(tree)
