"""How soon completion is noticed, and at how many polls: our schedule against fixed intervals.

For the same simulated tasks (30 to 900 s, estimates wrong by a factor of 0.3 to 3, or none) it computes the
mean delay between end and detection times the mean number of polls. Looser polling trades one for the other,
so their product compares schedules. Progress has one shape in each row, and the row shows the worst of its
parameters; the notes show single durations. No network and no sleep: the schedule is a pure function.
"""

from __future__ import annotations

import argparse
import math
import random
from typing import TYPE_CHECKING, NamedTuple

from _table import TITLES, Row

from evolink._tasks.prediction import Level, observe
from evolink._tasks.schedule import next_delay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    # From the fraction of a task's time to the fraction of its progress.
    Curve = Callable[[float], float]

FIXED = (1.0, 2.0, 3.0, 5.0, 10.0)
DURATIONS = (30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0)
# None, too short, right, too long: each as multiples of the duration.
ESTIMATES = (None, (0.3, 0.37), (0.9, 1.1), (2.7, 3.3))
EXPONENTS = (0.6, 0.7, 0.8, 0.9, 1.2, 1.4, 1.6)
LATE_STARTS = (0.05, 0.1, 0.2, 0.3)
STANDING = (0.05, 0.1, 0.2, 0.3, 0.5)
WHAT = "noticing completion: mean delay x polls"
WHAT_WITHOUT_ESTIMATE = "the same without an estimate"


class SimulatedTask(NamedTuple):
    """A task: its duration, its estimate, and how its progress develops."""

    duration: float
    estimate: float | None
    curve: Curve

    def progress(self, age: float) -> int:
        """Progress in whole percent, as the API reports it."""
        return min(99, int(100 * self.curve(age / self.duration) + 1e-9))


class Score(NamedTuple):
    """The cost of a schedule."""

    delay: float
    polls: float

    @property
    def product(self) -> float:
        """Seconds times polls: less is better."""
        return self.delay * self.polls


class Family(NamedTuple):
    """Tasks whose progress has one shape."""

    name: str
    target: float
    curves: dict[str, Curve]


def families() -> list[Family]:
    """Each shape of progress, with the share of a fixed interval that it has to reach."""
    return [
        Family("straight", 0.10, {"1": bent(1.0)}),
        Family("bent", 0.10, {f"{exponent:g}": bent(exponent) for exponent in EXPONENTS}),
        Family("late start", 0.15, {f"{start:g}": late(start) for start in LATE_STARTS}),
        Family("steps", 0.20, {"0, 10, 50, 90": steps}),
        *(
            Family(f"standing at 95 for {fraction:g} of the time", 0.10 + fraction, {"": standing(fraction)})
            for fraction in STANDING
        ),
    ]


def bent(exponent: float) -> Curve:
    """Progress is a power of time."""
    return lambda time: time**exponent


def late(start: float) -> Curve:
    """Nothing at first, then a straight line."""
    return lambda time: max(0.0, (time - start) / (1 - start))


def steps(time: float) -> float:
    """Few values, each for the same time."""
    return (0.0, 0.1, 0.5, 0.9)[min(int(4 * time), 3)]


def standing(fraction: float) -> Curve:
    """A straight line to 95 percent, where it stays for the last fraction of the time."""
    return lambda time: 0.95 * min(1.0, time / (1 - fraction))


def nothing(_time: float) -> float:
    """No progress is reported."""
    return 0.0


def simulated_tasks(
    curve: Curve,
    count: int,
    durations: tuple[float, float] = (30.0, 900.0),
    factors: tuple[float, float] | None = (0.3, 3.0),
) -> list[SimulatedTask]:
    """Tasks of durations and of errors of the estimate that are even by ratio."""
    draw = random.Random(1)  # noqa: S311 - a simulation, not a secret
    tasks = []
    for _ in range(count):
        duration = math.exp(draw.uniform(*map(math.log, durations)))
        factor = None if factors is None else math.exp(draw.uniform(*map(math.log, factors)))
        tasks.append(SimulatedTask(duration, None if factor is None else duration * factor, curve))
    return tasks


