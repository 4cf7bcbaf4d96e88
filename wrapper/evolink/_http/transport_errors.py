"""What an error of the transport means for the request: pure functions over httpx's exceptions."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, NamedTuple

import httpx

from .._core.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .route import Route

# What a transport may raise; everything else is the user's own (a hook, a test's assertion) and passes.
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)


class ProxySettingsError(httpx.UnsupportedProtocol):
    """The environment names a proxy that cannot be one, or exceptions from it that cannot be read."""


_UNSENDABLE = (httpx.UnsupportedProtocol, httpx.InvalidURL)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, *_UNSENDABLE)
# In the words of a reader who has never heard of httpx; the first class that fits.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (
        ProxySettingsError,
        "the proxy settings of the environment (such as HTTPS_PROXY, NO_PROXY) cannot be used",
    ),
    (httpx.ConnectTimeout, "connecting took too long"),
    (httpx.ConnectError, "no connection"),
    (httpx.PoolTimeout, "no connection of the pool became free in time"),
    (httpx.ReadTimeout, "no reply in time"),
    (httpx.WriteTimeout, "sending took too long"),
    (httpx.ProxyError, "the proxy refused"),
    (httpx.DecodingError, "the reply cannot be decompressed"),
    (httpx.NetworkError, "the connection was lost"),
    (httpx.RemoteProtocolError, "the connection broke off, or the reply is not HTTP"),
    (httpx.UnsupportedProtocol, "the address cannot be requested"),
    (httpx.InvalidURL, "the address cannot be requested"),
    (TimeoutError, "no reply in time"),
    (OSError, "the connection was lost"),
)
_ADVICE: Mapping[type[BaseException], str] = {
    ssl.SSLCertVerificationError: "SSL_CERT_FILE can name a file with the certificates to trust.",
    ProxySettingsError: "Correct these variables, or unset them.",
}


class TransportFailure(NamedTuple):
    """What is kept of a transport's exception, which itself holds the request and so the API key."""

    text: str
    # Not a byte of the request can have reached the other side.
    not_sent: bool
    # The next attempt is bound to fail too: a bad address, a certificate that does not verify.
    non_retryable: bool
    is_timeout: bool
    # The class of the exception.
    name: str = ""
    # What to do about it, where the environment has the cause.
    advice: str | None = None


# A transport that returns neither a response nor an error is broken, but no reason to crash.
NO_RESPONSE = TransportFailure("no reply", not_sent=False, non_retryable=False, is_timeout=False)


def failure_of(error: Exception, secret: str = "", *, route: Route | None = None) -> TransportFailure:
    """Classify an exception of a transport; its text is kept without the secret."""
    text = describe(error)
    if route is not None:
        text = f"{route.describe()}: {text}"
    return TransportFailure(
        redact(text, secret),
        not_sent=isinstance(error, _NOT_SENT) or (route is not None and route.is_tunnel_missing),
        non_retryable=_is_non_retryable(error),
        is_timeout=isinstance(error, (httpx.TimeoutException, TimeoutError)),
        name=type(error).__name__,
        advice=next((_ADVICE[type(cause)] for cause in _causes(error) if type(cause) in _ADVICE), None),
    )


def describe(error: BaseException) -> str:
    """What an exception says, in a line."""
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), None)
    if words is None:
        return str(error) or type(error).__name__
    return f"{words}: {error}" if str(error) else words


def _is_non_retryable(error: Exception) -> bool:
    return any(isinstance(cause, (ssl.SSLCertVerificationError, *_UNSENDABLE)) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what has led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
