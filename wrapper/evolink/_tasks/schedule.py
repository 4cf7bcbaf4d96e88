"""When to poll a task again: a pure function of what is known about it.

For a given number of polls the mean delay between the end of a task and its detection is least when the
interval is proportional to 1/sqrt(hazard), the hazard being the rate at which tasks of this age end. The
estimate gives a prior: its error is a factor, so the end is spread evenly over the logarithm of time, from a
third of the estimate to a few times of it. Progress, once it moves, predicts the end better than that: each
poll passes half of the predicted rest, until the end is near enough to wait for it.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from .._http.retry import LONGEST_POLL_DELAY, SHORTEST_POLL_DELAY
from . import prediction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# However long the estimate, and whatever progress predicts: either may be wrong.
LONGEST_QUIET = 300.0
# Estimates are wrong by about a factor of three either way; a little more on the far side costs nothing.
EARLIEST_END = 1 / 3
LATEST_END = 3.5
# The fraction of the estimate after which one poll asks whether the task reports progress.
FIRST_LOOK = 0.2
# These trade delay against polls; their product hardly depends on them. Without an estimate a task may be of
# any length, and polls are spent before it is known whether it reports progress.
_LOOSENESS = 0.27
_LOOSENESS_WITHOUT_ESTIMATE = 0.8
# The spread of what is left (as a logarithm) never shrinks to nothing.
_LEAST_SPREAD = 0.1
_JITTER = 0.1
# The fraction of the predicted rest to let pass: progress may stop, and is seldom a straight line.
_APPROACH = 0.5
# So close to the end, as a fraction of the age, the prediction is believed.
_NEAR = 0.01
# The part of the window for the end that passes between two polls in it.
_PART = 0.3
# A window of so many seconds, at most so many seconds ahead, gets one poll, late in it.
_NARROW, _AHEAD, _LATE = 1.5, 3.0, 0.92
# When progress stops: the interval as a fraction of the age, divided by the number of polls so far.
# One poll more is worth less, the more there have been.
_FINE = 0.05
_FEWEST_POLLS = 4
# How much longer that interval is far from 100 percent.
_FAR = 0.1
# So many polls of a task are as good as any number.
_PLENTY = 10.0
# With fewer polls, a task is next polled so long after its predicted end, as a fraction of its age.
_MARGIN = 0.02
# A window for the end that is this fraction of the rest is waited for to its middle only, if more polls than
# these are left.
_WIDE, _FEW = 0.5, 1.5
# Without a prediction, the delay as a multiple of the age never exceeds this.
_MOST_BLIND = 4.0
# Nor does any delay exceed so many seconds, without a prediction and with one.
_LONGEST_BLIND, LONGEST_SPARING = 600.0, 900.0


def next_delay(
    age: float,
    estimate: float | None = None,
    levels: Sequence[prediction.Level] = (),
    jitter: Callable[[], float] = random.random,
) -> float:
    """Seconds from one poll, which found the task still running, to the next.

    Args:
        age: The age of the task at that poll, in seconds.
        estimate: How long the API expects the task to take in all, in seconds.
        levels: The progress that replies have shown, from `prediction.observe`.
        jitter: A number in [0, 1); clients that started together drift apart.
    """
    age = max(0.0, age)
    luck = jitter()
    factor = 1.0 + _JITTER * (2.0 * luck - 1.0)
    seen = prediction.moving(levels)
    if seen:
        # One level shows that progress moves, several show how. Never trust more than has been seen.
        trusted = age if len(seen) == 1 else 2.0 * age
        return max(min(_by_progress(age, levels, factor), trusted, LONGEST_QUIET), SHORTEST_POLL_DELAY)
    if estimate is None or not 0 < estimate < math.inf:
        delay = _LOOSENESS_WITHOUT_ESTIMATE * math.sqrt(age)
    else:
        for fraction in (FIRST_LOOK, EARLIEST_END):
            quiet = min(estimate * fraction, LONGEST_QUIET) - age
            if quiet > SHORTEST_POLL_DELAY / 2:
                return max(quiet * (1.0 + _JITTER * luck), SHORTEST_POLL_DELAY)
        delay = _by_estimate(age, estimate)
    # Never looser than what has passed allows to believe.
    return max(min(delay, age, LONGEST_POLL_DELAY) * factor, SHORTEST_POLL_DELAY)


def sparing_delay(
    age: float,
    allowance: float,
    estimate: float | None = None,
    levels: Sequence[prediction.Level] = (),
    jitter: Callable[[], float] = random.random,
) -> float:
    """As `next_delay`, for a task that may be polled a few times only: rather late than once more.

    If nothing is known of its end, a task is as likely to end before twice its age as after that. Then it
    costs `allowance` polls on average, if each age is `allowance / (allowance - 1)` times the last.

    Args:
        age: As for `next_delay`.
        allowance: How many polls the task may still cost.
        estimate: As for `next_delay`.
        levels: As for `next_delay`.
        jitter: As for `next_delay`.
    """
    age = max(0.0, age)
    usual = next_delay(age, estimate, levels, jitter)
    if allowance >= _PLENTY:
        return usual
    blind = min(age * min(1 / max(allowance - 1, 1e-9), _MOST_BLIND), _LONGEST_BLIND)
    if not prediction.moving(levels):
        is_first_look = estimate is not None and age < FIRST_LOOK * estimate
        return usual if is_first_look else max(usual, blind)
    if prediction.has_stopped(levels, age):
        return max(usual, blind / 2)
    end = prediction.predict_step(levels, age) or _straight_end(levels, age)
    rest = end.latest - age
    if end.latest - end.earliest > _WIDE * rest and allowance > _FEW:
        rest = (end.earliest + end.latest) / 2 - age
    late = rest + max(_MARGIN * age, SHORTEST_POLL_DELAY)
    return max(usual, min(late, max(2 * age, blind), LONGEST_SPARING))


def _straight_end(levels: Sequence[prediction.Level], age: float) -> prediction.Window:
    """When steady progress ends; of one level, as if it were a straight line."""
    predicted = prediction.predict_end(levels, age) if len(prediction.moving(levels)) > 1 else None
    if predicted is not None:
        return predicted
    latest = levels[-1]
    end = latest.first * 100 / latest.percent
    return prediction.Window(end, end)


def _by_estimate(age: float, estimate: float) -> float:
    """The interval if progress does not move."""
    spread = math.log(estimate * LATEST_END) - math.log(max(age, SHORTEST_POLL_DELAY))
    # Past its latest end a task is one of which nothing is known, and more so with time.
    spread = max(spread if spread > 0 else min(-spread, 1.0), _LEAST_SPREAD)
    return _LOOSENESS * math.sqrt(age * spread)


def _by_progress(age: float, levels: Sequence[prediction.Level], factor: float) -> float:
    """The interval if progress has moved."""
    *before, latest = levels
    polls = max(sum(level.replies for level in before), _FEWEST_POLLS)
    # Steady until progress has stood still for as long as it moved, then growing.
    fine = _FINE * max(latest.first, age - latest.first) / polls
    step = prediction.predict_step(levels, age)
    if step is not None:
        is_last = 2 * latest.percent - before[-1].percent >= 100
        rest = (step.earliest if is_last else step.latest) - age
        return rest if rest > fine else fine * factor
    if prediction.has_stopped(levels, age):
        left = (100 - latest.percent) / latest.percent
        return min(fine + _FAR * age * left**2, age / 2) * factor
    end = prediction.predict_end(levels, age)
    if end is None:
        return age / latest.percent * factor
    return _towards(end, age, factor)


def _towards(end: prediction.Window, age: float, factor: float) -> float:
    """The interval on the way to a predicted end."""
    width = end.latest - end.earliest
    late = end.earliest + _LATE * width - age
    if width <= _NARROW and late > SHORTEST_POLL_DELAY / 2 and end.latest - age <= _AHEAD:
        return late
    earliest = max(end.earliest, age)
    middle = (earliest + end.latest) / 2
    return min(
        earliest - age + _PART * width * factor,
        max(_APPROACH * (middle - age), _NEAR * age, SHORTEST_POLL_DELAY),
    )
