"""What holds of every comparison, whatever the documents say."""

import copy
import itertools
import json
import random
from typing import Any

import jsonschema_rs
from codegen.builders import operation, outline, taking
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from evolink_codegen._diff import Change, compare
from evolink_codegen._openapi import json_schema
from evolink_codegen._openapi.document import Document

Schema = dict[str, Any]

SOME = settings(max_examples=40)  # thousands pass; these are for what changes later

NAMES = ("a", "b", "c")
TEXTS = ("", "x", "xy", "xyz")
NUMBERS = (-1, 0, 1, 2, 3, 4, 6, 1.5, 2.5)


def _limits(low: str, high: str, most: int) -> SearchStrategy[Schema]:
    return st.fixed_dictionaries({}, optional={low: st.integers(0, most), high: st.integers(0, most)})


def _enum(values: tuple[Any, ...]) -> SearchStrategy[Schema]:
    return st.lists(st.sampled_from(values), min_size=1, unique=True).map(lambda chosen: {"enum": chosen})


def _typed(kind: str, *parts: SearchStrategy[Schema]) -> SearchStrategy[Schema]:
    return st.tuples(*parts).map(
        lambda found: {"type": kind} | {k: v for one in found for k, v in one.items()}
    )


STRINGS = st.one_of(
    _typed("string", _limits("minLength", "maxLength", 3)),
    _typed("string", _enum(TEXTS)),
    _typed("string", st.sampled_from([{"pattern": "^x"}, {"pattern": "y$"}, {}])),
)
INTEGERS = st.one_of(
    _typed("integer", _limits("minimum", "maximum", 4), _limits("exclusiveMinimum", "exclusiveMaximum", 4)),
    _typed("integer", _enum((0, 1, 2, 3))),
    _typed("integer", st.sampled_from([{"multipleOf": 1}, {"multipleOf": 2}, {"multipleOf": 3}])),
)
FRACTIONS = st.one_of(
    _typed("number", _limits("minimum", "exclusiveMaximum", 4)),
    _typed("number", st.sampled_from([{"multipleOf": 0.5}, {"multipleOf": 1}, {"const": 1.5}])),
)
PLAIN: SearchStrategy[Schema] = st.one_of(
    STRINGS, INTEGERS, FRACTIONS, st.just({"type": "boolean"}), st.just({})
)


@st.composite
def lists(draw: DrawFn, below: SearchStrategy[Schema]) -> Schema:
    items = {"items": draw(below)} if draw(st.booleans()) else {}
    unique = draw(st.sampled_from([{}, {"uniqueItems": True}]))
    return {"type": "array", **items, **unique, **draw(_limits("minItems", "maxItems", 2))}


@st.composite
def objects(draw: DrawFn, below: SearchStrategy[Schema]) -> Schema:
    """Objects that all know the same properties: who adds one takes values from those who sent it unasked."""
    found: Schema = {"type": "object", "properties": {name: draw(below) for name in NAMES}}
    if required := draw(st.lists(st.sampled_from(NAMES), unique=True)):
        found["required"] = required
    if (others := draw(st.none() | st.booleans() | below)) is not None:
        found["additionalProperties"] = others
    return found


def _unions(below: SearchStrategy[Schema]) -> SearchStrategy[Schema]:
    return st.one_of(
        st.lists(below, min_size=1, max_size=3).map(lambda members: {"anyOf": members}),
        st.tuples(below, below).map(lambda members: {"allOf": list(members)}),
        below.map(lambda schema: {"anyOf": [schema, {"type": "null"}]}),
    )


SCHEMAS = st.recursive(
    PLAIN, lambda below: st.one_of(lists(below), objects(below), _unions(below)), max_leaves=6
)


LIKE = {"string": STRINGS, "integer": INTEGERS, "number": FRACTIONS, "array": lists(PLAIN)}


@st.composite
def versions(draw: DrawFn) -> tuple[Schema, Schema]:
    """A schema and what became of it: something in it is said otherwise, or no longer, or instead of it."""
    old = draw(SCHEMAS)
    new = copy.deepcopy(old)
    for _ in range(draw(st.integers(1, 2))):
        inside = [one for one in json_schema.descend(new) if one]
        if not inside:
            break
        one = draw(st.sampled_from(inside))
        change = draw(st.sampled_from(["less", "more", "other", "either"]))
        was = dict(one)
        if change == "less":
            # Properties are for objects, whether a document says so or not.
            one.pop(draw(st.sampled_from(sorted(one.keys() - {"type"} if "properties" in one else one))))
        elif change == "more" and ("type" in was or not was.keys() & {"enum", "const"}):
            one.update(copy.deepcopy(draw(LIKE.get(one.get("type", ""), objects(PLAIN)))))
        elif change == "other":
            one.clear()
            one.update(copy.deepcopy(draw(SCHEMAS)))
        elif change == "either":
            one.clear()
            one["anyOf"] = [was, copy.deepcopy(draw(PLAIN))]
    return old, new


