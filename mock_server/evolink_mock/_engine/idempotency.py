"""Idempotency keys: a second request with the same key gets the first response."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

MAX_IDEMPOTENCY_KEYS = 10_000
"""Idempotency keys that are kept; the oldest are dropped first."""
MAX_IDEMPOTENCY_BYTES = 16 * 1024 * 1024
"""Bytes of idempotency keys and of the first responses to them that are kept."""

# How the API refuses these was seen in its responses; no document describes it.
CONFLICT_STATUS = 409
BODY_CONFLICT = "idempotency_conflict"
"""The code if the key was used with another body."""
UNKNOWN_OUTCOME = "paid_outcome_unknown"
"""The code if the first response is still on its way."""


@dataclass(slots=True)
class IdempotencyRecord:
    """The first response to an idempotency key.

    Attributes:
        fingerprint: The fingerprint of the request's body.
        status: The HTTP status.
        body: The body of the response.
        task_id: The task that was created.
        delivered_at: When the response has left the mock, in Unix seconds of its clock.
    """

    fingerprint: bytes
    status: int
    body: bytes
    task_id: str
    delivered_at: float = 0.0

    def set_delivered_at(self, moment: float) -> None:
        """Set when the response has left the mock, which a fault may delay."""
        self.delivered_at = moment

    def conflict(self, fingerprint: bytes, now: float) -> tuple[str, str] | None:
        """Why a second request cannot get this response, as code and message; None if it can."""
        if self.fingerprint != fingerprint:
            return BODY_CONFLICT, "This idempotency key was used with another body"
        if now < self.delivered_at:
            return UNKNOWN_OUTCOME, "The first request with this idempotency key has not been answered yet"
        return None


class IdempotencyStore:
    """The first responses by API key, operation and idempotency key."""

    def __init__(self) -> None:
        self._records: OrderedDict[tuple[str, str, str], IdempotencyRecord] = OrderedDict()
        self._size = 0

    def find(self, api_key: str, operation: str, key: str) -> IdempotencyRecord | None:
        """The first response to a key; None if the key is new."""
        return self._records.get((api_key, operation, key))

    def add(self, api_key: str, operation: str, key: str, record: IdempotencyRecord) -> None:
        """Keep the first response to a key."""
        records = self._records
        records[api_key, operation, key] = record
        self._size += len(key) + len(record.body)
        while len(records) > MAX_IDEMPOTENCY_KEYS or self._size > MAX_IDEMPOTENCY_BYTES:
            (_, _, oldest), dropped = records.popitem(last=False)
            self._size -= len(oldest) + len(dropped.body)

    def __len__(self) -> int:
        return len(self._records)


def fingerprint(body: Any) -> bytes:
    """A digest of a JSON value that does not depend on the order of its members."""
    return sha256(json.dumps(body, sort_keys=True).encode()).digest()
