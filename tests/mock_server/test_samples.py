"""Values made up from a schema."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock._samples import sample

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


@given(schema=SCHEMAS, rng=st.one_of(st.none(), st.randoms(use_true_random=False)))
def test_what_is_made_from_a_schema_keeps_to_it(schema: Any, rng: Any) -> None:
    value = sample({}, schema, rng)
    assert jsonschema_rs.is_valid(schema, value), value
