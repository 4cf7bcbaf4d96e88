"""All schemas of all documents under names of their own.

A request's schemas are named after their document, so that models never collide. A reply's schemas are
shared by content: what says the same in many documents becomes one schema, whatever each calls it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from . import _naming, _refs, _schema
from ._document import Document

Side = Literal["request", "reply"]


class Key(NamedTuple):
    """A schema's provisional name."""

    slug: str
    side: Side
    local: str

    def reference(self) -> dict[str, Any]:
        """A `$ref` that `Pool.named` turns into the final one."""
        return {"$ref": "\0".join(self)}


@dataclass
class Pool:
    """Schemas by provisional name, until every document has been read."""

    _schemas: dict[Key, dict[str, Any]] = field(default_factory=dict)
    _sources: dict[Key, dict[str, Any]] = field(default_factory=dict)
    _wished: dict[Key, str] = field(default_factory=dict)

    def take(
        self, document: Document, schema: dict[str, Any], side: Side, name: str, *, always: bool = False
    ) -> dict[str, Any]:
        """Put a schema and all it reaches into the pool.

        Args:
            document: where its references point.
            schema: the root; inline or a reference.
            side: whether it is sent or received.
            name: the root's name, if it has none that counts.
            always: name the root even if it is no object.

        Returns:
            A reference to it, or the schema itself if it needs no name (a string, a list of references).
        """
        return _Taker(self, document, side).root(schema, name, always=always)

    def reserve(self, key: Key, source: dict[str, Any], wished: str) -> tuple[Key, bool]:
        """A key for a schema of a document, and whether it is new; another of its name keeps its own."""
        while key in self._sources and self._sources[key] != source:
            key = key._replace(local=f"{key.local}'")
        new = key not in self._sources
        self._sources[key] = source
        self._wished[key] = wished
        return key, new

    def put(self, key: Key, schema: dict[str, Any]) -> None:
        """Keep a schema under the key reserved for it."""
        self._schemas[key] = schema

    def names(self) -> dict[Key, str]:
        """The final name of every schema: the same for any order of documents."""
        taken: set[str] = set()
        names: dict[Key, str] = {}
        for key in sorted(key for key in self._schemas if key.side == "request"):
            prefix = _naming.pascal(key.slug) or "Document"
            prefix = f"M{prefix}" if prefix[0].isdigit() else prefix
            names[key] = _unused(taken, prefix + self._wished[key], "\0".join(key))
        groups: dict[str, list[Key]] = {}
        for key in sorted(key for key in self._schemas if key.side == "reply"):
            groups.setdefault(self.meaning(self._schemas[key], (key,)), []).append(key)
        ranked = sorted(groups.values(), key=lambda keys: (-len({key.slug for key in keys}), keys[0]))
        for keys in ranked:
            counted = Counter(self._wished[key] for key in keys)
            wished = min(counted, key=lambda name: (-counted[name], name))
            alone = _naming.pascal(keys[0].slug) + wished
            final = _unused(taken, wished, "\0".join(keys[0]), alone)
            names.update(dict.fromkeys(keys, final))
        return names

    def schemas(self, names: dict[Key, str]) -> dict[str, Any]:
        """The schemas under their final names; of equal ones the first document's words are kept."""
        found: dict[str, Any] = {}
        for key in sorted(names):
            found.setdefault(names[key], named(self._schemas[key], names))
        return dict(sorted(found.items()))

    def meaning(self, schema: dict[str, Any], above: tuple[Key, ...] = ()) -> str:
        """What a schema constrains, through its references and without its words."""

        def bare(schema: dict[str, Any]) -> dict[str, Any]:
            kept = {name: item for name, item in schema.items() if name not in _schema.ANNOTATIONS}
            if isinstance(kept.get("$ref"), str):
                key = _key(kept["$ref"])
                circle = key in above
                kept["$ref"] = (
                    f"circle {len(above) - above.index(key)}"
                    if circle
                    else self.meaning(self._schemas[key], (*above, key))
                )
            for name in ("required", "enum"):
                if isinstance(kept.get(name), list):
                    kept[name] = sorted(kept[name], key=lambda item: json.dumps(item, sort_keys=True))
            return kept

        text = json.dumps(_schema.transform(schema, bare), sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _key(reference: str) -> Key:
    slug, side, local = reference.split("\0")
    return Key(slug, side, local)  # type: ignore[arg-type]  # written by Key.reference


def named(value: Any, names: dict[Key, str]) -> Any:
    """Any part of the contract with provisional references made final."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and "\0" in reference:
            return {**value, "$ref": _refs.SCHEMAS + names[_key(reference)]}
        return {key: named(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item, names) for item in value]
    return value


def _unused(taken: set[str], wished: str, identity: str, other: str | None = None) -> str:
    """The first free name; two names are one if they would share a module."""
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:6].upper()
    for name in (wished, other, f"{other or wished}X{digest}"):
        if name and (module := _naming.snake(name).replace("_", "")) not in taken:
            taken.add(module)
            return name
    raise AssertionError(wished)


class _Taker:
    """Copies the schemas of one document and side into the pool, naming what is written inline."""

    def __init__(self, pool: Pool, document: Document, side: Side) -> None:
        self._pool = pool
        self._document = document
        self._side: Side = side

    def root(self, schema: dict[str, Any], name: str, *, always: bool) -> dict[str, Any]:
        local = _refs.schema_name(schema)
        if self._side == "request":
            target = _refs.resolve(self._document.data, schema)
            if always or _needs_name(target):
                return self._keep(name, target, name, base=name.removesuffix("Request"))
            return self._within(target, name)
        if local is not None:
            return self._referenced(local, schema)
        return (
            self._keep(name, schema, name, base=name) if _needs_name(schema) else self._within(schema, name)
        )

    def _referenced(self, local: str, schema: dict[str, Any]) -> dict[str, Any]:
        """A reference to a schema that the document names itself."""
        target = self._document.data["components"]["schemas"][local]
        about = {key: value for key, value in schema.items() if key != "$ref"}
        if not _needs_name(target) and not _refs.schema_name(target):
            return {**self._within(target, local), **about}
        if (further := _refs.schema_name(target)) is not None:
            return {**self._referenced(further, target), **about}
        # A name that is no ASCII word says nothing in Python; its hash keeps it apart from others.
        wished = _naming.pascal(local)
        if not wished or wished[0].isdigit():
            wished = f"Schema{hashlib.sha256(local.encode('utf-8', 'surrogatepass')).hexdigest()[:6].upper()}"
        return {**self._keep(f"#{local}", target, wished, base=wished), **about}

    def _keep(self, local: str, schema: dict[str, Any], wished: str, *, base: str) -> dict[str, Any]:
        key, new = self._pool.reserve(Key(self._document.slug, self._side, local), schema, wished)
        if new:  # a circle of references ends here
            self._pool.put(key, self._within(schema, base))
        return key.reference()

    def _child(self, schema: dict[str, Any], name: str) -> dict[str, Any]:
        """A schema within another: named if it is an object, else copied."""
        local = _refs.schema_name(schema)
        if local is not None:
            return self._referenced(local, schema)
        if not _needs_name(schema):
            return self._within(schema, name)
        about = {key: schema[key] for key in ("description",) if key in schema}
        kinds = [kind for kind in _schema.types(schema) if kind != "null"]
        if len(kinds) < len(_schema.types(schema)):
            schema = {**schema, "type": kinds[0] if len(kinds) == 1 else kinds}
            return {"anyOf": [self._keep(name, schema, name, base=name), {"type": "null"}], **about}
        return self._keep(name, schema, name, base=name)

    def _within(self, schema: dict[str, Any], base: str) -> dict[str, Any]:
        """A copy of the schema itself whose children have names under `base`."""
        copy = dict(schema)
        for group in ("properties", "patternProperties"):
            if isinstance(copy.get(group), dict):
                copy[group] = {
                    name: self._child(item, base + (_naming.pascal(name) or f"Field{index}"))
                    if isinstance(item, dict)
                    else item
                    for index, (name, item) in enumerate(copy[group].items())
                }
        for group, suffix in (("items", "Item"), ("additionalProperties", "Value")):
            if isinstance(copy.get(group), dict):
                copy[group] = self._child(copy[group], base + suffix)
        for group in ("anyOf", "oneOf"):
            if isinstance(copy.get(group), list):
                copy[group] = self._members(copy[group], base)
        if isinstance(copy.get("allOf"), list):
            copy["allOf"] = [
                self._child(item, base) if "$ref" in item else self._within(item, base)
                for item in copy["allOf"]
                if isinstance(item, dict)
            ]
        return copy

    def _members(self, members: list[Any], base: str) -> list[Any]:
        """The members of a union; those that would get a number for a name get a word."""
        counted: Counter[str] = Counter()
        found = []
        for member in members:
            if not isinstance(member, dict):
                continue
            if "$ref" in member or not (
                _needs_name(member) or "enum" in member or "oneOf" in member or "anyOf" in member
            ):
                found.append(self._child(member, base))
                continue
            word = (
                "".join(_naming.pascal(kind) for kind in _schema.types(member) if kind != "null") or "Choice"
            )
            word = _naming.pascal(str(member.get("title", ""))) or word
            counted[word] += 1
            name = base + word + (str(counted[word]) if counted[word] > 1 else "")
            if _needs_name(member):
                found.append(self._child(member, name))
            elif "enum" in member:
                found.append(self._keep(name, member, name, base=name))
            else:
                found.append(self._within(member, name))
        return found


def _needs_name(schema: dict[str, Any]) -> bool:
    """Objects become classes, and a class wants a name."""
    return _schema.is_object(schema) or bool(schema.get("allOf"))
