# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""Checks JSON values against the contract: in the client before sending, in the mock on receiving."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ._addresses import url_fault
from ._schemas import Closer, closure, forgiving, unescaped
from ._sentences import as_said, listed, sentence, show
from .extensions import EXTENSIONS, LENIENT, PREFIX, Check

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

__all__ = ["Forgiven", "Validator", "Violation", "closure", "url_fault"]


MAX_VIOLATIONS = 100
"""Violations of one value that are listed."""
_LONGEST_NAME = 200
_MISPLACED = "unevaluatedProperties"  # the rule that a documented name breaks where it does not belong
_LARGE = 100_000  # characters and values


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule of the contract that a value breaks.

    Attributes:
        path: Where in the body, as `image_urls[0]` or `model_params.upscale_factor`; "" is the body itself.
        rule: The keyword of JSON Schema; the name of an extension without its prefix, as `url`; `unknown` for
            undocumented names.
        value: The offending value; None where it is missing.
        message: One readable sentence that names the place.
        suggestion: The nearest documented name or value, if one is near.
    """

    path: str
    rule: str
    value: Any
    message: str
    suggestion: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return asdict(self)


class Forgiven(NamedTuple):
    """A wrong value that the API accepts, and what it silently becomes."""

    path: str
    value: Any
    fallback: Any


class Validator:
    """Checks values against one self-contained JSON Schema.

    Args:
        schema: A schema of draft 2020-12, with `$defs`.
        unknown: Names that the schema does not document are violations.
        lenient: Properties marked `x-evolink-lenient` take any value, as the API does.
        allow_local: Addresses may be http and loopback or private.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        *,
        unknown: bool = False,
        lenient: bool = False,
        allow_local: bool = False,
    ) -> None:
        self._schema = schema
        self._unknown = unknown
        self._lenient = lenient
        self._allow_local = allow_local
        self._validator = self._compile()

    def _compile(self, mask: str | None = None) -> Draft202012Validator:
        import jsonschema_rs  # noqa: PLC0415 - costs 30 ms, and only who validates should pay

        effective = dict(self._schema)
        if self._lenient:
            effective = forgiving(effective)
        if self._unknown:
            effective = Closer(effective).closed()
        return jsonschema_rs.Draft202012Validator(
            effective, validate_formats=True, keywords=_KEYWORDS[self._allow_local], mask=mask
        )

    def is_valid(self, value: Any) -> bool:
        """Whether nothing is wrong with a value."""
        try:
            return self._validator.is_valid(value)
        except (TypeError, ValueError, OverflowError):  # what JSON cannot hold
            return False

    def violations(self, value: Any) -> list[Violation]:
        """Everything that is wrong with a value, at most `MAX_VIOLATIONS`; empty if nothing is."""
        if (foreign := _foreign(value)) is not None:
            return [foreign]
        if self.is_valid(value):
            return []
        by_rule: dict[tuple[str, str], Violation] = {}
        validator = self._brief_validator if _is_large(value) else self._validator
        try:
            for error in validator.iter_errors(value):
                for violation in self._explain(error, value):
                    by_rule.setdefault((violation.path, violation.rule), violation)
                    if len(by_rule) == MAX_VIOLATIONS:
                        break
                if len(by_rule) == MAX_VIOLATIONS:
                    break
        except ValueError:
            return [Violation("", "type", None, "the body: is nested too deeply")]
        of_names = ("unknown", _MISPLACED)
        paths = [one.path for one in by_rule.values()]
        kept = [one for one in by_rule.values() if one.rule not in of_names or not _is_above(one.path, paths)]
        # A form that is not fulfilled documents nothing: its own names seem to belong nowhere then.
        causes = [one.path for one in kept if one.rule not in of_names]
        return [one for one in kept if one.rule != _MISPLACED or not _is_beside(one.path, causes)]

    def warnings(self, value: Any) -> list[str]:
        """What is allowed but likely a mistake, as readable sentences."""
        return [
            f"{path}: {warning}"
            for path, schema, one in self.walk(value)
            for extension in EXTENSIONS.values()
            if extension.warn is not None
            and extension.name in schema
            and (warning := extension.warn(one, schema[extension.name]))
        ]

    def coerced(self, value: Any) -> list[Forgiven]:
        """Wrong values that the API accepts as something else."""
        return [
            Forgiven(path, one, schema[LENIENT.name])
            for path, schema, one in self.walk(value)
            if LENIENT.name in schema and not self._part(schema).is_valid(one)
        ]

    # The former name.
    forgiven = coerced

    def unknown_parameters(self, value: Any) -> list[Violation]:
        """Names in a value that the contract does not document."""
        return [one for one in self._closed.violations(value) if one.rule == "unknown"]

    @cached_property
    def _brief_validator(self) -> Draft202012Validator:
        """The same with messages that do not repeat the value, which takes long for a large one."""
        return self._compile("the value")

    @cached_property
    def _closed(self) -> Validator:
        return (
            self if self._unknown else Validator(self._schema, unknown=True, lenient=True, allow_local=True)
        )

    def _part(self, schema: Mapping[str, Any]) -> Validator:
        return Validator({**schema, "$defs": self._schema.get("$defs", {})})

    def walk(self, value: Any) -> Iterator[tuple[str, dict[str, Any], Any]]:
        """Every value within a value, beside each schema that speaks of it."""
        pending: list[tuple[str, Any, Any]] = [("", self._schema, value)]
        while pending:
            path, schema, one = pending.pop()
            schema = self._resolved(schema)
            yield path, schema, one
            for key in ("allOf", "anyOf", "oneOf"):
                pending.extend((path, branch, one) for branch in reversed(schema.get(key, [])))
            if isinstance(one, dict):
                known, others = schema.get("properties", {}), schema.get("additionalProperties")
                pending.extend(
                    (_join(path, name), known.get(name, others), one[name])
                    for name in reversed(one)
                    if name in known or isinstance(others, dict)
                )
            elif isinstance(one, list) and isinstance(schema.get("items"), dict):
                pending.extend(
                    (_join(path, index), schema["items"], item)
                    for index, item in reversed(list(enumerate(one)))
                )

    def _resolved(self, schema: Any) -> dict[str, Any]:
        resolved: dict[str, Any] = schema if isinstance(schema, dict) else {}
        for _ in range(20):  # longer chains of references are a cycle
            reference = resolved.get("$ref")
            if not isinstance(reference, str):
                break
            siblings = {key: item for key, item in resolved.items() if key != "$ref"}
            name = unescaped(reference.rsplit("/", 1)[-1])
            resolved = {**self._schema.get("$defs", {}).get(name, {}), **siblings}
        return resolved

    def _names(self, path: str, value: Any) -> list[str]:
        names: list[str] = []
        for where, schema, _ in self.walk(value):
            if where == path:
                names.extend(schema.get("properties", {}))
        return names

    def _explain(self, error: Any, value: Any) -> Iterator[Violation]:
        path = "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path
        ).lstrip(".")
        rule, last = str(error.kind.name), error.schema_path[-1] if error.schema_path else ""
        if rule in ("custom", "falseSchema"):
            rule = str(last) if rule == "custom" or last in ("additionalProperties", "items") else "not"
        facts = error.kind.as_dict()
        if "unexpected" in facts and rule != "unevaluatedItems":
            names = self._names(path, value)
            for name in facts["unexpected"]:
                place = _join(path, name)
                if name in names and rule == _MISPLACED:
                    message = f"{place}: belongs to another documented form than the other parameters"
                    yield Violation(place, rule, _value(error.instance, name), message)
                    continue
                near = _near(name, names)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                yield Violation(
                    place,
                    "additionalProperties" if rule == "additionalProperties" else "unknown",
                    _value(error.instance, name),
                    f"{place}: no such parameter{hint}",
                    near[0] if near else None,
                )
            return
        if rule in ("anyOf", "oneOf") and facts.get("context"):
            yield from self._union(path, rule, error, facts["context"], value)
            return
        if rule == "required":
            place = _join(path, facts["property"])
            yield Violation(place, "required", None, f"{place}: is required")
            return
        rule = rule.removeprefix(PREFIX)
        says = sentence(rule, error, facts)
        close: list[str] = []
        if rule == "enum" and isinstance(error.instance, str):
            close = _near(error.instance, [option for option in facts["options"] if isinstance(option, str)])
            if close and show(close[0]) not in says:  # among those that a long list leaves out
                says = f"{says}; did you mean {show(close[0])}?"
        yield Violation(
            path, rule, error.instance, f"{path or 'the body'}: {says}", close[0] if close else None
        )

    def _union(
        self, path: str, rule: str, union: Any, context: list[list[Any]], value: Any
    ) -> Iterator[Violation]:
        """What is wrong with a value that fits no member: the faults of the nearest one."""
        instance, depth = union.instance, len(union.instance_path)
        options: list[Any] = []
        for branch in context:
            options += [o for e in branch if e.kind.name == "enum" for o in e.kind.as_dict()["options"]]
        of_kind = [
            branch
            for branch in context
            if not any(e.kind.name in ("type", "null") and len(e.instance_path) == depth for e in branch)
        ]
        if options and all(any(e.kind.name == "enum" for e in branch) for branch in context):
            yield Violation(
                path, "enum", instance, f"{path}: {show(instance)} is not one of {listed(options, 'or')}"
            )
        elif len(of_kind) == 1:
            for error in of_kind[0]:
                yield from self._explain(error, value)
        else:
            faults = [as_said(branch[0]) for branch in context if branch]
            reason = f": {'; or '.join(dict.fromkeys(faults))}" if faults else ""
            yield Violation(
                path, rule, instance, f"{path or 'the body'}: fits none of the documented forms{reason}"
            )


