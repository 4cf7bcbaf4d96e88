"""How JSON is encoded and decoded."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock._http import json_codec

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(VALUES)
def test_encoded_value_is_ascii_and_decodes_to_itself(value: Any) -> None:
    encoded = json_codec.dumps(value)
    assert encoded.isascii()
    assert json.loads(encoded) == value


@given(st.dictionaries(st.sampled_from(["id", "created", "a", 'b"', "%b"]), st.integers() | TEXT), VALUES)
def test_object_encoder_writes_the_same_bytes(members: dict[str, Any], fixed: Any) -> None:
    template = members | {"fixed": fixed}
    encoder = json_codec.ObjectEncoder(template, ("id", "created"))
    value = template | {name: "other" for name in ("id", "created") if name in members}
    assert encoder.encode(value) == json_codec.dumps(value)


def test_object_encoder_of_nothing() -> None:
    assert json_codec.ObjectEncoder({}, ("id",)).encode({}) == b"{}"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a": NaN}', "not a JSON value"),
        (b'{"a": 1e999}', "too large a number"),
        (b"[" * 101 + b"]" * 101, "too deeply"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "too deeply"),
        (b'{"a": "\\ud800"}', "Unicode"),
        (b'{"a": "\\udc00\\ud800"}', "Unicode"),
        (b'{"a": "\xff"}', "Unicode"),
        (b'{"a": 1} 2', "Extra data"),
        (b'{"a": 1', "delimiter"),
        (b"", "Expecting value"),
    ],
)
def test_malformed_json_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        json_codec.loads(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b' {"a": 1}\n', {"a": 1}),
        (b"[1]", [1]),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\N{GRINNING FACE}"}),
        (b'{"a": "\\\\ud800"}', {"a": "\\ud800"}),
        (b"[" * 100 + b"1" + b"]" * 100, json.loads("[" * 100 + "1" + "]" * 100)),
    ],
)
def test_valid_json_is_decoded(body: bytes, value: Any) -> None:
    assert json_codec.loads(body) == value


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"[]," * 1000 + b"0]",
        b"[" + b"{}," * 1000 + b"0]",
        b"[" + b'{"a":0},' * 1000 + b"0]",
        b"{" + b",".join(b'"%d":1.5' % number for number in range(1000)) + b"}",
        b"[" + b'"ab",' * 1000 + b"0]",
        b'"' + b"a" * 10_000 + '\N{GRINNING FACE}"'.encode(),
        b"[" + b"123456789012," * 1000 + b"0]",
        b"[" + b"[[]]," * 1000 + b"0]",
    ],
    ids=["lists", "objects", "members", "names", "texts", "wide", "integers", "nested"],
)
def test_weight_is_an_upper_bound(body: bytes) -> None:
    memory = _memory(json.loads(body), set())
    assert memory <= json_codec.weight(body) <= 100 * len(body)


def _memory(value: Any, seen: set[int]) -> int:
    if id(value) in seen:
        return 0
    seen.add(id(value))
    size = sys.getsizeof(value)
    items = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    return size + sum(_memory(item, seen) for item in items)
