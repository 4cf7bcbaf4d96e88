"""How soon completion is noticed, and at how many polls: our schedule against fixed intervals.

For the same simulated tasks (30 to 900 s, estimates wrong by a factor of 0.3 to 3) it computes the mean delay
between completion and detection times the mean number of polls. Less polling trades one for the other, so
their product compares schedules. No network and no sleep: the schedule is a pure function.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from typing import TYPE_CHECKING, NamedTuple

from _table import Row

from evolink._tasks.schedule import next_delay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FIXED = (1.0, 2.0, 3.0, 5.0, 10.0)
TARGETS = {"without progress": 0.72, "with progress": 0.10}


class SimulatedTask(NamedTuple):
    """A task: its duration, its estimate, and how its progress develops."""

    duration: float
    estimate: float
    # Progress stays at 0 for this long, as in a queue.
    queued: float
    # The exponent of progress: linear if 1, early if less, late if more.
    bend: float

    def progress(self, age: float) -> int:
        """Progress in whole percent, as the API reports it."""
        if age <= self.queued:
            return 0
        return min(99, int(100 * ((age - self.queued) / (self.duration - self.queued)) ** self.bend))


class Score(NamedTuple):
    """The cost of a schedule."""

    delay: float
    polls: float
    longest: float

    @property
    def product(self) -> float:
        """Seconds times polls: less is better."""
        return self.delay * self.polls


def simulated_tasks(count: int, seed: int) -> list[SimulatedTask]:
    """Tasks of every length, evenly by ratio, and estimates wrong by up to about three either way."""
    draw = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    tasks = []
    for _ in range(count):
        duration = math.exp(draw.uniform(math.log(30), math.log(900)))
        factor = math.exp(draw.uniform(math.log(0.3), math.log(3)))
        queued = duration * draw.uniform(0, 0.15)
        bend = math.exp(draw.uniform(math.log(0.7), math.log(1.4)))
        tasks.append(SimulatedTask(duration, duration * factor, queued, bend))
    return tasks


def score(tasks: Iterable[SimulatedTask], observe: Callable[[SimulatedTask], tuple[float, int]]) -> Score:
    """Mean delay and mean polls of a schedule."""
    found = [observe(task) for task in tasks]
    delays = [delay for delay, _ in found]
    return Score(sum(delays) / len(found), sum(polls for _, polls in found) / len(found), max(delays))


def fixed(interval: float) -> Callable[[SimulatedTask], tuple[float, int]]:
    """Poll at a fixed interval in seconds."""

    def observe(task: SimulatedTask) -> tuple[float, int]:
        polls = math.ceil(task.duration / interval)
        return polls * interval - task.duration, polls

    return observe


def scheduled(*, shows_progress: bool, seed: int) -> Callable[[SimulatedTask], tuple[float, int]]:
    """Poll as the client does."""
    draw = random.Random(seed)  # noqa: S311 - a simulation, not a secret

    def observe(task: SimulatedTask) -> tuple[float, int]:
        age, polls = 0.0, 0
        seen: list[tuple[float, float]] = []
        while True:
            age += next_delay(age, task.estimate, seen, draw.random)
            polls += 1
            if age >= task.duration:
                return age - task.duration, polls
            progress = task.progress(age) if shows_progress else 0
            if progress > (seen[-1][1] if seen else 0):
                seen.append((age, progress))

    return observe


def measure() -> list[Row]:
    """Seconds times polls, for the same tasks, of the best fixed interval and of our schedule."""
    tasks = simulated_tasks(20_000, seed=1)
    fixed_scores = {interval: score(tasks, fixed(interval)) for interval in FIXED}
    interval, best = min(fixed_scores.items(), key=lambda item: item[1].product)
    what = "noticing completion: mean delay x polls"
    rows = [Row(what, f"every {interval:g} s (the best fixed)", "s x polls", [best.product])]
    for name, target in TARGETS.items():
        found = score(tasks, scheduled(shows_progress=name == "with progress", seed=1))
        note = f"{found.delay:.1f} s at {found.polls:.1f} polls; fixed: {best.delay:.1f} at {best.polls:.1f}"
        ratio = found.product / best.product
        rows.append(
            Row(what, f"evolink, {name}", "s x polls", [found.product], ratio, f"<= {target:.2f}", note)
        )
    return rows


def main() -> int:
    """Print the table, or the same as JSON; exit 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    tasks = simulated_tasks(options.tasks, options.seed)
    rows = {f"every {interval:g} s": score(tasks, fixed(interval)) for interval in FIXED}
    best = min(row.product for row in rows.values())
    for name in TARGETS:
        shows_progress = name == "with progress"
        rows[name] = score(tasks, scheduled(shows_progress=shows_progress, seed=options.seed))
    is_met = all(rows[name].product <= target * best for name, target in TARGETS.items())

    if options.json:
        table = {
            name: {**row._asdict(), "product": row.product, "ratio": row.product / best}
            for name, row in rows.items()
        }
        print(json.dumps({"rows": table, "targets": TARGETS, "met": is_met}, indent=2))
    else:
        print(
            f"{'schedule':<18}{'delay s':>9}{'polls':>8}{'product':>9}{'ratio':>8}{'target':>8}{'longest':>9}"
        )
        for name, row in rows.items():
            target = f"{TARGETS[name]:.2f}" if name in TARGETS else ""
            print(
                f"{name:<18}{row.delay:>9.2f}{row.polls:>8.1f}{row.product:>9.1f}"
                f"{row.product / best:>8.3f}{target:>8}{row.longest:>9.1f}"
            )
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
