"""What a changed document breaks: every kind of change alone, several at once, and none at all."""

import copy
import itertools
import json
import random
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from evolink_codegen import UnusableInput, _document, _yaml
from evolink_codegen._cli import main
from evolink_codegen._diff import Change, Level, as_json, as_markdown, as_text, compare, version_step
from evolink_codegen._document import Document

DATA = Path(__file__).parent / "diff"
VENDORED = [
    _document.read(path) for path in sorted((Path(__file__).parents[2] / "openapi/vendor").glob("*.yaml"))
]
# As published: reading a document for use takes foreign extensions out of it.
BASE = Document("base", "base.yaml", _yaml.load((DATA / "base.yaml").read_bytes(), "base.yaml"))
TABLE = _yaml.load((DATA / "changes.yaml").read_bytes(), "changes.yaml")

Schema = dict[str, Any]
Where = tuple[str | int, ...]


class Step(NamedTuple):
    """One step of an edit."""

    verb: str
    where: Where
    value: Any = None


class Row(NamedTuple):
    """One edit and the verdicts on it."""

    name: str
    steps: list[Step]
    there: list[str]
    back: list[str]
    apart_from: str | None


def _row(raw: dict[str, Any]) -> Row:
    edits = raw.get("edits") or [
        {verb: raw[verb]} for verb in ("set", "remove", "rename", "append", "drop") if verb in raw
    ]
    there, back = ([said] if isinstance(said := raw[key], str) else said for key in ("there", "back"))
    places = [line.split(" ", 2)[2] for line in there]
    back = [line if line.count(" ") > 1 else f"{line} {places[index]}" for index, line in enumerate(back)]
    steps = [_step(verb, keys) for edit in edits for verb, keys in edit.items()]
    return Row(raw["name"], steps, there, back, raw.get("apart_from"))


def _step(verb: str, keys: list[Any]) -> Step:
    where = (*TABLE["places"][keys[0]], *keys[1:])
    return Step(verb, where) if verb == "remove" else Step(verb, where[:-1], where[-1])


ROWS = [_row(raw) for raw in TABLE["changes"]]


def _edited(document: Document, *rows: Row) -> Document:
    data = copy.deepcopy(document.data)
    for row in rows:
        for verb, where, value in row.steps:
            *above, last = where
            holder: Any = data
            for key in above:
                holder = holder.setdefault(key, {}) if isinstance(holder, dict) else holder[key]
            if verb == "set":
                holder[last] = value
            elif verb == "remove":
                del holder[last]
            elif verb == "rename":
                renamed = {value if key == last else key: item for key, item in holder.items()}
                holder.clear()
                holder.update(renamed)
            elif verb == "append":
                holder[last].append(value)
            else:
                holder[last].remove(value)
    _document.check(data, "edited.yaml")
    return Document(document.slug, "edited.yaml", data)


def _found(old: Document, new: Document) -> list[str]:
    return sorted(f"{one.level} {one.code} {one.path}" for one in compare(old, new))


def test_the_table_is_what_it_claims_to_be() -> None:
    assert len(ROWS) >= 60
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_single_change_gets_the_verdict_of_a_careful_reader(row: Row) -> None:
    edited = _edited(BASE, row)
    assert _found(BASE, edited) == sorted(row.there)
    assert _found(edited, BASE) == sorted(row.back)


def _clash(one: Row, two: Row) -> bool:
    """Whether two edits touch the same thing, so that both together are another edit."""
    if one.apart_from is not None and one.apart_from == two.apart_from:
        return True
    return any(_same_place(a, b) or _same_place(b, a) for a, b in itertools.product(one.steps, two.steps))


def _same_place(outer: Step, inner: Step) -> bool:
    places = [outer.where]
    if outer.verb == "rename":
        places.append((*outer.where[:-1], outer.value))
    if outer.verb in ("append", "drop") and inner.verb in ("append", "drop") and inner.where == outer.where:
        return bool(inner.value == outer.value)
    if outer.verb == "append" and len(inner.where) > len(outer.where):
        return False  # the end of a list is none of its items
    return any(inner.where[: len(place)] == place for place in places)


PAIRS = [pair for pair in itertools.combinations(ROWS, 2) if not _clash(*pair)]


def _crowd(seed: int) -> list[Row]:
    """A dozen edits that can all be made together."""
    chosen: list[Row] = []
    for row in random.Random(seed).sample(ROWS, len(ROWS)):
        if len(chosen) < 12 and not any(_clash(row, one) for one in chosen):
            chosen.append(row)
    return chosen


