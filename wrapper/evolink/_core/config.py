"""The settings of a client, from its arguments and the environment."""

from __future__ import annotations

import copy
import os
import sys
from typing import TYPE_CHECKING, Any

import httpx

from .addresses import web_address
from .arguments import check_callback, check_count, check_flag, wrong_type
from .errors import ArgumentTypeError, InvalidRequest, MissingAPIKey
from .version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2

    from .events import Event, EventEmitter

KEY_VARIABLE = "EVOLINK_API_KEY"
URL_VARIABLE = "EVOLINK_BASE_URL"
_KEY_VARIABLE_SOURCE = f"the environment variable {KEY_VARIABLE}"
_KEY_ARGUMENT_SOURCE = "the argument api_key"
_URL_VARIABLE_SOURCE = f"the environment variable {URL_VARIABLE}"
_URL_ARGUMENT_SOURCE = "the argument base_url"
_URL_CLIENT_SOURCE = "the argument http_client"
USER_AGENT = f"evolink-client/{__version__}"
DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
DEFAULT_MAX_RETRIES = 2
# More than this is as good as no limit; the system's calls take no numbers of any size.
LONGEST_TIMEOUT = 1e6
# httpx's own default is too short for a submission, whose outcome would be unknown.
_HTTPX_TIMEOUT = httpx.Timeout(5.0)


class ClientConfig:
    """The settings of a client."""

    __slots__ = (
        "api_key",
        "base_url",
        "emitter",
        "extra_headers",
        "extra_query",
        "has_own_http",
        "headers",
        "key_source",
        "max_retries",
        "timeout",
        "trust_idempotency",
        "url_source",
        "validate",
    )

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None,
        timeout: httpx.Timeout,
        max_retries: int,
        validate: bool,
        trust_idempotency: bool,
        has_own_http: bool,
        key_source: str,
        url_source: str,
        emitter: EventEmitter | None,
    ) -> None:
        self.api_key = api_key
        self.base_url = base_url
        # Where the two came from, for errors.
        self.key_source = key_source
        self.url_source = url_source
        self.timeout = timeout
        self.max_retries = max_retries
        self.validate = validate
        self.trust_idempotency = trust_idempotency
        # None: nobody wants to hear of events.
        self.emitter = emitter
        # False: the HTTP client is the caller's, with settings of its own that go into each request.
        self.has_own_http = has_own_http
        # Of one call, see `with_extras`.
        self.extra_headers: Mapping[str, str] = {}
        self.extra_query: Mapping[str, Any] = {}
        self.headers = httpx.Headers(
            {
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
                "User-Agent": USER_AGENT,
                "Authorization": f"Bearer {api_key}",
            }
        )

    def __repr__(self) -> str:
        return f"ClientConfig(api_key='***', base_url={self.base_url!r})"

    def with_extras(self, headers: Mapping[str, str], query: Mapping[str, Any]) -> ClientConfig:
        """These settings with headers and query parameters that go into each request."""
        clone = copy.copy(self)
        clone.extra_headers = headers
        clone.extra_query = query
        return clone

    @classmethod
    def from_arguments(
        cls,
        *,
        api_key: str | None,
        base_url: str | None,
        timeout: float | httpx.Timeout | httpx2.Timeout | None,
        max_retries: int,
        validate: bool,
        trust_idempotency: bool,
        http_client: httpx.Client | httpx.AsyncClient | httpx2.Client | httpx2.AsyncClient | None,
        on_event: Callable[[Event], object] | None,
    ) -> ClientConfig:
        """The settings from a client's arguments, the caller's HTTP client and the environment.

        Raises:
            MissingAPIKey: There is no key.
            InvalidRequest: An argument is wrong.
        """
        url_source = _URL_ARGUMENT_SOURCE
        if http_client is not None:
            if base_url is None and http_client.base_url.host:
                base_url, url_source = str(http_client.base_url), _URL_CLIENT_SOURCE
            own_timeout = httpx.Timeout(**http_client.timeout.as_dict())
            if timeout is None and own_timeout != _HTTPX_TIMEOUT:
                timeout = own_timeout
        if not base_url:
            base_url, url_source = os.environ.get(URL_VARIABLE), _URL_VARIABLE_SOURCE
        return cls(
            api_key=check_api_key(api_key),
            base_url=check_base_url(base_url, url_source),
            timeout=check_timeout(timeout, DEFAULT_TIMEOUT),
            max_retries=check_count("max_retries", max_retries, least=0),
            validate=check_flag("validate", validate),
            trust_idempotency=check_flag("trust_idempotency", trust_idempotency),
            has_own_http=http_client is None,
            key_source=_KEY_VARIABLE_SOURCE if api_key is None else _KEY_ARGUMENT_SOURCE,
            url_source=url_source,
            emitter=_emitter(on_event),
        )

    def changed(
        self,
        *,
        api_key: str | None,
        base_url: str | None,
        timeout: float | httpx.Timeout | httpx2.Timeout | None,
        max_retries: int | None,
        validate: bool | None,
        trust_idempotency: bool | None,
        on_event: Callable[[Event], object] | None,
    ) -> ClientConfig:
        """These settings with others in place of those that are not None."""
        return ClientConfig(
            api_key=self.api_key if api_key is None else check_api_key(api_key),
            base_url=self.base_url if base_url is None else check_base_url(base_url),
            timeout=check_timeout(timeout, self.timeout),
            max_retries=(
                self.max_retries if max_retries is None else check_count("max_retries", max_retries, least=0)
            ),
            validate=self.validate if validate is None else check_flag("validate", validate),
            trust_idempotency=(
                self.trust_idempotency
                if trust_idempotency is None
                else check_flag("trust_idempotency", trust_idempotency)
            ),
            has_own_http=self.has_own_http,
            key_source=self.key_source if api_key is None else _KEY_ARGUMENT_SOURCE,
            url_source=self.url_source if base_url is None else _URL_ARGUMENT_SOURCE,
            emitter=self.emitter if on_event is None else _emitter(on_event),
        )


