"""Compares every reply of the mock with the documents, in every test."""

import json
from typing import Any

from contract import replies


class ReplyChecker:
    """Collects violations of documented reply schemas.

    Attributes:
        is_disabled: For tests that make the mock break the documents.
        checked: How many replies were compared with a schema.
        violations: What was wrong with them.
    """

    def __init__(self) -> None:
        self.is_disabled = False
        self.checked = 0
        self.violations: list[str] = []

    def check(self, method: str, path: str, status: int, body: bytes) -> None:
        """Compare one reply with its documented schema, if there is one."""
        operation = replies.operation_at(method, path)
        if self.is_disabled or operation is None or replies.schema_of(operation, status) is None:
            return
        self.checked += 1
        try:
            value: Any = json.loads(body)
        except ValueError:
            self.violations.append(f"{method} {path}: {status} is not JSON")
            return
        for violation in replies.violations(operation, status, value):
            self.violations.append(f"{method} {path}: {status}: {violation}")
