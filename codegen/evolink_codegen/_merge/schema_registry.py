"""Gives every schema of every document a name in the contract.

A request's schemas are named after their document, so that models never collide. A reply's schemas are
shared by content: equal schemas of many documents become one, whatever each calls it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Self

from .._openapi import json_schema, naming, refs
from .._openapi.document import Document
from .._openapi.text import InputError
from .schema_extractor import SchemaExtractor

Side = Literal["request", "reply"]


class Key(NamedTuple):
    """A schema's provisional name."""

    slug: str
    side: Side
    local: str


class UnresolvedRef(str):
    """The value of a `$ref` to a schema that has no final name yet."""

    __slots__ = ("key",)
    key: Key

    def __new__(cls, key: Key) -> Self:
        pending = super().__new__(cls, "?".join(key))
        pending.key = key
        return pending


@dataclass
class SchemaRegistry:
    """Schemas by provisional name, until every document has been read."""

    _schemas: dict[Key, dict[str, Any]] = field(default_factory=dict)
    _sources: dict[Key, dict[str, Any]] = field(default_factory=dict)
    _preferred: dict[Key, str] = field(default_factory=dict)

    def register(
        self, document: Document, schema: dict[str, Any], side: Side, name: str, *, always: bool = False
    ) -> dict[str, Any]:
        """Register a schema and all that it reaches.

        Args:
            document: Where its references point.
            schema: The root; inline or a reference.
            side: Whether it is sent or received.
            name: The root's name, if it has none that counts.
            always: Name the root even if it is not an object.

        Returns:
            A reference to it, or the schema itself if it needs no name (a string, a list of references).

        Raises:
            InputError: It reaches further than can be followed.
        """

        def reserve(local: str, source: dict[str, Any], preferred: str) -> tuple[dict[str, Any], Any]:
            key, new = self._reserve(Key(document.slug, side, local), source, preferred)
            return {"$ref": UnresolvedRef(key)}, (
                lambda made: self._schemas.update({key: made})
            ) if new else None

        extractor = SchemaExtractor(document.data["components"]["schemas"], reserve)
        try:
            return extractor.root(schema, name, own=side == "request", always=always)
        except RecursionError:
            raise InputError(document.source, "its schemas refer to each other too deeply") from None

    def _reserve(self, key: Key, source: dict[str, Any], preferred: str) -> tuple[Key, bool]:
        """A key for a schema of a document, and whether it is new; another of its name keeps its own."""
        while key in self._sources and self._sources[key] != source:
            key = key._replace(local=f"{key.local}'")
        new = key not in self._sources
        self._sources[key] = source
        self._preferred[key] = preferred
        return key, new

    def names(self) -> dict[Key, str]:
        """The final name of every schema: the same for any order of documents."""
        unique_name = naming.Names().unique_name
        names: dict[Key, str] = {}
        for key in sorted(key for key in self._schemas if key.side == "request"):
            prefix = naming.pascal(key.slug) or "Document"
            names[key] = unique_name(prefix + self._preferred[key], identity=repr(key))
        meanings = self._meanings()
        groups: dict[str, list[Key]] = {}
        for key in sorted(key for key in self._schemas if key.side == "reply"):
            groups.setdefault(meanings[key], []).append(key)
        ranked = sorted(groups.values(), key=lambda keys: (-len({key.slug for key in keys}), keys[0]))
        for keys in ranked:
            counted = Counter(self._preferred[key] for key in keys)
            preferred = min(counted, key=lambda name: (-counted[name], name))
            alone = naming.pascal(keys[0].slug) + preferred
            names.update(dict.fromkeys(keys, unique_name(preferred, alone, identity=repr(keys[0]))))
        return names

    def schemas(self, names: dict[Key, str]) -> dict[str, Any]:
        """The schemas under their final names; of equal ones the first document's annotations are kept."""
        named: dict[str, Any] = {}
        for key in sorted(names):
            if names[key] not in named:
                named[names[key]] = with_final_names(self._schemas[key], names)
        return dict(sorted(named.items()))

    def meaning(self, schema: dict[str, Any]) -> str:
        """A hash of what a schema of the registry constrains, whatever its annotations say."""
        return _StructuralHash(schema).hash_with(self._meanings())

    def _meanings(self) -> dict[Key, str]:
        """A hash of what each schema constrains, through its references and without annotations.

        This is partition refinement: schemas are first divided by their own text, then by the classes of what
        they refer to, until the partition stays the same. So cycles of references end.
        """
        structures = {key: _StructuralHash(schema) for key, schema in self._schemas.items()}
        classes = dict.fromkeys(structures, "")
        while True:
            finer = {key: structure.hash_with(classes) for key, structure in structures.items()}
            if len(set(finer.values())) == len(set(classes.values())):
                return finer
            classes = finer


class _StructuralHash:
    """A schema without annotations: its text, and the schemas it refers to in the order of the text."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._targets: list[Key] = []
        self._text = json.dumps(self._structure(schema), ensure_ascii=False)

    def hash_with(self, classes: dict[Key, str]) -> str:
        """A hash of the text and of the given classes of all that it refers to."""
        text = "\n".join([self._text, *(classes[key] for key in self._targets)])
        return hashlib.sha256(text.encode()).hexdigest()

    def _structure(self, value: Any, *, named: bool = False) -> Any:
        if isinstance(value, list):
            return [self._structure(item) for item in value]
        if not isinstance(value, dict):
            return value
        structure = {}
        for key in sorted(value):
            item = value[key]
            if named:
                structure[key] = self._structure(item)
            elif key in ("required", "enum") and isinstance(item, list):
                structure[key] = sorted(item, key=lambda one: json.dumps(one, sort_keys=True))
            elif key in ("const", "dependentRequired"):
                structure[key] = item
            elif isinstance(item, UnresolvedRef):
                self._targets.append(item.key)
                structure[key] = "?"
            elif key not in json_schema.ANNOTATIONS:
                structure[key] = self._structure(item, named=key in json_schema.NAMED)
        return structure


def with_final_names(value: Any, names: dict[Key, str]) -> Any:
    """Any part of the contract with provisional references made final."""
    if isinstance(value, dict):
        return {
            key: refs.to_schema(names[item.key])
            if isinstance(item, UnresolvedRef)
            else with_final_names(item, names)
            for key, item in value.items()
        }
    return [with_final_names(item, names) for item in value] if isinstance(value, list) else value
