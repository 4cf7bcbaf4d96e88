"""Idempotency keys: the same key twice creates one task."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

MAX_KEYS = 10_000
"""Keys that are remembered; the oldest are forgotten first."""


# How a key is refused was seen in replies of the API; no document of it says so.
REFUSED = 409
"""The status."""
OTHER_BODY = "idempotency_conflict"
"""The code if the key was used with another body."""
IN_FLIGHT = "paid_outcome_unknown"
"""The code if the first reply is still on its way."""


@dataclass(slots=True)
class Reply:
    """What a key was answered with the first time.

    Attributes:
        digest: Of the body.
        status: The HTTP status.
        body: What was answered.
        task_id: The task that was created.
        lands: When it is out of the mock's hands, in Unix seconds of its clock. The door that
            delivers it says so; a reply that is held up is on its way until then.
    """

    digest: bytes
    status: int
    body: bytes
    task_id: str
    lands: float = 0.0

    def refused(self, mark: bytes, now: float) -> tuple[str, str] | None:
        """Why a second request cannot have this reply, as code and message; None if it can."""
        if self.digest != mark:
            return OTHER_BODY, "This idempotency key was used with another body"
        if now < self.lands:
            return IN_FLIGHT, "The first request with this idempotency key has not been answered yet"
        return None


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
