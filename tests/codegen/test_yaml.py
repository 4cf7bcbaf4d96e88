"""Reading and writing YAML: the meaning of 1.2, and nothing that can run away with the reader."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_codegen._openapi import yaml_io
from evolink_codegen._openapi.text import InputError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def load(text: str | bytes) -> Any:
    return yaml_io.load(text if isinstance(text, bytes) else text.encode(), "doc.yaml")


def refused(text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        load(text)
    message = str(caught.value)
    assert message.startswith("doc.yaml: ")
    assert "\n" not in message
    return message.removeprefix("doc.yaml: ")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("16:9", "16:9"),
        ("on", "on"),
        ("yes", "yes"),
        ("True", True),
        ("false", False),
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("1_000", "1_000"),
        ("0o17", 15),
        ("0x1F", 31),
        ("010", 10),
        ("+12", 12),
        ("-0.5", -0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        ("~", None),
        ("Null", None),
        ("'~'", "~"),
        ('"12"', "12"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        (".nan", ".nan"),
        ("=", "="),
        ("٣", "٣"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    found = load(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_empty_value_is_null() -> None:
    assert load("a:\nb: ''") == {"a": None, "b": ""}
    assert load("") is None
    assert load("# only words") is None


def test_keys_are_text() -> None:
    assert load("200: a\ntrue: b\n1.5: c\non: d") == {"200": "a", "true": "b", "1.5": "c", "on": "d"}


def test_bom_and_crlf_are_ignored() -> None:
    assert load("\ufeffa: 1\r\nb: |\r\n  x\r\n  y\r\n") == {"a": 1, "b": "x\ny\n"}


def test_json_is_read() -> None:
    assert load('{"a": [1, 1.5, null, "on", "\\u00e9"]}') == {"a": [1, 1.5, None, "on", "é"]}
    assert load("{a: on, 'b': [1]}") == {"a": "on", "b": [1]}


def test_lone_surrogate_is_replaced() -> None:
    assert load('{"a\\ud800": "\\udc00b", "c": "\\ud83d\\ude00"}') == {"a\ufffd": "\ufffdb", "c": "😀"}


def test_aliases_are_copies() -> None:
    found = load("a: &x {b: [1]}\nc: *x\nd: *x")
    assert found["c"] == found["d"] == found["a"]
    found["c"]["b"].append(2)
    assert found["a"] == found["d"] == {"b": [1]}


def test_merge_keys_fill_gaps() -> None:
    found = load("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  a: 5\n  <<: [*x, *y]\nq: {'<<': 1}")
    assert found["z"] == {"a": 5, "b": 2, "c": 4}
    assert found["q"] == {"<<": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' appears twice"),
        ('{"a": 1, "a": 2}', "the key 'a' appears twice"),
        ("1: a\n'1': b", "line 2: the key '1' appears twice"),
        ("a: *b", "line 1: the alias *b has no value yet"),
        ("a: &a [*a]", "line 1: the alias *a has no value yet"),
        ("? [a]\n: b", "line 1: a key must be text"),
        ("a: 1\n---\nb: 2", "line 2: more than one YAML document"),
        ("a: !!python/object:os.system x", "line 1: the tag 'tag:yaml.org,2002:python/object:os.system'"),
        ("a: !custom x", "line 1: the tag '!custom' is not known"),
        ("a: 1e999", "line 1: holds a number that JSON cannot hold"),
        ('{"a": NaN}', "holds a number that JSON cannot hold"),
        (f"a: {'9' * 500}", "line 1: holds a number that JSON cannot hold"),
        ("a: [1", "line 2: not YAML: "),
        ("\ta: 1", "line 1: not YAML: "),
        ("a: \x00", "not YAML: "),
        ("a: b: c", "line 1: not YAML: "),
        ("x:\n  <<: 1", "line 3: '<<' takes a mapping"),
        (b"a: \xff", "not UTF-8 (byte 3)"),
        (b"%PDF-1.4", "line 1: not YAML: "),
        ("[" * 200_000, "nested deeper than 100 levels"),
        ("- " * 5_000, "line 1: nested deeper than 100 levels"),
        ("{a: " * 3_000, "line 1: nested deeper than 100 levels"),
        ('{"a":' * 5_000, "nested deeper than 100 levels"),
        ('{"a":' * 150 + "1" + "}" * 150, "nested deeper than 100 levels"),
    ],
)
def test_other_yaml_is_refused_with_its_line(text: str | bytes, reason: str) -> None:
    assert reason in refused(text)


def test_alias_bomb_is_refused() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
    )
    assert "values once its aliases are written out" in refused(bomb)


def test_alias_does_not_hide_depth() -> None:
    text = "a0: &a0 [[[[[x]]]]]\n" + "".join(f"a{n}: &a{n} [[[[[*a{n - 1}]]]]]\n" for n in range(1, 30))
    assert "nested deeper than 100 levels" in refused(text)


def test_limits_on_bytes_and_values() -> None:
    assert "larger than 8388608 bytes" in refused(b" " * (yaml_io.MAX_BYTES + 1))
    assert "more than 400000 values" in refused(f"[{'1,' * yaml_io.MAX_NODES}1]")
    assert "more than 400000 values" in refused(f"[{'a,' * yaml_io.MAX_NODES}1]")


@given(VALUES)
def test_dump_round_trips(value: Any) -> None:
    text = yaml_io.dump(value)
    assert load(text) == value
    assert load(json.dumps([value])) == [value]


@given(st.text(alphabet="ab:{}[]&*!|>-?#'\"%@`, \n0.1~<", max_size=60))
def test_any_bytes_are_read_or_refused(text: str) -> None:
    try:
        found = load(text)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is fine
    else:
        json.dumps(found, allow_nan=False)