@pytest.mark.parametrize("part", range(4))
def test_two_changes_at_once_are_both_found(part: int) -> None:
    wrong = []
    for one, two in random.Random(2).sample(PAIRS, 100)[part::4]:
        found = _found(BASE, _edited(BASE, one, two))
        if found != sorted(one.there + two.there):
            wrong.append((one.name, two.name, found))
    assert wrong == []


@pytest.mark.parametrize("seed", range(16))
def test_a_dozen_changes_at_once_are_all_found(seed: int) -> None:
    """Each dozen holds 66 pairs."""
    crowd = _crowd(seed)
    assert _found(BASE, _edited(BASE, *crowd)) == sorted(line for row in crowd for line in row.there)


@pytest.mark.parametrize("document", [BASE, *VENDORED], ids=lambda document: document.slug)
def test_a_document_does_not_differ_from_itself(document: Document) -> None:
    assert compare(document, document) == []
    normalised = _document.normalise(document)
    assert compare(normalised, normalised) == []
    assert (
        compare(document, Document(document.slug, "again", _reordered(document.data, random.Random(1)))) == []
    )


def _reordered(value: Any, dice: random.Random, key: str = "") -> Any:
    """The same document, with the order changed of all that has none."""
    if isinstance(value, dict):
        return {k: _reordered(value[k], dice, k) for k in dice.sample(list(value), len(value))}
    if isinstance(value, list):
        free = key in ("enum", "required", "anyOf", "oneOf", "type", "parameters", "tags", "security")
        return [_reordered(item, dice) for item in (dice.sample(value, len(value)) if free else value)]
    return value


@pytest.mark.parametrize("document", [BASE, *VENDORED], ids=lambda document: document.slug)
def test_nothing_that_is_taken_out_of_a_document_goes_unseen(document: Document) -> None:
    unseen = []
    for where in random.Random(3).sample(list(_places(document.data)), 25):
        data = copy.deepcopy(document.data)
        holder: Any = data
        for key in where[:-1]:
            holder = holder[key]
        if _goes_without_saying(holder, where):
            continue
        del holder[where[-1]]
        try:
            _document.check(data, "less.yaml")
        except UnusableInput:
            continue
        less = Document(document.slug, "less.yaml", data)
        if not compare(document, less) or not compare(less, document):
            unseen.append(where)
    assert unseen == []


def _places(value: Any, above: Where = ()) -> Iterator[Where]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*above, key)
        yield from _places(item, (*above, key))


def _goes_without_saying(holder: Any, where: Where) -> bool:
    last = where[-1]
    return (
        (last == "type" and bool({"enum", "const", "properties"} & holder.keys()))
        or (last == "required" and bool(holder.get("in") == "path"))
        or "Unused" in where
        # The words beside a reference count; those behind it are read where there are none.
        or (last == "description" and ("$ref" in holder or where[:-2] == ("components", "schemas")))
    )


def test_a_change_of_the_vendors_documents_reads_well() -> None:
    """The kinds of change that its documents saw within a year, made to one of them."""
    old = next(document for document in VENDORED if document.slug == "sora-2-pro-preview")
    data = copy.deepcopy(old.data)
    schemas = data["components"]["schemas"]
    request = schemas["VideoGenerationRequest"]["properties"]
    request["prompt"]["maxLength"] = 2000
    request["quality"]["enum"] = ["1080p"]
    request["aspect_ratio"]["enum"].append("1:1")
    request["image_url"] = {**request.pop("image_urls")["items"]}
    request["duration"]["default"] = 4
    schemas["ErrorResponse"]["properties"]["error"]["properties"]["code"]["type"] = "integer"
    del data["paths"]["/v1/videos/generations"]["post"]["responses"]["403"]
    assert as_text(compare(old, Document(old.slug, "new.yaml", data))) == (
        'breaking    POST /v1/videos/generations request image_urls: renamed from "image_urls" to '
        '"image_url"; type changed from array of string to string  [request-property-renamed]\n'
        "breaking    POST /v1/videos/generations request prompt: maxLength lowered from 5000 to 2000  "
        "[request-max-length-lowered]\n"
        'breaking    POST /v1/videos/generations request quality: value "720p" removed  '
        "[request-enum-value-removed]\n"
        'compatible  POST /v1/videos/generations request aspect_ratio: new value "1:1"  '
        "[request-enum-value-added]\n"
        "compatible  POST /v1/videos/generations request duration: default added: 4  "
        "[request-default-added]\n"
        "compatible  POST /v1/videos/generations response 400, 401, 402, 429, 500 error.code: type changed "
        "from string to integer  [error-type-changed]\n"
        "compatible  POST /v1/videos/generations response 403: no longer documented  "
        "[error-status-removed]\n"
    )


