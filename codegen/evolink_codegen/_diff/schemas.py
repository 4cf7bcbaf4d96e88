"""Two schemas, compared through all that lies below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..runtime.extensions import DEFAULT, EXTENSIONS
from . import matching
from .change import listed, name, shown, step
from .constraints import LOWER, NESTED_RULES, UPPER, Bound, canonical, tightness
from .severity import SchemaChange, dotted, kebab
from .variants import NormalizedSchema, NormalizedSchemas, Schemas, Unchanged, Variant

_MOST_PLACES = 8  # of one change in a schema that is used all over a body
_LEAST_ALIKE = 0.3
_NEARLY_EQUAL = 0.75

_WORDS = {"description": "description", "title": "title", "example": "example", "examples": "example"}
_FLAGS = {"deprecated": "deprecated", "readOnly": "read-only", "writeOnly": "write-only"}


class Comparison:
    """Compares schemas of two versions of one document; each pair once, however often it is met.

    Args:
        old: The schemas of the old version.
        new: Those of the new one.
        unchanged: Knows which schemas need not be compared.
    """

    def __init__(self, old: NormalizedSchemas, new: NormalizedSchemas, unchanged: Unchanged) -> None:
        self.old = old
        self.new = new
        self._unchanged = unchanged
        self._done: dict[Any, tuple[SchemaChange, ...]] = {}
        self._open: set[Any] = set()

    def schemas(self, old: Schemas, new: Schemas) -> tuple[SchemaChange, ...]:
        """All that differs between two schemas."""
        if self._unchanged(old, new):
            return ()
        before, after = self.old.of(old), self.new.of(new)
        annotations = [
            replace(one, origin=(before.key, after.key))
            for one in _annotations(before.annotations, after.annotations)
        ]
        return (*annotations, *self._compare_normalized(before, after))

    def differ(self, old: Schemas, new: Schemas) -> list[SchemaChange]:
        """What differs in more than annotations."""
        return [one for one in self.schemas(old, new) if not one.is_annotation]

    def alike(self, old: Schemas, new: Schemas) -> float:
        """How much two schemas have in common, 0 to 1."""
        return matching.alike(self.old.facts(old), self.new.facts(new))

    def _compare_normalized(self, old: NormalizedSchema, new: NormalizedSchema) -> tuple[SchemaChange, ...]:
        """What differs in more than the annotations; each pair is compared once."""
        key = (old.key, new.key)
        if key in self._done:
            return self._done[key]
        if key in self._open:  # a cycle: the change is found where it began
            return ()
        self._open.add(key)
        try:
            self._done[key] = tuple(_each_a_few_times(self._normalized_changes(old, new), key))
        finally:
            self._open.remove(key)
        return self._done[key]

    def _normalized_changes(self, old: NormalizedSchema, new: NormalizedSchema) -> Iterator[SchemaChange]:
        before, after = old.kinds, new.kinds
        gained = [kind for kind in after if not _covered(kind, before)]
        lost = [kind for kind in before if not _covered(kind, after)]
        if gained or lost:
            how = "changed" if gained and lost else "widened" if gained else "narrowed"
            types = self.old.describe(old), self.new.describe(new)
            yield SchemaChange(f"type-{how}", f"type {how} from {types[0]} to {types[1]}")
            if old.is_free or new.is_free:  # null and all limits go with it, one way or the other
                return
        if old.nullable != new.nullable:
            action = "added" if new.nullable else "removed"
            yield SchemaChange(f"null-{action}", "may be null" if new.nullable else "no longer null")
        for family in dict.fromkeys(map(_family, (*before, *after))):
            yield from self._family(
                [variant for variant in old.variants if _family(variant.kind) == family],
                [variant for variant in new.variants if _family(variant.kind) == family],
            )

    def _family(self, olds: list[Variant], news: list[Variant]) -> Iterator[SchemaChange]:
        """Alternatives of one kind: those that belong together are compared, the others reported."""
        if not olds or not news:
            return
        if len(olds) == len(news) == 1:
            yield from self._compare_variants(olds[0], news[0])
            return
        facts = {
            variant: frozenset(schemas.variant_facts(variant))
            for schemas, variants in ((self.old, olds), (self.new, news))
            for variant in variants
        }
        pairs = matching.equal(olds, news, facts.__getitem__)
        removed, added = matching.left(olds, news, pairs)

        def score(old: Variant, new: Variant) -> float:
            one, two = self.old.tags(old), self.new.tags(new)
            if any(one[key] != two[key] for key in one.keys() & two.keys()):
                return 0.0
            share = matching.alike(facts[old], facts[new])
            return share if share >= _LEAST_ALIKE else 0.0

        pairs += matching.best(removed, added, score)
        for old, new in pairs:
            yield from self._compare_variants(old, new)
        removed, added = matching.left(olds, news, pairs)
        for variant in added:
            yield SchemaChange("alternative-added", f"new alternative: {_described(variant)}")
        for variant in removed:
            yield SchemaChange("alternative-removed", f"alternative removed: {_described(variant)}")

    def _compare_variants(self, old: Variant, new: Variant) -> Iterator[SchemaChange]:
        yield from _annotations(old.annotations, new.annotations)
        yield from compare_limits(old, new)
        if old.kind == "array":
            yield from self._below("[]", old.items, new.items)
        if old.kind == "object":
            yield from self._objects(old, new)

    def _below(self, segment: str, old: Schemas, new: Schemas) -> Iterator[SchemaChange]:
        for change in self.schemas(old, new):
            yield change.under(segment)

    def _objects(self, old: Variant, new: Variant) -> Iterator[SchemaChange]:
        removed = [name for name in old.properties if name not in new.properties]
        added = [name for name in new.properties if name not in old.properties]
        renamed = dict(self._renamed(old, new, removed, added))
        for one in removed:
            if one in renamed:
                yield self._rename(one, renamed[one], old, new)
            else:
                yield SchemaChange("property-removed", "property removed", (one,))
        for one in added:
            if one not in renamed.values():
                kinds = self.new.kinds(new.properties[one])
                if one in new.required:
                    yield SchemaChange("required-property-added", f"new required property ({kinds})", (one,))
                else:
                    yield SchemaChange("property-added", f"new optional property ({kinds})", (one,))
        for one in sorted((old.required ^ new.required) - {*removed, *added}):
            yield (
                SchemaChange("required-added", "now required", (one,))
                if one in new.required
                else SchemaChange("required-removed", "no longer required", (one,))
            )
        for one, schemas in old.properties.items():
            if one in new.properties:
                yield from self._below(one, schemas, new.properties[one])
        yield from self._others(old, new)

    def _others(self, old: Variant, new: Variant) -> Iterator[SchemaChange]:
        """Properties that have no name of their own."""
        if old.closed and new.closed:
            return
        if old.closed:
            yield SchemaChange("additional-properties-allowed", "other properties are allowed")
        elif new.closed and old.others:
            yield SchemaChange("map-removed", f"no longer a map of {self.old.kinds(old.others)}")
        elif new.closed:
            yield SchemaChange("additional-properties-forbidden", "other properties are refused")
        else:
            yield from self._below("*", old.others, new.others)

    def _renamed(
        self, old: Variant, new: Variant, removed: list[str], added: list[str]
    ) -> Iterable[tuple[str, str]]:
        return matching.best(
            removed, added, lambda one, two: self.renamed(one, old.properties[one], two, new.properties[two])
        )

    def renamed(self, old_name: str, old: Schemas, new_name: str, new: Schemas) -> float:
        """How surely one name took the place of another; 0 if both can be what they seem, removed and added.

        Any two plain strings are equal: that alone is not a sign. A similar name, the same
        description, or limits and values that are hardly set twice by chance are.
        """
        equal = not self.differ(old, new)
        share = 1.0 if equal else self.alike(old, new)
        has_same_description = self._has_same_description(old, new)
        if equal:
            sure = (
                has_same_description
                or _distinctive(self.old.of(old))
                or matching.kindred_name(old_name, new_name)
            )
        else:
            sure = (share >= _NEARLY_EQUAL and _distinctive(self.old.of(old))) or (
                self._related(old, new) and (has_same_description or matching.same_name(old_name, new_name))
            )
        return (
            share + equal + has_same_description + matching.same_name(old_name, new_name) + 0.1 if sure else 0
        )

    def _has_same_description(self, old: Schemas, new: Schemas) -> bool:
        text = self.old.of(old).annotations.get("description")
        return bool(text) and text == self.new.of(new).annotations.get("description")

    def _related(self, old: Schemas, new: Schemas) -> bool:
        """Whether both hold values of one kind, or one a list of the other's."""
        one, two = self._kinds_within(self.old, old), self._kinds_within(self.new, new)
        return bool(one & two)

    @staticmethod
    def _kinds_within(normalized: NormalizedSchemas, schemas: Schemas) -> set[str]:
        kinds = set()
        for variant in normalized.of(schemas).variants:
            kinds |= (
                set(map(_family, normalized.of(variant.items).kinds))
                if variant.items
                else {_family(variant.kind)}
            )
        return kinds

    def _rename(self, one: str, two: str, old: Variant, new: Variant) -> SchemaChange:
        further = [
            f"{dotted(found.json_path)} {found.message}".strip()
            for found in self.differ(old.properties[one], new.properties[two])
        ]
        if two in new.required and one not in old.required:
            further.append("now required")
        message = "; ".join([f"renamed from {shown(one)} to {shown(two)}", *further[:3]])
        return SchemaChange("property-renamed", message, (one,))


