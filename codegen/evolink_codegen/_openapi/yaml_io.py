"""YAML 1.2 in and out: `16:9` and `on` are strings, dates stay text."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

from .text import InputError

MAX_BYTES = 8 * 1024 * 1024
MAX_NODES = 400_000
MAX_DEPTH = 100
MAX_TEXT = 1_000_000

_CORE = "tag:yaml.org,2002:"
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(
    r"[-+]?(?:\d+(?P<fraction>\.\d*)?|(?P<leading>\.\d+))(?P<exponent>[eE][-+]?\d+)?", re.ASCII
)
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)")
_LONGEST_NUMBER = 400
_LARGEST_NUMBER = int(sys.float_info.max)
_MERGE = object()


def load(data: bytes, source: str) -> Any:
    """Read YAML or JSON as plain JSON values, nothing shared between places.

    Raises:
        InputError: No YAML, a repeated key, or input made to be huge.
    """
    if len(data) > MAX_BYTES:
        raise InputError(source, f"larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(source, f"not UTF-8 (byte {error.start})") from None
    reader = _Reader(source)
    try:
        if text.lstrip()[:1] in ("{", "["):
            try:
                return reader.copy(json.loads(text, object_pairs_hook=reader.pairs))
            except ValueError:
                pass  # a flow mapping of YAML looks like this too
            except RecursionError:
                raise InputError(source, f"nested deeper than {MAX_DEPTH} levels") from None
        return reader.read(yaml.parse(text, Loader=_PARSER))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InputError(source, f"not YAML: {problem}", _line(mark) if mark else "") from None


class _Frame:
    """A mapping or list that is being read."""

    __slots__ = ("anchor", "key", "merged", "value")

    def __init__(self, value: Any, anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: Any = None
        self.merged: list[dict[str, Any]] = []


class _Reader:
    """Builds values from the events of a parser; recursion and unwritten aliases cannot run away with it."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._nodes = 0
        self._characters = 0
        self._open: list[_Frame] = []
        self._anchors: dict[str, Any] = {}
        self._root: Any = None

    def read(self, events: Iterator[Any]) -> Any:
        """The value of the one document in a stream."""
        documents = 0
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._add(self._scalar(event), event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._known_tag(event, ("map", "seq", "omap", "set"))
                self._open.append(_Frame({} if kind is yaml.MappingStartEvent else [], event.anchor))
                if len(self._open) > MAX_DEPTH:
                    raise InputError(
                        self._source, f"nested deeper than {MAX_DEPTH} levels", _line(event.start_mark)
                    )
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._close(event)
            elif kind is yaml.AliasEvent:
                if event.anchor not in self._anchors:
                    raise InputError(
                        self._source, f"the alias *{event.anchor} has no value yet", _line(event.start_mark)
                    )
                self._add(self.copy(self._anchors[event.anchor], len(self._open)), event, aliased=True)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise InputError(self._source, "more than one YAML document", _line(event.start_mark))
        return self._root

    def copy(self, value: Any, depth: int = 0) -> Any:
        """A copy that shares nothing, within the bounds; half characters become the replacement character."""
        self._count()
        if depth > MAX_DEPTH:
            raise InputError(self._source, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            return {self._text(key): self.copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self.copy(item, depth + 1) for item in value]
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int | float) and not _is_number_of_json(value):
            raise InputError(self._source, "holds a number that JSON cannot hold")
        return value

    def _text(self, text: str) -> str:
        self._check_length(text)
        self._characters += len(text)
        if self._characters > MAX_BYTES:
            raise InputError(
                self._source, f"more than {MAX_BYTES} characters once its aliases are written out"
            )
        return _whole(text)

    def _check_length(self, text: str, place: str = "") -> None:
        if len(text) > MAX_TEXT:
            raise InputError(self._source, f"a text longer than {MAX_TEXT} characters", place)

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """A mapping of JSON, refusing keys that stand twice."""
        mapping = dict(pairs)
        if len(mapping) < len(pairs):
            counted = Counter(key for key, _ in pairs)
            twice = next(key for key, times in counted.items() if times > 1)
            raise InputError(self._source, f"the key {twice!r} appears twice")
        return mapping

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise InputError(self._source, f"more than {MAX_NODES} values once its aliases are written out")

    def _add(self, value: Any, event: Any, *, aliased: bool = False) -> None:
        """Put a value where it belongs: it is a key, the value of one, an item, or the document."""
        if not aliased:
            self._count()
            if event.anchor:
                self._anchors[event.anchor] = value
        if not self._open:
            self._root = value
            return
        frame = self._open[-1]
        if isinstance(frame.value, list):
            frame.value.append(value)
        elif frame.key is None:
            frame.key = self._key(value, event, frame)
        elif frame.key is _MERGE:
            frame.merged += value if isinstance(value, list) else [value]
            frame.key = None
        else:
            frame.value[frame.key] = value
            frame.key = None

    def _key(self, value: Any, event: Any, frame: _Frame) -> Any:
        if isinstance(value, dict | list):
            raise InputError(self._source, "a key must be text", _line(event.start_mark))
        if value == "<<" and getattr(event, "implicit", (False,))[0]:
            return _MERGE
        key = event.value if type(event) is yaml.ScalarEvent else str(value)
        if key in frame.value:
            raise InputError(self._source, f"the key {key!r} appears twice", _line(event.start_mark))
        return key

    def _close(self, event: Any) -> None:
        frame = self._open.pop()
        for mapping in frame.merged:
            if not isinstance(mapping, dict):
                raise InputError(self._source, "'<<' takes a mapping", _line(event.start_mark))
            for key, item in mapping.items():
                frame.value.setdefault(key, item)
        event.anchor = frame.anchor
        self._add(frame.value, event)

    def _scalar(self, event: Any) -> Any:
        self._known_tag(event, ("str", "int", "float", "bool", "null", "timestamp", "binary"))
        text: str = event.value
        self._check_length(text, _line(event.start_mark))
        if not event.implicit[0] and event.tag not in (
            f"{_CORE}{kind}" for kind in ("int", "float", "bool", "null")
        ):
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text[0] in "-+.0123456789":
            return self._number(text, event)
        return text

    def _number(self, text: str, event: Any) -> Any:
        based = _BASED.fullmatch(text)
        match = _NUMBER.fullmatch(text)
        if based is None and match is None:
            return text
        number: int | float = float("inf")
        if len(text) <= _LONGEST_NUMBER:
            is_whole = match is None or match["fraction"] is match["leading"] is match["exponent"] is None
            number = int(text, 0 if based else 10) if is_whole else float(text)
        if not _is_number_of_json(number):
            raise InputError(self._source, "holds a number that JSON cannot hold", _line(event.start_mark))
        return number

    def _known_tag(self, event: Any, kinds: tuple[str, ...]) -> None:
        if event.tag and event.tag != "!" and event.tag not in [_CORE + kind for kind in kinds]:
            raise InputError(self._source, f"the tag {event.tag!r} is not known", _line(event.start_mark))


def _line(mark: Any) -> str:
    return f"line {mark.line + 1}"


def _is_number_of_json(number: float) -> bool:
    """Whether programs that read JSON numbers as doubles, as most do, can read it."""
    return abs(number) <= _LARGEST_NUMBER


def _whole(text: str) -> str:
    """Text that UTF-8 can hold: JSON can escape one half of a surrogate pair."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Dumper(_DUMPER):  # type: ignore[misc]  # C or Python, one face
    """Safe dumping without anchors; text of several lines as a block."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value and not re.search(r"[ \t]\n|[^\S\n]$", value) else None
    if value in _CONSTANTS or _NUMBER.fullmatch(value) or _BASED.fullmatch(value):
        style = "'"  # the writer goes by YAML 1.1, to which `1e3` is text
    return dumper.represent_scalar(f"{_CORE}str", value, style=style)


_Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """Write JSON values as YAML, in the order given; the same bytes every time."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False
    )
    return text
