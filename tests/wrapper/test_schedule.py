import itertools
import math
import random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evolink._http.retry import LONGEST_POLL_DELAY, SHORTEST_POLL_DELAY, poll_delay
from evolink._tasks.prediction import Level, has_stopped, observe, predict_end, predict_step
from evolink._tasks.schedule import LONGEST_QUIET, LONGEST_SPARING, next_delay, sparing_delay
from evolink._tasks.state import PollHistory

ages = st.floats(0, 1e6)
estimates = st.none() | st.floats(allow_nan=True, allow_infinity=True)
lucks = st.floats(0, 1, exclude_max=True)
replies = st.lists(st.tuples(st.floats(0, 1e5), st.floats(allow_nan=True, allow_infinity=True)), max_size=12)


def levels_of(*replies: Any) -> list[Level]:
    levels: list[Level] = []
    for age, progress in replies:
        observe(levels, age, progress)
    return levels


def straight(time: float) -> float:
    return time


def late(time: float) -> float:
    return max(0.0, (time - 0.3) / 0.7)


def steps(time: float) -> float:
    return (0.0, 0.1, 0.5, 0.9)[min(int(4 * time), 3)]


def stuck(time: float) -> float:
    return min(0.95, time)


def hidden(_time: float) -> float:
    return 0.0


curves = st.sampled_from([straight, late, steps, stuck, hidden])


def poll_until_done(curve: Any, duration: float, estimate: float | None, luck: float = 0.5) -> list[float]:
    """The ages of all polls."""
    levels: list[Level] = []
    polls = [0.0]
    while polls[-1] < duration:
        observe(levels, polls[-1], 100 * curve(polls[-1] / duration))
        polls.append(polls[-1] + next_delay(polls[-1], estimate, levels, lambda: luck))
    return polls[1:]


@given(ages, estimates, replies, lucks)
@example(1e6, 5e-324, [], 0.0)
@example(1e6, 1.7e308, [], 0.0)
def test_delay_stays_within_bounds_whatever_the_api_reports(
    age: Any, estimate: Any, replies: Any, luck: Any
) -> None:
    delay = next_delay(age, estimate, levels_of(*replies), lambda: luck)

    assert SHORTEST_POLL_DELAY <= delay <= LONGEST_QUIET * 1.1


@given(ages, replies, lucks)
def test_interval_without_estimate_is_at_most_twice_the_age(age: Any, replies: Any, luck: Any) -> None:
    assert next_delay(age, None, levels_of(*replies), lambda: luck) <= max(SHORTEST_POLL_DELAY, 2 * age)


@given(ages, lucks)
def test_interval_without_any_information_grows_no_faster_than_the_age(age: Any, luck: Any) -> None:
    assert next_delay(age, None, (), lambda: luck) <= max(
        SHORTEST_POLL_DELAY, min(age, LONGEST_POLL_DELAY) * 1.1
    )


@given(curves, st.floats(5, 1e5), st.none() | st.floats(0.1, 10), lucks)
def test_number_of_polls_grows_like_the_root_of_the_duration(
    curve: Any, duration: Any, factor: Any, luck: Any
) -> None:
    polls = poll_until_done(curve, duration, None if factor is None else factor * duration, luck)

    assert len(polls) <= 40 + 13 * math.sqrt(min(duration, 3600)) + duration / LONGEST_POLL_DELAY * 2.6


@given(st.floats(30, 3600), st.none() | st.floats(0.3, 3), lucks)
def test_number_of_polls_with_steady_progress_grows_like_the_logarithm(
    duration: Any, factor: Any, luck: Any
) -> None:
    polls = poll_until_done(straight, duration, None if factor is None else factor * duration, luck)

    assert len(polls) <= 10 + 3 * math.log2(duration)


@given(st.floats(10, 900), lucks)
def test_one_poll_before_a_third_of_the_estimate(estimate: Any, luck: Any) -> None:
    polls = poll_until_done(hidden, estimate, estimate, luck)

    assert sum(age < min(estimate / 3, LONGEST_QUIET) - SHORTEST_POLL_DELAY for age in polls) <= 1


@given(st.floats(30, 900), st.floats(0.4, 3.0))
def test_interval_is_longer_for_longer_tasks(estimate: Any, share: Any) -> None:
    short = next_delay(estimate * share, estimate, (), lambda: 0.5)
    long = next_delay(4 * estimate * share, 4 * estimate, (), lambda: 0.5)

    assert short <= long


