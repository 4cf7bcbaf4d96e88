"""The settings of a client, and checks of what callers pass; errors name the argument."""

from __future__ import annotations

import math
import os
from typing import TypeVar

import httpx

from .errors import InvalidRequest, MissingAPIKey
from .version import __version__

KEY_VARIABLE = "EVOLINK_API_KEY"
URL_VARIABLE = "EVOLINK_BASE_URL"
USER_AGENT = f"evolink-client/{__version__}"
DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
DEFAULT_MAX_RETRIES = 2
# httpx's own default is too short for a submission, whose outcome would be unknown.
_HTTPX_TIMEOUT = httpx.Timeout(5.0)

_Default = TypeVar("_Default")


class ClientConfig:
    """The settings of a client."""

    __slots__ = ("api_key", "base_url", "has_own_http", "headers", "max_retries", "timeout", "validate")

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None,
        timeout: httpx.Timeout,
        max_retries: int,
        validate: bool,
        has_own_http: bool,
    ) -> None:
        self.api_key = api_key
        self.base_url = base_url
        self.timeout = timeout
        self.max_retries = max_retries
        self.validate = validate
        # False: the httpx client is the caller's, with settings of its own that go into each request.
        self.has_own_http = has_own_http
        self.headers = httpx.Headers(
            {
                "Accept": "application/json",
                "User-Agent": USER_AGENT,
                "Authorization": f"Bearer {api_key}",
            }
        )
        if has_own_http:
            self.headers["Accept-Encoding"] = "gzip, deflate"

    def __repr__(self) -> str:
        return f"ClientConfig(api_key='***', base_url={self.base_url!r})"

    @classmethod
    def from_arguments(
        cls,
        *,
        api_key: str | None,
        base_url: str | None,
        timeout: float | httpx.Timeout | None,
        max_retries: int,
        validate: bool,
        http_client: httpx.Client | httpx.AsyncClient | None,
    ) -> ClientConfig:
        """The settings from a client's arguments, the caller's httpx client and the environment.

        Raises:
            MissingAPIKey: There is no key.
            InvalidRequest: An argument is wrong.
        """
        if http_client is not None:
            if base_url is None and http_client.base_url.host:
                base_url = str(http_client.base_url)
            if timeout is None and http_client.timeout != _HTTPX_TIMEOUT:
                timeout = http_client.timeout
        return cls(
            api_key=check_api_key(api_key),
            base_url=check_base_url(base_url or os.environ.get(URL_VARIABLE)),
            timeout=check_timeout(timeout, DEFAULT_TIMEOUT),
            max_retries=check_count("max_retries", max_retries, least=0),
            validate=validate,
            has_own_http=http_client is None,
        )

    def changed(
        self,
        *,
        api_key: str | None,
        base_url: str | None,
        timeout: float | httpx.Timeout | None,
        max_retries: int | None,
        validate: bool | None,
    ) -> ClientConfig:
        """These settings with others in place of those that are not None."""
        return ClientConfig(
            api_key=self.api_key if api_key is None else check_api_key(api_key),
            base_url=self.base_url if base_url is None else check_base_url(base_url),
            timeout=check_timeout(timeout, self.timeout),
            max_retries=(
                self.max_retries if max_retries is None else check_count("max_retries", max_retries, least=0)
            ),
            validate=self.validate if validate is None else validate,
            has_own_http=self.has_own_http,
        )


def check_api_key(given: str | None) -> str:
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


def check_base_url(given: str | None) -> str | None:
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


def check_timeout(given: float | httpx.Timeout | None, default: httpx.Timeout) -> httpx.Timeout:
    """How long one request may take.

    Raises:
        InvalidRequest: It is not a positive number of seconds.
    """
    if given is None:
        return default
    if isinstance(given, httpx.Timeout):
        return given
    if not _is_number(given) or not given > 0:
        raise InvalidRequest(f"timeout: must be a positive number of seconds, not {given!r}")
    return httpx.Timeout(None if math.isinf(given) else given)


def check_seconds(name: str, given: float | None, default: _Default) -> float | _Default:
    """A duration in seconds.

    Raises:
        InvalidRequest: It is not a number from 0.
    """
    if given is None:
        return default
    if not _is_number(given) or math.isnan(given) or given < 0:
        raise InvalidRequest(f"{name}: must be a number of seconds from 0, not {given!r}")
    return float(given)


def check_count(name: str, given: int, *, least: int) -> int:
    """A whole number.

    Raises:
        InvalidRequest: It is not a whole number, or too small.
    """
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise InvalidRequest(f"{name}: must be a whole number from {least}, not {given!r}")
    return given


def check_path_value(name: str, given: object) -> object:
    """The value of a path parameter.

    Raises:
        InvalidRequest: It is empty or nothing but dots, and would make another path.
    """
    if not str(given).strip(". \t\r\n"):
        raise InvalidRequest(f"{name}: must not be empty, and is {given!r}", param=name)
    return given


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
