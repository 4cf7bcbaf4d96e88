"""Addresses in the one form in which clients send them."""

from __future__ import annotations

from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def authority(url: str) -> str:
    """The host of an address, `host[:port]`, in lower case and without the default port of its scheme."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2].lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))


def normalized(url: str) -> str:
    """The address of a server: scheme and host in lower case, no default port, no slash at the end."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{authority(url)}{parts.path.rstrip('/')}"
