"""What a failure of the transport means for the request: pure functions over httpx's exceptions."""

from __future__ import annotations

import ssl
from typing import NamedTuple

import httpx

# What a transport may raise; everything else is the user's own (a hook, a test's assertion) and passes.
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)

_UNSENDABLE = (httpx.UnsupportedProtocol, httpx.InvalidURL)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, *_UNSENDABLE)


class Fault(NamedTuple):
    """What is kept of a transport's exception: that itself holds the request, and so the API key."""

    text: str
    # Not a byte of the request can have reached the other side.
    is_unsent: bool
    # The next attempt is bound to fail too: a bad address, a certificate that does not verify.
    is_hopeless: bool
    is_timeout: bool


def fault_of(error: Exception, secret: str = "") -> Fault:
    """Read an exception of a transport; its text is shown without the secret."""
    text = describe(error)
    return Fault(
        text.replace(secret, "***") if secret else text,
        is_unsent=isinstance(error, _UNSENT),
        is_hopeless=_is_hopeless(error),
        is_timeout=isinstance(error, (httpx.TimeoutException, TimeoutError)),
    )


def describe(error: BaseException) -> str:
    """What happened, in a line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _is_hopeless(error: Exception) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, (ssl.SSLCertVerificationError, *_UNSENDABLE)):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
