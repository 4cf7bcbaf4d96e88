"""Checks of values: every rule, every place, and hints that help."""

import datetime as dt
import math
import re
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no stubs

from evolink_codegen.runtime.validation import MAX_VIOLATIONS, Validator, closure

TEXT = {"type": "string"}


def only(schema: dict[str, Any], value: Any, **options: bool) -> tuple[str, str, str]:
    """Path, rule and message of the one violation."""
    (found,) = Validator(schema, **options).violations(value)
    return found.path, found.rule, found.message


def test_many_values_are_not_all_listed() -> None:
    values = [f"lang-{number:03}" for number in range(700)]
    message = only({"enum": values}, "lang-66")[2]
    assert 'or 660 more; did you mean "lang-' in message
    assert '"lang-039"' in message
    assert '"lang-040"' not in message
    assert "more" not in only({"enum": values[:41]}, "x")[2]


def test_required_name_counts_as_documented() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"b": TEXT}}
    assert Validator(schema, unknown=True).violations({"a": 1, "b": "x"}) == []
    assert only(schema, {"a": 1, "c": 1}, unknown=True)[:2] == ("c", "unknown")


def of(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"p": schema}}


@pytest.mark.parametrize(
    ("schema", "value", "rule", "message"),
    [
        (TEXT, 1, "type", "p: 1 is not a string"),
        ({"type": ["integer", "null"]}, "x", "type", 'p: "x" is not an integer or null'),
        ({"type": "integer"}, 1.5, "type", "p: 1.5 is not an integer"),
        ({"type": "boolean"}, 0, "type", "p: 0 is not a boolean"),
        ({"type": "array"}, {}, "type", "p: {} is not an array"),
        ({"enum": [4, 8, 12]}, 7, "enum", "p: 7 is not one of 4, 8 or 12"),
        ({"enum": ["a"]}, "b", "enum", 'p: "b" is not "a"'),
        ({"const": "a"}, "b", "const", 'p: "b" is not "a"'),
        ({"minimum": 0}, -1, "minimum", "p: -1 is less than 0"),
        ({"maximum": 10}, 11, "maximum", "p: 11 is more than 10"),
        ({"exclusiveMinimum": 0}, 0, "exclusiveMinimum", "p: 0 is not more than 0"),
        ({"exclusiveMaximum": 1}, 1, "exclusiveMaximum", "p: 1 is not less than 1"),
        ({"multipleOf": 8}, 9, "multipleOf", "p: 9 is not a multiple of 8"),
        ({"minLength": 2}, "a", "minLength", "p: has 1 character, at least 2 needed"),
        ({"maxLength": 1}, "ab", "maxLength", "p: has 2 characters, at most 1 allowed"),
        ({"pattern": "^a"}, "b", "pattern", 'p: "b" does not match ^a'),
        ({"format": "uri"}, "x", "format", 'p: "x" is not a valid uri'),
        ({"minItems": 1}, [], "minItems", "p: has 0 items, at least 1 needed"),
        ({"maxItems": 1}, [1, 2], "maxItems", "p: has 2 items, at most 1 allowed"),
        ({"uniqueItems": True}, [1, 1], "uniqueItems", "p: [1, 1] has equal items"),
        ({"minProperties": 1}, {}, "minProperties", "p: has 0 names, at least 1 needed"),
        ({"maxProperties": 1}, {"a": 1, "b": 2}, "maxProperties", "p: has 2 names, at most 1 allowed"),
        ({"not": {"type": "string"}}, "x", "not", None),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "propertyNames", None),
        ({"additionalProperties": False}, {"a": 1}, "additionalProperties", None),
        ({"prefixItems": [{}], "items": False}, [1, 2], "items", None),
        ({"unevaluatedItems": False}, [1], "unevaluatedItems", None),
        ({"contains": {"const": 1}}, [2], "contains", None),
        (
            {"x-evolink-url": {"schemes": ["https"]}},
            "http://a.b",
            "url",
            'p: "http://a.b" must begin with https://',
        ),
        (False, 1, "not", "p: 1 is not allowed"),
        ({"if": {"type": "string"}, "then": {"minLength": 3}}, "a", "minLength", None),
    ],
)
def test_every_rule_has_a_message(schema: Any, value: Any, rule: str, message: str | None) -> None:
    path, said, sentence = only(of(schema), {"p": value})
    assert said == rule
    assert re.fullmatch(r"p(\[\d\]|\.a)?", path)
    assert sentence.startswith(f"{path}: ")
    assert "\n" not in sentence
    if message is not None:
        assert sentence == message


