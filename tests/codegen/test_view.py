"""The contract as the generator sees it: only what compiles, under names of Python."""

from typing import Any

import pytest
from codegen.builders import JSON, contract, generation, operation, outline

from evolink_codegen._emit.view import generator_view
from evolink_codegen.runtime.media_types import OCTET_STREAM

TEXT = {"type": "string"}
S = {"$ref": "#/components/schemas/S"}


def request(schema: Any, schemas: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
    """A property of a request as the generator sees it, with all classes."""
    view = generator_view(contract(a=generation({"const": "m"}, schemas=schemas, p=schema)))
    components = view.document["components"]["schemas"]
    return components["ARequest"]["properties"]["p"], components


def reply(schema: Any, schemas: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
    """A property of a reply as the generator sees it, with all classes."""
    body = {"type": "object", "required": ["p"], "properties": {"p": schema}}
    view = generator_view(contract(a=outline({"/v1/x": {"get": operation(None, body)}}, schemas)))
    components = view.document["components"]["schemas"]
    return components["XResponse"]["properties"]["p"], components


@pytest.mark.parametrize(
    ("schema", "seen"),
    [
        ({**TEXT, "maxLength": 5, "pattern": "x", "format": "date-time", "default": "x"}, TEXT),
        ({**TEXT, "format": "binary"}, TEXT),
        ({}, {}),
        ({"not": TEXT}, {}),
        ({"type": ["string", "null"]}, {"anyOf": [TEXT, {"type": "null"}]}),
        ({"type": ["null", "string", "integer"]}, {"anyOf": [TEXT, {"type": "integer"}, {"type": "null"}]}),
        ({"enum": [True]}, {"type": "boolean"}),
        ({"enum": [0.5, 1]}, {"type": "number"}),
        ({"enum": [None]}, {"type": "null"}),
        ({"enum": [[1], {}]}, {}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        (
            {"type": "array", "items": {"type": "array", "items": TEXT}},
            {"type": "array", "items": {"type": "array", "items": TEXT}},
        ),
        ({"anyOf": [TEXT, {"anyOf": [TEXT, {"type": "integer"}]}]}, {"anyOf": [TEXT, {"type": "integer"}]}),
        ({"anyOf": [TEXT, {}]}, {}),
        ({"oneOf": [TEXT]}, TEXT),
        (
            {"oneOf": [{"type": "array", "items": TEXT}, {"type": "array", "items": {"type": "integer"}}]},
            {"type": "array", "items": {"anyOf": [TEXT, {"type": "integer"}]}},
        ),
        ({"type": ["object", "string"]}, {}),
        ({"$ref": "#/components/schemas/Loop"}, {"type": "array", "items": {}}),
    ],
)
def test_scalars_lists_and_unions_of_requests(schema: Any, seen: Any) -> None:
    loop = {"Loop": {"type": "array", "items": {"$ref": "#/components/schemas/Loop"}}}
    assert request(schema, loop)[0] == seen


def test_enums_become_named_classes() -> None:
    seen, classes = request({"enum": ["b", "a", 2, 1, None], "description": "d", "example": "a"})
    assert seen == {
        "anyOf": [
            {"$ref": "#/components/schemas/ARequestPString"},
            {"$ref": "#/components/schemas/ARequestPInteger"},
            {"type": "null"},
        ],
        "description": "d",
        "example": "a",
    }
    assert classes["ARequestPString"] == {
        "type": "string",
        "enum": ["b", "a"],
        "description": "d",
        "example": "a",
    }
    assert classes["ARequestPInteger"]["enum"] == [2, 1]


def test_default_only_where_sent() -> None:
    tree = generation(
        {"enum": ["m"], "default": "m"},
        p={**TEXT, "default": "x"},
        s={"enum": ["a", "b"], "default": "b"},
        q={"type": "integer", "default": 1},
        r={**TEXT, "default": '"'},
    )
    tree["paths"]["/v1/videos/generations"]["post"]["requestBody"]["content"][JSON]["schema"]["required"] = [
        "q",
        "r",
        "s",
    ]
    properties = generator_view(contract(a=tree)).document["components"]["schemas"]["ARequest"]["properties"]
    assert properties["model"] == {"const": "m", "default": "m"}
    assert properties["q"] == {"type": "integer", "default": 1}
    assert properties["s"] == {"allOf": [{"$ref": "#/components/schemas/ARequestS"}], "default": "b"}
    assert properties["p"] == properties["r"] == TEXT


@pytest.mark.parametrize(
    ("schema", "seen"),
    [
        (TEXT, {"anyOf": [TEXT, {"type": "null"}]}),
        ({**TEXT, "minLength": 3, "format": "uuid"}, {"anyOf": [TEXT, {"type": "null"}]}),
        ({}, {}),
        (
            {**TEXT, "enum": ["a", "b"], "description": "d"},
            {"anyOf": [TEXT, {"type": "null"}], "description": 'd\n\nKnown values: "a", "b".'},
        ),
        ({"const": 1}, {"anyOf": [{"type": "integer"}, {"type": "null"}], "description": "Known values: 1."}),
        ({"type": ["string", "null"]}, {"anyOf": [TEXT, {"type": "null"}]}),
        (S, {"anyOf": [S, {"type": "null"}]}),
    ],
)
def test_replies_are_open(schema: Any, seen: Any) -> None:
    closed = {
        "S": {"type": "object", "required": ["x"], "properties": {"x": TEXT}, "additionalProperties": False}
    }
    found, classes = reply(schema, closed)
    assert found == seen
    assert "required" not in classes["XResponse"]
    if "S" in classes:
        assert classes["S"] == {"type": "object", "properties": {"x": {"anyOf": [TEXT, {"type": "null"}]}}}


def test_joined_reply_reads_all_documents() -> None:
    def tree(model: str, **properties: Any) -> dict[str, Any]:
        found = generation({"const": model})
        found["paths"]["/v1/videos/generations"]["post"] |= operation(
            found["paths"]["/v1/videos/generations"]["post"]["requestBody"]["content"][JSON]["schema"],
            {"type": "object", "properties": properties},
        )
        return found

    view = generator_view(contract(a=tree("a", x=TEXT, y=TEXT), b=tree("b", x={"type": "integer"}))).document
    media = view["paths"]["/v1/videos/generations"]["post"]["responses"]["200"]["content"][JSON]
    name = media["schema"]["$ref"].rsplit("/", 1)[-1]
    assert view["components"]["schemas"][name]["properties"] == {
        "x": {"anyOf": [TEXT, {"type": "integer"}, {"type": "null"}]},
        "y": {"anyOf": [TEXT, {"type": "null"}]},
    }


def test_union_members_keep_unknown_names() -> None:
    closed = {"type": "object", "properties": {"x": TEXT}, "additionalProperties": False}
    seen, classes = request({"oneOf": [closed, {**closed, "required": ["x"]}]})
    assert [classes[one["$ref"].rsplit("/", 1)[-1]].get("additionalProperties") for one in seen["anyOf"]] == [
        None,
        None,
    ]
    seen, classes = request(closed)
    assert classes[seen["$ref"].rsplit("/", 1)[-1]]["additionalProperties"] is False


def test_wire_names_are_kept() -> None:
    properties: dict[str, Any] = dict.fromkeys(("aB", "class", "a-b"), TEXT)
    view = generator_view(contract(a=generation({"const": "m"}, **properties)))
    assert view.classes["ARequest"]["class_"] == "class"
    assert view.classes["ARequest"]["a_b"] == "aB"
    assert set(view.classes["ARequest"].values()) == {"aB", "class", "a-b", "model"}
    assert set(view.document["components"]["schemas"]["ARequest"]["properties"]) == set(
        view.classes["ARequest"]
    )


def test_parameters_fit_their_location() -> None:
    array = {"type": "array", "items": TEXT}
    thing = {"type": "object", "properties": {"x": TEXT}}
    given = [
        {"name": name, "in": place, "schema": schema}
        for name, place, schema in (
            ("q", "query", array),
            ("o", "query", thing),
            ("u", "query", {"anyOf": [array, {"type": "integer"}]}),
            ("h", "header", array), ("c", "cookie", thing), ("i", "header", {"type": "integer"}),
        )
    ]  # fmt: skip
    view = generator_view(contract(a=outline({"/v1/x": {"get": operation(parameters=given)}})))
    seen = {one["name"]: one["schema"] for one in view.document["paths"]["/v1/x"]["get"]["parameters"]}
    assert seen == {
        "q": array,
        "o": {},
        "u": {"anyOf": [array, {"type": "integer"}]},
        "h": TEXT,
        "c": TEXT,
        "i": {"type": "integer"},
    }


def test_other_media_types_are_bytes() -> None:
    responses = {
        "200": {"description": "", "content": {"audio/mpeg": {}}},
        "201": {"description": "", "content": {"text/csv": {}, "application/xml": {}}},
    }
    body: dict[str, Any] = {"content": {"image/png": {}, "video/mp4": {}}}
    tree = outline({"/v1/x": {"post": {"requestBody": body, "responses": responses}}})
    view = generator_view(contract(a=tree))
    operation_ = view.document["paths"]["/v1/x"]["post"]
    binary = {"schema": {"type": "string", "format": "binary"}}
    assert operation_["requestBody"]["content"] == {"image/png": binary}
    assert operation_["responses"]["200"]["content"] == {"audio/mpeg": binary}
    assert operation_["responses"]["201"]["content"] == {"text/csv": {"schema": TEXT}}
    assert view.content_types == dict.fromkeys(["audio/mpeg", "image/png", "video/mp4"], OCTET_STREAM)


@pytest.mark.parametrize("kind", ["text/json", "application/problem+json"])
def test_every_json_media_type_is_json(kind: str) -> None:
    media = {kind: {"schema": {"type": "object", "properties": {"a": TEXT}}}}
    responses = {"200": {"description": "", "content": media}}
    tree = outline({"/v1/x": {"post": {"requestBody": {"content": media}, "responses": responses}}})
    view = generator_view(contract(a=tree))
    operation_ = view.document["paths"]["/v1/x"]["post"]
    assert "$ref" in operation_["requestBody"]["content"][kind]["schema"]
    assert "$ref" in operation_["responses"]["200"]["content"][kind]["schema"]
    assert view.content_types == {kind: JSON}
