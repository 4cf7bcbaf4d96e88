"""Error bodies in the words of the documents."""

from __future__ import annotations

import copy
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .._http.messages import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evolink_api.validation import Violation

    from .._contract.contract import Contract, NoRoute
    from .._contract.operation import Operation

_NAMED = 10  # faults that a message names at most; the list beside it has all


class ContractBreach(AssertionError):  # noqa: N818 - named for what it is
    """The mock was about to answer what the contract does not document: a mistake in the mock."""


def check(op: Operation, body: Any) -> None:
    """Hold a reply against the contract; documents whose own examples break it cannot be kept to.

    Raises:
        ContractBreach: It is not as documented.
    """
    content = op.success
    if not content.conforms(body) and content.consistent:
        faults = "; ".join(one.message for one in content.validator.violations(body))  # type: ignore[union-attr]
        raise ContractBreach(f"the reply to {op.id} is not as documented: {faults}")


class Refusal(Exception):  # noqa: N818 - control flow: the engine answers with it
    """A request is answered with an error.

    Attributes:
        response: The answer.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Errors:
    """Writes error replies: the documented example of a status, told what is wrong in this case.

    Args:
        contract: Where the examples come from.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def body(
        self,
        status: int,
        op: Operation | None = None,
        model: str | None = None,
        *,
        code: str | None = None,
        message: str | None = None,
    ) -> Any:
        """The documented error body of a status, else one in the shape of the documented errors.

        Args:
            status: The HTTP status.
            op: The operation that answers; None if the request belongs to none.
            model: The model that the request names.
            code: In place of the documented code.
            message: In place of the documented message.
        """
        found = self._documented(status, op, model)
        if found is None:
            found = self._shape(op, model)
            code = code or _phrase(status).lower().replace(" ", "_").replace("-", "_")
            message = message or _phrase(status)
        return write(found, status, code=code, message=message)

    def message(self, status: int, op: Operation, model: str | None) -> str:
        """The documented message of a status; empty if there is none."""
        return read_message(self._documented(status, op, model))

    def _documented(self, status: int, op: Operation | None, model: str | None) -> Any:
        content = op.reply(status) if op is not None else None
        return None if content is None else copy.deepcopy(content.value(model))

    def _shape(self, op: Operation | None, model: str | None) -> Any:
        """Any documented error, for its form alone."""
        for candidate in ([op] if op is not None else []) + list(self._contract.operations):
            for status in sorted(candidate.replies):
                if status[:1] in {"4", "5"}:
                    example = candidate.replies[status].example(model)
                    if isinstance(example, dict):
                        inner = example.get("error")
                        return {"error": _form(inner)} if isinstance(inner, dict) else dict(example)
        return {"error": {}}

    def refusal(
        self,
        status: int,
        op: Operation | None = None,
        model: str | None = None,
        *,
        code: str | None = None,
        message: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Refusal:
        """The same as an exception that ends the handling of a request."""
        body = self.body(status, op, model, code=code, message=message)
        return Refusal(_reply(status, op, body, headers or {}))

    def no_route(self, method: str, path: str, missing: NoRoute) -> Refusal:
        """Refuse a request that no operation answers, and say what there is."""
        if missing.allowed:
            allowed = ", ".join(missing.allowed)
            message = f"{path} takes {allowed}, not {method}"
            return self.refusal(405, message=message, headers={"allow": allowed})
        known = ", ".join(f"{op.method} {op.path}" for op in self._contract.operations)
        return self.refusal(404, message=f"No such path: {path}; known are {known}")

    def invalid(self, op: Operation, model: str | None, violations: Sequence[Violation]) -> Refusal:
        """Refuse a body for everything that is wrong with it."""
        faults = "; ".join(one.message for one in violations[:_NAMED])
        if len(violations) > _NAMED:
            faults += f"; and {len(violations) - _NAMED} more"
        documented = self.message(400, op, model)
        body = self.body(400, op, model, message=f"{documented}: {faults}" if documented else faults)
        listed = [
            {"path": one.path, "rule": one.rule, "value": one.value, "message": one.message}
            | ({"suggestion": one.suggestion} if one.suggestion else {})
            for one in violations
        ]
        if isinstance(body, dict):
            extended = {**body, "violations": listed}
            content = op.reply(400)
            if content is None or content.conforms(extended) or not content.conforms(body):
                body = extended
        return Refusal(_reply(400, op, body, {}))


def _reply(status: int, op: Operation | None, body: Any, headers: Mapping[str, str]) -> Response:
    """An error in the documented type; JSON if that is no text."""
    content = op.reply(status) if op is not None else None
    kind = (content.plain_type or "") if content is not None else ""
    if kind.startswith("text/"):
        return Response.of(status, read_message(body).encode(), {"content-type": kind, **headers})
    return Response.json(status, body, headers) if content is None else content.reply(status, body, headers)


def read_message(body: Any) -> str:
    """The message in an error body, whichever of the known forms it has; empty if there is none."""
    if isinstance(body, dict):
        inner = body["error"] if isinstance(body.get("error"), dict) else body
        for name in ("message", "msg", "error_description"):
            if isinstance(inner.get(name), str):
                return str(inner[name])
    return ""


def write(body: Any, status: int, *, code: str | None = None, message: str | None = None) -> Any:
    """Put a code and a message into an error body, in the places where its form has them.

    A form whose codes are integers gets the status for a code.
    """
    if not isinstance(body, dict):
        return body
    body = dict(body)
    if isinstance(body.get("error"), str):
        form, names = body, ("error", "error_description")
    elif isinstance(body.get("error"), dict):
        form, names = dict(body["error"]), ("code", "message")
        body["error"] = form
    else:
        form, names = body, ("code", "msg" if "msg" in body else "message")
    if code is not None:
        form[names[0]] = status if isinstance(form.get(names[0]), int) else code
    if message is not None:
        form[names[1]] = message
    return body


def number_codes(body: Any, status: int) -> Any:
    """The same error with the status for a code, as older replies have it."""
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return {**body, "error": {**body["error"], "code": status}}
    return {**body, "code": status} if isinstance(body, dict) else body


def _form(error: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in error.items() if name in {"code", "message", "type"}}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