def test_missing_value_is_reported_at_its_path() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"b": {"type": "object", "required": ["c"]}}}
    found = Validator(schema).violations({"b": {}})
    assert {(one.path, one.rule, one.value, one.message) for one in found} == {
        ("a", "required", None, "a: is required"),
        ("b.c", "required", None, "b.c: is required"),
    }


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"type": "string"}}, [1] * 5000),
        ({"properties": {"a": {}}}, {f"{'n' * 1000}{number}": 1 for number in range(5000)}),
    ],
    ids=["items", "names"],
)
def test_violations_are_limited(schema: dict[str, Any], value: Any) -> None:
    assert len(Validator(schema, unknown=True).violations(value)) == MAX_VIOLATIONS


def test_every_violation_has_a_path() -> None:
    item = {"type": "object", "properties": {"n": {"maximum": 1}}}
    schema = of({"type": "array", "items": item})
    found = Validator(schema).violations({"p": [{"n": 2}, {"n": 1}, {"n": "x"}, {"n": 3}]})
    assert [one.path for one in found] == ["p[0].n", "p[3].n"]
    assert Validator({"type": "string"}).violations(1)[0].message == "the body: 1 is not a string"


def test_long_values_are_shortened() -> None:
    message = only(of({"enum": ["a"]}), {"p": "x" * 10_000})[2]
    assert len(message) < 120
    assert "…" in message


def test_near_value_is_suggested() -> None:
    schema = of({"enum": ["landscape", "portrait", 3]})
    (found,) = Validator(schema).violations({"p": "lanscape"})
    assert found.suggestion == "landscape"
    (found,) = Validator(schema).violations({"p": "xyz"})
    assert found.suggestion is None
    assert found.to_dict() == {
        "path": "p",
        "rule": "enum",
        "value": "xyz",
        "message": 'p: "xyz" is not one of "landscape", "portrait" or 3',
        "suggestion": None,
    }


UNION = {
    "oneOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "enum": ["auto"]},
        {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
    ]
}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (UNION, -1, ("p", "minimum", "p: -1 is less than 0")),
        (UNION, "x", ("p", "enum", 'p: "x" is not "auto"')),
        (UNION, {"n": "x"}, ("p.n", "type", 'p.n: "x" is not an integer')),
        (UNION, {}, ("p.n", "required", "p.n: is required")),
        (
            {"anyOf": [{"enum": ["1", "2"]}, {"type": "integer", "enum": [1, 2]}]},
            7,
            ("p", "enum", 'p: 7 is not one of "1", "2", 1 or 2'),
        ),
        (
            {"anyOf": [{"type": "string", "maxLength": 2}, {"type": "string", "pattern": "^x"}]},
            "abc",
            ("p", "anyOf", None),
        ),
        ({"oneOf": [{"type": "integer"}, {"multipleOf": 2}]}, 4, ("p", "oneOf", None)),
    ],
)
def test_nearest_union_member_is_explained(
    schema: Any, value: Any, expected: tuple[str, str, str | None]
) -> None:
    path, rule, message = only(of(schema), {"p": value})
    assert (path, rule) == expected[:2]
    if expected[2] is not None:
        assert message == expected[2]


@pytest.mark.parametrize("value", [True, [], None, 1.5])
def test_value_of_no_union_member(value: Any) -> None:
    assert only(of(UNION), {"p": value})[:2] == ("p", "oneOf")


