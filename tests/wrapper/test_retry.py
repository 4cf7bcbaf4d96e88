import email.utils
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink._http.response import retry_after
from evolink._http.retry import LONGEST_DELAY, LONGEST_RETRY_AFTER, backoff, retry_delay


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_backoff_is_positive_and_bounded(failures: Any, luck: Any) -> None:
    assert 0 < backoff(failures, lambda: luck) <= LONGEST_DELAY


@given(st.integers(1, 20))
def test_backoff_never_shrinks_but_for_jitter(failures: Any) -> None:
    assert backoff(failures + 1, lambda: 0.0) >= backoff(failures, lambda: 0.0)


def test_an_unsafe_request_is_not_sent_again() -> None:
    assert retry_delay(1, is_transient=False, max_retries=5) is None


def test_max_retries_limits_attempts() -> None:
    assert retry_delay(2, is_transient=True, max_retries=2) is not None
    assert retry_delay(3, is_transient=True, max_retries=2) is None


@given(st.floats(0, 1e9))
def test_retry_after_is_capped(asked: Any) -> None:
    delay = retry_delay(1, is_transient=True, max_retries=1, retry_after=asked)

    assert delay == min(asked, LONGEST_RETRY_AFTER)


def test_a_delay_past_the_deadline_is_not_waited_for() -> None:
    def delay(time_left: float) -> float | None:
        return retry_delay(1, is_transient=True, max_retries=1, retry_after=10.0, time_left=time_left)

    assert delay(10.0) is None
    assert delay(10.1) == 10.0


NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": email.utils.formatdate(NOW + 20, usegmt=True)}, 20.0),
        ({"retry-after": email.utils.formatdate(NOW - 20, usegmt=True)}, 0.0),
        (
            {
                "retry-after": email.utils.formatdate(NOW + 5000, usegmt=True),
                "date": email.utils.formatdate(NOW + 4990, usegmt=True),
            },
            10.0,
        ),
    ],
)
def test_retry_after_is_a_number_or_a_date(headers: Any, seconds: Any) -> None:
    assert retry_after(headers, NOW) == seconds


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_retry_after_header_is_read(value: Any, date: Any) -> None:
    seconds = retry_after({"retry-after": value, "date": date}, NOW)

    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))
