"""Schemas that share, repeat and contain each other, and model ids, as the comparison reads them."""

import copy
from typing import Any

import pytest
from codegen.builders import taking

from evolink_codegen._diff import compare
from evolink_codegen._openapi.document import Document
from evolink_codegen._openapi.text import InputError

Schema = dict[str, Any]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"type": "string", "default": "a"}, {"type": "string", "enum": ["a"]}, ["docs model-restated"]),
        ({"const": "a"}, {"type": "string", "enum": ["a"], "example": "a"}, ["docs example-changed"]),
        ({"type": "string", "default": "a"}, {"type": "string", "default": "b"}, ["breaking model-renamed"]),
        (
            {"enum": ["a", "b"]},
            {"enum": ["c", "d", "e"]},
            ["breaking model-removed"] * 2 + ["compatible model-added"] * 3,
        ),
        ({"enum": ["a"], "default": "a"}, {"enum": ["a", "b"], "default": "a"}, ["compatible model-added"]),
        ({"enum": ["a"]}, {"type": "string"}, ["breaking model-removed"]),
        ({"type": "string"}, {"type": "string", "enum": ["a"]}, ["breaking request-enum-added"]),
        (
            {"type": "integer", "enum": [1]},
            {"type": "integer", "enum": [1, 2]},
            ["compatible request-enum-value-added"],
        ),
        ({"type": "string", "enum": ["a"]}, None, ["breaking request-property-removed"]),
    ],
)
def test_model_ids_are_compared_as_ids(
    old: dict[str, Any], new: dict[str, Any] | None, expected: list[str]
) -> None:
    def document(model: dict[str, Any] | None) -> Document:
        return taking({"type": "object", "properties": {"model": model} if model else {}})

    assert sorted(f"{one.level} {one.code}" for one in compare(document(old), document(new))) == expected


def test_cycle_of_schemas_ends() -> None:
    def tree(longest: int) -> Document:
        node = {"$ref": "#/components/schemas/Node"}
        named = {
            "type": "object",
            "properties": {"name": {"type": "string", "maxLength": longest}, "left": node},
        }
        both = {"allOf": [{"$ref": "#/components/schemas/Named"}, {"properties": {"right": node}}]}
        return taking(node, Node=both, Named=named)

    assert [one.path for one in compare(tree(5), tree(6))] == ["POST /v1/things request name"]


def _doubling(last: Schema) -> dict[str, Schema]:
    """Schemas that are small as they are written and endless when written out."""
    schemas: dict[str, Schema] = {"S40": last}
    for level in range(40):
        below = {"$ref": f"#/components/schemas/S{level + 1}"}
        schemas[f"S{level}"] = {"type": "object", "properties": {"a": below, "b": below}}
    return schemas


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}


def test_shared_schema_is_reported_a_few_times() -> None:
    root = {"$ref": "#/components/schemas/S0"}
    found = compare(taking(root, **_doubling(TEXT)), taking(root, **_doubling(NUMBER)))
    assert {one.code for one in found} == {"request-type-changed"}
    assert 1 <= len(found) <= 8


def test_nested_rule_is_compared_through_references() -> None:
    rule = {"not": {"$ref": "#/components/schemas/S0"}}
    old = taking(rule, **_doubling(TEXT))
    assert {one.code for one in compare(old, taking(rule, **_doubling(NUMBER)))} == {"request-rule-changed"}
    inline: Schema = {"not": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/S1"}}}}
    inline["not"]["properties"]["b"] = inline["not"]["properties"]["a"]
    assert compare(old, taking(inline, **_doubling(TEXT | {"description": "Other words"}))) == []


def test_cyclic_rule_ends() -> None:
    def tree(longest: int) -> Document:
        rule = {"not": {"$ref": "#/components/schemas/Node"}, "maxProperties": longest}
        return taking(
            {"propertyNames": TEXT, "contains": {"$ref": "#/components/schemas/Node"}}, Node={"items": rule}
        )

    assert compare(tree(5), tree(5)) == []
    assert {one.code for one in compare(tree(5), tree(6))} == {"request-rule-changed"}


def test_endless_nesting_is_refused() -> None:
    def nested(last: str) -> Document:
        schemas: dict[str, dict[str, Any]] = {"S900": {"type": last}}
        for level in range(900):
            below = {"$ref": f"#/components/schemas/S{level + 1}"}
            schemas[f"S{level}"] = {"type": "object", "properties": {"a": below}}
        return taking({"$ref": "#/components/schemas/S0"}, **schemas)

    with pytest.raises(InputError, match="nested too deeply"):
        compare(nested("string"), nested("integer"))


def test_paths_with_other_parameter_names_stay_apart() -> None:
    one, two = ({"get": {"operationId": name, "responses": {"200": {"description": name}}}} for name in "ab")
    data = {"openapi": "3.1.0", "paths": {"/v1/{x}": one, "/v1/{y}": two}}
    assert compare(Document("t", "t.yaml", data), Document("t", "t.yaml", copy.deepcopy(data))) == []


def test_many_changes_are_not_matched_as_renames() -> None:
    def wide(prefix: str) -> Document:
        return taking(
            {"type": "object", "properties": {f"{prefix}_{n}": {"maxLength": 9} for n in range(300)}}
        )

    levels = [one.level for one in compare(wide("a"), wide("b"))]
    assert levels == ["breaking"] * 300 + ["compatible"] * 300
