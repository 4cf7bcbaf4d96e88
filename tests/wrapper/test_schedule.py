import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink._http.retry import LONGEST_POLL_DELAY, SHORTEST_POLL_DELAY, poll_delay
from evolink._tasks.schedule import LONGEST_QUIET, next_delay
from evolink._tasks.state import PollHistory

ages = st.floats(0, 1e6)
estimates = st.none() | st.floats(allow_nan=True, allow_infinity=True)
lucks = st.floats(0, 1, exclude_max=True)


@st.composite
def changes(draw: Any) -> Any:
    times = sorted(draw(st.lists(st.floats(0, 1e5), max_size=6)))
    progress = sorted(draw(st.lists(st.floats(0, 100), min_size=len(times), max_size=len(times))))
    return list(zip(times, progress, strict=True))


@given(ages, estimates, changes(), lucks)
def test_polls_are_never_too_frequent_nor_too_rare(age: Any, estimate: Any, seen: Any, luck: Any) -> None:
    delay = next_delay(age, estimate, seen, lambda: luck)

    assert SHORTEST_POLL_DELAY <= delay <= LONGEST_QUIET * 1.1


@given(ages, changes(), lucks)
def test_without_an_estimate_the_interval_grows_no_faster_than_the_time_waited(
    age: Any, seen: Any, luck: Any
) -> None:
    assert next_delay(age, None, seen, lambda: luck) <= max(
        SHORTEST_POLL_DELAY, min(age, LONGEST_POLL_DELAY) * 1.1
    )


@given(st.floats(10, 900), st.floats(0, 0.3), lucks)
def test_no_poll_before_a_third_of_the_estimate(estimate: Any, share: Any, luck: Any) -> None:
    age = estimate * share

    assert age + next_delay(age, estimate, (), lambda: luck) >= estimate / 3 - 1e-9


@given(st.floats(30, 900), st.floats(0.4, 3.0))
def test_the_interval_is_looser_for_longer_tasks(estimate: Any, share: Any) -> None:
    short = next_delay(estimate * share, estimate, (), lambda: 0.5)
    long = next_delay(4 * estimate * share, 4 * estimate, (), lambda: 0.5)

    assert short <= long


def test_progress_that_moves_is_loose_far_from_the_end_and_tight_near_it() -> None:
    def delay(progress: Any) -> Any:
        age = 600 * progress / 100
        return next_delay(age, 600, [(age / 2, progress / 2), (age, progress)], lambda: 0.5)

    far, near, last = map(delay, (40, 95, 99))

    assert far > next_delay(240, 600, (), lambda: 0.5)
    assert far > near > last >= SHORTEST_POLL_DELAY
    assert last < 5


def test_progress_that_stands_at_one_value_says_nothing() -> None:
    assert next_delay(200, 300, [(1, 1)], lambda: 0.5) == next_delay(200, 300, (), lambda: 0.5)


def test_progress_that_hangs_near_the_end_is_not_asked_for_every_second() -> None:
    seen = [(10, 50), (20, 99)]

    assert next_delay(21, 300, seen, lambda: 0.5) < 2
    assert next_delay(200, 300, seen, lambda: 0.5) > 10


@given(lucks)
def test_jitter_spreads_clients_that_began_together(luck: Any) -> None:
    middle = next_delay(300, 300, (), lambda: 0.5)

    assert 0.9 * middle <= next_delay(300, 300, (), lambda: luck) <= 1.1 * middle


@given(st.integers(1, 10_000), st.floats(1, 60), st.none() | st.floats(0, 1e6))
def test_outages_are_asked_through_ever_more_slowly_but_never_given_up(
    failures: Any, usual: Any, asked: Any
) -> None:
    assert SHORTEST_POLL_DELAY <= poll_delay(usual, failures, asked) <= LONGEST_POLL_DELAY


def test_outages_are_noticed_to_end_soon_at_first() -> None:
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
def test_the_age_of_a_task_survives_processes_but_not_other_clocks(
    created: Any, is_new: Any, age: Any
) -> None:
    history = PollHistory(1100.0, created=created, is_new=is_new)

    history.note(1100.0, 0.0)

    assert history.delay(None) == pytest.approx(next_delay(age, None), rel=0.25)


def test_a_history_keeps_changes_alone() -> None:
    history = PollHistory(0.0, created=None, is_new=True)
    for second in range(1000):
        history.note(float(second), math.floor(second / 100))

    assert len(history._seen) == 10
