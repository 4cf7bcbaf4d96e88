"""What an operation takes beside its body: parameters in path, query, headers and cookies."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from evolink_api.validation import Violation

from . import schema as _schema
from .model import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evolink_api.validation import Validator

    from .._http.messages import Request


class Parameter:
    """One documented parameter.

    Args:
        document: The contract.
        raw: What it says of the parameter.
    """

    def __init__(self, document: Mapping[str, Any], raw: Mapping[str, Any]) -> None:
        self.place: str = raw["in"]
        self.name: str = raw["name"]
        self._required = bool(raw.get("required"))
        self._document = document
        self._schema: Mapping[str, Any] = raw.get("schema") or {}

    def violations(self, request: Request, path: Mapping[str, str]) -> list[Violation]:
        """What is wrong with it in a request.

        Args:
            request: The request.
            path: The values that its path has.
        """
        sent = [path.get(self.name, "")] if self.place == "path" else given(request, self.place, self.name)
        if sent is None:
            # An object may be spread over parameters of other names, in ways that nobody can tell apart.
            missing = self._required and "object" not in self._kinds
            return [Violation(self.name, "required", None, f"{self.name}: is required")] if missing else []
        found: list[Violation] = []
        for value in self._readings(sent):
            if self._validator.is_valid(value):
                return []
            faults = self._validator.violations(value)
            if not found or any(one.rule == "type" for one in found):
                found = faults
        return [
            Violation(self.name, one.rule, one.value, one.message.replace("the body", self.name, 1))
            for one in found
        ]

    def _readings(self, sent: list[str]) -> Iterator[Any]:
        """The values that a text may stand for: a parameter is text alone, the schema says of what."""
        if self._is_text:
            yield sent[-1]
            return
        if "array" in self._kinds:
            items = sent if len(sent) > 1 else sent[0].split(",")
            yield [_decoded(item) for item in items]
            yield items
            return
        yield _decoded(sent[-1], structures="object" in self._kinds)
        yield sent[-1]

    @cached_property
    def _kinds(self) -> set[str]:
        return _schema.types(self._document, self._schema)

    @cached_property
    def _is_text(self) -> bool:
        return self._kinds == {"string"}

    @cached_property
    def _validator(self) -> Validator:
        return compiled(self._document, self._schema)


def given(request: Request, place: str, name: str) -> list[str] | None:
    """What stands under a name in the query, the headers or the cookies; None if nothing does."""
    if place == "query":
        return parse_qs(request.query, keep_blank_values=True).get(name)
    found = request.headers.get(name.lower()) if place == "header" else _cookies(request).get(name)
    return None if found is None else [found]


def _cookies(request: Request) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _decoded(text: str, *, structures: bool = False) -> Any:
    """The number, truth value or null that a text is; the text itself if it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    plain = value is None or (isinstance(value, int | float) and text not in {"NaN", "Infinity", "-Infinity"})
    return value if plain or (structures and isinstance(value, dict)) else text
