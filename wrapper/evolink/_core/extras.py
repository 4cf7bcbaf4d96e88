"""What a caller adds to the requests of one call, beside what the contract documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .arguments import wrong_type
from .errors import InvalidRequest

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
# Headers that are not the caller's to set, and what to do instead.
_REFUSED = {
    "authorization": "use api_key=, or client.with_options(api_key=...)",
    "idempotency-key": "use idempotency_key=",
    **dict.fromkeys(
        ("connection", "content-length", "host", "transfer-encoding"), "it follows from the request"
    ),
}


def check_headers(given: Mapping[str, str] | None) -> dict[str, str]:
    """The headers of `extra_headers`.

    Raises:
        InvalidRequest: One is set by the client, or cannot be sent.
        TypeError: It is not a mapping of strings.
    """
    for name, value in _items("extra_headers", given):
        if not isinstance(value, str):
            raise wrong_type("extra_headers", "a mapping of strings", given)
        if name.lower() in _REFUSED:
            reason = _REFUSED[name.lower()]
            raise InvalidRequest(f"extra_headers: {name} cannot be set here: {reason}", param="extra_headers")
        if _TOKEN.fullmatch(name) is None or _HEADER_VALUE.fullmatch(value) is None:
            raise InvalidRequest(
                f"extra_headers: {name!r} has characters that no header can have", param="extra_headers"
            )
    return dict(given or {})


def check_query(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The parameters of `extra_query`.

    Raises:
        TypeError: It is not a mapping of values, or lists of them, by name.
    """
    for _, value in _items("extra_query", given):
        values = value if isinstance(value, (list, tuple)) else [value]
        if not all(one is None or isinstance(one, (str, int, float)) for one in values):
            raise wrong_type("extra_query", "a mapping of strings and numbers", given)
    return dict(given or {})


def check_body(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields of `extra_body`.

    Raises:
        TypeError: It is not a mapping.
    """
    return dict(_items("extra_body", given))


def _items(argument: str, given: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise wrong_type(argument, "a mapping", given)
    return list(given.items())
