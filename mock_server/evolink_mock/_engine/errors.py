"""Error responses with the documented bodies."""

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

VIOLATIONS = "violations"
"""The member that the mock adds to documented errors: everything that is wrong with a request."""

_MAX_NAMED = 10  # violations in a message; `violations` in the body lists all of them


class HTTPErrorResponse(Exception):  # noqa: N818 - a response that ends the handling, as in web frameworks
    """Ends the handling of a request with an error response.

    Attributes:
        response: The response.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class ErrorResponses:
    """Builds error responses: the documented example of a status, with what is wrong in this case.

    Args:
        contract: Has the examples.
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
        """The documented error body of a status, else one that looks like the documented errors.

        Args:
            status: The HTTP status.
            op: The operation that answers; None if there is none for the request.
            model: The model that the request names.
            code: Replaces the documented code.
            message: Replaces the documented message.
        """
        body = self._documented(status, op, model)
        if body is None:
            body = self._similar(op, model)
            code = code or _phrase(status).lower().replace(" ", "_").replace("-", "_")
            message = message or _phrase(status)
        return with_code_and_message(body, status, code=code, message=message)

    def error(
        self,
        status: int,
        op: Operation | None = None,
        model: str | None = None,
        *,
        code: str | None = None,
        message: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HTTPErrorResponse:
        """An error response as an exception; the arguments are those of `body`."""
        body = self.body(status, op, model, code=code, message=message)
        return HTTPErrorResponse(_respond(status, op, body, headers or {}))

    def no_route(self, method: str, path: str, no_route: NoRoute) -> HTTPErrorResponse:
        """The error for a request that no operation answers; it names what there is."""
        if no_route.allowed:
            allowed = ", ".join(no_route.allowed)
            message = f"{path} takes {allowed}, not {method}"
            return self.error(405, message=message, headers={"allow": allowed})
        routes = ", ".join(f"{op.method} {op.path}" for op in self._contract.operations)
        return self.error(404, message=f"No such path: {path}; known are {routes}")

    def invalid(self, op: Operation, model: str | None, violations: Sequence[Violation]) -> HTTPErrorResponse:
        """The error for an invalid request; it names everything that is wrong."""
        reasons = "; ".join(violation.message for violation in violations[:_MAX_NAMED])
        if len(violations) > _MAX_NAMED:
            reasons += f"; and {len(violations) - _MAX_NAMED} more"
        documented = read_message(self._documented(400, op, model))
        body = self.body(400, op, model, message=f"{documented}: {reasons}" if documented else reasons)
        if isinstance(body, dict):
            extended = {**body, VIOLATIONS: [_violation_to_dict(violation) for violation in violations]}
            content = op.content(400)
            if content is None or content.is_valid(extended) or not content.is_valid(body):
                body = extended
        return HTTPErrorResponse(_respond(400, op, body, {}))

    def _documented(self, status: int, op: Operation | None, model: str | None) -> Any:
        content = op.content(status) if op is not None else None
        return None if content is None else copy.deepcopy(content.example_or_sample(model))

    def _similar(self, op: Operation | None, model: str | None) -> Any:
        """The structure of any documented error."""
        for candidate in ([op] if op is not None else []) + list(self._contract.operations):
            for status in sorted(candidate.responses):
                if status[:1] in {"4", "5"}:
                    example = candidate.responses[status].example(model)
                    if isinstance(example, dict):
                        error = example.get("error")
                        if not isinstance(error, dict):
                            return dict(example)
                        common = {"code", "message", "type"}
                        return {"error": {name: value for name, value in error.items() if name in common}}
        return {"error": {}}


def read_message(body: Any) -> str:
    """The message in an error body of any known structure; empty if there is none."""
    if isinstance(body, dict):
        error = body["error"] if isinstance(body.get("error"), dict) else body
        for name in ("message", "msg", "error_description"):
            if isinstance(error.get(name), str):
                return str(error[name])
    return ""


def with_code_and_message(
    body: Any, status: int, *, code: str | None = None, message: str | None = None
) -> Any:
    """Copy an error body with another code and message, wherever its structure has them.

    Where codes are integers, the code is the status.
    """
    if not isinstance(body, dict):
        return body
    body = dict(body)
    if isinstance(body.get("error"), str):
        error, names = body, ("error", "error_description")
    elif isinstance(body.get("error"), dict):
        error, names = dict(body["error"]), ("code", "message")
        body["error"] = error
    else:
        error, names = body, ("code", "msg" if "msg" in body else "message")
    if code is not None:
        error[names[0]] = status if isinstance(error.get(names[0]), int) else code
    if message is not None:
        error[names[1]] = message
    return body


def with_integer_code(body: Any, status: int) -> Any:
    """Copy an error body with the status as its code, as in older responses of the API."""
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return {**body, "error": {**body["error"], "code": status}}
    return {**body, "code": status} if isinstance(body, dict) else body


def _respond(status: int, op: Operation | None, body: Any, headers: Mapping[str, str]) -> Response:
    """Make an error response of the documented type, which may be text; else of JSON."""
    content = op.content(status) if op is not None else None
    if content is None:
        return Response.json(status, body, headers)
    if (content.plain_type or "").startswith("text/"):
        headers = {"content-type": str(content.plain_type), **headers}
        return Response.of(status, read_message(body).encode(), headers)
    return content.response(status, body, headers)


def _violation_to_dict(violation: Violation) -> dict[str, Any]:
    return {
        "path": violation.path,
        "rule": violation.rule,
        "value": violation.value,
        "message": violation.message,
    } | ({"suggestion": violation.suggestion} if violation.suggestion else {})


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
