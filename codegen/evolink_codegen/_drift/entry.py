"""The entries of a report of `evolink-mock proxy` and `verify`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .._openapi.text import InputError

_WHERE = re.compile(r"(?:request|reply (?P<status>\d{3}))(?: for (?P<model>.+?))?: (?P<words>.*)", re.DOTALL)
_NO_VALUE = object()


@dataclass(frozen=True)
class Entry:
    """One difference between the API and its contract.

    Attributes:
        operation: Its id.
        direction: `request` or `response`.
        path: The parameter or property.
        rule: The keyword that is broken, or another name of what differs.
        message: What was seen, in one sentence.
        count: How often.
        status: The status of the response; empty for a request.
        model: The model of the request; empty if it named none.
        words: The message without these two.
    """

    operation: str
    direction: str
    path: str
    rule: str
    message: str
    count: int
    status: str
    model: str
    words: str

    @property
    def is_refusal(self) -> bool:
        """Whether the API refuses what the contract allows, instead of taking what it refuses."""
        return self.direction == "request" and self.words.startswith("the API refuses it")

    @property
    def value(self) -> Any:
        """The value that was seen.

        Raises:
            LookupError: The message has none, or only the beginning of one.
        """
        if (value := self._value()) is _NO_VALUE:
            raise LookupError
        return value

    @property
    def kind(self) -> str | None:
        """The type of the value that was seen, in the words of JSON Schema; None if it is not known."""
        if " that is not documented" in self.words:
            return self.words.partition(" that is not")[0].split()[-1]
        value = self._value()
        if value is _NO_VALUE:
            begins = self._after_path()[:1]
            return {"[": "array", "{": "object", '"': "string"}.get(begins)
        kinds = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
        return "null" if value is None else kinds.get(type(value), "object")

    def _value(self) -> Any:
        try:
            value, _ = json.JSONDecoder().raw_decode(self._after_path())
        except ValueError:
            return _NO_VALUE
        return _NO_VALUE if value == "…" else value

    def _after_path(self) -> str:
        """What stands behind the path, where violations have the value."""
        words = self.words.partition("saying: ")[2] if self.is_refusal else self.words
        return words.removeprefix(f"{self.path}: ") if self.path else words


def read_report(data: bytes, source: str) -> list[Entry]:
    """Read a report.

    Raises:
        InputError: It is none.
    """
    try:
        value = json.loads(data)
        return [_entry(one) for one in value["drift"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(source, "not a report of `evolink-mock proxy` or `verify`") from error


def _entry(raw: dict[str, Any]) -> Entry:
    match = _WHERE.fullmatch(raw["message"])
    return Entry(
        **{name: str(raw[name]) for name in ("operation", "direction", "path", "rule", "message")},
        count=int(raw.get("count", 1)),
        status=match["status"] or "" if match else "",
        model=match["model"] or "" if match else "",
        words=match["words"] if match else str(raw["message"]),
    )
