"""Schemas as Python types: a TypedDict for each object, with the descriptions of its fields as docstrings."""

from __future__ import annotations

import json
import keyword
import textwrap
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from .._openapi import json_schema, refs
from .._openapi.text import plain
from ..runtime.extensions import DEFAULT
from ..runtime.local_files import takes_file
from .objects import Objects, values

_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
# A field of such a name, written as a line of a class, would hide what the lines below it mean.
_USED = frozenset(
    {
        "Any",
        "Link",
        "Literal",
        "Mapping",
        "NotRequired",
        "Required",
        "Sequence",
        "TypedDict",
        *_TYPES.values(),
    }
)
_WIDTH = 100


class Field(NamedTuple):
    """A field of a class: its type, its documentation, and whether it must be there."""

    type: str
    text: str
    is_required: bool = False

    @property
    def mark(self) -> str:
        """How the class says whether the field must be there."""
        return "Required" if self.is_required else "NotRequired"


class TypedDicts:
    """Writes classes in the order in which they are needed.

    Attributes:
        objects: The objects among the schemas.
        classes: The source of each class.
    """

    def __init__(self, schemas: dict[str, Any]) -> None:
        self._schemas = schemas
        self.objects = Objects(schemas)
        self._names: dict[str, str] = {}
        self.classes: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, schema_name: str, preferred: str, without: Iterable[str] = ()) -> str:
        """Write the class of a schema."""
        described = self.objects.named(schema_name)
        required = [] if described is None else described.required
        properties = {**({} if described is None else described.properties)}
        for name in required:  # what must be there is documented, if by its name alone
            properties.setdefault(name, {})
        return self.write(
            f"{schema_name} {preferred}",
            preferred,
            self._schemas[schema_name].get("description") or f"What {schema_name} takes.",
            lambda: {
                key: self.field(item, is_required=key in required)
                for key, item in properties.items()
                if key not in set(without)
            },
        )

    def write(
        self,
        identity: str,
        preferred: str,
        text: str,
        fields: Callable[[], dict[str, Field]],
        base: str = "TypedDict",
    ) -> str:
        """Write a TypedDict once, under a name of its own."""
        for name, held in self._names.items():
            if held == identity:
                return name
        name = self.name(identity, preferred)
        # Type checkers take no empty name, and none that begins with two underscores.
        written = {key: one for key, one in fields().items() if key and not key.startswith("__")}
        if all(map(_is_plain, written)):
            lines = [f"class {name}({base}):", docstring(text, 4)]
            for key, one in written.items():
                lines.append(f"    {key}: {one.mark}[{one.type}]")
                if one.text:
                    lines.append(docstring(one.text, 4))
        else:  # names that are not identifiers go through the functional form, which needs all types at once
            lines = [f"{name} = TypedDict(", f"    {json.dumps(name)},", "    {"]
            lines += [
                f"        {literal(key)}: {one.mark}[{json.dumps(one.type)}]," for key, one in written.items()
            ]
            lines += ["    },", ")"]
        self.classes.append("\n".join(lines))
        return name

    def name(self, identity: str, preferred: str) -> str:
        """A name for a class that no other has."""
        name = preferred
        while name in self._names:
            name += "Keywords"
        self._names[name] = identity
        return name

    def field(self, schema: Any, *, is_required: bool = False) -> Field:
        """A field as its schema describes it."""
        return Field(joined(self.forms(schema)), help_text(schema), is_required)

    def forms(self, schema: Any, above: tuple[str, ...] = ()) -> list[str]:
        """The types of which it is one; each literal on its own."""
        name = refs.schema_name(schema)
        if name is not None:
            described = self.objects.named(name)
            if described is not None and described.properties:
                typed = self.add(name, f"{name}Dict")
                return [typed] if described.additional in (None, False) else [typed, "Mapping[str, Any]"]
            # Cycles of lists end here: a type cannot hold itself.
            return ["Any"] if name in above else self.forms(self._schemas[name], (*above, name))

        def of(*members: Any) -> list[str]:
            return [form for member in members for form in self.forms(member, above)]

        kinds = json_schema.types(schema)
        if (listed := values(schema)) is not None:
            fitting = [value for value in listed if json_schema.fits(value, kinds)]
            fractions = any(isinstance(value, float) for value in fitting)
            return [_value_type(value, fractions=fractions) for value in fitting]
        if kinds and not {"array", "object"} & set(kinds):
            text = "Link" if takes_file(schema) else "str"
            return [text if kind == "string" else _TYPES[kind] for kind in kinds]
        if (alias := json_schema.alias(schema)) is not None:
            return of(alias)
        for key in ("anyOf", "oneOf"):
            if schema.get(key) and not schema.get("properties"):
                return of(*schema[key])
        if schema.get("allOf"):
            known = [forms for forms in map(of, schema["allOf"]) if "Any" not in forms]
            return min(known, key=lambda forms: "Literal" not in forms[0], default=["Any"])
        return [form for kind in kinds for form in self._simple(kind, schema, of)] or ["Any"]

    def _simple(self, kind: str, schema: dict[str, Any], of: Callable[..., list[str]]) -> list[str]:
        if kind == "array":
            inner = [*schema.get("prefixItems", ())]
            if schema.get("items", json_schema.NEVER) != json_schema.NEVER or not inner:
                inner.append(schema.get("items", {}))
            return [f"Sequence[{joined(of(*inner))}]"]
        if kind == "object":
            more = schema.get("additionalProperties")
            return [f"Mapping[str, {joined(of(more)) if isinstance(more, dict) else 'Any'}]"]
        return [_TYPES[kind]]


def help_text(schema: dict[str, Any]) -> str:
    """What the documentation of a field says: the description, and a default that stands in prose."""
    parts = [str(schema.get("description") or "").strip()]
    if DEFAULT.name in schema:
        parts.append(f"Default: {json.dumps(schema[DEFAULT.name], ensure_ascii=False)}.")
    return "\n\n".join(part for part in parts if part)


def _is_plain(name: str) -> bool:
    """Whether a field of this name can be written as a line of a class."""
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and name not in _USED


def _value_type(value: Any, *, fractions: bool) -> str:
    if fractions and json_schema.fits(value, ["number"]):
        return "float"
    return f"Literal[{literal(value)}]" if value is None or isinstance(value, str | int) else "Any"


def literal(value: Any) -> str:
    """A Python literal that holds nothing but ASCII."""
    return ascii(value)


def joined(forms: Iterable[str]) -> str:
    """Several types as one; literals side by side."""
    distinct = list(dict.fromkeys(forms))
    if "Any" in distinct or not distinct:
        return "Any"
    literals = [
        one.removeprefix("Literal[").removesuffix("]") for one in distinct if one.startswith("Literal[")
    ]
    others = [one for one in distinct if not one.startswith("Literal[")]
    return " | ".join([f"Literal[{', '.join(literals)}]", *others] if literals else others)


def docstring(text: str, indent: int) -> str:
    """The text as a docstring that nothing in it can end."""
    lines = [
        wrapped.rstrip()
        for line in plain(text).strip().split("\n")
        for wrapped in (textwrap.wrap(line, _WIDTH - indent, break_on_hyphens=False) or [""])
    ]
    pad = " " * indent
    # Escapes come after wrapping, which could cut them in two.
    body = f"\n{pad}".join(lines)
    last = body[-1:] if body.endswith('"') else ""
    body = body.removesuffix(last).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    body += last and f"\\{last}"
    body = "\n".join(line.rstrip() for line in body.split("\n"))
    return f'{pad}"""{body}{chr(10) + pad if len(lines) > 1 else ""}"""'
