"""Schemas in the one form in which two of them can be compared.

References and `allOf` are removed, `anyOf`, `oneOf` and lists of types are alternatives of one kind each,
`const` is an enum of one, `null` is a mark on the whole. Nothing here follows a cycle: what lies below a
schema is kept as the raw schemas it is written with, and read when somebody asks.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._openapi import json_schema, refs
from .._openapi.json_schema import Schema
from . import constraints
from .constraints import KINDS, Bound, canonical

Schemas = tuple[Schema, ...]  # raw schemas that hold together, as if under one `allOf`

_CONSTRAINTS = constraints.KNOWN - {"$ref", "allOf", "discriminator"}
_UNORDERED = {"allOf", "anyOf", "enum", "oneOf", "required"}
_MOST_ALTERNATIVES = 512  # unions of unions grow fast; what lies beyond is taken for equal


@dataclass(frozen=True, eq=False)
class Variant:
    """One alternative of a normalized schema: values of one kind.

    Attributes:
        kind: A JSON type.
        values: The allowed values by their canonical text; None if all are.
        bounds: The tightest limit for each of `UPPER` and `LOWER` that is set.
        rules: The other constraints by keyword.
        annotations: Annotations of its own schema, where the schema has other alternatives.
        items: Schemas of an array's items; empty if any will do.
        properties: Schemas of each property.
        required: Names that must be there.
        closed: Whether other properties are refused.
        others: Schemas of other properties; empty if any will do.
    """

    kind: str
    values: Mapping[str, Any] | None
    bounds: Mapping[str, Bound]
    rules: Mapping[str, Any]
    annotations: Mapping[str, Any] = field(default_factory=dict)
    items: Schemas = ()
    properties: Mapping[str, Schemas] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    closed: bool = False
    others: Schemas = ()

    @property
    def is_unconstrained(self) -> bool:
        """Whether every value of the kind is allowed."""
        limits = (self.bounds, self.rules, self.items, self.properties, self.required, self.others)
        return self.values is None and not self.closed and not any(limits)


@dataclass(frozen=True, eq=False)
class NormalizedSchema:
    """What a schema allows.

    Attributes:
        key: Equal for schemas of a document that differ in annotations alone.
        annotations: Annotations, the default and extensions.
        nullable: Whether null is allowed.
        variants: The alternatives; empty if nothing but null is.
    """

    key: tuple[int, ...]
    annotations: Mapping[str, Any]
    nullable: bool
    variants: tuple[Variant, ...]

    @property
    def is_free(self) -> bool:
        """Whether any value is allowed."""
        return self.nullable and {variant.kind for variant in self.variants if variant.is_unconstrained} >= {
            *KINDS
        }

    @property
    def kinds(self) -> list[str]:
        """The kinds of values, each once."""
        return list(dict.fromkeys(variant.kind for variant in self.variants))


class NormalizedSchemas:
    """Normalizes the schemas of one document, each once.

    Args:
        data: The document in 3.1 form.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self._read: dict[tuple[int, ...], NormalizedSchema] = {}
        self._digests: dict[str, str] = {}

    def of(self, schemas: Schemas) -> NormalizedSchema:
        """What schemas that hold together allow."""
        key = identity(schemas)
        if key not in self._read:
            self._read[key] = self._normalize(schemas)
        return self._read[key]

    def kinds(self, schemas: Schemas) -> str:
        """The kinds of values in words: `integer or array of string`."""
        return self.describe(self.of(schemas))

    def describe(self, normalized: NormalizedSchema) -> str:
        """The kinds of values of a normalized schema in words."""
        words = []
        for variant in normalized.variants:
            items = self.of(variant.items).kinds
            words.append(
                variant.kind if set(KINDS) <= {*items} else f"array of {' or '.join(items) or 'null'}"
            )
        return "anything" if set(KINDS) <= {*words} else " or ".join(dict.fromkeys(words)) or "null"

    def facts(self, schemas: Schemas) -> frozenset[str]:
        """What is said of values, two levels deep; the more two schemas share, the more alike they are."""
        return frozenset(
            fact for variant in self.of(schemas).variants for fact in self.variant_facts(variant)
        )

    def variant_facts(self, variant: Variant) -> Iterator[str]:
        """The facts of one alternative."""
        yield from _facts(variant)
        yield from (f"required {name}" for name in variant.required)
        for item in self.of(variant.items).variants if variant.items else ():
            yield from (f"[{fact}]" for fact in _facts(item))
        for name, schemas in variant.properties.items():
            for below in self.of(schemas).variants:
                yield f"{name}: {below.kind}"
                yield from (f"{name} = {value}" for value in below.values or ())

    def tags(self, variant: Variant) -> dict[str, str]:
        """Properties with one possible value: by them the alternatives of a union are told apart."""
        fixed = {name: self.of(schemas).variants for name, schemas in variant.properties.items()}
        return {
            name: next(iter(variants[0].values))
            for name, variants in fixed.items()
            if len(variants) == 1 and variants[0].values and len(variants[0].values) == 1
        }

    def _normalize(self, schemas: Schemas) -> NormalizedSchema:
        base = self._pieces(schemas)
        key = tuple(id(piece) for piece in base if piece.keys() & _CONSTRAINTS)
        annotations = _annotations(base)
        nullable = False
        read: list[tuple[list[Variant], dict[str, Any]]] = []
        for pieces in self._alternatives(base):
            variants, null = self._variants(pieces)
            nullable |= null
            if variants:
                own = _annotations([one for one in pieces if all(one is not piece for piece in base)])
                read.append((variants, own))
        if len(read) == 1:  # alone, or beside null: its words are those of the whole
            variants, own = read[0]
            return NormalizedSchema(key, {**own, **annotations}, nullable, tuple(variants))
        for _, own in read:
            if "default" in own:
                annotations.setdefault("default", own.pop("default"))
        variants = [replace(one, annotations=own) for variants, own in read for one in variants]
        return NormalizedSchema(key, annotations, nullable, tuple(_joined(variants)))

    def _pieces(self, schemas: Schemas) -> list[Schema]:
        """The schemas and all that hold with them, outermost first."""
        pieces: dict[int, Schema] = {}
        pending = list(reversed(schemas))
        while pending:
            piece = pending.pop()
            if id(piece) in pieces:
                continue
            pieces[id(piece)] = piece
            further: list[Schema] = []
            if "$ref" in piece:
                further.append(refs.look_up(self._data, piece["$ref"]))
            further += piece.get("allOf", ())
            pending.extend(reversed(further))
        return list(pieces.values())

    def _alternatives(self, base: list[Schema]) -> Iterator[list[Schema]]:
        """Each way in which one member of every union holds."""
        pending: list[tuple[list[Schema], frozenset[tuple[int, str]]]] = [(base, frozenset())]
        given = 0
        while pending:
            pieces, chosen = pending.pop()
            union = next(
                (
                    (piece, key)
                    for piece in pieces
                    for key in ("anyOf", "oneOf")
                    if (id(piece), key) not in chosen and piece.get(key)
                ),
                None,
            )
            if union is None or given + len(pending) > _MOST_ALTERNATIVES:
                given += 1
                yield pieces
                continue
            piece, key = union
            chosen |= {(id(piece), key)}
            pending.extend((self._pieces((*pieces, member)), chosen) for member in reversed(piece[key]))

    def _variants(self, pieces: list[Schema]) -> tuple[list[Variant], bool]:
        """The variants of schemas that hold together without a union, and whether they allow null."""
        values = constraints.values(pieces)
        kinds = constraints.kinds(pieces, values)
        variants = [
            self._variant(kind, pieces, own) for kind, own in constraints.by_kind(values, kinds).items()
        ]
        return variants, "null" in kinds and (values is None or "null" in values)

    def _variant(self, kind: str, pieces: list[Schema], values: dict[str, Any] | None) -> Variant:
        items = [piece["items"] for piece in pieces if "items" in piece]
        others = [piece["additionalProperties"] for piece in pieces if "additionalProperties" in piece]
        of_lists, of_objects = kind == "array", kind == "object"
        return Variant(
            kind,
            values,
            constraints.bounds(pieces, kind),
            self._rules(pieces, kind),
            items=_once(items) if of_lists else (),
            properties=_properties(pieces) if of_objects else {},
            required=_required(pieces) if of_objects else frozenset(),
            closed=of_objects and any(one is False for one in others),
            others=_once([one for one in others if isinstance(one, dict)]) if of_objects else (),
        )

    def _rules(self, pieces: list[Schema], kind: str) -> dict[str, Any]:
        """Each rule as plain data; of several that hold together, a list."""
        rules: dict[str, Any] = {}
        for keyword, values in constraints.rules(pieces, kind).items():
            plain = map(self._digest, values) if keyword in constraints.NESTED_RULES else values
            distinct = {canonical(one): one for one in plain}
            ordered = [distinct[key] for key in sorted(distinct)]
            rules[keyword] = ordered[0] if len(ordered) == 1 else ordered
        return rules

    def _digest(self, rule: Any) -> Any:
        """Equal for schemas, and lists or maps of them, that say the same through all their references."""
        if isinstance(rule, list):
            return [self._digest(one) for one in rule]
        if not isinstance(rule, dict):
            return rule
        content = {key: value for key, value in rule.items() if key not in json_schema.ANNOTATIONS}
        if (reference := content.pop("$ref", None)) is not None:
            if reference not in self._digests:
                self._digests[reference] = "a cycle"
                self._digests[reference] = self._digest(refs.look_up(self._data, reference))
            if not content:
                return self._digests[reference]
            content["$ref"] = self._digests[reference]
        content = json_schema.over_children(content, lambda child: {"": self._digest(child)})
        for key in _UNORDERED & content.keys():
            content[key] = sorted(content[key], key=canonical)
        return hashlib.sha256(canonical(content).encode()).hexdigest()


