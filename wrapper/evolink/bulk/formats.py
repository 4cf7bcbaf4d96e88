"""The formats of JOBS: JSON lines and CSV."""

from __future__ import annotations

import csv
import itertools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from .._core.arguments import wrong_type
from .errors import BulkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    JobSource = str | os.PathLike[str] | IO[bytes] | Iterable[Mapping[str, Any]]

_CSV_SUFFIXES = {".csv"}
_JSON_SUFFIXES = {".jsonl", ".ndjson"}
# A line of this size is not a body of any model.
_LONGEST_LINE = 16 * 1024 * 1024
_NO_TEXT = "is not UTF-8 text: save the file as UTF-8"
_MODEL = "model"
# Of spreadsheets in some languages.
_OTHER_SEPARATORS = (";", "\t")
_BOM = b"\xef\xbb\xbf"
_JSON_TYPES = {
    bool: {"boolean"},
    int: {"integer", "number"},
    float: {"number"},
    str: {"string"},
    list: {"array"},
    dict: {"object"},
    type(None): {"null"},
}


class Line(NamedTuple):
    """One job as it was given, or what makes it unreadable."""

    number: int
    value: Any = None
    fault: str | None = None


def read_lines(source: JobSource, schema_of: Callable[[object], Mapping[str, Any] | None]) -> Iterator[Line]:
    """The jobs of a source, one after the other.

    Args:
        source: A file by its path (`.jsonl` or `.csv`), an open binary file of either format, or bodies.
        schema_of: The schema of a model's bodies, for cells of CSV, which have no type.

    Raises:
        BulkError: It cannot be read.
        TypeError: It is none of these.
    """
    if isinstance(source, (bytes, bytearray, Mapping)):
        raise wrong_type("jobs", "a path, a binary file or bodies", source)
    if isinstance(source, (str, os.PathLike)):
        yield from _file_lines(Path(source), schema_of)
    elif hasattr(source, "read"):
        yield from _stream_lines(source, schema_of)
    else:
        try:
            bodies = iter(source)
        except TypeError:
            raise wrong_type("jobs", "a path, a binary file or bodies", source) from None
        for number, body in enumerate(bodies, start=1):
            yield Line(number, body)


def _file_lines(path: Path, schema_of: Callable[[object], Mapping[str, Any] | None]) -> Iterator[Line]:
    suffix = path.suffix.lower()
    if suffix not in _CSV_SUFFIXES | _JSON_SUFFIXES:
        raise BulkError(f"{path}: jobs are a .jsonl or a .csv file")
    try:
        with path.open("rb") as file:
            yield from _csv_lines(file, schema_of) if suffix in _CSV_SUFFIXES else _json_lines(file)
    except OSError as error:
        raise BulkError(f"cannot read {path}: {error.strerror or error}") from error


def _stream_lines(stream: Any, schema_of: Callable[[object], Mapping[str, Any] | None]) -> Iterator[Line]:
    """A stream has no name that would tell its format, but JSON lines begin with a brace."""
    skipped = 0
    for first in stream:
        if not isinstance(first, bytes):
            raise wrong_type("jobs", "a binary file", stream)
        if not first.removeprefix(_BOM).strip():
            skipped += 1
            continue
        lines = itertools.chain([first], stream)
        is_json = first.removeprefix(_BOM).lstrip().startswith(b"{")
        found = _json_lines(lines) if is_json else _csv_lines(lines, schema_of)
        for line in found:
            yield line._replace(number=line.number + skipped)
        return


def _json_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    for number, text in enumerate(lines, start=1):
        stripped = (text.removeprefix(_BOM) if number == 1 else text).strip()
        if not stripped:
            continue
        if len(stripped) > _LONGEST_LINE:
            yield Line(number, fault="is longer than 16 MiB")
            continue
        try:
            decoded = _text(stripped)
        except ValueError:
            yield Line(number, fault=_NO_TEXT)
            return
        try:
            yield Line(number, json.loads(decoded, parse_constant=_refuse))
        except (ValueError, RecursionError) as error:
            yield Line(number, fault=f"is not JSON: {error}")


