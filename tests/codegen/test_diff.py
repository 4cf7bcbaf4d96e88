"""What a changed document breaks: every kind of change alone, several at once, and none at all."""

import copy
import itertools
import json
import random
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from evolink_codegen import UnusableInput, _document, _yaml
from evolink_codegen._cli import main
from evolink_codegen._diff import Change, as_json, as_markdown, as_text, compare, version_step
from evolink_codegen._document import Document

DATA = Path(__file__).parent / "diff"
VENDORED = [_document.read(path) for path in sorted((Path(__file__).parents[2] / "openapi/vendor").glob("*.yaml"))]
# As published: reading a document for use takes foreign extensions out of it.
BASE = Document("base", "base.yaml", _yaml.load((DATA / "base.yaml").read_bytes(), "base.yaml"))
TABLE = _yaml.load((DATA / "changes.yaml").read_bytes(), "changes.yaml")

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
    edits = raw.get("edits") or [{verb: raw[verb]} for verb in ("set", "remove", "rename", "append", "drop") if verb in raw]
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
        return inner.value == outer.value
    if outer.verb == "append" and len(inner.where) > len(outer.where):
        return False  # the end of a list is none of its items
    return any(inner.where[: len(place)] == place for place in places)


PAIRS = [pair for pair in itertools.combinations(ROWS, 2) if not _clash(*pair)]


@pytest.mark.parametrize("part", range(8))
def test_two_changes_at_once_are_both_found(part: int) -> None:
    sample = random.Random(2).sample(PAIRS, 400)[part::8]
    wrong = []
    for one, two in sample:
        edited = _edited(BASE, one, two)
        if _found(BASE, edited) != sorted(one.there + two.there):
            wrong.append((one.name, two.name, _found(BASE, edited)))
    assert wrong == []
