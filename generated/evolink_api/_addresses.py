# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""Whether an address keeps to a rule on addresses."""

from __future__ import annotations

import ipaddress
import socket
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ._sentences import listed, show

_LOCAL_NAMES = ("localhost", "local", "localdomain", "internal", "home.arpa")
# Where a translator stands, these lead to the IPv4 address in their last 32 bits.
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


def url_fault(url: str, rule: Mapping[str, Any], *, allow_local: bool = False) -> str | None:
    """What is wrong with an address under an `x-evolink-url` rule, or None.

    Args:
        url: The address.
        rule: `schemes` it may have; `public`: whether its host must be one that the world can reach.
        allow_local: Take http, loopback and private hosts too.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"{show(url)} is not an address"
    if any(char.isspace() or char == "\\" or not char.isprintable() for char in url):
        # Programs differ in what they make of these, and so in the host they see.
        return f"{show(url)} is not an address"
    schemes = rule.get("schemes")
    if schemes and parts.scheme not in schemes and not (allow_local and parts.scheme == "http"):
        return f"{show(url)} must begin with {listed([f'{scheme}://' for scheme in schemes], 'or', raw=True)}"
    if not host:
        return f"{show(url)} has no host"
    if rule.get("public") and not allow_local and not _is_public(host):
        return f"{show(url)} leads to a private or loopback address"
    return None


def _is_public(host: str) -> bool:
    name = unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".").rstrip(".").lower()
    if name in _LOCAL_NAMES or name.endswith(tuple(f".{local}" for local in _LOCAL_NAMES)):
        return False
    try:
        address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        try:
            # 127.1, 0x7f.1 and 2130706433 are addresses too, to those who resolve them.
            address = ipaddress.IPv4Address(socket.inet_aton(name))
        except (OSError, UnicodeError, ValueError):
            return True
    if isinstance(address, ipaddress.IPv6Address):
        address = _inner(address)
    return address.is_global and not address.is_multicast


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address leads to, if it is of a kind that holds one."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.teredo:
        return address.teredo[1]
    if any(address in network for network in _TRANSLATED):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
