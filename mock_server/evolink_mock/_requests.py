"""Telling which model a request is for, and what is wrong with what it asks of it."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from evolink_api.validation import Violation
from evolink_mock._reading import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from evolink_mock._messages import Request
    from evolink_mock._operation import Model, Operation

_LISTED = 12  # names of models that a message holds at most


def checked_model(
    op: Operation,
    body: Any,
    *,
    allow_local: bool,
    strict: bool,
    owned: Callable[[str], bool],
) -> tuple[Model | None, list[Violation]]:
    """The model that a body is for and everything that is wrong with the body.

    Args:
        op: The operation.
        body: The body, or `ABSENT`.
        allow_local: Whether addresses may be http, loopback and private.
        strict: Whether undocumented parameters are wrong.
        owned: Whether an address leads to a file of the mock, which may be used whatever it looks like.

    Returns:
        None for the model if the body names none that is known.
    """
    if body is ABSENT:
        return op.anonymous, []
    if op.models:
        if not isinstance(body, dict):
            return None, [Violation("", "type", body, "the body: is not an object")]
        name = body.get(op.discriminator)
        model = op.models.get(name) if isinstance(name, str) else None
        if model is None:
            return None, [_unknown_model(op, name)]
    else:
        model = op.anonymous
    validator = model.validator(allow_local=allow_local, strict=strict)
    try:
        if validator.is_valid(body):
            return model, []
        found = validator.violations(body)
    except (ValueError, OverflowError, RecursionError) as error:
        # Text and numbers that the validator cannot take, such as numbers of a thousand digits.
        return model, [Violation("", "type", None, f"the body: {error}")]
    return model, [one for one in found if not (one.rule == "url" and owned(str(one.value)))]


def model_named_in(op: Operation, request: Request) -> str | None:
    """The known model that a request names, without checking anything else; None if it names none."""
    if op.models:
        try:
            name = json.loads(request.body)[op.discriminator]
        except (ValueError, TypeError, LookupError, RecursionError):
            return None
        if isinstance(name, str) and name in op.models:
            return name
    return None


def _unknown_model(op: Operation, name: Any) -> Violation:
    place = op.discriminator
    if name is None:
        return Violation(place, "required", None, f"{place}: is required")
    near = difflib.get_close_matches(str(name), op.models, n=_LISTED)
    listed = list(op.models) if len(op.models) <= _LISTED else near
    known = f" known are {', '.join(listed)}" if listed else f" there are {len(op.models)} of them"
    message = f"{place}: {json.dumps(name)[:80]} is no known model;{known}"
    return Violation(place, "enum", name, message, near[0] if near else None)