def _values() -> list[Any]:
    """Values of every kind, some of them inside others."""
    dice = random.Random(0)
    plain = [None, True, False, *NUMBERS, *TEXTS]
    found: list[Any] = list(plain)
    for depth in range(2):
        inner = found[:] if depth else plain
        found += [[]] + [[one] for one in inner[:40]] + [dice.sample(inner, 2) for _ in range(30)]
        for names in itertools.chain.from_iterable(
            itertools.combinations((*NAMES, "z"), n) for n in range(5)
        ):
            found += [{name: dice.choice(inner) for name in names} for _ in range(6)]
    return found


VALUES = _values()


def _giving(schema: Schema) -> Document:
    return Document("things", "things.yaml", outline({"/v1/things": {"get": operation(None, schema)}}))


def _breaking(changes: list[Change]) -> list[str]:
    return [change.code for change in changes if change.level == "breaking"]


@SOME
@given(SCHEMAS)
def test_schema_does_not_differ_from_itself(schema: Schema) -> None:
    copy = json.loads(json.dumps(schema))
    assert compare(taking(schema), taking(copy)) == []
    assert compare(_giving(schema), _giving(copy)) == []


@SOME
@given(SCHEMAS, st.randoms(use_true_random=False))
def test_order_does_not_matter(schema: Schema, dice: random.Random) -> None:
    assert compare(taking(schema), taking(_reordered(schema, dice))) == []


def _reordered(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        return {key: _reordered(value[key], dice) for key in dice.sample(list(value), len(value))}
    if isinstance(value, list):
        return [_reordered(item, dice) for item in dice.sample(value, len(value))]
    return value


@SOME
@given(versions())
def test_compatible_schema_accepts_what_old_one_accepted(pair: tuple[Schema, Schema]) -> None:
    """Whoever sent what the old version allowed may go on sending it, unless a change is called breaking."""
    old, new = pair
    if _breaking(compare(taking(old), taking(new))):
        return
    before, after = (jsonschema_rs.Draft202012Validator(schema) for schema in (old, new))
    assert [value for value in VALUES if before.is_valid(value) and not after.is_valid(value)] == []


@SOME
@given(versions())
def test_equal_schemas_accept_the_same(pair: tuple[Schema, Schema]) -> None:
    old, new = pair
    if compare(taking(old), taking(new)):
        return
    before, after = (jsonschema_rs.Draft202012Validator(schema) for schema in (old, new))
    assert [value for value in VALUES if before.is_valid(value) != after.is_valid(value)] == []


@SOME
@given(versions())
def test_reversed_widening_is_narrowing(pair: tuple[Schema, Schema]) -> None:
    old, new = pair
    there, back = compare(taking(old), taking(new)), compare(taking(new), taking(old))
    assert bool(there) == bool(back)
    assert not there or _breaking(there + back)


@st.composite
def narrowings(draw: DrawFn) -> tuple[Schema, Schema]:
    """A schema, and one that allows less in a single way."""
    less, more = sorted(draw(st.sets(st.integers(1, 9), min_size=2, max_size=2)))
    values = draw(st.lists(st.sampled_from(TEXTS), min_size=2, unique=True))
    text, number = {"type": "string"}, {"type": "number"}
    wide, narrow = draw(
        st.sampled_from(
            [
                (text | {"maxLength": more}, text | {"maxLength": less}),
                (text | {"minLength": less}, text | {"minLength": more}),
                (text, text | {"maxLength": less}),
                (text, text | {"pattern": "^x"}),
                (text, text | {"format": "uri"}),
                (text, text | {"enum": values}),
                (text | {"enum": values}, text | {"enum": values[1:]})
                if len(values) > 2
                else (text, text | {"const": "x"}),
                (text | {"nullable": True}, text),
                ({"type": ["string", "integer"]}, text),
                ({"anyOf": [text, {"type": "array"}]}, text),
                ({}, text),
                (number, {"type": "integer"}),
                (number | {"maximum": more}, number | {"maximum": less}),
                (number | {"maximum": less}, number | {"exclusiveMaximum": less}),
                (number | {"multipleOf": 0.25}, number | {"multipleOf": 0.5}),
                ({"type": "array", "maxItems": more}, {"type": "array", "maxItems": less}),
                ({"type": "array"}, {"type": "array", "uniqueItems": True}),
                ({"type": "array"}, {"type": "array", "items": text}),
                ({"type": "object"}, {"type": "object", "additionalProperties": False}),
                ({"type": "object"}, {"type": "object", "required": ["a"]}),
                ({"type": "object"}, {"type": "object", "additionalProperties": text}),
            ]
        )
    )
    return wide, narrow


@SOME
@given(st.lists(narrowings(), min_size=1, max_size=5), st.booleans())
def test_narrowing_breaks_requests(pairs: list[tuple[Schema, Schema]], nested: bool) -> None:
    """Nor does narrowing break who reads replies."""
    wide, narrow = (
        {"type": "object", "properties": {f"p{index}": pair[side] for index, pair in enumerate(pairs)}}
        for side in (0, 1)
    )
    if nested:
        wide, narrow = ({"type": "array", "items": {"properties": {"in": one}}} for one in (wide, narrow))
    there, back = compare(taking(wide), taking(narrow)), compare(taking(narrow), taking(wide))
    assert [one.level for one in there] == ["breaking"] * len(pairs)
    assert [one.level for one in back] == ["compatible"] * len(pairs)
    assert [one.path for one in there] == [one.path for one in back]
    assert _breaking(compare(_giving(wide), _giving(narrow))) == []