def _keyword(check: Check, *, allow_local: bool) -> type:
    """A rule of an extension as a keyword that the validator calls."""

    class Keyword:
        def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:
            del parent_schema, schema_path
            self._rule = value

        def validate(self, instance: Any) -> None:
            if fault := check(instance, self._rule, allow_local):
                raise ValueError(fault)

    return Keyword


_KEYWORDS = {
    allow_local: {
        one.name: _keyword(one.check, allow_local=allow_local)
        for one in EXTENSIONS.values()
        if one.check is not None
    }
    for allow_local in (False, True)
}


def _foreign(value: Any) -> Violation | None:
    """The first thing in a value that JSON cannot hold."""
    pending: list[tuple[str, Any]] = [("", value)]
    seen: set[int] = set()
    while pending:
        path, one = pending.pop()
        known = id(one) in seen
        if isinstance(one, dict):
            wrong = next((f"the key {key!r} is not text" for key in one if not isinstance(key, str)), None)
            if wrong is None and not known:
                pending.extend((_join(path, key), item) for key, item in reversed(one.items()))
        elif isinstance(one, list | tuple):
            wrong = None
            pending.extend(
                (_join(path, index), item) for index, item in reversed(list(enumerate(one))) if not known
            )
        elif isinstance(one, str):
            wrong = None if one.isascii() or _is_whole(one) else "holds half a character"
        elif isinstance(one, float):
            wrong = None if math.isfinite(one) else f"{one} is not a JSON number"
        else:
            plain = one is None or isinstance(one, bool | int | Decimal)
            wrong = None if plain else f"a {type(one).__name__} is not a JSON value"
        if wrong is not None:
            return Violation(path, "type", one, f"{path or 'the body'}: {wrong}")
        seen.add(id(one))
    return None


