"""References: within one document, to something, and never in a cycle without meaning."""

from typing import Any

import pytest
from codegen.builders import operation, outline

from evolink_codegen._openapi import refs, structure
from evolink_codegen._openapi.text import InputError

OK = {"type": "object"}


def document(schemas: dict[str, Any], **more: Any) -> dict[str, Any]:
    return outline({"/x": {"get": operation(None, {"$ref": "#/components/schemas/A"})}}, schemas, **more)


def refused(schemas: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        refs.check(document(schemas), "doc.yaml")
    assert "\n" not in str(caught.value)
    return caught.value.place, caught.value.reason


def test_pointer_escapes() -> None:
    tree = {"a/b": {"c~d": [{"x": 1}]}, "e f": 2}
    assert refs.look_up(tree, "#/a~1b/c~0d/0/x") == 1
    assert refs.look_up(tree, "#/e%20f") == 2
    for wrong in ("#/a", "#/a~1b/c~0d/1", "#/a~1b/c~0d/-", "#/e f/x"):
        with pytest.raises(KeyError):
            refs.look_up(tree, wrong)


@pytest.mark.parametrize("name", ["A", "a/b", "a~b", "~1", "비디오"])
def test_reference_round_trips(name: str) -> None:
    reference = {"$ref": refs.to_schema(name)}
    assert refs.schema_name(reference) == name
    assert refs.look_up({"components": {"schemas": {name: OK}}}, reference["$ref"]) == OK


@pytest.mark.parametrize(
    "reference", ["#/components/schemas/A/properties/b", "#/paths/x", "other.yaml", 5, None]
)
def test_other_references_have_no_schema_name(reference: Any) -> None:
    assert refs.schema_name({"$ref": reference}) is None


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("#/components/schemas/Missing", "points to nothing"),
        ("#/components/schemas/A/type", "points to no mapping"),
        ("other.yaml#/A", "leads out of the document"),
        ("https://example.com/a.yaml", "leads out of the document"),
        ("#A", "leads out of the document"),
        ("#", "leads out of the document"),
        ("", "leads out of the document"),
        (["x"], "a $ref is text"),
    ],
)
def test_dangling_or_external_reference_is_refused(reference: Any, reason: str) -> None:
    schemas = {"A": {"type": "object", "properties": {"b": {"$ref": reference}}}}
    place, said = refused(schemas)
    assert place == "components/schemas/A/properties/b"
    assert reason in said


def to(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": to("A")},
        {"A": to("B"), "B": to("A")},
        {"A": {"allOf": [to("A")]}},
        {"A": {"anyOf": [OK, {"oneOf": [to("B")]}]}, "B": {"not": to("A")}},
        {f"A{n}" if n else "A": to(f"A{n + 1}") for n in range(400)} | {"A400": OK},
    ],
    ids=["itself", "two", "allOf", "compositions", "endless"],
)
def test_self_reference_is_refused(schemas: dict[str, Any]) -> None:
    assert "leads back to itself" in refused(schemas)[1]


def test_recursive_schema_is_accepted() -> None:
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}},
        "additionalProperties": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]},
    }
    refs.check(document({"A": tree}), "doc.yaml")


def test_ref_in_data_is_ignored() -> None:
    schema = {
        "type": "object",
        "properties": {
            "$ref": {"type": "string"},
            "example": {"type": "object", "default": {"$ref": "anything"}},
            "value": {"const": {"$ref": 1}},
            "default": {"enum": [{"$ref": "x"}], "examples": [{"$ref": "y"}]},
        },
        "example": {"$ref": "nowhere"},
        "x-mine": {"$ref": "nowhere"},
    }
    refs.check(document({"A": schema}), "doc.yaml")


def test_ref_below_keyword_like_property_is_checked() -> None:
    for name in ("example", "default", "value", "enum", "properties"):
        schemas = {"A": {"type": "object", "properties": {name: {"$ref": "#/nothing"}}}}
        assert refused(schemas)[0].endswith(f"/properties/{name}")


def test_siblings_override_the_target() -> None:
    tree = {"a": {"$ref": "#/b", "title": "mine"}, "b": {"type": "string", "title": "theirs"}}
    assert refs.resolve(tree, tree["a"]) == {"type": "string", "title": "mine"}


def test_walk_skips_data() -> None:
    tree = {"paths": {"/x": {"get": {"example": {"a": {}}}}}, "list": [{"b": 1}], "x-y": {}}
    assert [place for place, _ in structure.walk(tree)] == ["", "paths//x", "paths//x/get", "list/0"]


def test_rebuild_changes_only_keywords() -> None:
    tree = {"properties": {"title": {"title": "T", "example": {"title": "t"}}}, "title": "X"}
    found = structure.rebuild(tree, lambda mapping: {k: v for k, v in mapping.items() if k != "title"})
    assert found == {"properties": {"title": {"example": {"title": "t"}}}}
    assert tree["title"] == "X"
