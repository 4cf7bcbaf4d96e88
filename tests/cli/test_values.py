"""Words of the command line become the JSON values that the schema wants."""

import io
from pathlib import Path
from typing import Any

import pytest

from evolink.cli.failures import CommandError
from evolink.cli.inputs import TextReader
from evolink.cli.values import ValueSyntax, flag_of, syntax_of

DEFINITIONS = {
    "Camera": {
        "type": "object",
        "properties": {
            "motion": {"enum": ["still", "pan"]},
            "speed": {"type": "number"},
            "frames": {"type": "array", "items": {"type": "string", "format": "uri"}},
            "inner": {"type": "object", "properties": {"depth": {"type": "integer"}}},
        },
    }
}
STRING = {"type": "string"}
INTEGER = {"type": "integer"}
LINK = {"type": "string", "format": "uri"}
CAMERA = {"$ref": "#/$defs/Camera"}


def syntax(schema: dict[str, Any]) -> ValueSyntax:
    return syntax_of(schema, DEFINITIONS)


@pytest.mark.parametrize(
    ("schema", "texts", "value"),
    [
        (STRING, ["12"], "12"),
        (STRING, ["a", "b"], "b"),
        (INTEGER, ["12"], 12),
        (INTEGER, ["1.5"], 1.5),
        (INTEGER, ["many"], "many"),
        ({"type": "number"}, ["3"], 3),
        ({"type": "boolean"}, ["TRUE"], True),
        ({"type": "boolean"}, ["off"], False),
        ({"type": ["integer", "null"]}, ["null"], None),
        ({"enum": [4, 8]}, ["8"], 8),
        ({"enum": [4, 8]}, ["7"], 7),
        ({"enum": ["4", "8"], "type": "string"}, ["4"], "4"),
        ({"const": "x"}, ["x"], "x"),
        ({}, ['{"a": 1}'], {"a": 1}),
        ({}, ["text"], "text"),
        # The first form that fits, in the order of the document.
        ({"anyOf": [{"enum": ["1", "2"]}, {"enum": [1, 2]}]}, ["2"], "2"),
        ({"oneOf": [INTEGER, {"enum": ["auto"]}]}, ["7"], 7),
        ({"oneOf": [INTEGER, {"enum": ["auto"]}]}, ["auto"], "auto"),
        ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, ["2"], 2),
        ({"type": "array", "items": INTEGER}, ["1", "2"], [1, 2]),
        ({"type": "array", "items": INTEGER}, ["[1, 2]", "3"], [1, 2, 3]),
        ({"type": "array"}, ["1", "a"], [1, "a"]),
        ({"type": "array", "items": {"type": "array", "items": INTEGER}}, ["[1]", "[2]"], [[1], [2]]),
        (
            {"type": "array", "items": CAMERA},
            ["speed=1", '{"motion": "pan"}'],
            [{"speed": 1}, {"motion": "pan"}],
        ),
        ({"anyOf": [LINK, {"type": "array", "items": LINK}]}, ["https://a.de"], "https://a.de"),
        (
            {"anyOf": [LINK, {"type": "array", "items": LINK}]},
            ["http://a", "http://b"],
            ["http://a", "http://b"],
        ),
        ({"type": ["array", "null"], "items": LINK}, ["a.png"], [Path("a.png")]),
        ({"type": ["array", "null"], "items": INTEGER}, ["[1, 2]"], [1, 2]),
        (CAMERA, ["motion=pan", "speed=2.5"], {"motion": "pan", "speed": 2.5}),
        (CAMERA, ['{"speed": 1}', "motion=still"], {"speed": 1, "motion": "still"}),
        (CAMERA, ["inner.depth=3", "new=true"], {"inner": {"depth": 3}, "new": True}),
        (CAMERA, ["frames=a.png"], {"frames": [Path("a.png")]}),
        ({"type": "object", "additionalProperties": LINK}, ["a=a.png"], {"a": Path("a.png")}),
        (CAMERA, ["motion=a=b"], {"motion": "a=b"}),
        (LINK, ["https://a.de/b"], "https://a.de/b"),
        (LINK, ["C:/a.png"], Path("C:/a.png")),
        (LINK, ["@a.png"], Path("@a.png")),
        ({**LINK, "x-evolink-callback": {}}, ["a.png"], "a.png"),
    ],
)
def test_words_become_json_values(schema: dict[str, Any], texts: list[str], value: object) -> None:
    found = syntax(schema).value(texts, lambda text: text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("schema", "texts"),
    [
        (CAMERA, ["{"]),
        (CAMERA, ["[1]", "a=1"]),
        (CAMERA, ["inner=1", "inner.depth=2"]),
        (CAMERA, ["NaN", "a=1"]),
    ],
)
def test_values_that_are_no_json_are_refused(schema: dict[str, Any], texts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"JSON|of its own"):
        syntax(schema).value(texts, lambda text: text)


@pytest.mark.parametrize(
    ("schema", "metavar"),
    [
        (STRING, "TEXT"),
        (INTEGER, "INTEGER"),
        ({"type": "number"}, "NUMBER"),
        ({"type": "boolean"}, "[true|false]"),
        ({"enum": [4, 8]}, "[4|8]"),
        ({"enum": ["a" * 40, "b" * 40]}, "TEXT"),
        ({"type": "array", "items": LINK}, "FILE|URL…"),
        (CAMERA, "NAME=VALUE|JSON"),
        ({}, "VALUE"),
        ({"oneOf": [INTEGER, {"enum": ["auto"]}]}, "VALUE"),
    ],
)
def test_help_names_the_kind_of_value(schema: dict[str, Any], metavar: str) -> None:
    assert syntax(schema).metavar == metavar


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("image_urls", "--image-urls"),
        ("n", "--n"),
        ("a.b", "--a.b"),
        ("-x", None),
        ("a b", None),
        ("é", None),
    ],
)
def test_option_of_a_name(name: str, flag: str | None) -> None:
    assert flag_of(name) == flag


def test_circular_references_end() -> None:
    definitions: dict[str, Any] = {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}
    assert syntax_of({"$ref": "#/$defs/A"}, definitions).value(["x"], lambda text: text) == "x"


def test_texts_from_files_and_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "prompt.txt"
    path.write_bytes("\ufeffA cat\n\nat night\r\n".encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"typed\n")))
    read = TextReader()
    assert read(f"@{path}") == "A cat\n\nat night"
    assert read("-") == "typed"
    assert read("@@home") == "@home"
    assert read("a@b") == "a@b"
    with pytest.raises(CommandError, match="only one value"):
        read("-")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "binary"])
def test_unreadable_text_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "prompt.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=r"prompt\.txt"):
        TextReader()(f"@{path}")


def test_endless_text_is_refused() -> None:
    with pytest.raises(CommandError, match="longer than any text"):
        TextReader()("@/dev/zero")
