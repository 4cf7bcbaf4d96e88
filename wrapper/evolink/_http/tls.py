"""The TLS context that all clients of the process share, loaded with the first https connection."""

from __future__ import annotations

import os
import ssl
import threading
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from typing import Self

_contexts: dict[tuple[str | None, str | None], LazySSLContext] = {}
_lock = threading.Lock()


class LazySSLContext(ssl.SSLContext):
    """Verifies like the default context of httpx, and loads the certificates when they are first needed.

    Loading them is nearly all of the time that it takes to make an `httpx.Client`.
    """

    def __new__(cls, _cafile: str | None, _capath: str | None) -> Self:
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, cafile: str | None, capath: str | None) -> None:
        self._cafile = cafile
        self._capath = capath
        self._protocols: list[str] = []
        self._loaded: ssl.SSLContext | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether `load` has nothing left to do."""
        return self._loaded is not None

    def load(self) -> ssl.SSLContext:
        """Read the certificates, once; blocks.

        Raises:
            httpx.ConnectError: They cannot be read.
        """
        if self._loaded is None:
            with _lock:
                if self._loaded is None:
                    self._loaded = self._load()
        return self._loaded

    def _load(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._cafile, capath=self._capath)
        except OSError as error:
            if error.filename is not None:  # named by another variable, such as SSLKEYLOGFILE
                raise httpx.ConnectError(f"TLS cannot be set up ({error})") from error
            source = f"SSL_CERT_FILE={self._cafile}" if self._cafile else f"SSL_CERT_DIR={self._capath}"
            raise httpx.ConnectError(f"{source}: the certificates cannot be read ({error})") from error
        if self._protocols:
            context.set_alpn_protocols(self._protocols)
        return context

    def set_alpn_protocols(self, alpn_protocols: Any) -> None:
        """Set the protocols; each connection sets the same, and other threads may be connecting."""
        protocols = list(alpn_protocols)
        if protocols != self._protocols:
            self._protocols = protocols
            if self._loaded is not None:
                self._loaded.set_alpn_protocols(protocols)

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        """Connect, blocking."""
        return self.load().wrap_socket(*args, **kwargs)

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """Connect through buffers, as async clients and proxies do."""
        return self.load().wrap_bio(*args, **kwargs)


def shared_context() -> LazySSLContext:
    """The context for the environment as it is now: `SSL_CERT_FILE`, else `SSL_CERT_DIR`, else certifi."""
    cafile = os.environ.get("SSL_CERT_FILE") or None
    capath = None if cafile else os.environ.get("SSL_CERT_DIR") or None
    if cafile is None and capath is None:
        import certifi  # noqa: PLC0415 - only where the environment names no certificates

        cafile = certifi.where()
    with _lock:
        key = cafile, capath
        if key not in _contexts:
            _contexts[key] = LazySSLContext(cafile, capath)
        return _contexts[key]


def _replace_lock() -> None:
    """Another thread may have held the lock when the process was forked."""
    global _lock  # noqa: PLW0603 - the lock of the parent stays locked
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_replace_lock)