def identity(schemas: Schemas) -> tuple[int, ...]:
    """Equal for the same raw schemas of a document."""
    return tuple(map(id, schemas))


def _once(schemas: list[Schema]) -> Schemas:
    return tuple({id(schema): schema for schema in schemas}.values())


def _annotations(pieces: list[Schema]) -> dict[str, Any]:
    """What is said beside the constraints; the outermost word counts."""
    annotations: dict[str, Any] = {}
    for piece in pieces:
        for key, value in piece.items():
            if key not in constraints.KNOWN:
                annotations.setdefault(key, value)
    return annotations


def _joined(variants: list[Variant]) -> list[Variant]:
    """Alternatives that are mere values of one kind are one list of them: `oneOf` of `const`s is an enum."""
    lists: dict[str, list[Variant]] = {}
    for variant in variants:
        if _is_list(variant):
            lists.setdefault(variant.kind, []).append(variant)
    return [
        _as_one(lists[variant.kind]) if _is_list(variant) else variant
        for variant in variants
        if not _is_list(variant) or variant is lists[variant.kind][0]
    ]


def _is_list(variant: Variant) -> bool:
    return (
        bool(variant.values)
        and not variant.bounds
        and not variant.rules
        and variant.kind not in ("array", "object")
    )


def _as_one(variants: list[Variant]) -> Variant:
    if len(variants) == 1:
        return variants[0]
    keys = dict.fromkeys(key for variant in variants for key in variant.annotations)
    annotations = {
        key: sorted(
            (variant.annotations[key] for variant in variants if key in variant.annotations), key=canonical
        )
        for key in keys
    }
    return replace(
        variants[0],
        annotations=annotations,
        values={k: v for variant in variants for k, v in (variant.values or {}).items()},
    )