def score(tasks: Sequence[SimulatedTask], poll: Callable[[SimulatedTask], tuple[float, int]]) -> Score:
    """Mean delay and mean polls of a schedule."""
    found = [poll(task) for task in tasks]
    return Score(sum(delay for delay, _ in found) / len(found), sum(polls for _, polls in found) / len(found))


def fixed(interval: float) -> Callable[[SimulatedTask], tuple[float, int]]:
    """Poll at a fixed interval."""

    def poll(task: SimulatedTask) -> tuple[float, int]:
        polls = math.ceil(task.duration / interval)
        return polls * interval - task.duration, polls

    return poll


def scheduled() -> Callable[[SimulatedTask], tuple[float, int]]:
    """Poll as the client does."""
    draw = random.Random(1)  # noqa: S311 - a simulation, not a secret

    def poll(task: SimulatedTask) -> tuple[float, int]:
        age, polls = 0.0, 0
        levels: list[Level] = []
        while age < task.duration:
            observe(levels, age, task.progress(age))
            age += next_delay(age, task.estimate, levels, draw.random)
            polls += 1
        return age - task.duration, polls

    return poll


def best_fixed(tasks: Sequence[SimulatedTask]) -> tuple[float, Score]:
    """The fixed interval that these tasks are cheapest at, and its score."""
    scores = ((interval, score(tasks, fixed(interval))) for interval in FIXED)
    return min(scores, key=lambda item: item[1].product)


def share(tasks: Sequence[SimulatedTask]) -> tuple[float, Score]:
    """The product of our schedule as a share of the best fixed interval's, and our score."""
    ours = score(tasks, scheduled())
    return ours.product / best_fixed(tasks)[1].product, ours


def by_duration(curves: Iterable[Curve], count: int) -> str:
    """The worst shares at single durations, over all curves and estimates."""
    curves = list(curves)
    parts = []
    for duration in DURATIONS:
        near = (duration / 1.15, duration * 1.15)
        worst = max(
            share(simulated_tasks(curve, count, near, factors))[0]
            for curve in curves
            for factors in ESTIMATES
        )
        parts.append(f"{worst:.2f} at {duration:g} s")
    return ", ".join(parts)


def measure(count: int = 1000) -> list[Row]:
    """Seconds times polls, for the same tasks, of the best fixed interval and of our schedule."""
    tasks = simulated_tasks(nothing, 20 * count)
    interval, best = best_fixed(tasks)
    rows = [Row(WHAT, f"every {interval:g} s (the best fixed)", "s x polls", [best.product])]
    ratio, ours = share(tasks)
    rows.append(_row(WHAT, "without progress", ours, ratio, 0.72))
    for family in families():
        durations = by_duration(family.curves.values(), count // 20)
        for what, factors in ((WHAT, (0.3, 3.0)), (WHAT_WITHOUT_ESTIMATE, None)):
            shares = {
                name: share(simulated_tasks(curve, count, factors=factors))
                for name, curve in family.curves.items()
            }
            worst = max(shares, key=lambda name: shares[name][0])
            notes = []
            if len(shares) > 1:
                notes.append(", ".join(f"{ratio:.3f} at {name}" for name, (ratio, _) in shares.items()))
            if what == WHAT:
                notes.append(f"the worst of all estimates: {durations}")
            ratio, ours = shares[worst]
            rows.append(_row(what, family.name, ours, ratio, family.target, *notes))
    return sorted(rows, key=lambda row: row.what != WHAT)


def _row(what: str, name: str, ours: Score, ratio: float, target: float, *notes: str) -> Row:
    note = "; ".join([f"{ours.delay:.1f} s at {ours.polls:.1f} polls", *notes])
    return Row(what, f"evolink, {name}", "s x polls", [ours.product], ratio, f"<= {target:.2f}", note)


def main() -> int:
    """Print the table; exit 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--tasks", type=int, default=1000)
    rows = measure(parser.parse_args().tasks)
    print(" | ".join(TITLES))
    for row in rows:
        print(" | ".join([*row.cells(), row.note]))
    return 1 if any(row.is_met is False for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