def _posting(schema: dict[str, Any], **schemas: dict[str, Any]) -> Document:
    """A document whose one operation takes a body."""
    operation = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "Done"}},
    }
    data = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/v1/things": {"post": operation}},
        "components": {"schemas": schemas},
    }
    return Document("things", "things.yaml", data)


@pytest.mark.parametrize(
    ("old", "new", "verdicts"),
    [
        ({"type": "string", "default": "a"}, {"type": "string", "enum": ["a"]}, ["docs model-restated"]),
        ({"const": "a"}, {"type": "string", "enum": ["a"], "example": "a"}, ["docs example-changed"]),
        ({"type": "string", "default": "a"}, {"type": "string", "default": "b"}, ["breaking model-renamed"]),
        (
            {"enum": ["a", "b"]},
            {"enum": ["c", "d", "e"]},
            ["breaking model-removed"] * 2 + ["compatible model-added"] * 3,
        ),
        ({"enum": ["a"], "default": "a"}, {"enum": ["a", "b"], "default": "a"}, ["compatible model-added"]),
        ({"enum": ["a"]}, {"type": "string"}, ["breaking model-removed"]),
        ({"type": "string"}, {"type": "string", "enum": ["a"]}, ["breaking request-enum-added"]),
        (
            {"type": "integer", "enum": [1]},
            {"type": "integer", "enum": [1, 2]},
            ["compatible request-enum-value-added"],
        ),
        ({"type": "string", "enum": ["a"]}, None, ["breaking request-property-removed"]),
    ],
)
def test_model_ids_are_read_as_the_contract_reads_them(
    old: dict[str, Any], new: dict[str, Any] | None, verdicts: list[str]
) -> None:
    def document(model: dict[str, Any] | None) -> Document:
        return _posting({"type": "object", "properties": {"model": model} if model else {}})

    assert sorted(f"{one.level} {one.code}" for one in compare(document(old), document(new))) == verdicts


def test_a_circle_of_schemas_ends() -> None:
    def tree(longest: int) -> Document:
        node = {"$ref": "#/components/schemas/Node"}
        named = {
            "type": "object",
            "properties": {"name": {"type": "string", "maxLength": longest}, "left": node},
        }
        both = {"allOf": [{"$ref": "#/components/schemas/Named"}, {"properties": {"right": node}}]}
        return _posting(node, Node=both, Named=named)

    assert [one.path for one in compare(tree(5), tree(6))] == ["POST /v1/things request name"]


def _doubling(last: Schema) -> dict[str, Schema]:
    """Schemas that are small as they are written and endless when written out."""
    schemas: dict[str, Schema] = {"S40": last}
    for level in range(40):
        below = {"$ref": f"#/components/schemas/S{level + 1}"}
        schemas[f"S{level}"] = {"type": "object", "properties": {"a": below, "b": below}}
    return schemas


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}


def test_a_schema_used_all_over_is_read_once_and_told_of_a_few_times() -> None:
    root = {"$ref": "#/components/schemas/S0"}
    found = compare(_posting(root, **_doubling(TEXT)), _posting(root, **_doubling(NUMBER)))
    assert {one.code for one in found} == {"request-type-changed"}
    assert 1 <= len(found) <= 8


