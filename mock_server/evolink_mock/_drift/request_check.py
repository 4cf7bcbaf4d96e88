"""Requests against the contract: what the API takes and should not, and what it refuses and should not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .._engine.errors import read_message
from .._engine.reading import BodyChecker, named_model
from .errors import code_of, documented_codes, error_of
from .report import Drift
from .words import describe, quote, show, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evolink_api.validation import Violation

    from .._contract.contract import Contract
    from .._contract.operation import Operation
    from .._http.messages import Request
    from .report import Level

REFUSALS = frozenset({400, 413, 415, 422})
"""Statuses that mean a request is invalid; others say nothing of what it holds."""

_DETAILS = ("violations", "errors", "details", "detail")
_PATHS = ("path", "param", "field", "loc")
_RULES = ("rule", "keyword", "type", "code")
_MAX_NAMES = 500


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request for an operation, and what the contract has against it.

    Attributes:
        op: The operation.
        model: The known model that it names; None if it names none.
        has_key: Whether it carries a key where one is needed.
        violations: What is wrong with its parameters and its body.
        error: The status and the reason if its body cannot be read.
        body: Its JSON value, or the fields of a form.
    """

    op: Operation
    model: str | None
    has_key: bool
    violations: list[Violation]
    error: tuple[int, str] | None
    body: Any

    @property
    def is_valid(self) -> bool:
        """Whether the contract has nothing against it."""
        return self.has_key and not self.violations and self.error is None

    @property
    def where(self) -> str:
        """What messages about it begin with."""
        return f"request for {self.model}" if self.model else "request"


class RequestChecker:
    """Checks requests against a contract.

    Args:
        contract: What is documented.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._bodies = BodyChecker(
            contract.document, allow_local=False, strict=False, is_own_url=lambda *_: False
        )

    def check(self, op: Operation, path_values: Mapping[str, str], request: Request) -> CheckedRequest:
        """Check a request for an operation."""
        has_key = not op.is_secured or bool(request.headers.get("authorization") or any(op.keys_in(request)))
        violations = op.parameter_violations(request, path_values)
        body = self._bodies.check(op, request)
        model = body.model.name if body.model is not None else named_model(op, request)
        return CheckedRequest(op, model, has_key, [*violations, *body.violations], body.error, body.value)

    def drift(self, checked: CheckedRequest, status: int, reply: Any) -> Iterator[Drift]:
        """What a response tells of the rules for requests.

        Args:
            checked: The request.
            status: The status of the response.
            reply: The JSON of the response; None if it is none.
        """
        if 200 <= status < 300:
            # Some APIs refuse with status 200.
            if not (isinstance(reply, dict) and reply.get("success") is False):
                yield from _taken(checked)
        elif status in REFUSALS and checked.is_valid:
            yield from self._refused(checked, status, reply)

    def _refused(self, checked: CheckedRequest, status: int, reply: Any) -> Iterator[Drift]:
        """The API refuses a request that the contract allows."""
        op, where = checked.op, checked.where
        code = code_of(reply).value
        content = op.content(status)
        codes = [] if content is None else documented_codes(content, checked.model)
        # Of several documented codes the first is that of invalid parameters; others say what no schema can.
        level: Level = "info" if code in codes[1:] else "breaking"
        named = f" {show(code)}" if code is not None else ""
        for detail in self._details(checked, reply):
            words = quote(detail.words, texts_of(checked.body))
            said = f", saying: {words}" if words else ""
            message = f"{where}: the API refuses it with {status}{named}{said}; the contract allows it"
            yield Drift(op.id, "request", level, detail.path, detail.rule, message)

    def _details(self, checked: CheckedRequest, reply: Any) -> Iterator[_Detail]:
        error = error_of(reply)
        listed: list[Any] = next(
            (
                holder[name]
                for holder in (reply, error)
                if isinstance(holder, dict)
                for name in _DETAILS
                if isinstance(holder.get(name), list)
            ),
            [],
        )
        details = [detail for one in listed if (detail := _Detail.read(one)) is not None]
        if details:
            yield from details
            return
        words = read_message(reply)
        param = error.get("param")
        path = param if isinstance(param, str) else _first_named(words, self._names(checked))
        yield _Detail(path, "refused", words)

    def _names(self, checked: CheckedRequest) -> list[str]:
        """The documented parameters, and those that were sent."""
        names = [one.name for one in checked.op.parameters]
        for content in checked.op.body_contents:
            model = content.models.get(checked.model or "") or content.anonymous_model
            names += model.properties
        names += checked.body if isinstance(checked.body, dict) else ()
        return names[:_MAX_NAMES]


class _Detail(NamedTuple):
    """What a refusal says of one parameter."""

    path: str
    rule: str
    words: str

    @classmethod
    def read(cls, value: Any) -> _Detail | None:
        """Read an item of a list of mistakes, in the forms that are usual; None if it is in none of them."""
        if not isinstance(value, dict):
            return None
        path = next((value[name] for name in _PATHS if name in value), None)
        if isinstance(path, list):
            path = ".".join(str(part) for part in path if part != "body")
        if not isinstance(path, str):
            return None
        rule = next((value[name] for name in _RULES if isinstance(value.get(name), str)), "refused")
        return cls(path, rule, read_message(value))


def _taken(checked: CheckedRequest) -> Iterator[Drift]:
    """The API takes a request that the contract refuses."""
    op, where = checked.op, checked.where
    if not checked.has_key:
        message = f"{where}: it carries no key, which the contract demands; the API takes it"
        yield Drift(op.id, "request", "breaking", "", "security", message)
    if checked.error is not None:
        message = f"{where}: {checked.error[1]}; the API takes it"
        yield Drift(op.id, "request", "breaking", "", "body", message)
    for one in checked.violations:
        message = f"{where}: {describe(one)}; the API takes it"
        yield Drift(op.id, "request", "breaking", one.path, one.rule, message)


def _first_named(words: str, names: list[str]) -> str:
    """The first of some names that a text has in it as a word; empty if it has none."""
    if not names:
        return ""
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    match = re.search(rf"(?<![A-Za-z0-9_])(?:{pattern})(?![A-Za-z0-9_])", words)
    return match[0] if match else ""
