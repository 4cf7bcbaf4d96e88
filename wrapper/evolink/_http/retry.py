"""When to send again, and after how long: no I/O, no clock."""

from __future__ import annotations

import math
import random
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._core.errors import APIError

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
# A server may ask for more, but a caller waits no longer than this between two attempts.
LONGEST_RETRY_AFTER = 60.0


def backoff(failures: int, jitter: Callable[[], float] = random.random) -> float:
    """Seconds to wait after so many failures in a row: doubling, capped, jittered down by up to a quarter."""
    return min(FIRST_DELAY * 2.0 ** min(failures - 1, 16), LONGEST_DELAY) * (1.0 - 0.25 * jitter())


def next_attempt(
    error: APIError,
    failures: int,
    *,
    max_retries: int,
    time_left: float = math.inf,
    jitter: Callable[[], float] = random.random,
) -> float | None:
    """Seconds until the same request is sent again, or None if it is not.

    Args:
        error: What the last attempt ended with; it knows whether sending again is safe.
        failures: How many attempts have failed, this one included.
        max_retries: How many attempts may follow the first.
        time_left: Seconds to the deadline; a delay that reaches it is not worth waiting for.
        jitter: A number in [0, 1).
    """
    if not error._transient or failures > max_retries:
        return None
    delay = backoff(failures, jitter)
    if error._retry_after is not None:
        delay = min(error._retry_after, LONGEST_RETRY_AFTER)
    return delay if delay < time_left else None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a reply's `Retry-After` asks for: a number, or an HTTP date.

    A date is taken against the reply's own `Date`, so that clocks that differ do no harm.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        due = _timestamp(value)
        if due is None:
            return None
        sent = _timestamp(headers.get("date", ""))
        seconds = due - (now if sent is None else sent)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _timestamp(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
