"""What is sent again and when, for all that the client sends: submissions, queries, polls and downloads.

Pure functions: no I/O, no clock.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from .transport_errors import TransportFailure

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
# A server may ask for more, but a caller waits no longer than this between two attempts.
LONGEST_RETRY_AFTER = 60.0
SHORTEST_POLL_DELAY = 1.0
LONGEST_POLL_DELAY = 60.0
_MOST_REFUSALS = 3
# Errors after which the API either has done nothing, or answers to the same idempotency key with what it did.
_REPLAYED = frozenset({429, 502, 503})


class RetryDecision(NamedTuple):
    """What follows from a failed attempt."""

    # Whether sending the same again can neither charge twice nor is bound to fail again.
    is_transient: bool
    # Whether the API may have acted on the request all the same.
    outcome_unknown: bool
    # Whether it may be sent once more because the API knows its idempotency key, should it have arrived.
    is_replayable: bool = False


def is_transient_status(status: int) -> bool:
    """Whether the same request may succeed later."""
    return status in {408, 429} or status >= 500


def is_passing(status: int | None, times: int) -> bool:
    """Whether a refused poll may be answered later: a proxy, or a server that lags behind, refuses some.

    Args:
        status: The HTTP status.
        times: How often polls have been refused in a row.
    """
    return times <= _MOST_REFUSALS and status is not None and (300 <= status <= 399 or status in {403, 404})


def after_status(
    status: int,
    *,
    is_safe: bool,
    is_paid: bool = False,
    may_be_charged: bool | None = None,
    trust_idempotency: bool = False,
) -> RetryDecision:
    """Decide on a response that reports an error.

    Args:
        status: The HTTP status, or the one that the body states in its place.
        is_safe: Whether sending the request twice changes nothing.
        is_paid: Whether it costs credits.
        may_be_charged: What the contract says of the error's code; None if it says nothing.
        trust_idempotency: Whether the API is trusted to charge once for one idempotency key.
    """
    if is_safe:
        return RetryDecision(is_transient_status(status), outcome_unknown=False)
    if may_be_charged is False:  # no credits, no rights: as true a moment later
        return RetryDecision(False, outcome_unknown=False)
    outcome_unknown = bool(may_be_charged) or 500 <= status <= 599 or (is_paid and status == 429)
    if is_paid and trust_idempotency:
        return RetryDecision(False, outcome_unknown, is_replayable=status in _REPLAYED)
    # Of the rest, only 429 comes before the request is worked on.
    return RetryDecision(status == 429, outcome_unknown)


def after_invalid_response(*, is_safe: bool) -> RetryDecision:
    """Decide on a response that cannot be read. Arguments as for `after_status`."""
    return RetryDecision(is_safe, outcome_unknown=False)


def after_transport_failure(
    failure: TransportFailure, *, is_safe: bool, is_paid: bool = False, trust_idempotency: bool = False
) -> RetryDecision:
    """Decide on a request without a complete response. Arguments as for `after_status`."""
    is_dropped = not failure.not_sent and not failure.is_timeout and not failure.non_retryable
    return RetryDecision(
        (is_safe or failure.not_sent) and not failure.non_retryable,
        outcome_unknown=not is_safe and not failure.not_sent,
        is_replayable=is_paid and trust_idempotency and is_dropped,
    )


def retry_delay(
    failures: int,
    *,
    is_transient: bool,
    max_retries: int,
    retry_after: float | None = None,
    time_left: float = math.inf,
    jitter: Callable[[], float] = random.random,
) -> float | None:
    """Seconds until the same request is sent again, or None if it is not: of an API call or a download.

    Args:
        failures: How many attempts have failed, this one included.
        is_transient: Whether sending it again is safe and may help.
        max_retries: How many attempts may follow the first.
        retry_after: Seconds that the server asks to wait.
        time_left: Seconds to the deadline; a delay that reaches it is not worth waiting for.
        jitter: A number in [0, 1).
    """
    if not is_transient or failures > max_retries:
        return None
    delay = backoff(failures, jitter) if retry_after is None else min(retry_after, LONGEST_RETRY_AFTER)
    return delay if delay < time_left else None


def poll_delay(usual: float, failures: int, retry_after: float | None) -> float:
    """Seconds from one poll to the next.

    Args:
        usual: The delay that the schedule gives.
        failures: Polls in a row without an answer.
        retry_after: Seconds that the last response asks to wait.
    """
    if not failures:
        return usual if retry_after is None else max(usual, min(retry_after, LONGEST_RETRY_AFTER))
    longest = LONGEST_POLL_DELAY / 2
    delay = max(min(SHORTEST_POLL_DELAY * 2.0 ** min(failures - 1, 16), longest), min(usual, longest))
    if retry_after is None:
        return delay
    return max(min(retry_after, LONGEST_POLL_DELAY), SHORTEST_POLL_DELAY)


def backoff(failures: int, jitter: Callable[[], float] = random.random) -> float:
    """Seconds to wait after so many failures in a row: doubling, capped, jittered down by up to a quarter."""
    return min(FIRST_DELAY * 2.0 ** min(failures - 1, 16), LONGEST_DELAY) * (1.0 - 0.25 * jitter())
