"""When to ask for a task again: a pure function of what is known.

For a given number of polls the mean delay between the end of a task and its detection is least when the
interval is proportional to 1/sqrt(hazard), the hazard being the rate at which tasks of this age end. The
estimate gives a prior: its error is a factor, so the end is spread evenly over the logarithm of time, from a
third of the estimate to a few times of it. Progress, once it moves, predicts the end better than that.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from .._http.retry import LONGEST_POLL_DELAY, SHORTEST_POLL_DELAY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Estimates are wrong by about a factor of three either way; a little more on the far side costs nothing.
EARLIEST_END = 1 / 3
LATEST_END = 4.0
# However long the estimate: after this one looks, it may be in another unit.
LONGEST_QUIET = 300.0
# Trades delay against polls; their product hardly depends on it.
_LOOSENESS = 0.5
# The share of the predicted rest to let pass: progress is seldom a straight line.
_APPROACH = 0.55
# How much longer than without progress an interval may get: progress may be made up.
_TRUST = 4.0
# The spread of what is left (as a logarithm) never shrinks to nothing.
_LEAST_SPREAD = 0.1
_JITTER = 0.1


def next_delay(
    age: float,
    estimate: float | None = None,
    seen: Sequence[tuple[float, float]] = (),
    jitter: Callable[[], float] = random.random,
) -> float:
    """Seconds from one poll, which found the task still running, to the next.

    Args:
        age: Of the task at that poll, in seconds.
        estimate: How long the API expects the task to take in all, in seconds.
        seen: Each change of progress: the age at which it was first seen, and the progress in percent.
        jitter: A number in [0, 1); clients that started together drift apart.
    """
    age = max(age, 0.0)
    if estimate is not None and not 0 < estimate < math.inf:
        estimate = None
    rest = _predicted_rest(age, seen)
    quiet = 0.0 if estimate is None else min(estimate * EARLIEST_END, LONGEST_QUIET) - age
    if rest is None and quiet > 0:
        return max(quiet * (1.0 + _JITTER * jitter()), SHORTEST_POLL_DELAY)
    delay = _by_hazard(age, estimate)
    if rest is not None:  # loose far from the end, tight near it
        delay = min(_APPROACH * rest, _TRUST * delay)
    # Never looser than what has passed allows to believe.
    delay = min(delay, age, LONGEST_POLL_DELAY)
    return max(delay * (1.0 + _JITTER * (2.0 * jitter() - 1.0)), SHORTEST_POLL_DELAY)


def _by_hazard(age: float, estimate: float | None) -> float:
    """The interval if only age and estimate are known."""
    spread = 1.0
    if estimate is not None:
        spread = math.log(estimate * LATEST_END / max(age, SHORTEST_POLL_DELAY))
        # Past its latest end a task is one of which nothing is known, and more so with time.
        spread = max(spread if spread > 0 else min(-spread, 1.0), _LEAST_SPREAD)
    return _LOOSENESS * math.sqrt(age * spread)


def _predicted_rest(age: float, seen: Sequence[tuple[float, float]]) -> float | None:
    """Seconds to the end if progress goes on as it did; None until it has been seen to move."""
    moving = [(when, progress) for when, progress in seen if progress > 0]
    if len(moving) < 2:  # a single value says nothing: some APIs show 1 from the start
        return None
    (first, low), (last, high) = moving[0], moving[-1]
    if last <= first or high <= low:
        return None
    rest = max(100.0 - high, 1.0) * (last - first) / (high - low)
    still = age - last
    # Progress that stands still makes the prediction worth less and less: expect as much again.
    return max(rest - still, still)