class TestUnknownNames:
    SCHEMA: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "prompt": TEXT,
            "size": {"$ref": "#/$defs/Size"},
            "free": {"type": "object"},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}},
            "mixed": {"type": "object", "properties": {"a": TEXT}, "additionalProperties": True},
            "list": {"type": "array", "items": {"type": "object", "properties": {"x": TEXT}}},
            "union": {"anyOf": [{"$ref": "#/$defs/Size"}, {"type": "object", "properties": {"depth": TEXT}}]},
            "any form": {"anyOf": [{"$ref": "#/$defs/Size"}, {"type": "object"}]},
            "closed": {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False},
        },
        "$defs": {
            "Size": {"allOf": [{"$ref": "#/$defs/Base"}, {"properties": {"height": {"type": "integer"}}}]},
            "Base": {
                "type": "object",
                "properties": {"width": {"type": "integer"}, "again": {"$ref": "#/$defs/Size"}},
            },
        },
    }

    def test_are_faults_only_when_asked(self) -> None:
        assert Validator(self.SCHEMA).violations({"promt": "x"}) == []
        (found,) = Validator(self.SCHEMA, unknown=True).violations({"promt": "x"})
        assert found.to_dict() == {
            "path": "promt",
            "rule": "unknown",
            "value": "x",
            "message": "promt: no such parameter; did you mean 'prompt'?",
            "suggestion": "prompt",
        }
        assert Validator(self.SCHEMA).unknown_parameters({"promt": "x", "prompt": 5}) == [found]

    @pytest.mark.parametrize(
        "value",
        [
            {"size": {"width": 1, "height": 2, "again": {"width": 3}}},
            {"free": {"anything": 1}},
            {"map": {"anything": 1}},
            {"mixed": {"a": "x", "b": 1}},
            {"list": [{"x": "y"}]},
            {"union": {"width": 1, "height": 2}},
            {"union": {"depth": "x"}},
            {"any form": {"whatever": 1}},
        ],
    )
    def test_documented_names_of_compositions_are_known(self, value: Any) -> None:
        assert Validator(self.SCHEMA, unknown=True).violations(value) == []

    @pytest.mark.parametrize(
        ("value", "path"),
        [
            ({"size": {"width": 1, "hight": 2}}, "size.hight"),
            ({"size": {"again": {"with": 2}}}, "size.again.with"),
            ({"list": [{}, {"y": 1}]}, "list[1].y"),
            ({"union": {"depth": "x", "deep": 1}}, "union.deep"),
        ],
    )
    def test_are_found_at_every_depth(self, value: Any, path: str) -> None:
        (found,) = Validator(self.SCHEMA, unknown=True).violations(value)
        assert (found.path, found.rule) == (path, "unknown")

    def test_of_a_closed_object_break_its_own_rule(self) -> None:
        found = Validator(self.SCHEMA).violations({"closed": {"b": 1}})
        assert [(one.path, one.rule) for one in found] == [("closed.b", "additionalProperties")]

    def test_of_a_request_that_is_composed(self) -> None:
        schema = {
            "allOf": [{"$ref": "#/$defs/A"}],
            "oneOf": [
                {"properties": {"kind": {"const": "x"}, "x": TEXT}, "required": ["kind"]},
                {"properties": {"kind": {"const": "y"}, "y": TEXT}, "required": ["kind"]},
            ],
            "properties": {"own": TEXT},
            "$defs": {"A": {"type": "object", "properties": {"a": TEXT}}},
        }
        closed = Validator(schema, unknown=True)
        assert closed.violations({"kind": "x", "x": "1", "a": "2", "own": "3"}) == []
        (found,) = closed.violations({"kind": "x", "y": "1"})
        assert (found.path, found.rule) == ("y", "unevaluatedProperties")
        assert "belongs to another documented form" in found.message

    def test_of_a_form_that_is_not_fulfilled_are_not_listed(self) -> None:
        text = {"properties": {"kind": {"const": "text"}, "words": {"minItems": 2}}, "required": ["kind"]}
        image = {"properties": {"kind": {"const": "image"}, "url": TEXT}, "required": ["kind", "url"]}
        closed = Validator({"properties": {"source": {"oneOf": [text, image]}}}, unknown=True)
        found = closed.violations({"source": {"kind": "text", "words": ["a"], "color": 1}})
        assert [(one.path, one.rule) for one in found] == [("source", "oneOf"), ("source.color", "unknown")]
        composed = Validator({"allOf": [{**text, "required": ["kind", "at"]}]}, unknown=True)
        found = composed.violations({"kind": "text", "wrds": []})
        assert [(one.path, one.rule) for one in found] == [("at", "required"), ("wrds", "unknown")]


class TestForgiveness:
    SCHEMA = of({"enum": ["1", "2"], "x-evolink-lenient": "2"})

    def test_is_reported(self) -> None:
        validator = Validator(self.SCHEMA)
        assert validator.coerced({"p": "5"}) == [("p", "5", "2")]
        assert validator.coerced({"p": "1"}) == []
        assert validator.coerced({}) == []
        assert validator.forgiven({"p": "5"}) == [("p", "5", "2")]

    def test_is_given_only_by_the_lenient(self) -> None:
        assert only(self.SCHEMA, {"p": "5"})[1] == "enum"
        assert Validator(self.SCHEMA, lenient=True).violations({"p": "5"}) == []
        assert Validator(self.SCHEMA, lenient=True, unknown=True).violations({"p": 5, "q": 1})[0].path == "q"


