# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""The parameters of a request, for people to read: type, default, allowed values, limits and description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ._sentences import listed
from .extensions import DEFAULT, EXTENSIONS, FILE
from .local_files import takes_file
from .schema_reading import DEEPEST, flat, is_schema, json_type, resolved

_LIMITS = (
    "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
    "pattern", "format", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
    *(extension.name for extension in EXTENSIONS.values() if extension.check is not None),
    FILE.name,
)  # fmt: skip
_TEXTS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matches {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} names",
    "maxProperties": "at most {} names",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a model.

    Attributes:
        name: As in the body.
        type: The JSON type, as `integer`, `array of string` or `integer or string`.
        required: Whether there is no request without it.
        default: What the API takes if it is left out; None if the document names nothing. It is never sent.
        allowed_values: All values that are allowed; empty if the document does not list them.
        limits: The other rules, by keyword of JSON Schema or name of extension; those of the items of an
            array are under `items`.
        description: The text of the document.
        rules: The items of the lists in that text, where documents put the rules that they state in prose.
        properties: Those of an object.
        schema: Its JSON Schema.
    """

    name: str
    type: str
    required: bool = False
    default: Any = None
    allowed_values: tuple[Any, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    rules: tuple[str, ...] = ()
    properties: Mapping[str, Parameter] = field(default_factory=dict)
    schema: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def takes_files(self) -> bool:
        """Whether local files can be given in place of links."""
        return _takes_files(self.schema)

    def limit_texts(self) -> list[str]:
        """The limits in words, as `at most 5000 characters`."""
        return _limit_texts(self.limits)


def _takes_files(schema: Mapping[str, Any]) -> bool:
    inner = [one for key in ("allOf", "anyOf", "oneOf") for one in schema.get(key, ())]
    return takes_file(schema) or any(map(_takes_files, filter(is_schema, [*inner, schema.get("items")])))


def parameters_of(schema: Mapping[str, Any]) -> dict[str, Parameter]:
    """The parameters that a request takes.

    Args:
        schema: A JSON Schema that stands alone, with `$defs`.
    """
    return _Reader(schema.get("$defs", {})).parameters(schema)


class _Reader:
    """Reads schemas of one document."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions

    def parameters(self, schema: Mapping[str, Any], depth: int = 0) -> dict[str, Parameter]:
        """Those of an object, its compositions included."""
        if depth > DEEPEST:
            return {}
        schemas: dict[str, Mapping[str, Any]] = {}
        required: list[str] = []
        for one, is_form in self._composed(schema):
            for name, item in one.get("properties", {}).items():
                schemas.setdefault(name, item if isinstance(item, dict) else {})
            if not is_form:
                required += one.get("required", ())
        for name in required:  # what must be there is documented, if by its name alone
            schemas.setdefault(name, {})
        return {name: self._parameter(name, item, name in required, depth) for name, item in schemas.items()}

    def _parameter(self, name: str, item: Mapping[str, Any], required: bool, depth: int) -> Parameter:
        schema = flat(item, self._definitions)
        description = str(schema.get("description") or "").strip()
        return Parameter(
            name,
            self._type(schema),
            required=required,
            default=schema.get("default", schema.get(DEFAULT.name)),
            allowed_values=tuple(self._values(schema) or ()),
            limits=MappingProxyType(self._limits(schema)),
            description=description,
            rules=tuple(_rules(description)),
            properties=MappingProxyType(self.parameters(schema, depth + 1)),
            schema=item,
        )

    def _composed(self, schema: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
        """The schema and all that it is composed of; whether each is only one of several forms."""
        pending = [(schema, False, 0)]
        while pending:
            one, is_form, depth = pending.pop()
            one = resolved(one, self._definitions)
            yield one, is_form
            if depth < DEEPEST:
                inner = [(member, is_form) for member in one.get("allOf", ())]
                inner += [(member, True) for key in ("anyOf", "oneOf") for member in one.get(key, ())]
                inner += [(one[key], True) for key in ("then", "else") if key in one]
                pending += [
                    (member, form, depth + 1) for member, form in reversed(inner) if is_schema(member)
                ]

    def _members(self, schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The forms of a union."""
        for key in ("anyOf", "oneOf"):
            members = [flat(one, self._definitions) for one in schema.get(key, ()) if is_schema(one)]
            if len(members) > 1:
                return members
        return []

    def _type(self, schema: Mapping[str, Any], depth: int = 0) -> str:
        named = schema.get("type", [])
        kinds = [named] if isinstance(named, str) else list(named)
        if not kinds and (values := self._values(schema)):
            kinds = [json_type(value) for value in values]
        if not kinds and depth < DEEPEST:
            kinds = [
                kind for one in self._members(schema) for kind in self._type(one, depth + 1).split(" or ")
            ]
        if not kinds and schema.get("properties"):
            kinds = ["object"]
        if "array" in kinds and is_schema(items := schema.get("items")) and depth < DEEPEST:
            inner = self._type(flat(items, self._definitions), depth + 1)
            inner = f"({inner})" if " or " in inner else inner
            kinds = [f"array of {inner}" if kind == "array" and inner != _ANY else kind for kind in kinds]
        return " or ".join(dict.fromkeys(kinds)) or _ANY

    def _values(self, schema: Mapping[str, Any]) -> list[Any] | None:
        """The allowed values, if they are listed."""
        if isinstance(schema.get("enum"), list):
            return list(schema["enum"])
        if "const" in schema:
            return [schema["const"]]
        groups = [self._values(one) for one in self._members(schema)]
        if not groups or None in groups:
            return None
        return [value for group in groups for value in group or ()]

    def _limits(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        limits = {key: schema[key] for key in _LIMITS if key in schema}
        if is_schema(items := schema.get("items")):
            item = flat(items, self._definitions)
            inner = {key: item[key] for key in (*_LIMITS, "enum") if key in item}
            if inner:
                limits["items"] = inner
        return limits


_ANY = "any"


def _rules(description: str) -> Iterator[str]:
    """The items of the lists in a text."""
    for line in description.splitlines():
        text = line.strip()
        if text.startswith(("- ", "* ")):
            yield text[2:].strip()


def _limit_texts(limits: Mapping[str, Any]) -> list[str]:
    texts: list[str] = []
    for key, value in limits.items():
        if key == "items":
            texts.append(f"each item: {', '.join(_limit_texts(value))}")
        elif key == "enum":
            texts.append(f"one of {listed(value, 'or')}")
        elif key == "format":
            texts.append(f"a valid {value}")
        elif key == "uniqueItems":
            texts += ["no equal items"] if value else []
        elif key in _TEXTS:
            text = _TEXTS[key].format(value)
            texts.append(text[:-1] if value == 1 and text.endswith("s") else text)
        elif isinstance(value, Mapping):
            texts += _rule_texts(value)
    return texts


# Those of extensions.
_RULE_TEXTS = {
    "schemes": "begins with {}",
    "suffixes": "ends in {}",
    "types": "a file of type {}",
    "max_bytes": "of at most {} bytes",
    "public": "at a public address",
}


def _rule_texts(rule: Mapping[str, Any]) -> Iterable[str]:
    """The parts of a rule of an extension: `begins with http or https`."""
    for key, value in rule.items():
        if value is False:
            continue
        shown = listed(value, "or", raw=True) if isinstance(value, list) else value
        if isinstance(value, int) and not isinstance(value, bool):
            shown = f"{value:,}"
        text = _RULE_TEXTS.get(key)
        yield text.format(shown) if text else key if value is True else f"{key} {shown}"
