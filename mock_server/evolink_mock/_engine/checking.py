"""Telling which model a request is for, and what is wrong with what it asks of it."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from evolink_api.validation import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._contract.content import Content
    from .._contract.model import Model
    from .._contract.operation import Operation
    from .._http.messages import Request
    from .reading import Body

_LISTED = 12  # names of models that a message holds at most


def checked_model(
    body: Body,
    *,
    allow_local: bool,
    strict: bool,
    owned: Callable[[str], bool],
) -> tuple[Model | None, list[Violation]]:
    """The model that a body is for and everything that is wrong with the body.

    Args:
        body: The body.
        allow_local: Whether addresses may be http, loopback and private.
        strict: Whether undocumented parameters are wrong.
        owned: Whether an address leads to a file of the mock, which may be used whatever it looks like.

    Returns:
        None for the model if the body names none that is known.
    """
    content, value = body.content, body.value
    if content is None:
        return None, []
    if content.models:
        if not isinstance(value, dict):
            return None, [Violation("", "type", value, "the body: is not an object")]
        name = value.get(content.discriminator)
        model = content.models.get(name) if isinstance(name, str) else None
        if model is None:
            return None, [_unknown_model(content, value)]
    else:
        model = content.anonymous
    validator = model.validator(allow_local=allow_local, strict=strict)
    try:
        if validator.is_valid(value):
            return model, body.violations
        found = validator.violations(value)
    except (ValueError, OverflowError, RecursionError) as error:
        # Text and numbers that the validator cannot take, such as numbers of a thousand digits.
        return model, [Violation("", "type", None, f"the body: {error}")]
    found = [one for one in found if not (one.rule == "url" and owned(str(one.value)))]
    return model, [*found, *body.violations]


def model_named_in(op: Operation, request: Request) -> str | None:
    """The known model that a request names, without checking anything else; None if it names none."""
    if op.body is not None and op.body.models:
        try:
            name = json.loads(request.body)[op.body.discriminator]
        except (ValueError, TypeError, LookupError, RecursionError):
            return None
        if isinstance(name, str) and name in op.body.models:
            return name
    return None


def _unknown_model(content: Content, body: Mapping[str, Any]) -> Violation:
    place = content.discriminator
    name = body.get(place)
    if place not in body:
        return Violation(place, "required", None, f"{place}: is required")
    near = difflib.get_close_matches(str(name), content.models, n=_LISTED)
    listed = list(content.models) if len(content.models) <= _LISTED else near
    known = f" known are {', '.join(listed)}" if listed else f" there are {len(content.models)} of them"
    message = f"{place}: {json.dumps(name)[:80]} is no known model;{known}"
    rule = "enum" if isinstance(name, str) else "type"
    return Violation(place, rule, name, message, near[0] if near else None)
