"""Answers from recorded traffic first, from the contract else."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from evolink_api import media_types

from .._adapters.server import EngineApplication
from .._contract.contract import NoRoute
from .._http.json_codec import loads
from .._http.messages import Request, Response
from .._ui.guards import allow_any_origin
from .redaction import HIDDEN, Redactor, is_secret_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from .._contract.contract import Contract
    from .._engine.engine import Engine
    from .._serving.interface import HTTPRequest
    from .har import Exchange


class Recording:
    """Recorded responses by request: method, path, query and body, JSON compared as values.

    The responses to equal requests come in their order; the last one is repeated.

    Args:
        contract: Says where the path of the API begins in a recorded address.
        exchanges: What was recorded, in its order.
    """

    def __init__(self, contract: Contract, exchanges: Iterable[Exchange]) -> None:
        self._contract = contract
        self._redactor = Redactor(contract)
        self._lock = threading.Lock()
        self._responses: dict[Hashable, list[Response]] = {}
        for one in exchanges:
            if one.response is not None:
                self._responses.setdefault(self._identity(one.request), []).append(one.response)

    def take(self, request: Request) -> Response | None:
        """The next response to a request; None if none is recorded."""
        with self._lock:
            self._redactor.learn(request)
            responses = self._responses.get(self._identity(request))
            if responses is None:
                return None
            found = responses.pop(0) if len(responses) > 1 else responses[0]
        return Response.of(
            found.status, found.body, {"content-type": "application/octet-stream", **found.headers}
        )

    def _identity(self, request: Request) -> Hashable:
        """What equal requests have in common; it has no key in it, since recorded requests have none."""
        pairs = parse_qsl(request.query, keep_blank_values=True)
        query = sorted(
            (name, HIDDEN if is_secret_name(name) else self._redactor.text(value)) for name, value in pairs
        )
        path = self._redactor.text(self._api_path(request.method, request.path))
        return request.method, path, tuple(query), _canonical(request, self._redactor.content(request.body))

    def _api_path(self, method: str, path: str) -> str:
        """A path without the prefix of a gateway that the traffic was recorded through."""
        start = 0
        while start >= 0:
            try:
                self._contract.find(method, path[start:])
            except NoRoute:
                start = path.find("/", start + 1)
            else:
                return path[start:]
        return path


class ReplayApplication(EngineApplication):
    """An engine that is asked only for what was not recorded.

    Args:
        engine: Answers the other requests.
        recording: Answers first.
        **options: Those of `EngineApplication`.
    """

    def __init__(self, engine: Engine, recording: Recording, **options: Any) -> None:
        super().__init__(engine, **options)
        self._recording = recording

    def handle(self, request: HTTPRequest) -> Response:
        """Answer a request."""
        path, _, query = request.target.partition("?")
        sent = Request(request.method, path, query, request.headers, request.body)
        recorded = self._recording.take(sent)
        if recorded is None:
            return super().handle(request)
        # What the API answers to pages of its own origin is no use to another page.
        return allow_any_origin(recorded) if "origin" in request.headers else recorded


def _canonical(request: Request, body: bytes) -> str | bytes:
    """A body in one form of those that mean the same."""
    declared = request.headers.get("content-type", "")
    if media_types.essence(declared) == media_types.MULTIPART:
        _, _, boundary = declared.partition("boundary=")
        boundary = boundary.partition(";")[0].strip().strip('"')
        return body.replace(boundary.encode("latin-1"), b"boundary") if boundary else body
    try:
        return json.dumps(loads(body), sort_keys=True)
    except ValueError:
        return body
