"""Error bodies of any known structure: their code, and the codes that are documented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .._contract.content import Content


class ErrorCode(NamedTuple):
    """The code in an error body.

    Attributes:
        path: Where it stands.
        value: The code; None if there is none.
    """

    path: str
    value: Any


def error_of(body: Any) -> dict[str, Any]:
    """The object that holds code and message; empty if there is none."""
    if not isinstance(body, dict):
        return {}
    error = body.get("error")
    return error if isinstance(error, dict) else body


def code_of(body: Any) -> ErrorCode:
    """The code in an error body."""
    if not isinstance(body, dict):
        return ErrorCode("", None)
    error = body.get("error")
    if isinstance(error, dict):
        return ErrorCode("error.code", error.get("code"))
    return ErrorCode("error", error) if isinstance(error, str) else ErrorCode("code", body.get("code"))


def documented_codes(content: Content, model: str | None) -> list[Any]:
    """The codes of the documented examples: those for a model, if there are any, else all."""
    examples = content.examples
    own = [one for one in examples if model is None or one.models is None or model in one.models]
    codes = [code_of(one.value).value for one in own or examples]
    return list(dict.fromkeys(code for code in codes if isinstance(code, str | int)))
