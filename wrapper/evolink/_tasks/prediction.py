"""When a task will end, predicted from its progress: pure functions.

The API reports whole percents, so each level of progress gives bounds, not a value. Two shapes describe most
tasks: a straight line with any start, and a power of the time since the task was created. Each pair of levels
bounds the end under each shape; the intersection of these bounds is the prediction. A shape that its own
bounds contradict is dropped. Progress in a few large steps has neither shape and is predicted by the times of
its steps.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Progress is at most this power of time, or at least its reciprocal.
_BEND = 1.8
# The levels that a prediction looks at: what is older says little and costs time.
_RECENT = 5
# Progress has stopped when a level lasts this many times longer than one percent did before.
_STOPPED = 1.8
# A level that lasted as long as this many percents on average was a step.
_STEP = 2.5
# The first step must be known within this ratio; otherwise an unseen one would shift all others.
_FIRST_STEP = 0.6


class Level(NamedTuple):
    """A value of progress, and when replies showed it."""

    percent: int
    # The age of the task at the first and the last of these replies, in seconds.
    first: float
    last: float
    replies: int


class Window(NamedTuple):
    """The ages between which something is expected to happen."""

    earliest: float
    latest: float


def observe(levels: list[Level], age: float, progress: float) -> None:
    """Add what a reply shows. Progress that falls, or is not a number, counts as unchanged."""
    percent = int(min(max(0.0, progress), 100.0))
    if not levels:
        levels.append(Level(percent, age, age, 1))
        return
    latest = levels[-1]
    age = max(age, latest.last)
    if percent > latest.percent:
        levels.append(Level(percent, age, age, 1))
    else:
        levels[-1] = latest._replace(last=age, replies=latest.replies + 1)


def moving(levels: Sequence[Level]) -> list[Level]:
    """The levels that say something: some APIs show 1 percent from the start."""
    return [level for level in levels if level.percent > 0 and level.first > 0]


def has_stopped(levels: Sequence[Level], age: float) -> bool:
    """Whether the last level has lasted longer than any steady progress explains."""
    *_, latest = levels
    pace = _pace(levels)
    if len(moving(levels)) > 1:
        pace = max(pace, latest.first / latest.percent)
    return age - latest.first > _STOPPED * pace


def predict_end(levels: Sequence[Level], age: float) -> Window | None:
    """When steady progress reaches 100 percent; None if what is known does not bound it."""
    seen = moving(levels)[-_RECENT:]
    if len(seen) == 1:
        (level,) = seen
        bent = level.first * (100 / (level.percent + 1)) ** (1 / _BEND)
        earliest = min(bent, level.first + (100 - level.percent) * _pace(levels))
        return Window(earliest, earliest)
    bounds = [_intersect(shape, seen) for shape in (_line, _power)]
    windows = [window for window, is_consistent in bounds if is_consistent] or [
        window for window, _ in bounds
    ]
    windows = [window for window in windows if age < window.latest < math.inf]
    if not windows:
        return None
    return Window(min(window.earliest for window in windows), max(window.latest for window in windows))


def predict_step(levels: Sequence[Level], age: float) -> Window | None:
    """When progress that comes in steps at even times takes the next one; None if it does not come so."""
    if len(levels) < 3 or levels[0].percent > 0 or levels[0].last < _FIRST_STEP * levels[1].first:
        return None
    percent = age / levels[-1].percent
    if not any(level.last - level.first > _STEP * percent for level in levels[1:-1]):
        return None
    shortest = max(before.last / count for count, before in enumerate(levels[:-1], 1))
    longest = min(after.first / count for count, after in enumerate(levels[1:], 1))
    window = Window(shortest * len(levels), longest * len(levels))
    return window if shortest < longest and age < window.latest else None


def _pace(levels: Sequence[Level]) -> float:
    """Seconds per percent, lately."""
    *before, latest = levels
    if not before:
        return latest.first / latest.percent
    start = before[-1].first if before[-1].percent > 0 else before[-1].last
    return (latest.first - start) / (latest.percent - before[-1].percent)


def _intersect(shape: Callable[[Level, Level], Window], seen: Sequence[Level]) -> tuple[Window, bool]:
    """The bounds under one shape, the newest levels first, and whether all levels agree."""
    earliest, latest = 0.0, math.inf
    for after, before in combinations(reversed(seen), 2):
        window = shape(before, after)
        narrowed = max(earliest, window.earliest), min(latest, window.latest)
        if narrowed[0] >= narrowed[1]:
            return Window(earliest, latest), False
        earliest, latest = narrowed
    return Window(earliest, latest), True


def _line(before: Level, after: Level) -> Window:
    """The bounds if progress is a straight line through two levels."""
    elapsed = after.first - before.first
    gained = after.percent - before.percent
    return Window(
        after.first + max(99 - after.percent, 0) * elapsed / (gained + 1),
        after.first + (100 - after.percent) * elapsed / (gained - 1) if gained > 1 else math.inf,
    )


def _power(before: Level, after: Level) -> Window:
    """The bounds if progress is a power of the task's age; `latest` is less if it is none."""
    ratio = math.log(after.first / before.first)
    least = ratio / math.log((after.percent + 1) / before.percent)
    gained = after.percent - before.percent
    most = ratio / math.log(after.percent / (before.percent + 1)) if gained > 1 else math.inf
    least, most = max(least, 1 / _BEND), min(most, _BEND)
    if least > most:
        return Window(math.inf, 0.0)
    return Window(
        after.first * max(100 / (after.percent + 1), 1.0) ** least,
        after.first * (100 / after.percent) ** most,
    )