def _is_large(value: Any) -> bool:
    """Whether a value takes long to be written down."""
    size = 0
    pending = [value]
    while pending and size <= _LARGE:
        one = pending.pop()
        size += len(one) if isinstance(one, str) else 1
        if isinstance(one, dict):
            pending.extend(one)
            pending.extend(one.values())
        elif isinstance(one, list | tuple):
            pending.extend(one)
    return size > _LARGE


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _near(text: str, known: list[str]) -> list[str]:
    """The nearest known name, if one is near; comparing takes long for long texts."""
    return difflib.get_close_matches(text, known, n=1) if len(text) <= _LONGEST_NAME else []


def _join(path: str, part: str | int) -> str:
    if isinstance(part, int):
        return f"{path}[{part}]"
    return f"{path}.{part}" if path else part


def _is_above(path: str, paths: list[str]) -> bool:
    """Whether a fault lies further down: what holds it is documented, else nothing would be said of it."""
    return any(other.startswith((f"{path}.", f"{path}[")) for other in paths)


def _is_beside(path: str, paths: list[str]) -> bool:
    """Whether another fault lies in the same object."""
    parent = path.rpartition(".")[0]
    return any(not parent or other == parent or _is_above(parent, [other]) for other in paths)


def _value(instance: Any, name: str) -> Any:
    return instance.get(name) if isinstance(instance, dict) else None
