"""Addresses that can be requested."""

from __future__ import annotations

import httpx

_LONGEST_LABEL = 63
_LARGEST_PORT = 65535


def web_address(text: str, base: httpx.URL | None = None) -> httpx.URL | None:
    """An http or https address with a host that can be looked up; None if it is none.

    Args:
        text: The address, or what is relative to `base`.
        base: Where the text was found.
    """
    try:
        url = httpx.URL(text) if base is None else base.join(text)
        if (
            url.scheme in {"http", "https"}
            and url.host  # fails on a punycode that says nothing
            and is_connectable(url)
        ):
            return url
    except (httpx.InvalidURL, ValueError):
        pass  # broken brackets, half surrogate pairs, labels that are not IDNA
    return None


def is_connectable(url: httpx.URL) -> bool:
    """Whether host and port of an address are such that a connection can be tried."""
    return _is_host(url.raw_host.decode()) and (url.port is None or url.port <= _LARGEST_PORT)


def _is_host(host: str) -> bool:
    """Whether a name can be looked up: `socket` fails on empty and long labels with errors of its own."""
    is_escaped = "%" in host and ":" not in host  # other than the zone of an IPv6 address
    return not is_escaped and all(
        0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split(".")
    )
