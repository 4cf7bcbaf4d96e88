"""Responses against the contract: status, media type, values and error codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evolink_api import extensions, media_types

from .._contract import schemas
from .._engine.errors import VIOLATIONS
from .._http.json_codec import loads
from .decoding import is_readable
from .errors import code_of, documented_codes
from .report import Drift
from .words import describe, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evolink_api.validation import Validator, Violation

    from .._contract.content import Content
    from .._contract.contract import Contract
    from .._contract.operation import Operation
    from .._http.messages import Response
    from .report import Level
    from .request_check import CheckedRequest

_UNKNOWN = {"unknown", "additionalProperties", "unevaluatedProperties"}
_MAX_BODY = 4 * 1024 * 1024
"""Bytes of a body that is checked."""


def read_json(response: Response) -> Any:
    """The JSON of a response; None if it is none, or null."""
    try:
        return loads(response.body) if len(response.body) <= _MAX_BODY else None
    except ValueError:
        return None


class ReplyChecker:
    """Checks responses against a contract.

    Args:
        contract: What is documented.
    """

    def __init__(self, contract: Contract) -> None:
        self._document = contract.document
        self._registered = frozenset(self._document.get(extensions.ERROR_CODES.name) or ())
        self._validators: dict[tuple[str, str], Validator] = {}

    def drift(self, checked: CheckedRequest, response: Response, *, is_head: bool = False) -> Iterator[Drift]:
        """What is not as documented.

        Args:
            checked: The request.
            response: The response to it.
            is_head: Whether the response has no body by the rules of HTTP.
        """
        op, status = checked.op, response.status
        name = op.documented_status(status)
        where = f"reply {status} for {checked.model}" if checked.model else f"reply {status}"

        def drift(path: str, rule: str, message: str, *, is_info: bool = False) -> Drift:
            level: Level = "info" if is_info else "breaking"
            return Drift(op.id, "response", level, path, rule, f"{where}: {message}")

        if name is None:
            if not self._is_expected(checked, status, read_json(response)):
                yield drift("", "status", f"documented are {', '.join(op.responses)}")
            return
        content = op.responses[name]
        if is_head or not content.media_types:
            return
        declared = media_types.essence(response.headers.get("content-type", ""))
        if content.media_type is None:
            if declared not in content.media_types and not _has_wildcard(content):
                yield drift("", "media_type", f"{show(declared)} is not {' or '.join(content.media_types)}")
            return
        if len(response.body) > _MAX_BODY or not is_readable(response):
            return
        try:
            value = loads(response.body)
        except ValueError:
            yield drift("", "json", f"a body of {len(response.body)} bytes, {show(declared)}, is not JSON")
            return
        if declared not in content.media_types:
            message = f"{show(declared)} is not {' or '.join(content.media_types)}"
            yield drift("", "media_type", message, is_info=True)
        broken = set()
        for one in self._violations(op, name, content, value):
            broken.add(one.path)
            is_info = one.rule in _UNKNOWN
            message = _undocumented(one) if is_info else describe(one)
            yield drift(one.path, "unknown" if is_info else one.rule, message, is_info=is_info)
        for path, code, codes in self._codes(content, status, checked.model, value):
            if path not in broken:
                yield drift(path, "error_code", f"{show(code)} is not one of {', '.join(map(str, codes))}")

    def _is_expected(self, checked: CheckedRequest, status: int, body: Any) -> bool:
        """Whether an undocumented status follows from HTTP, or its code is documented for all operations."""
        if checked.error is not None and checked.error[0] == status:
            return True
        code = code_of(body).value
        elsewhere = (documented_codes(content, None) for content in checked.op.responses.values())
        return code in self._registered and not any(code in codes for codes in elsewhere)

    def _violations(self, op: Operation, name: str, content: Content, value: Any) -> Iterator[Violation]:
        if content.schema is None or content.validator is None:
            return
        validator = self._validators.get((op.id, name))
        if validator is None:
            validator = self._validators[op.id, name] = schemas.compile_schema(
                self._document, content.schema, allow_local=True
            )
        known = {VIOLATIONS} if name[:1] not in "23" else set()  # added by the mock to documented errors
        found = {(one.path, one.rule): one for one in validator.violations(value)}
        found.update({(one.path, one.rule): one for one in validator.unknown_parameters(value)})
        yield from (one for one in found.values() if not (one.rule in _UNKNOWN and one.path in known))

    def _codes(
        self, content: Content, status: int, model: str | None, value: Any
    ) -> Iterator[tuple[str, Any, list[Any]]]:
        """Yield the codes that are not documented: where, which, and those that are."""
        if status >= 400:
            path, code = code_of(value)
            codes = documented_codes(content, model)
            # A code that repeats the status, as in older responses, says nothing more; its type may be wrong.
            known = {*codes, *self._registered, status}
            if codes and isinstance(code, str | int) and code not in known:
                yield path, code, codes
            return
        error = schemas.properties(self._document, content.schema).get("error")
        code = schemas.properties(self._document, error).get("code")
        task_errors = schemas.keyword(self._document, code, extensions.TASK_ERRORS.name)
        path, code = code_of(value)
        if task_errors and path == "error.code" and isinstance(code, str) and code not in task_errors:
            yield path, code, list(task_errors)


def _undocumented(violation: Violation) -> str:
    return f"{violation.path}: {_kind(violation.value)} that is not documented"


def _kind(value: Any) -> str:
    kinds = {str: "a string", bool: "a boolean", int: "an integer", float: "a number", list: "an array"}
    return "null" if value is None else kinds.get(type(value), "an object")


def _has_wildcard(content: Content) -> bool:
    return any("*" in name for name in content.media_types)
