"""Fetches addresses: politely, within limits, and conditionally where the last answer is known."""

from __future__ import annotations

import email.utils
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

from ..runtime._addresses import url_fault
from .body import ACCEPT_ENCODING, read_body
from .text import InputError

if TYPE_CHECKING:
    import httpx

TIMEOUT = 10.0  # until the answer has begun, redirects included
DEADLINE = 30.0  # for the rest of it
PAUSES = (0.5, 1.0, 2.0)  # before each further attempt, unless the server names its own
LONGEST_PAUSE = 60.0

_HEADERS = {
    "User-Agent": "evolink-codegen",
    "Accept-Encoding": ACCEPT_ENCODING,
    "Accept": "text/markdown, application/yaml, application/json, */*",
}
_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 502, 503, 504})
_SCHEMES = ("http", "https")


def is_address(text: str) -> bool:
    """Whether a source is asked for over http."""
    return text.startswith(("http://", "https://"))


def is_local(address: str) -> bool:
    """Whether an address leads to this machine or into a private network."""
    return url_fault(address, {"public": True}) is not None


@dataclass(frozen=True)
class Validators:
    """What a server says of the version of a page, for asking whether there is another."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)

    def headers(self) -> dict[str, str]:
        """The headers of a conditional request."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


NO_VALIDATORS = Validators()


@dataclass(frozen=True)
class Fetched:
    """An answer.

    Attributes:
        data: The content; None if it is the version that the request named.
        validators: The validators of this version.
    """

    data: bytes | None
    validators: Validators = NO_VALIDATORS


class _Busy(Exception):  # noqa: N818 - leads to another attempt, and becomes an InputError if there is none
    """The server is to be asked again, after the pause that it names, if any."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


class Fetcher:
    """Fetches addresses over shared connections; threads may share it.

    A server that asks for a pause gets it from all threads.

    Args:
        sleep: How a pause is made.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()
        self._sleep = sleep
        self._resume_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()

    def fetch(self, address: str, validators: Validators | None = None) -> Fetched:
        """The content of an address.

        Args:
            address: An http or https address.
            validators: The validators of the version that is known already.

        Raises:
            InputError: There is no usable answer.
        """
        for pause in (*PAUSES, None):
            self._sleep_until_due()
            try:
                return _in_time(
                    address, lambda begun: self._fetch_once(address, validators or NO_VALIDATORS, begun)
                )
            except _Busy as busy:
                wanted = pause if busy.pause is None else busy.pause
                if pause is None or wanted is None or wanted > LONGEST_PAUSE:
                    raise InputError(address, str(busy)) from None
                if busy.pause is None:
                    self._sleep(wanted)
                else:
                    self._resume_at = max(self._resume_at, time.monotonic() + wanted)
        raise AssertionError  # the last attempt returns or raises

    def _http(self) -> httpx.Client:
        import httpx  # noqa: PLC0415 - only addresses need it

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(headers=_HEADERS, timeout=TIMEOUT)
            return self._client

    def _sleep_until_due(self) -> None:
        if (pause := self._resume_at - time.monotonic()) > 0:
            self._sleep(pause)

    def _fetch_once(self, address: str, validators: Validators, begun: Callable[[], None]) -> Fetched:
        import httpx  # noqa: PLC0415 - only addresses need it

        try:
            return self._follow(address, validators, begun)
        except httpx.TimeoutException:
            raise _no_answer(address) from None
        except httpx.TransportError as error:
            reason = f"cannot be fetched: {error}"
            if isinstance(error, httpx.UnsupportedProtocol | httpx.ConnectError):
                raise InputError(address, reason) from None
            raise _Busy(reason) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise InputError(address, f"cannot be fetched: {error}") from None

    def _follow(self, address: str, validators: Validators, begun: Callable[[], None]) -> Fetched:
        url = address
        for _ in range(_MAX_REDIRECTS + 1):
            fault = url_fault(url, {"schemes": _SCHEMES})
            if fault is None and urlsplit(url).hostname != urlsplit(address).hostname and is_private(url):
                fault = f"{url!r} is a private or loopback address"  # which nobody but the caller may name
            if fault is not None:
                raise InputError(address, f"leads where it may not: {fault}")
            with self._http().stream("GET", url, headers=validators.headers()) as response:
                if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                    begun()
                    return _answer(address, response, validators)
                url = urljoin(url, response.headers["Location"])
        raise InputError(address, f"more than {_MAX_REDIRECTS} redirects")


def _answer(address: str, response: httpx.Response, asked: Validators) -> Fetched:
    status = response.status_code
    validators = Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
    if status == 304 and asked:
        return Fetched(None, validators or asked)
    if status in _BUSY:
        raise _Busy(f"the server answered {status}", _retry_after(response.headers))
    if status != 200:
        raise InputError(address, f"the server answered {status}")
    encoding = response.headers.get("Content-Encoding", "")
    return Fetched(read_body(address, response.iter_raw(), encoding), validators)


def _in_time(address: str, call: Callable[[Callable[[], None]], Fetched]) -> Fetched:
    """What a call returns in time; after that it is left to itself, whatever it waits for.

    Args:
        address: For messages.
        call: Fetches. It calls its argument when the answer has begun.
    """
    has_begun = threading.Event()
    result: Future[Fetched] = Future()

    def run() -> None:
        try:
            result.set_result(call(has_begun.set))
        except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
            result.set_exception(error)
        has_begun.set()

    threading.Thread(target=run, daemon=True).start()
    if not has_begun.wait(TIMEOUT):
        raise _no_answer(address)
    try:
        return result.result(DEADLINE)
    except TimeoutError:
        raise InputError(address, f"no whole answer within {DEADLINE:.0f} s") from None


def _no_answer(address: str) -> InputError:
    return InputError(address, f"no answer within {TIMEOUT:.0f} s")


def is_private(url: str) -> bool:
    """Whether an address is private, or the name of its host stands for a private one."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 0, type=socket.SOCK_STREAM)
    except OSError:
        return is_local(url)  # a proxy may know the name
    hosts = [f"[{host}]" if ":" in (host := str(one[4][0])) else host for one in found]
    return any(is_local(f"http://{host}/") for host in hosts)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The pause that a server asks for, in seconds or until a date; None without one."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