def test_a_rule_made_of_schemas_is_followed_to_its_end() -> None:
    rule = {"not": {"$ref": "#/components/schemas/S0"}}
    old = _posting(rule, **_doubling(TEXT))
    assert {one.code for one in compare(old, _posting(rule, **_doubling(NUMBER)))} == {"request-rule-changed"}
    inline: Schema = {"not": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/S1"}}}}
    inline["not"]["properties"]["b"] = inline["not"]["properties"]["a"]
    assert compare(old, _posting(inline, **_doubling(TEXT | {"description": "Other words"}))) == []


def test_a_rule_that_leads_back_to_itself_ends() -> None:
    def tree(longest: int) -> Document:
        rule = {"not": {"$ref": "#/components/schemas/Node"}, "maxProperties": longest}
        return _posting(
            {"propertyNames": TEXT, "contains": {"$ref": "#/components/schemas/Node"}}, Node={"items": rule}
        )

    assert compare(tree(5), tree(5)) == []
    assert {one.code for one in compare(tree(5), tree(6))} == {"request-rule-changed"}


def test_schemas_nested_without_end_are_refused() -> None:
    def nested(last: str) -> Document:
        schemas: dict[str, dict[str, Any]] = {"S900": {"type": last}}
        for level in range(900):
            below = {"$ref": f"#/components/schemas/S{level + 1}"}
            schemas[f"S{level}"] = {"type": "object", "properties": {"a": below}}
        return _posting({"$ref": "#/components/schemas/S0"}, **schemas)

    with pytest.raises(UnusableInput, match="nested too deeply"):
        compare(nested("string"), nested("integer"))


def test_so_many_came_and_went_that_nothing_was_renamed() -> None:
    def wide(prefix: str) -> Document:
        return _posting(
            {"type": "object", "properties": {f"{prefix}_{n}": {"maxLength": 9} for n in range(300)}}
        )

    levels = [one.level for one in compare(wide("a"), wide("b"))]
    assert levels == ["breaking"] * 300 + ["compatible"] * 300


@pytest.mark.parametrize(
    ("levels", "step"),
    [
        ([], None),
        (["docs"], "patch"),
        (["docs", "compatible"], "minor"),
        (["compatible", "breaking", "docs"], "major"),
    ],
)
def test_the_worst_change_decides_the_version_step(levels: list[Level], step: str | None) -> None:
    assert version_step(Change(level, "c", "p", "m") for level in levels) == step


HOSTILE = "a`b``\n# <script>*_[x](http://e) | $x$\u202e\x1b[2J\x00" + "y" * 400


def test_hostile_text_stays_on_one_line_and_is_no_markup() -> None:
    field = {"type": "string", "enum": ["a", HOSTILE], "description": HOSTILE}
    old = _posting({"type": "object", "properties": {"x": {"type": "string"}}})
    new = _posting({"type": "object", "properties": {HOSTILE: field, "x": {**field, "default": HOSTILE}}})
    changes = compare(old, new) + compare(new, old)
    assert len(changes) == 8
    for one in changes:
        assert all(text.isprintable() and len(text) < 400 for text in (one.path, one.message))
    for line in as_markdown(changes).splitlines():
        code = re.fullmatch(r"- (`+) ?(.*?) ?\1: (.*)", line)
        if line.startswith("- "):
            assert code is not None
            assert "``" not in code[2] or len(code[1]) > 2
            assert not re.search(r"(?<!\\)[`*_<\[|#]", code[3])


def test_changes_are_reported_as_text_json_and_markdown() -> None:
    changes = compare(BASE, _edited(BASE, *(row for row in ROWS if row.name in REPORTED)))
    assert as_text(changes) == (DATA / "report.txt").read_text("utf-8")
    assert as_markdown(changes) == (DATA / "report.md").read_text("utf-8")
    assert as_json(changes) == (DATA / "report.json").read_text("utf-8")
    assert as_text([]) == "no changes\n"
    assert as_markdown([]) == "No changes.\n"
    assert json.loads(as_json([])) == {"breaking": False, "changes": []}


REPORTED = ["a new value", "a value less", "a property is renamed and becomes a list", "a summary"]


@pytest.mark.parametrize(
    ("names", "code"),
    [([], 0), (["a summary"], 0), (["a new value"], 0), (["a value less"], 1), (REPORTED, 1)],
)
def test_the_verb_exits_as_the_changes_ask(
    names: list[str], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = _edited(BASE, *(row for row in ROWS if row.name in names))
    (tmp_path / "new.json").write_text(json.dumps(edited.data), "utf-8")
    (tmp_path / "page.md").write_text(f"# Clips\n\n````json x\n{json.dumps(edited.data)}\n````\n", "utf-8")
    for new in ("new.json", "page.md"):
        assert main(["diff", str(DATA / "base.yaml"), str(tmp_path / new), "--format", "json"]) == code
        printed = json.loads(capsys.readouterr().out)
        expected = compare(_document.read(DATA / "base.yaml"), _document.read(tmp_path / "new.json"))
        assert printed == {"breaking": code == 1, "changes": [asdict(one) for one in expected]}
        assert len(printed["changes"]) == len(names)


def test_text_is_what_the_verb_prints_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    base = str(DATA / "base.yaml")
    assert main(["diff", base, base]) == 0
    assert capsys.readouterr().out == "no changes\n"
    assert main(["diff", base, base, "--format", "markdown"]) == 0
    assert capsys.readouterr().out == "No changes.\n"


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\xff\xfe", b"a: b: c", b"title: none", b"openapi: 3.1.0\npaths: {}\n", b"<html></html>"],
)
def test_unusable_input_is_one_line_and_exit_2(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.yaml"
    if content is not None:
        path.write_bytes(content)
    for pair in ([str(DATA / "base.yaml"), str(path)], [str(path), str(DATA / "base.yaml")]):
        assert main(["diff", *pair]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert str(path) in err
