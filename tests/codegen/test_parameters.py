"""What is said of the parameters of a request, for people."""

from typing import Any

import pytest

from evolink_codegen.runtime.parameters import Parameter, parameters_of

TEXT = {"type": "string"}


def parameter(schema: dict[str, Any], **more: Any) -> Parameter:
    return parameters_of({"type": "object", "properties": {"p": schema}, **more})["p"]


@pytest.mark.parametrize(
    ("schema", "kind", "values"),
    [
        (TEXT, "string", ()),
        ({}, "any", ()),
        ({"type": ["string", "null"]}, "string or null", ()),
        ({"enum": ["a", 1]}, "string or integer", ("a", 1)),
        ({"const": 0.5}, "number", (0.5,)),
        ({"type": "array", "items": TEXT}, "array of string", ()),
        ({"type": "array"}, "array", ()),
        ({"type": "array", "items": {"type": ["string", "integer"]}}, "array of (string or integer)", ()),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "string", ("a", "b")),
        ({"oneOf": [{"type": "integer"}, {"type": "string", "enum": ["auto"]}]}, "integer or string", ()),
        ({"allOf": [{"$ref": "#/$defs/A"}], "description": "d"}, "string", ("x",)),
        ({"allOf": [{"enum": ["x", "y"]}, {"enum": ["y", "z"]}]}, "string", ("y",)),
        ({"$ref": "#/$defs/Loop"}, "any", ()),
        ({"properties": {"x": TEXT}}, "object", ()),
    ],
)
def test_type_and_allowed_values(schema: dict[str, Any], kind: str, values: tuple[Any, ...]) -> None:
    definitions = {"A": {"type": "string", "enum": ["x"]}, "Loop": {"$ref": "#/$defs/Loop"}}
    found = parameter(schema, **{"$defs": definitions})
    assert (found.type, found.allowed_values) == (kind, values)


def test_required_name_is_a_parameter() -> None:
    found = parameters_of({"allOf": [{"required": ["ghost"]}], "properties": {"p": TEXT}})
    assert [(one.name, one.type, one.required) for one in found.values()] == [
        ("p", "string", False),
        ("ghost", "any", True),
    ]


def test_of_limits_that_hold_together_the_tighter_count() -> None:
    longer = {"maxLength": 9, "minLength": 1}
    assert parameter({"maxLength": 5, "minLength": 0, "allOf": [longer]}).limit_texts() == [
        "at least 1 character",
        "at most 5 characters",
    ]


def test_default_may_stand_in_prose() -> None:
    assert parameter({"default": 5}).default == 5
    assert parameter({"x-evolink-default": 5}).default == 5
    assert parameter({}).default is None


def test_limits_are_kept_and_put_into_words() -> None:
    found = parameter(
        {
            "type": "array",
            "maxItems": 1,
            "uniqueItems": True,
            "items": {
                "type": "string",
                "format": "uri",
                "enum": ["a", "b"],
                "x-evolink-url": {"schemes": ["http", "https"], "public": True},
            },
        }
    )
    assert found.limits["maxItems"] == 1
    assert found.limits["items"]["format"] == "uri"
    assert found.limit_texts() == [
        "at most 1 item",
        "no equal items",
        'each item: a valid uri, begins with http or https, at a public address, one of "a" or "b"',
    ]
    assert parameter({"type": "number", "minimum": 1, "exclusiveMaximum": 5}).limit_texts() == [
        "at least 1",
        "less than 5",
    ]


def test_parameter_knows_whether_it_takes_local_files() -> None:
    link = {"type": "string", "format": "uri"}
    assert parameter(link).takes_files
    assert parameter({"type": "array", "items": link}).takes_files
    assert not parameter({**link, "x-evolink-callback": {"timeout": 1}}).takes_files
    assert not parameter(TEXT).takes_files


def test_rules_are_the_items_of_lists_in_the_description() -> None:
    text = "Links\n\n**Note:**\n- At most 10MB\n  * `.jpg` only\nEnd - no rule"
    found = parameter({**TEXT, "description": text})
    assert found.description == text
    assert found.rules == ("At most 10MB", "`.jpg` only")


def test_parameters_of_compositions_are_collected() -> None:
    found = parameters_of(
        {
            "required": ["a"],
            "properties": {"a": TEXT},
            "allOf": [{"$ref": "#/$defs/Base"}],
            "oneOf": [{"required": ["c"], "properties": {"c": TEXT}}, {"properties": {"d": TEXT}}],
            "$defs": {"Base": {"required": ["b"], "properties": {"b": {"properties": {"inner": TEXT}}}}},
        }
    )
    assert {name: one.required for name, one in found.items()} == {
        "a": True,
        "b": True,
        "c": False,
        "d": False,
    }
    assert found["b"].properties["inner"].type == "string"


def test_parameters_that_hold_themselves_end() -> None:
    loop = {"properties": {"again": {"$ref": "#/$defs/Loop"}}}
    assert parameters_of({"$ref": "#/$defs/Loop", "$defs": {"Loop": loop}})["again"].type == "object"
