"""Values to test a schema with: at its limits, just beyond them, and of other types."""

import json
from typing import Any

from contract import request_cases

_VALUES_OF_EVERY_TYPE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    7919,
    2.5,
    10.0,
    1e300,
    "",
    "text",
    "10",
    [],
    ["text"],
    {},
    {"a": 1},
)
_WIDE = "\U0001d4b3"  # one character, two code units of UTF-16
_TEXTS = ("ünïcödé", "日本語", "a\nb\t\x00", "  ", _WIDE, "é")
_ADDRESSES = (
    "https://example.com",
    "https://example.com/a b.mp4",
    "https://example.com/%zz",
    "https://example.com:8443/a.mp4?b=c#d",
    "https://user:word@example.com/a.mp4",
    "https://[2001:db8::1]/a.mp4",
    "https://93.184.216.34/a.mp4",
    "https://10.0.0.1/",
    "https://bücher.example/ä.mp4",
    "HTTPS://EXAMPLE.COM/A.MP4",
    "http://example.com/a.mp4",
    "ftp://example.com/a.mp4",
    "//example.com/a.mp4",
    "/a.mp4",
    "example.com/a.mp4",
    "https://",
    "https:/example.com",
    "https://example.com/\\a",
    "https://example.com:port/",
    "mailto:someone@example.com",
    "urn:isbn:0451450523",
    "data:text/plain,hello",
    " https://example.com/ ",
    "https://example.com/<a>",
)
_DEEP = 3


def probes(schema: dict[str, Any], root: dict[str, Any], depth: int = 0) -> list[Any]:
    """Valid and invalid values for a schema, each once."""
    schema = request_cases.resolve(schema, root)
    found: list[Any] = [request_cases.valid(schema, root), *_VALUES_OF_EVERY_TYPE]
    found += [schema[key] for key in ("const", "default", "example") if key in schema]
    for one in schema.get("enum", ()):
        found += [one, str(one)]
        if isinstance(one, str):
            found += [one.upper(), f"{one} "]
        elif isinstance(one, int | float):
            found += [one + 1, float(one)]
    for key in ("allOf", "anyOf", "oneOf"):
        for member in schema.get(key, ()) if depth < _DEEP else ():
            found += probes(member, root, depth + 1)
    found += _numbers(schema) + _strings(schema)
    if depth < _DEEP:
        found += _arrays(schema, root, depth) + _objects(schema, root, depth)
    return list({json.dumps(value): value for value in found}.values())


def _numbers(schema: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(limit := schema.get(key), int | float) and not isinstance(limit, bool):
            found += [limit - 1, limit, limit + 1, limit + 0.5]
    if step := schema.get("multipleOf"):
        found += [step, 3 * step, 3 * step + step / 2]
    return found


def _strings(schema: dict[str, Any]) -> list[Any]:
    if "string" not in schema.get("type", ()):
        return []
    found: list[Any] = [] if "enum" in schema else list(_TEXTS)
    if schema.get("format") == "uri":
        found += _ADDRESSES
    for key in ("minLength", "maxLength"):
        if key in schema:
            # Programs differ in whether a character beyond 16 bits counts as one or two.
            found += ["x" * max(0, schema[key] + more) for more in (-1, 0, 1)] + [_WIDE * schema[key]]
            found.append("https://example.com/".ljust(schema[key], "x"))
    return found


def _arrays(schema: dict[str, Any], root: dict[str, Any], depth: int) -> list[Any]:
    if "array" not in schema.get("type", ()):
        return []
    items = schema.get("items", {})
    good = request_cases.valid(items, root)
    lengths = {
        0,
        1,
        2,
        *(schema[key] + more for key in ("minItems", "maxItems") if key in schema for more in (-1, 0, 1)),
    }
    found = [[good] * length for length in sorted(lengths) if length >= 0]
    return found + [[value] for value in probes(items, root, depth + 1)]


def _objects(schema: dict[str, Any], root: dict[str, Any], depth: int) -> list[Any]:
    properties = schema.get("properties", {})
    good = request_cases.valid(schema, root) if properties else {}
    found: list[Any] = [{**good, "x-no-such-property": 1}] if properties else []
    for name, one in properties.items():
        found += [{**good, name: value} for value in probes(one, root, depth + 1)]
    return found
