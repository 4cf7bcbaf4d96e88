"""Idempotency keys: the same key twice creates one task."""

from __future__ import annotations

import json
from collections import OrderedDict
from hashlib import sha256
from typing import Any, NamedTuple

MAX_KEYS = 10_000
"""Keys that are remembered; the oldest are forgotten first."""


class Reply(NamedTuple):
    """What a key was answered with the first time."""

    digest: bytes
    status: int
    body: bytes
    task_id: str


class Replays:
    """Replies by API key, operation and idempotency key."""

    def __init__(self) -> None:
        self._replies: OrderedDict[tuple[str, str, str], Reply] = OrderedDict()

    def find(self, owner: str, operation: str, key: str) -> Reply | None:
        """What a key was answered with; None if it is new."""
        return self._replies.get((owner, operation, key))

    def keep(self, owner: str, operation: str, key: str, reply: Reply) -> None:
        """Remember a reply under its key."""
        self._replies[owner, operation, key] = reply
        if len(self._replies) > MAX_KEYS:
            self._replies.popitem(last=False)


def digest(body: Any) -> bytes:
    """The same for bodies that say the same."""
    return sha256(json.dumps(body, sort_keys=True).encode()).digest()