@pytest.mark.parametrize(
    ("value", "path", "said"),
    [
        ({"p": object()}, "p", "a object is not a JSON value"),
        ({"p": [1, {2}]}, "p[1]", "a set is not a JSON value"),
        ({"p": b"x"}, "p", "a bytes is not a JSON value"),
        ({"p": dt.date(2026, 1, 2)}, "p", "a date is not a JSON value"),
        ({"p": math.nan, "q": 1}, "p", "nan is not a JSON number"),
        ({"p": "a\ud800"}, "p", "holds half a character"),
        ({1: 2}, "", "the key 1 is not text"),
    ],
)
def test_value_outside_json_breaks_type(value: Any, path: str, said: str) -> None:
    schema = {"type": "object", "properties": {"p": {"type": ["string", "number", "array"]}, "q": TEXT}}
    found = Validator(schema).violations(value)
    assert [(one.path, one.rule) for one in found] == [(path, "type")]
    assert found[0].message == f"{path or 'the body'}: {said}"


def test_missing_dependent_value_is_reported_at_its_path() -> None:
    assert only(of({"dependentRequired": {"a": ["b"]}}), {"p": {"a": 1}})[:2] == ("p.b", "required")


def test_names_with_dots_and_brackets() -> None:
    schema = of({"type": "object", "properties": {"a.b[c]": UNION}})
    assert only(schema, {"p": {"a.b[c]": -1}})[:2] == ("p.a.b[c]", "minimum")


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"maxLength": 9}, "p: has 200000 characters, at most 9 allowed"),
        ({"enum": ["a"]}, f'p: "{"x" * 78}… is not "a"'),
        (
            {"anyOf": [{"maxLength": 9}, {"maxLength": 9}]},
            "p: fits none of the documented forms: the value is longer than 9 characters",
        ),
    ],
)
def test_message_about_a_large_value_is_short(schema: Any, message: str) -> None:
    assert only(of(schema), {"p": "x" * 200_000})[2] == message


def test_cyclic_value_ends() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert Validator(of(TEXT)).violations({"p": loop})


def test_closure_takes_what_it_reaches() -> None:
    ref = {"$ref": "#/components/schemas/B"}
    document = {
        "components": {
            "schemas": {
                "A": {
                    "properties": {"b": ref, "$ref": TEXT},
                    "example": ref,
                    "default": {"$ref": "#/nothing"},
                },
                "B": {"items": {"$ref": "#/components/schemas/A"}, "enum": [[ref]]},
                "C": {},
            }
        }
    }
    found = closure(document, {"$ref": "#/components/schemas/A", "const": ref})
    local = {"$ref": "#/$defs/B"}
    assert found == {
        "$ref": "#/$defs/A",
        "const": ref,
        "$defs": {
            "A": {"properties": {"b": local, "$ref": TEXT}, "example": ref, "default": {"$ref": "#/nothing"}},
            "B": {"items": {"$ref": "#/$defs/A"}, "enum": [[ref]]},
        },
    }
    assert closure(document, TEXT) == TEXT


SCHEMAS: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        st.sampled_from(
            [TEXT, {"type": "integer", "minimum": 0}, {"enum": ["a", 1]}, {}, {"type": "boolean"}]
        )
        | st.builds(lambda item: {"type": "array", "items": item, "maxItems": 2}, SCHEMAS)
        | st.builds(
            lambda p, q, required: {"type": "object", "properties": {"p": p, "q": q}, "required": required},
            SCHEMAS,
            SCHEMAS,
            st.lists(st.sampled_from("pq"), unique=True),
        )
        | st.builds(
            lambda a, b, key: {key: [a, b]}, SCHEMAS, SCHEMAS, st.sampled_from(["anyOf", "oneOf", "allOf"])
        )
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "bb", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqr"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=30)
@given(SCHEMAS, VALUES)
def test_result_equals_json_schema(schema: Any, value: Any) -> None:
    validator = Validator(schema)
    valid = Draft202012Validator(schema).is_valid(value)
    found = validator.violations(value)
    assert validator.is_valid(value) == valid == (not found)
    assert all(one.message and "\n" not in one.message for one in found)


@settings(max_examples=30)
@given(SCHEMAS, VALUES)
def test_unknown_names_only_add_violations(schema: Any, value: Any) -> None:
    found = Validator(schema, unknown=True).violations(value)
    if Validator(schema).is_valid(value):
        assert all(one.rule in ("unknown", "unevaluatedProperties", "anyOf", "oneOf") for one in found)
    else:
        assert found


def test_walk_enters_maps() -> None:
    link = {"type": "string", "format": "uri"}
    schema = of({"type": "object", "properties": {"a": TEXT}, "additionalProperties": link})
    found = {path: schema for path, schema, _ in Validator(schema).walk({"p": {"a": "x", "b": "y"}, "q": 1})}
    assert (found["p.a"], found["p.b"]) == (TEXT, link)
    assert "q" not in found