def _text(line: bytes) -> str:
    """A line as text.

    Raises:
        ValueError: It is none, or one in UTF-16, whose ASCII letters would pass for UTF-8 with zeros.
    """
    text = line.decode()
    if "\0" in text:
        raise ValueError
    return text


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _csv_lines(
    lines: Iterable[bytes], schema_of: Callable[[object], Mapping[str, Any] | None]
) -> Iterator[Line]:
    reader = csv.reader(_decoded(lines), strict=True)
    try:
        names = next(([name.strip() for name in row] for row in reader if any(row)), [])
        for separator in _OTHER_SEPARATORS:
            if len(names) == 1 and separator in names[0]:
                yield Line(
                    reader.line_num, fault=f"columns are separated by commas in .csv, not by {separator!r}"
                )
                return
        if len(set(names)) < len(names) or not all(names):
            yield Line(reader.line_num, fault="each column needs a name of its own")
            return
        for cells in reader:
            number = reader.line_num
            if not any(cells):
                continue
            if len(cells) != len(names):
                yield Line(number, fault=f"has {len(cells)} cells, not {len(names)}")
                continue
            given = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
            yield _typed_row(number, given, schema_of(given.get(_MODEL)))
    except csv.Error as error:
        yield Line(reader.line_num, fault=f"is not CSV: {error}")
    except ValueError:  # of a line that the reader has not got
        yield Line(reader.line_num + 1, fault=_NO_TEXT)


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield _text(line.removeprefix(_BOM) if number == 0 else line)


def _typed_row(number: int, given: Mapping[str, str], schema: Mapping[str, Any] | None) -> Line:
    """A row with values of the documented types; `a.b` is the value `b` of the object `a`."""
    body: dict[str, Any] = {}
    for name, cell in given.items():
        *parents, last = name.split(".")
        target, described = body, schema
        for parent in parents:
            target = target.setdefault(parent, {})
            described = _property(described, parent, schema)
            if not isinstance(target, dict):
                return Line(number, fault=f"{name}: {parent} has a value of its own")
        target[last] = cell_value(cell, _types(_property(described, last, schema), schema))
    return Line(number, body)


def cell_value(cell: str, types: set[str]) -> Any:
    """The value of a cell as one of the JSON types that are documented for it; text if none fits.

    Args:
        cell: What the file says.
        types: Names of JSON Schema; empty if nothing is documented.
    """
    if types and types != {"string"}:
        try:
            value = json.loads(cell, parse_constant=_refuse)
        except (ValueError, RecursionError):
            value = cell
        if _JSON_TYPES[type(value)] & types:
            return value
        if "string" not in types and "array" in types:
            return [value]
    return cell


def _property(
    schema: Mapping[str, Any] | None, name: str, root: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    for each in _alternatives(schema, root):
        found = each.get("properties", {}).get(name)
        if isinstance(found, Mapping):
            return found
    return None


def _types(schema: Mapping[str, Any] | None, root: Mapping[str, Any] | None) -> set[str]:
    """The JSON types that a schema allows."""
    types: set[str] = set()
    for each in _alternatives(schema, root):
        stated = each.get("type", [])
        types |= {stated} if isinstance(stated, str) else set(stated)
        for value in [*each.get("enum", []), *([each["const"]] if "const" in each else [])]:
            types |= _JSON_TYPES[type(value)]
    return types


def _alternatives(
    schema: Mapping[str, Any] | None, root: Mapping[str, Any] | None, depth: int = 8
) -> Iterator[Mapping[str, Any]]:
    """A schema and all that it refers to or chooses from."""
    if not isinstance(schema, Mapping) or depth == 0:
        return
    yield schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and root is not None and reference.startswith("#/$defs/"):
        yield from _alternatives(
            root.get("$defs", {}).get(reference.removeprefix("#/$defs/")), root, depth - 1
        )
    for keyword in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(keyword, ()):
            yield from _alternatives(each, root, depth - 1)
