"""`Prefer` as users of Prism know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock import _schema
from evolink_mock._prefer import Preference

from .conftest import CLIP, CLIPS

if TYPE_CHECKING:
    from .conftest import Door


def prefer(door: Door, what: Any, body: Any = CLIP) -> Any:
    return door.post(CLIPS, body, headers={"Prefer": what})


def test_a_documented_status_is_answered_by_its_example(door: Door) -> None:
    reply = prefer(door, "code=429")
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "slow_down")
    assert len(door.engine.tasks) == 0


def test_an_example_is_asked_for_by_name(door: Door) -> None:
    assert prefer(door, "code=429, example=later").json()["error"]["code"] == "try_later"


def test_a_body_is_made_from_the_schema(door: Door) -> None:
    first, second = (door.get("/v2/balance", headers={"Prefer": "dynamic=true"}).json() for _ in range(2))
    assert 0 <= first["data"]["left"] <= 900
    assert first != second


@pytest.mark.parametrize("what", ["code=418", "code=oops", "code=429, example=never"])
def test_what_is_not_documented_is_a_problem(door: Door, what: Any) -> None:
    reply = prefer(door, what)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")
    assert reply.json()["status"] == 404


def test_a_wrong_request_is_refused_whatever_is_preferred(door: Door) -> None:
    assert prefer(door, "code=429", {"model": "toon-1"}).status_code == 400
    assert door.post(CLIPS, CLIP, key="x", headers={"Prefer": "code=429"}).status_code == 401


def test_other_preferences_are_passed_over(door: Door) -> None:
    assert prefer(door, "respond-async, wait=10").json()["status"] == "pending"


@given(st.text())
def test_any_header_can_be_read(header: Any) -> None:
    Preference.read(header)


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
    value = _schema.sample({}, schema, rng)
    assert jsonschema_rs.is_valid(schema, value), value