def _each_a_few_times(found: Iterable[SchemaChange], here: Any) -> Iterator[SchemaChange]:
    """Changes without repetition; one change of a shared schema at no more than a few places."""
    places: Counter[Any] = Counter()
    for change in dict.fromkeys(found):
        if change.origin is None:
            yield replace(change, origin=here)
            continue
        key = (change.origin, change.kind, change.message)
        places[key] += 1
        if places[key] <= _MOST_PLACES:
            yield change


def _covered(kind: str, kinds: list[str]) -> bool:
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _family(kind: str) -> str:
    return "number" if kind == "integer" else kind


def _distinctive(normalized: NormalizedSchema) -> bool:
    """Whether a schema has constraints that few others have."""
    return any(
        variant.properties
        or (variant.values and variant.kind != "boolean")
        or "pattern" in variant.rules
        or any(bound.value > 1 for bound in variant.bounds.values())
        for variant in normalized.variants
    )


def _described(variant: Variant) -> str:
    if variant.values:
        return f"one of {listed(variant.values.values())}"
    if variant.properties:
        return f"object with {listed(variant.properties)}"
    return " ".join([variant.kind, *(f"{key} {bound}" for key, bound in variant.bounds.items())])


def _annotations(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[SchemaChange]:
    """Annotations, the default and extensions."""
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if canonical(before) == canonical(after) and (key in old) == (key in new):
            continue
        action = "added" if key not in old else "removed" if key not in new else "changed"
        message = f"{name(key)} {step(before, after)}"
        extension = EXTENSIONS.get(key)
        if key in ("default", DEFAULT.name):
            yield SchemaChange(f"default-{action}", message)
        elif extension is not None and extension.check is not None:
            yield SchemaChange(f"{extension.rule}-rule-{action}", message)
        elif extension is not None:
            yield SchemaChange("behaviour-changed", message)
        elif key in _FLAGS:
            if bool(before) != bool(after):
                yield SchemaChange(f"{_FLAGS[key]}-{'added' if after else 'removed'}", message)
        elif key in _WORDS:
            yield SchemaChange(f"{_WORDS[key]}-changed", message)
        else:
            yield SchemaChange("extension-changed", message)


# Formats for which the generated client has a class of its own.
_TYPED_FORMATS = ("binary", "date", "date-time", "uuid")
_WIDER_FORMATS = [("int32", "int64"), ("float", "double"), ("uri", "uri-reference")]
_OWN_CODES = frozenset({"pattern", "format", "uniqueItems"})


def compare_limits(old: Variant, new: Variant) -> Iterator[SchemaChange]:
    """Values, bounds and rules of two variants of the same kind."""
    yield from _values(old.values, new.values)
    for keyword in (*UPPER, *LOWER):
        yield from _bound(keyword, old.bounds.get(keyword), new.bounds.get(keyword))
    for keyword in sorted(old.rules.keys() | new.rules.keys()):
        before, after = old.rules.get(keyword), new.rules.get(keyword)
        if canonical(before) != canonical(after):
            kind = _rule(keyword, before, after)
            what = kind.rpartition("-")[2] if keyword in NESTED_RULES else step(before, after)
            yield SchemaChange(kind, f"{keyword} {what}")


def _values(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[SchemaChange]:
    if old is None and new is None:
        return
    if old is None:
        yield SchemaChange("enum-added", f"now only one of {listed((new or {}).values())}")
    elif new is None:
        yield SchemaChange("enum-removed", f"no longer only one of {listed(old.values())}")
    elif len(old) == len(new) == 1 and old.keys() != new.keys():
        yield SchemaChange("const-changed", f"the only value {step(*old.values(), *new.values())}")
    else:
        for key in sorted(new.keys() - old.keys()):
            yield SchemaChange("enum-value-added", f"new value {shown(new[key])}")
        for key in sorted(old.keys() - new.keys()):
            yield SchemaChange("enum-value-removed", f"value {shown(old[key])} removed")


def _bound(keyword: str, old: Bound | None, new: Bound | None) -> Iterator[SchemaChange]:
    if old == new:
        return
    if old is None:
        yield SchemaChange(f"{kebab(keyword)}-added", f"{keyword} added: {new}")
    elif new is None:
        yield SchemaChange(f"{kebab(keyword)}-removed", f"{keyword} dropped: {old}")
    else:
        upper = keyword in UPPER
        raised = tightness(new, upper=upper) > tightness(old, upper=upper)
        action = "raised" if raised else "lowered"
        yield SchemaChange(f"{kebab(keyword)}-{action}", f"{keyword} {action} from {old} to {new}")


def _rule(keyword: str, old: Any, new: Any) -> str:
    action = "added" if old is None else "removed" if new is None else "changed"
    if keyword == "multipleOf":
        return "multiple-of-loosened" if _divides(new, old) else f"multiple-of-{action}"
    if keyword == "format" and (old, new) in _WIDER_FORMATS:
        return "format-loosened"
    if keyword == "format" and any(one in (old, new) for one in _TYPED_FORMATS):
        return f"typed-format-{action}"
    return f"{kebab(keyword) if keyword in _OWN_CODES else 'rule'}-{action}"


def _divides(step: Any, value: Any) -> bool:
    """Whether every multiple of `value` is one of `step`."""
    if not isinstance(step, int | float) or not isinstance(value, int | float):
        return False  # none, or several at once
    return (Fraction(str(value)) / Fraction(str(step))).denominator == 1
