"""Keyword types: what is said of a request, as Python types say it."""

import ast
from typing import Any

import pytest
from codegen.builders import contract, generation, operation, outline
from hypothesis import given
from hypothesis import strategies as st

from evolink_codegen._emit.params import RESERVED, params_source
from evolink_codegen._emit.typed_dicts import docstring

TEXT = {"type": "string"}
QUERY = outline(
    {
        "/v1/tasks/{id}": {
            "get": operation(None, {"type": "object", "properties": {"id": TEXT, "status": TEXT}})
        }
    }
)
REF = {"$ref": "#/components/schemas/S"}


def source(tree: dict[str, Any], **more: dict[str, Any]) -> str:
    text = params_source(contract(a=tree, query=QUERY, **more))
    ast.parse(text)
    return text


def fields(tree: dict[str, Any], **more: dict[str, Any]) -> dict[str, dict[str, str]]:
    """By class and field, the type as it is written."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(source(tree, **more)).body:
        if isinstance(node, ast.ClassDef):
            inherited = [found.get(ast.unparse(base), {}) for base in node.bases]
            found[node.name] = {name: typed for fields in inherited for name, typed in fields.items()} | {
                ast.unparse(one.target): ast.unparse(one.annotation)
                for one in node.body
                if isinstance(one, ast.AnnAssign)
            }
        elif isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("TypedDict("):
            assert isinstance(node.value, ast.Call)
            mapping = node.value.args[1]
            assert isinstance(mapping, ast.Dict)
            found[ast.unparse(node.targets[0])] = {
                ast.literal_eval(key): ast.unparse(value).replace("'", "", 1)[::-1].replace("'", "", 1)[::-1]
                for key, value in zip(mapping.keys, mapping.values, strict=True)
                if key is not None
            }
    return found


@pytest.mark.parametrize(
    ("schema", "typed"),
    [
        (TEXT, "str"),
        ({"type": "integer"}, "int"),
        ({"type": "string", "format": "uri"}, "Link"),
        ({"type": "array", "items": {"type": "string", "format": "uri"}}, "Sequence[Link]"),
        ({"type": "number"}, "float"),
        ({"type": "boolean"}, "bool"),
        ({"type": "null"}, "None"),
        ({}, "Any"),
        ({"type": ["string", "null"]}, "str | None"),
        ({"enum": ["a", "b"]}, "Literal['a', 'b']"),
        ({"enum": ["a", 1, True, None]}, "Literal['a', 1, True, None]"),
        ({"enum": [1, 0.5]}, "float"),
        ({"type": "string", "enum": ["a", 1]}, "Literal['a', '1']"),
        ({"enum": [[1]]}, "Any"),
        ({"const": "a"}, "Literal['a']"),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "Literal['a', 'b']"),
        ({"oneOf": [{"type": "integer"}, {"enum": ["auto"]}]}, "Literal['auto'] | int"),
        ({"anyOf": [{"oneOf": [TEXT, {"type": "integer"}]}, TEXT]}, "str | int"),
        ({"anyOf": [TEXT, {}]}, "Any"),
        ({"type": "string", "anyOf": [{"maxLength": 1}, {"pattern": "x"}]}, "str"),
        ({"type": "array"}, "Sequence[Any]"),
        ({"type": "array", "items": {"type": "array", "items": TEXT}}, "Sequence[Sequence[str]]"),
        (
            {"type": "array", "prefixItems": [TEXT, {"type": "integer"}], "items": False},
            "Sequence[str | int]",
        ),
        ({"type": "object"}, "Mapping[str, Any]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Mapping[str, int]"),
        ({"type": "object", "properties": {"x": TEXT}}, "APDict"),
        (
            {"type": "object", "properties": {"x": TEXT}, "additionalProperties": TEXT},
            "APDict | Mapping[str, Any]",
        ),
        ({"type": ["object", "null"], "properties": {"x": TEXT}}, "APDict | None"),
        (REF, "ASDict"),
        ({"allOf": [REF], "description": "d"}, "ASDict"),
        ({"allOf": [TEXT, {"enum": ["a"]}]}, "Literal['a']"),
        ({"anyOf": [REF, {"type": "null"}]}, "ASDict | None"),
        ({"$ref": "#/components/schemas/Loop"}, "Sequence[Any]"),
        ({"$ref": "#/components/schemas/E"}, "Literal['e']"),
        ({"not": {}}, "Any"),
    ],
)
def test_type_of_value(schema: dict[str, Any], typed: str) -> None:
    schemas = {
        "S": {"type": "object", "properties": {"again": {"type": "array", "items": REF}}},
        "Loop": {"type": "array", "items": {"$ref": "#/components/schemas/Loop"}},
        "E": {"type": "string", "enum": ["e"]},
    }
    found = fields(generation({"const": "m"}, schemas=schemas, p=schema))["AParams"]
    assert found == {"p": f"NotRequired[{typed}]", "model": "Required[Literal['m']]"}


def test_composed_request_is_flattened() -> None:
    schemas = {"Base": {"type": "object", "required": ["b"], "properties": {"b": TEXT, "c": TEXT}}}
    forms = [
        {
            "type": "object",
            "required": ["model", "x"],
            "properties": {"model": {"const": "m-1"}, "x": TEXT, "y": TEXT},
        },
        {
            "type": "object",
            "required": ["model"],
            "properties": {"model": {"const": "m-2"}, "x": {"type": "integer"}},
        },
    ]
    request = {"allOf": [{"$ref": "#/components/schemas/Base"}], "oneOf": forms}
    tree = outline(
        {"/v1/videos": {"post": operation(request, {"properties": {"id": TEXT, "status": TEXT}})}}, schemas
    )
    assert fields(tree)["AParams"] == {
        "model": "Required[Literal['m-1', 'm-2']]",
        "b": "Required[str]",
        "c": "NotRequired[str]",
        "x": "NotRequired[str | int]",
        "y": "NotRequired[str]",
    }


def test_functional_syntax_for_other_field_names() -> None:
    odd: dict[str, Any] = {"a-b": TEXT, "class": TEXT, "비디오": {"enum": ["é"]}, "": TEXT, "__x": TEXT}
    found = fields(generation({"const": "m"}, **odd))
    assert set(found["AParams"]) == {"a-b", "class", "비디오", "model"}
    found = fields(generation({"const": "m"}, str=TEXT, Any={}, p=TEXT))
    assert found["AParams"]["p"].startswith("NotRequired[")


def test_required_name_is_a_keyword() -> None:
    tree = generation({"const": "m"}, p=TEXT)
    media = tree["paths"]["/v1/videos/generations"]["post"]["requestBody"]["content"]["application/json"]
    media["schema"]["required"] = ["ghost"]
    assert fields(tree)["AParams"]["ghost"] == "Required[Any]"


def test_options_are_not_keywords() -> None:
    ours: dict[str, Any] = dict.fromkeys((*RESERVED, "p"), TEXT)
    assert set(fields(generation({"const": "m"}, **ours))["AParams"]) == {"p", "model"}


def test_parameter_called_self_is_a_keyword() -> None:
    text = source(generation({"const": "m"}, self=TEXT))
    assert set(fields(generation({"const": "m"}, self=TEXT))["AParams"]) == {"self", "model"}
    for line in text.splitlines():
        assert "(self, **" not in line  # a type checker would take any keyword then


def test_required_option_needs_an_object() -> None:
    tree = generation({"const": "m"}, timeout=TEXT)
    tree["paths"]["/v1/videos/generations"]["post"]["requestBody"]["content"]["application/json"]["schema"][
        "required"
    ] = ["timeout"]
    text = source(tree)
    assert "AParams" not in text
    assert "@overload" not in text.split("class VideosResource")[1]
    assert "body: models.ARequest" in text


def test_one_overload_per_request() -> None:
    text = source(generation({"const": "m"}), b=generation({"const": "n"}))
    resource = text.split("class VideosResource")[1]
    assert resource.count("@overload") == 6
    assert resource.count("body: models.ARequest | models.BRequest") == 2
    assert resource.count("**params: Unpack[BParams]") == 2


def test_equal_names_stay_apart() -> None:
    """`X` as a request and `XRequest` as another: both would be `XParams`."""
    schemas = {"Params": {"type": "object", "properties": {"x": TEXT}}}
    found = fields(generation({"const": "m"}, schemas=schemas, p={"$ref": "#/components/schemas/Params"}))
    assert set(found["AParamsDict"]) == {"x"}
    assert set(found["AParams"]) == {"p", "model"}


def test_no_resources_without_generations() -> None:
    assert fields(QUERY)["Resources"] == {}


def test_prose_default_is_documented() -> None:
    tree = contract(a=generation({"const": "m"}, p={"description": "d", **TEXT}), query=QUERY)
    tree["components"]["schemas"]["ARequest"]["properties"]["p"]["x-evolink-default"] = "é"
    assert '"""d\n\n    Default: "é".\n    """' in params_source(tree)


@given(st.text(), st.integers(1, 12))
def test_text_does_not_end_a_docstring(text: str, indent: int) -> None:
    (block,) = ast.parse(f"if True:\n{docstring(text, indent)}").body
    assert isinstance(block, ast.If)
    (node,) = block.body
    assert isinstance(node, ast.Expr)
    assert isinstance(ast.literal_eval(node.value), str)


@given(st.text(st.sampled_from("\"\\'x \n"), max_size=30))
def test_docstring_keeps_the_text(text: str) -> None:
    (node,) = ast.parse(docstring(text, 0)).body
    assert isinstance(node, ast.Expr)
    said = ast.literal_eval(node.value)
    assert said.split() == text.split()
