"""What an error of the transport means for the request: pure functions over httpx's exceptions."""

from __future__ import annotations

import ssl
from typing import NamedTuple

import httpx

# What a transport may raise; everything else is the user's own (a hook, a test's assertion) and passes.
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)

_UNSENDABLE = (httpx.UnsupportedProtocol, httpx.InvalidURL)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, *_UNSENDABLE)


class TransportFailure(NamedTuple):
    """What is kept of a transport's exception, which itself holds the request and so the API key."""

    text: str
    # Not a byte of the request can have reached the other side.
    not_sent: bool
    # The next attempt is bound to fail too: a bad address, a certificate that does not verify.
    non_retryable: bool
    is_timeout: bool


# A transport that returns neither a response nor an error is broken, but no reason to crash.
NO_RESPONSE = TransportFailure("no reply", not_sent=False, non_retryable=False, is_timeout=False)


def failure_of(error: Exception, secret: str = "") -> TransportFailure:
    """Classify an exception of a transport; its text is kept without the secret."""
    text = describe(error)
    return TransportFailure(
        text.replace(secret, "***") if secret else text,
        not_sent=isinstance(error, _NOT_SENT),
        non_retryable=_is_non_retryable(error),
        is_timeout=isinstance(error, (httpx.TimeoutException, TimeoutError)),
    )


def describe(error: BaseException) -> str:
    """Class and message of an exception, in a line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _is_non_retryable(error: Exception) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, (ssl.SSLCertVerificationError, *_UNSENDABLE)):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