def check_api_key(given: str | None) -> str:
    """The key given, else that of the environment.

    Raises:
        MissingAPIKey: There is none, or none that a header could carry.
        TypeError: It is not a string.
    """
    if given is not None and not isinstance(given, str):
        raise ArgumentTypeError(f"api_key: must be a string, not {type(given).__name__}", param="api_key")
    key = (os.environ.get(KEY_VARIABLE, "") if given is None else given).strip()
    if not key:
        raise MissingAPIKey(f"no API key: pass api_key= or set {KEY_VARIABLE}")
    if not key.isascii() or not key.isprintable() or " " in key:
        source = _KEY_VARIABLE_SOURCE if given is None else _KEY_ARGUMENT_SOURCE
        hint = ": leave out 'Bearer'" if key.lower().startswith("bearer ") else ""
        raise MissingAPIKey(f"the API key from {source} has characters that no key has{hint}")
    return key


def check_base_url(given: str | None, source: str = _URL_ARGUMENT_SOURCE) -> str | None:
    """An address without a slash at the end; None for none.

    Args:
        given: The address.
        source: Where it came from.

    Raises:
        InvalidRequest: It is not an address that paths can be added to.
        TypeError: It is not a string.
    """
    if given is not None and not isinstance(given, str):
        raise wrong_type("base_url", "a string", given)
    address = (given or "").strip()
    if not address:
        return None
    url = web_address(address)
    fault: str | None = None
    if url is None:
        fault = f"must begin with http:// or https:// and name a host, not {address!r}"
    elif url.userinfo:  # httpx would send these in place of the API key
        fault = "must name no user or password"
    elif set(address) & {"?", "#"}:
        fault = f"must have no '?' or '#', and is {address!r}"
    if fault is not None:
        place = "" if source == _URL_ARGUMENT_SOURCE else f" (from {source})"
        raise InvalidRequest(f"base_url: {fault}{place}")
    return address.rstrip("/")


def check_timeout(
    given: float | httpx.Timeout | httpx2.Timeout | None, default: httpx.Timeout
) -> httpx.Timeout:
    """How long one request may take.

    Raises:
        InvalidRequest: It is not a positive number of seconds.
        TypeError: It is not a number.
    """
    if given is None:
        return default
    kinds = httpx2_classes(httpx.Timeout)
    if not isinstance(given, (int, float)) and isinstance(given, (httpx.Timeout, *kinds)):
        return httpx.Timeout(**{name: _check_part(name, part) for name, part in given.as_dict().items()})
    if not isinstance(given, (int, float)) or isinstance(given, bool):
        raise wrong_type("timeout", "a number of seconds or an httpx.Timeout", given)
    if not given > 0:
        raise InvalidRequest(f"timeout: must be a positive number of seconds, not {given!r}")
    return httpx.Timeout(None if given >= LONGEST_TIMEOUT else given)


def _check_part(name: str, given: float | None) -> float | None:
    """A part of a timeout; the system fails on others when a request may have been sent."""
    if given is None or given >= LONGEST_TIMEOUT:
        return None
    is_immediate = name == "pool" and given == 0
    if not given > 0 and not is_immediate:
        raise InvalidRequest(f"timeout: {name} must be a positive number of seconds, not {given!r}")
    return given


def httpx2_classes(kind: type) -> tuple[type[Any], ...]:
    """The class of httpx2 with the name of one of httpx; none if nobody has imported httpx2."""
    module = sys.modules.get("httpx2")
    return () if module is None else (getattr(module, kind.__name__),)


def _emitter(on_event: Callable[[Event], object] | None) -> EventEmitter | None:
    check_callback("on_event", on_event)
    if on_event is None:
        return None
    from .events import EventEmitter  # noqa: PLC0415 - it loads attrs, which clients without it do not need

    return EventEmitter(on_event)