@given(st.floats(60, 1800), st.none() | st.floats(0.3, 3), lucks)
def test_steady_progress_is_noticed_at_once(duration: Any, factor: Any, luck: Any) -> None:
    polls = poll_until_done(straight, duration, None if factor is None else factor * duration, luck)

    assert polls[-1] - duration <= max(2.0, 0.015 * duration)


def bent(exponent: float) -> Any:
    return lambda time: time**exponent


def standing(fraction: float) -> Any:
    return lambda time: 0.95 * min(1.0, time / (1 - fraction))


@pytest.mark.parametrize("has_estimate", [True, False])
@pytest.mark.parametrize(
    ("curve", "share"),
    [
        pytest.param(straight, 0.10, id="straight"),
        pytest.param(bent(0.6), 0.10, id="bent early"),
        pytest.param(bent(1.6), 0.10, id="bent late"),
        pytest.param(late, 0.15, id="late start"),
        pytest.param(steps, 0.20, id="steps"),
        pytest.param(standing(0.05), 0.15, id="standing briefly"),
        pytest.param(standing(0.3), 0.40, id="standing"),
        pytest.param(standing(0.5), 0.60, id="standing for half the time"),
    ],
)
def test_delay_times_polls_is_a_small_share_of_that_of_a_fixed_interval(
    curve: Any, share: Any, has_estimate: Any
) -> None:
    draw = random.Random(1)
    delays, polls, durations = 0.0, 0, 0.0
    for count in range(200):
        duration = 30 * 30 ** (count / 199)
        estimate = duration * 0.3 * 10 ** draw.random() if has_estimate else None
        ages = poll_until_done(curve, duration, estimate, draw.random())
        delays, polls, durations = delays + ages[-1] - duration, polls + len(ages), durations + duration

    assert (delays / 200) * (polls / 200) <= share * (durations / 200) / 2


def test_progress_is_polled_rarely_far_from_the_end_and_often_near_it() -> None:
    def delay(percent: Any) -> Any:
        age = 6.0 * percent
        return next_delay(age, 600, levels_of((0, 0), (age / 2, percent / 2), (age, percent)), lambda: 0.5)

    far, near, last = map(delay, (40, 94, 98))

    assert far > next_delay(240, 600, (), lambda: 0.5)
    assert far > near > last >= SHORTEST_POLL_DELAY
    assert last < 10


def test_progress_reported_at_the_start_says_nothing() -> None:
    assert next_delay(200, 300, levels_of((0, 1)), lambda: 0.5) == next_delay(200, 300, (), lambda: 0.5)


def test_progress_that_stands_still_is_polled_more_slowly_with_time() -> None:
    levels = levels_of((0, 0), (10, 50), (18, 95), (21, 95))

    assert next_delay(21, 300, levels, lambda: 0.5) < 2
    assert next_delay(400, 300, levels, lambda: 0.5) > 3


@given(st.floats(0.6, 1.6), st.floats(30, 3600))
def test_prediction_covers_the_end_of_bent_progress(exponent: Any, duration: Any) -> None:
    ages = [duration * share for share in (0.3, 0.5, 0.7, 0.85)]
    levels = levels_of((0, 0), *((age, 100 * (age / duration) ** exponent) for age in ages))

    window = predict_end(levels, ages[-1])

    assert window is not None
    assert window.earliest * 0.98 <= duration <= window.latest * 1.02
    assert window.latest - window.earliest < 0.15 * duration


@given(st.floats(0, 0.3), st.floats(30, 3600))
def test_prediction_covers_the_end_after_a_late_start(start: Any, duration: Any) -> None:
    ages = [duration * share for share in (0.2, 0.5, 0.7, 0.85)]
    levels = levels_of((0, 0), *((age, max(0, 100 * (age / duration - start) / (1 - start))) for age in ages))

    window = predict_end(levels, ages[-1])

    assert window is not None
    assert window.earliest * 0.98 <= duration <= window.latest * 1.02


def test_progress_has_stopped_when_a_level_lasts_longer_than_its_pace_explains() -> None:
    levels = levels_of((0, 0), (50, 50), (90, 90), (95, 95))

    assert not has_stopped(levels, 96.5)
    assert has_stopped(levels, 98)


