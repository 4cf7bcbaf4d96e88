"""What callers give, checked and filled in: a slip is told by the name of the argument."""

from __future__ import annotations

import math
import os
from typing import TypeVar

import httpx

from .errors import InvalidRequest, MissingAPIKey

KEY_VARIABLE = "EVOLINK_API_KEY"
URL_VARIABLE = "EVOLINK_BASE_URL"

_Default = TypeVar("_Default")


def api_key(given: str | None) -> str:
    """The key given, else that of the environment.

    Raises:
        MissingAPIKey: There is none, or none that a header could carry.
    """
    key = (os.environ.get(KEY_VARIABLE, "") if given is None else given).strip()
    if not key:
        raise MissingAPIKey(f"no API key: pass api_key= or set {KEY_VARIABLE}")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise MissingAPIKey("the API key has characters that no key has")
    return key


def base_url(given: str | None) -> str | None:
    """An address without a slash at the end; None for none.

    Raises:
        InvalidRequest: It is no web address.
    """
    if not given:
        return None
    try:
        url = httpx.URL(given)
    except (httpx.InvalidURL, TypeError):
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidRequest(f"base_url: must be an http or https address, not {given!r}")
    return given.rstrip("/")


def timeout(given: float | httpx.Timeout | None, default: httpx.Timeout) -> httpx.Timeout:
    """How long one request may take.

    Raises:
        InvalidRequest: It is no span of time above zero.
    """
    if given is None:
        return default
    if isinstance(given, httpx.Timeout):
        return given
    if not _is_number(given) or not given > 0:
        raise InvalidRequest(f"timeout: must be a positive number of seconds, not {given!r}")
    return httpx.Timeout(None if math.isinf(given) else given)


def seconds(name: str, given: float | None, default: _Default) -> float | _Default:
    """A span of time.

    Raises:
        InvalidRequest: It is none.
    """
    if given is None:
        return default
    if not _is_number(given) or math.isnan(given) or given < 0:
        raise InvalidRequest(f"{name}: must be a number of seconds from 0, not {given!r}")
    return float(given)


def count(name: str, given: int, *, least: int) -> int:
    """A whole number.

    Raises:
        InvalidRequest: It is none, or too small.
    """
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise InvalidRequest(f"{name}: must be a whole number from {least}, not {given!r}")
    return given


def path_value(name: str, given: object) -> object:
    """What stands in a path.

    Raises:
        InvalidRequest: It would make it another path: it is empty, or nothing but dots.
    """
    if not str(given).strip(". \t\r\n"):
        raise InvalidRequest(f"{name}: must not be empty, and is {given!r}", param=name)
    return given


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