def _properties(pieces: list[Schema]) -> dict[str, Schemas]:
    """Named properties; those named by a pattern stand under `~` and the pattern."""
    properties: dict[str, Schemas] = {}
    for piece in pieces:
        for group, mark in (("properties", ""), ("patternProperties", "~")):
            for name, schema in piece.get(group, {}).items():
                properties[mark + name] = _once([*properties.get(mark + name, ()), schema])
    return properties


def _required(pieces: list[Schema]) -> frozenset[str]:
    return frozenset(name for piece in pieces for name in piece.get("required", ()))


def _facts(variant: Variant) -> Iterator[str]:
    """What a variant says itself, nothing of what lies below it but names."""
    yield variant.kind
    yield from (f"= {value}" for value in variant.values or ())
    yield from (f"{key} {bound}" for key, bound in variant.bounds.items())
    yield from (f"{key} {canonical(rule)}" for key, rule in variant.rules.items())
    yield from variant.properties


_REFERENCE = re.compile(r'"\$ref": "((?:[^"\\]|\\.)*)"')


class Unchanged:
    """Compares schemas as texts, in the order they are written in.

    Args:
        old: A document in 3.1 form.
        new: Another version of it.
    """

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        texts = [
            {
                refs.to_schema(name): json.dumps(schema)
                for name, schema in one["components"]["schemas"].items()
            }
            for one in (old, new)
        ]
        self._same = {name for name, text in texts[0].items() if texts[1].get(name) == text}
        users: dict[str, list[str]] = {}
        for name in self._same:
            for reference in _references(texts[0][name]):
                users.setdefault(reference, []).append(name)
        moved = [reference for reference in users if reference not in self._same]
        while moved:  # what refers to something that differs, differs
            for name in users.get(moved.pop(), ()):
                if name in self._same:
                    self._same.remove(name)
                    moved.append(name)

    def __call__(self, old: Schemas, new: Schemas) -> bool:
        """Whether two schemas are the same to the last word."""
        text = json.dumps(old)
        return text == json.dumps(new) and _references(text) <= self._same


def _references(text: str) -> set[str]:
    """The references in a schema written as JSON; one too many, in an example, does no harm."""
    return {json.loads(f'"{found}"') for found in _REFERENCE.findall(text)}
