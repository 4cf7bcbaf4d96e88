"""Values generated from a schema."""

from random import Random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock._contract import samples as _samples
from evolink_mock._contract.samples import sample

SCHEMAS = st.recursive(
    st.one_of(
        st.builds(lambda low: {"type": "integer", "minimum": low, "maximum": low + 10}, st.integers(-50, 50)),
        st.builds(lambda low: {"type": "number", "minimum": low, "maximum": low + 1}, st.integers(-5, 5)),
        st.builds(lambda low: {"type": "string", "minLength": low, "maxLength": low + 5}, st.integers(0, 30)),
        st.just({"type": "string", "format": "uri"}),
        st.just({"type": ["null", "boolean"]}),
        st.builds(lambda values: {"enum": values}, st.lists(st.integers(), min_size=1, max_size=3)),
        st.just({"const": "x"}),
    ),
    lambda inner: st.one_of(
        st.builds(lambda one: {"type": "array", "items": one, "minItems": 2}, inner),
        st.builds(
            lambda props: {"type": "object", "properties": props, "required": sorted(props)},
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        ),
        st.builds(lambda parts: {"anyOf": parts}, st.lists(inner, min_size=1, max_size=2)),
    ),
    max_leaves=6,
)


TREE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
    },
}

FOREST = {"components": {"schemas": {"Tree": TREE}}}


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "string", "pattern": "^DG[0-9a-f]{32}$"}, id="pattern"),
        pytest.param({"type": "string", "pattern": "^[a-z]+$", "minLength": 6, "maxLength": 9}, id="length"),
        pytest.param(
            {"type": "object", "required": ["a"], "properties": {"b": {"type": "string"}}}, id="untold"
        ),
        pytest.param(
            {
                "allOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["a", "b"]}],
                "properties": {"b": {"type": "boolean"}},
            },
            id="in parts",
        ),
        pytest.param(
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}},
                "required": ["a"],
                "oneOf": [{"required": ["b"], "properties": {"b": {"type": "null"}}}, {"required": ["c"]}],
            },
            id="beside a union",
        ),
        pytest.param({"allOf": [{"type": "string"}, {"minLength": 9}]}, id="text in parts"),
        pytest.param(
            {"allOf": [TREE, {"type": "object", "properties": {"age": {}}, "additionalProperties": False}]},
            id="too much",
        ),
    ],
)
def test_sample_has_documented_values(schema: dict[str, Any]) -> None:
    value = sample(FOREST, schema)
    assert jsonschema_rs.is_valid({**schema, **FOREST}, value), value


def test_recursive_schema() -> None:
    value = sample(FOREST, {"$ref": "#/components/schemas/Tree"})
    assert jsonschema_rs.is_valid({**TREE, **FOREST}, value)
    assert value["branches"]


@pytest.mark.parametrize("pattern", ["(", "^a$"])
def test_unsatisfiable_pattern_gives_text(pattern: str) -> None:
    assert isinstance(_samples._matching(pattern, Random(0), 5, None), str | None)


@given(schema=SCHEMAS, rng=st.one_of(st.none(), st.randoms(use_true_random=False)))
def test_sample_is_valid(schema: Any, rng: Any) -> None:
    value = sample({}, schema, rng)
    assert jsonschema_rs.is_valid(schema, value), value
