"""Holds every reply of the mock against the documents, in every test."""

import json
from typing import Any

from contract import replies

from evolink_mock import Engine, Request, Response


class Watch:
    """Takes note of replies that are not as documented.

    Attributes:
        is_off: For tests that ask the mock to break the documents.
        seen: How many replies were held against a schema.
    """

    def __init__(self) -> None:
        self.is_off = False
        self.seen = 0
        self.faults: list[str] = []

    def reply(self, method: str, path: str, status: int, body: bytes) -> None:
        """Judge a reply."""
        operation = replies.operation_at(method, path)
        if self.is_off or operation is None or replies.schema_of(operation, status) is None:
            return
        self.seen += 1
        try:
            value: Any = json.loads(body)
        except ValueError:
            self.faults.append(f"{method} {path}: {status} is no JSON")
            return
        for fault in replies.faults(operation, status, value):
            self.faults.append(f"{method} {path}: {status}: {fault}")

    def watched(self, engine: Engine, request: Request) -> Response:
        """The engine's answer, judged."""
        response = _handle(engine, request)
        self.reply(request.method, request.path, response.status, response.body)
        return response


_handle = Engine.handle
