"""How fast a run may send, and for how long it waits for what does not answer. No I/O."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from .._http.retry import LONGEST_RETRY_AFTER, backoff

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._core.errors import APIError

# A run that has no reply for so long ends; the same command goes on later.
LONGEST_OUTAGE = 1800.0


class Pace:
    """Slows a run down when the API refuses or is not there, and speeds it up again.

    Attributes:
        limit: How many submissions may be in flight.
        resumes_at: When the next request may be sent.
        error: The last failure, as long as nothing has been answered since.
    """

    def __init__(self, limit: int, jitter: Callable[[], float] = random.random) -> None:
        self.limit: int = limit
        self.resumes_at: float = 0.0
        self.error: APIError | None = None
        self._most = limit
        self._jitter = jitter
        self._failures = 0
        self._failing_since = 0.0
        self._accepted = 0

    def failed(self, sent_at: float, now: float, error: APIError) -> None:
        """Note that a request was refused for now, or that the API could not be reached.

        Args:
            sent_at: When it was sent: of those that were in flight together, the first one counts.
            now: The time.
            error: What came of it, perhaps with the pause that the API asks for.
        """
        if self.error is None:
            self._failing_since = now
        self.error = error
        self._accepted = 0
        if self._failures == 0 or sent_at >= self.resumes_at:
            self._failures += 1
            self.limit = max(1, self.limit // 2)
            self.resumes_at = now + backoff(self._failures, self._jitter)
        if error._retry_after is not None:
            self.resumes_at = max(self.resumes_at, now + min(error._retry_after, LONGEST_RETRY_AFTER))

    def answered(self) -> None:
        """Note a reply of the API to anything: it is there."""
        self.error = None

    def succeeded(self) -> None:
        """Note an accepted submission; as many in a row as may be in flight allow one more."""
        self.answered()
        self._failures = 0
        self._accepted += 1
        if self._accepted >= self.limit:
            self._accepted = 0
            self.limit = min(self.limit + 1, self._most)

    def is_outage(self, now: float) -> bool:
        """Whether nothing has been answered for too long."""
        return self.error is not None and now - self._failing_since >= LONGEST_OUTAGE


class OutageTimeout:
    """How long a run waits for what is out of reach.

    Attributes:
        limit: Seconds.
    """

    def __init__(self) -> None:
        self.limit: float = LONGEST_OUTAGE
        self._failing_since: float | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the last attempt has failed."""
        return self._failing_since is not None

    def failed(self, now: float) -> bool:
        """Note that an attempt has failed; returns whether to wait on."""
        if self._failing_since is None:
            self._failing_since = now
        return now - self._failing_since < self.limit

    def succeeded(self) -> None:
        """Note that it is in reach."""
        self._failing_since = None
