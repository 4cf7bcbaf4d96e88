"""Exchanges as entries of an HTTP Archive (HAR 1.2), and back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from .._http.messages import Request, Response
from .decoding import is_readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from .redaction import Redactor

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a body that are recorded."""

_VERSION = "HTTP/1.1"
_FRAMING = {
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "proxy-connection",
    "set-cookie",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


class HarError(ValueError):
    """A file that is not an HTTP Archive."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was sent, and what came of it.

    Attributes:
        request: The request; its origin is where it was sent.
        response: The response, decoded where that is possible; None if none came.
        started: When it was sent, in Unix seconds.
        seconds: Until the response was complete.
        problem: Why there is no response.
    """

    request: Request
    response: Response | None
    started: float
    seconds: float
    problem: str = ""


def entry_of(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """An exchange as an entry, without keys."""
    request, response = exchange.request, exchange.response
    milliseconds = round(exchange.seconds * 1000, 3)
    query = redactor.query(request.query)
    url = redactor.text(f"{request.origin}{request.path}") + (f"?{query}" if query else "")
    sent: dict[str, Any] = {
        "method": request.method,
        "url": url,
        "httpVersion": _VERSION,
        "cookies": [],
        "headers": _headers(request.headers.items(), redactor),
        "queryString": _pairs(query),
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        media_type = redactor.text(request.headers.get("content-type", ""))
        content = _recorded(request, redactor)
        if "encoding" in content:  # HAR 1.2 has this field for responses only, and `_` for those of others
            content["_encoding"] = content.pop("encoding")
        sent["postData"] = {"mimeType": media_type, "params": [], **content}
    received: dict[str, Any] = {
        "status": 0,
        "statusText": "",
        "httpVersion": _VERSION,
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": ""},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }
    if response is not None:
        media_type = redactor.text(response.headers.get("content-type", ""))
        received |= {
            "status": response.status,
            "statusText": _phrase(response.status),
            "headers": [
                *_headers(response.headers.items(), redactor),
                *_headers((("set-cookie", cookie) for cookie in response.cookies), redactor),
            ],
            "content": {
                "size": len(response.body),
                "mimeType": media_type,
                **_recorded(response, redactor),
            },
            "redirectURL": redactor.text(response.headers.get("location", "")),
            "bodySize": len(response.body),
        }
    entry = {
        "startedDateTime": datetime.fromtimestamp(exchange.started, UTC).isoformat(timespec="milliseconds"),
        "time": milliseconds,
        "request": sent,
        "response": received,
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }
    return entry | ({"comment": redactor.text(exchange.problem)} if exchange.problem else {})


def read_har(path: Path) -> list[Exchange]:
    """The exchanges of a file that have a response.

    Raises:
        HarError: It cannot be read, or it is not an HTTP Archive.
    """
    try:
        value = json.loads(path.read_bytes())
        entries = value["log"]["entries"]
    except OSError as error:
        raise HarError(f"{path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise HarError(f"{path}: not an HTTP Archive: it has no `log` with `entries`") from error
    exchanges = []
    for index, entry in enumerate(entries):
        try:
            exchange = _exchange(entry)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise HarError(f"{path}: entry {index} is not one of an HTTP Archive: {error!r}") from error
        if exchange.response is not None:
            exchanges.append(exchange)
    return exchanges


def _exchange(entry: Mapping[str, Any]) -> Exchange:
    sent, received = entry["request"], entry["response"]
    parts = urlsplit(sent["url"])
    request = Request(
        sent["method"].upper(),
        parts.path or "/",
        parts.query,
        _headers_of(sent),
        _bytes(sent.get("postData") or {}),
        f"{parts.scheme}://{parts.netloc}",
    )
    status = int(received["status"])
    if not 100 <= status <= 999:
        return Exchange(request, None, 0, 0)
    headers = {name: value for name, value in _headers_of(received).items() if name not in _FRAMING}
    return Exchange(request, Response(status, headers, _bytes(received.get("content") or {})), 0, 0)


def _headers(headers: Iterable[tuple[str, str]], redactor: Redactor) -> list[dict[str, str]]:
    return [{"name": redactor.text(name), "value": redactor.header(name, value)} for name, value in headers]


def _headers_of(message: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for one in message.get("headers") or ():
        name = str(one["name"]).lower()
        if not name.startswith(":"):  # HTTP/2 writes method and path as headers
            value = str(one["value"])
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _pairs(query: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)]


def _recorded(message: Request | Response, redactor: Redactor) -> dict[str, str]:
    """A body as text; as base64 if it is none. In one that is compressed no key could be hidden."""
    if len(message.body) > MAX_BODY or not is_readable(message):
        return {"text": "", "comment": f"{len(message.body)} bytes are left out"}
    body = redactor.content(message.body)
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def _bytes(content: Mapping[str, Any]) -> bytes:
    text = str(content.get("text") or "")
    is_base64 = "base64" in {content.get("encoding"), content.get("_encoding")}
    return base64.b64decode(text) if is_base64 else text.encode()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
