"""YAML 1.2 in and out: `16:9` and `on` are strings, dates stay text."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from ._errors import UnusableInput

MAX_BYTES = 8 * 1024 * 1024
MAX_NODES = 400_000
MAX_DEPTH = 100


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # C or Python, one face
    """Safe loading with the core schema of YAML 1.2 and no repeated keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own shape

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            seen: set[Any] = set()
            for key_node, _ in node.value:
                key = self.construct_object(key_node, deep=True)
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key!r} stands twice", key_node.start_mark
                    )
                seen.add(key)
        return mapping


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("null", r"^(?:~|null|Null|NULL|)$", "~nN\0")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^$"), [""])
_resolve("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789")
_resolve(
    "float",
    r"^[-+]?(?:[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)$",
    "-+.0123456789",
)
_resolve("merge", r"^<<$", "<")


def load(data: bytes, source: str) -> Any:
    """Read YAML or JSON as plain JSON values, nothing shared between places.

    Raises:
        UnusableInput: no YAML, a repeated key, or input made to be huge.
    """
    if len(data) > MAX_BYTES:
        raise UnusableInput(source, f"larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInput(source, f"not UTF-8 (byte {error.start})") from None
    try:
        loaded = json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        loaded = None  # a flow mapping of YAML looks like this too
    try:
        if loaded is None:
            loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
        _measure(loaded, source)
        # The round trip gives string keys, plain values, and a copy of its own for every alias.
        return json.loads(json.dumps(loaded, allow_nan=False))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UnusableInput(source, f"not YAML: {problem}", place) from None
    except RecursionError:
        raise UnusableInput(source, "nested too deeply") from None
    except (TypeError, ValueError) as error:
        raise UnusableInput(source, f"holds a value that JSON cannot hold: {error}") from None


def _measure(value: Any, source: str) -> None:
    """Refuse what grows without bound once its aliases are written out."""
    nodes = 0
    pending: list[tuple[Any, int]] = [(value, 0)]
    while pending:
        current, depth = pending.pop()
        nodes += 1
        if nodes > MAX_NODES:
            raise UnusableInput(source, f"more than {MAX_NODES} values once its aliases are written out")
        if depth > MAX_DEPTH:
            raise UnusableInput(source, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(current, dict):
            pending.extend((item, depth + 1) for item in current.values())
        elif isinstance(current, list):
            pending.extend((item, depth + 1) for item in current)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # C or Python, one face
    """Safe dumping without anchors; text of several lines as a block."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value and not re.search(r"[ \t]\n|[^\S\n]$", value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """Write JSON values as YAML, in the order given; the same bytes every time."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False
    )
    return text
