"""What a changed document breaks: every kind of change alone, several at once, and none at all."""

import copy
import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from evolink_codegen._diff import compare
from evolink_codegen._normalize.normalizer import normalize
from evolink_codegen._openapi import yaml_io
from evolink_codegen._openapi.document import Document, check_document, read_document
from evolink_codegen._openapi.text import InputError

DATA = Path(__file__).parent / "diff"
VENDORED = [
    read_document(path) for path in sorted((Path(__file__).parents[2] / "openapi/vendor").glob("*.yaml"))
]
# As published: reading a document for use takes foreign extensions out of it.
BASE = Document("base", "base.yaml", yaml_io.load((DATA / "base.yaml").read_bytes(), "base.yaml"))
TABLE = yaml_io.load((DATA / "changes.yaml").read_bytes(), "changes.yaml")

Schema = dict[str, Any]
Where = tuple[str | int, ...]


class Step(NamedTuple):
    """One step of an edit."""

    action: str
    where: Where
    value: Any = None


class Row(NamedTuple):
    """One edit and the changes it makes."""

    name: str
    steps: list[Step]
    there: list[str]
    back: list[str]
    apart_from: str | None


def _row(raw: dict[str, Any]) -> Row:
    edits = raw.get("edits") or [
        {action: raw[action]} for action in ("set", "remove", "rename", "append", "drop") if action in raw
    ]
    there, back = ([said] if isinstance(said := raw[key], str) else said for key in ("there", "back"))
    places = [line.split(" ", 2)[2] for line in there]
    back = [line if line.count(" ") > 1 else f"{line} {places[index]}" for index, line in enumerate(back)]
    steps = [_step(action, keys) for edit in edits for action, keys in edit.items()]
    return Row(raw["name"], steps, there, back, raw.get("apart_from"))


def _step(action: str, keys: list[Any]) -> Step:
    where = (*TABLE["places"][keys[0]], *keys[1:])
    return Step(action, where) if action == "remove" else Step(action, where[:-1], where[-1])


ROWS = [_row(raw) for raw in TABLE["changes"]]


def _edited(document: Document, *rows: Row) -> Document:
    data = copy.deepcopy(document.data)
    for row in rows:
        for action, where, value in row.steps:
            *above, last = where
            holder: Any = data
            for key in above:
                holder = holder.setdefault(key, {}) if isinstance(holder, dict) else holder[key]
            if action == "set":
                holder[last] = value
            elif action == "remove":
                del holder[last]
            elif action == "rename":
                renamed = {value if key == last else key: item for key, item in holder.items()}
                holder.clear()
                holder.update(renamed)
            elif action == "append":
                holder[last].append(value)
            else:
                holder[last].remove(value)
    check_document(data, "edited.yaml")
    return Document(document.slug, "edited.yaml", data)


def _found(old: Document, new: Document) -> list[str]:
    return sorted(f"{one.level} {one.code} {one.path}" for one in compare(old, new))


def test_table_of_changes_is_consistent() -> None:
    assert len(ROWS) >= 60
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_change_has_its_severity(row: Row) -> None:
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
    if outer.action == "rename":
        places.append((*outer.where[:-1], outer.value))
    if (
        outer.action in ("append", "drop")
        and inner.action in ("append", "drop")
        and inner.where == outer.where
    ):
        return bool(inner.value == outer.value)
    if outer.action == "append" and len(inner.where) > len(outer.where):
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
def test_two_changes_are_both_found(part: int) -> None:
    wrong = []
    for one, two in random.Random(2).sample(PAIRS, 80)[part::4]:
        found = _found(BASE, _edited(BASE, one, two))
        if found != sorted(one.there + two.there):
            wrong.append((one.name, two.name, found))
    assert wrong == []


@pytest.mark.parametrize("seed", range(16))
def test_twelve_changes_are_all_found(seed: int) -> None:
    """Each dozen holds 66 pairs."""
    crowd = _crowd(seed)
    assert _found(BASE, _edited(BASE, *crowd)) == sorted(line for row in crowd for line in row.there)


@pytest.mark.parametrize("document", [BASE, *VENDORED], ids=lambda document: document.slug)
def test_equal_documents_do_not_differ(document: Document) -> None:
    assert compare(document, document) == []
    normalized = normalize(document)
    assert compare(normalized, normalized) == []
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


@pytest.mark.parametrize("seed", range(5))
def test_every_removal_is_found(seed: int) -> None:
    missed = []
    for where in random.Random(seed).sample(list(_places(BASE.data)), 20):
        data = copy.deepcopy(BASE.data)
        holder: Any = data
        for key in where[:-1]:
            holder = holder[key]
        if _goes_without_saying(holder, where):
            continue
        del holder[where[-1]]
        try:
            check_document(data, "less.yaml")
        except InputError:
            continue
        less = Document(BASE.slug, "less.yaml", data)
        if not compare(BASE, less) or not compare(less, BASE):
            missed.append(where)
    assert missed == []


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
