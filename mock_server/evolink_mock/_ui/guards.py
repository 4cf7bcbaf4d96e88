"""Which web pages may talk to the mock: the API is open to all, the admin API to its own page alone."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from .._http.messages import Response

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .._http.messages import Request

_FOREIGN_SITES = {"cross-site", "same-site"}
_MAX_AGE = "600"  # seconds for which a browser need not ask again


def refuse_foreign(request: Request, allowed_hosts: Collection[str]) -> Response | None:
    """The refusal of a request to the admin API that another web page may have caused; None for others.

    A page of another origin names it in `Origin`, or is reported by the browser in `Sec-Fetch-Site`. A page
    whose host name was made to resolve to this machine (DNS rebinding) names that host in `Host`.

    Args:
        request: The request.
        allowed_hosts: Host names in lower case that are accepted beside those of the loopback interface.
    """
    authority = request.origin.partition("://")[2]
    name = host_name(authority)
    if not (name in allowed_hosts or _is_loopback(name)):
        return _forbidden(
            "forbidden_host",
            f"the admin API answers under loopback hosts only, and {name!r} is none; "
            f"allow it by --allowed-host {name or 'NAME'}, or create_app(allowed_hosts=[...])",
        )
    origin = request.headers.get("origin")
    if origin is not None and not _is_same_authority(origin, authority):
        return _forbidden(
            "forbidden_origin",
            f"the admin API accepts no request of another origin, and {origin!r} is not http://{authority}; "
            "open the page under the server's own address, or under one named by --allowed-host NAME",
        )
    site = request.headers.get("sec-fetch-site")
    if site in _FOREIGN_SITES:
        return _forbidden(
            "forbidden_origin",
            f"the admin API accepts no request of another origin, and the browser calls this one {site}; "
            "open the page under the server's own address, or under one named by --allowed-host NAME",
        )
    return None


def host_name(authority: str) -> str:
    """The host of `host[:port]` in lower case, without the brackets of an IPv6 address."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    return authority.partition(":")[0].lower().rstrip(".")


def is_preflight(request: Request) -> bool:
    """Whether a browser asks if a page may send another request."""
    headers = request.headers
    return request.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def answer_preflight(request: Request, methods: Iterable[str]) -> Response:
    """Allow a page of any origin to send what it asks for.

    Args:
        request: The preflight.
        methods: Those of the path.
    """
    headers = {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": ", ".join(methods),
        "access-control-max-age": _MAX_AGE,
        "vary": "access-control-request-headers",
    }
    wanted = request.headers.get("access-control-request-headers")
    if wanted:
        headers["access-control-allow-headers"] = wanted  # a `*` would not include Authorization
    return Response(204, headers)


def allow_any_origin(response: Response) -> Response:
    """Let pages of any origin read a response; the API goes by keys, not by cookies."""
    response.headers["access-control-allow-origin"] = "*"
    response.headers["access-control-expose-headers"] = "*"
    return response


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _is_same_authority(origin: str, authority: str) -> bool:
    # Without the scheme: whatever ends TLS before the mock keeps the host and changes the scheme.
    scheme, separator, rest = origin.lower().partition("://")
    return bool(separator) and scheme in {"http", "https"} and rest == authority.lower()


def _forbidden(code: str, message: str) -> Response:
    return Response.json(403, {"error": {"code": code, "message": message}})
