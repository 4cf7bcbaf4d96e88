"""What a failure of the transport means for the request: pure functions over httpx's exceptions."""

from __future__ import annotations

import ssl

import httpx

# What a transport may raise; everything else is the user's own (a hook, a test's assertion) and passes.
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_UNSENDABLE = (httpx.UnsupportedProtocol, httpx.InvalidURL)


def surely_unsent(error: BaseException | None) -> bool:
    """Whether not a byte of the request can have reached the API."""
    return isinstance(error, (*_UNSENT, *_UNSENDABLE))


def is_hopeless(error: BaseException | None) -> bool:
    """Whether the next attempt is bound to fail too: a bad address, a certificate that does not verify."""
    if isinstance(error, _UNSENDABLE):
        return True
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def is_timeout(error: BaseException | None) -> bool:
    """Whether time ran out."""
    return isinstance(error, (httpx.TimeoutException, TimeoutError))


def describe(error: BaseException) -> str:
    """What happened, in a line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