def test_steps_at_even_times_predict_the_next_one() -> None:
    replies = [(age, 100 * steps(age / 100)) for age in (0, 20, 24, 26, 32, 49, 51, 76)]

    window = predict_step(levels_of(*replies), 76)

    assert window is not None
    assert 96 <= window.earliest < 100 < window.latest <= 104


@pytest.mark.parametrize(
    "ages",
    [
        (0, 30, 35, 55, 60, 80),  # the first step may be any of several
        (0, 20, 26, 51, 76),  # no level was seen to last
    ],
)
def test_steps_are_not_guessed_from_too_little(ages: Any) -> None:
    replies = [(age, 100 * steps(age / 100)) for age in ages]

    assert predict_step(levels_of(*replies), ages[-1]) is None


@given(replies)
def test_levels_rise_whatever_the_api_reports(replies: Any) -> None:
    levels = levels_of(*replies)

    assert all(before.percent < after.percent for before, after in itertools.pairwise(levels))
    assert all(before.last <= after.first for before, after in itertools.pairwise(levels))
    assert sum(level.replies for level in levels) == len(replies)


@given(lucks)
def test_jitter_spreads_clients_that_start_together(luck: Any) -> None:
    middle = next_delay(300, 300, (), lambda: 0.5)

    assert 0.9 * middle <= next_delay(300, 300, (), lambda: luck) <= 1.1 * middle


@given(st.integers(1, 10_000), st.floats(1, 60), st.none() | st.floats(0, 1e6))
def test_the_interval_during_an_outage_is_bounded(failures: Any, usual: Any, asked: Any) -> None:
    assert SHORTEST_POLL_DELAY <= poll_delay(usual, failures, asked) <= LONGEST_POLL_DELAY


def test_the_interval_during_an_outage_doubles() -> None:
    assert [poll_delay(1.0, n, None) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]


@pytest.mark.parametrize(
    ("created", "is_new", "age"),
    [
        (1000.0, False, 100.0),  # made by another process
        (None, False, 0.0),
        (1000.0, True, 0.0),  # made here: the API's clock does not matter
        (9999.0, False, 0.0),  # from the future: the clocks differ
        (-1e9, False, 0.0),  # too old to be true
    ],
)
def test_the_age_of_a_task_uses_a_plausible_creation_time_only(created: Any, is_new: Any, age: Any) -> None:
    history = PollHistory(1100.0, created=created, is_new=is_new)

    history.note(1100.0, 0.0)

    assert history.delay(None) == pytest.approx(next_delay(age, None), rel=0.25)


def test_history_keeps_levels_only() -> None:
    history = PollHistory(0.0, created=None, is_new=True)
    for second in range(1000):
        history.note(float(second), math.floor(second / 100))

    assert len(history._levels) == 10


@given(ages, st.floats(0, 20), estimates, replies, lucks)
def test_sparing_polls_come_later_than_usual_and_in_time(
    age: float, allowance: float, estimate: float | None, seen: Any, luck: float
) -> None:
    levels = levels_of(*seen)
    usual = next_delay(age, estimate, levels, lambda: luck)

    delay = sparing_delay(age, allowance, estimate, levels, lambda: luck)

    assert usual <= delay <= max(usual, LONGEST_SPARING)
    assert sparing_delay(age, math.inf, estimate, levels, lambda: luck) == usual


def sparing_polls(curve: Any, duration: float, allowance: float) -> int:
    """Polls of a task whose state was seen at a third of its duration."""
    seen = (duration / 6, duration / 3)
    levels = levels_of(*((age, 100 * curve(age / duration)) for age in seen))
    age, polls = seen[-1], 0
    while age < duration:
        age += sparing_delay(age, allowance, None, levels, lambda: 0.5)
        observe(levels, age, 100 * curve(age / duration))
        polls += 1
    return polls


@pytest.mark.parametrize("duration", [30, 120, 600])
@pytest.mark.parametrize(("curve", "most"), [(straight, 1), (late, 2), (steps, 3), (stuck, 2), (hidden, 2)])
def test_sparing_polls_are_few(curve: Any, duration: float, most: int) -> None:
    assert sparing_polls(curve, duration, 1.2) <= most
