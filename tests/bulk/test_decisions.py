"""What follows from errors, and the pace of a run."""

import pytest

import evolink
from evolink.bulk.decisions import Verdict, after_download, after_query, after_submission
from evolink.bulk.pace import LONGEST_OUTAGE, Pace


def unknown(kind: type[evolink.APIError]) -> evolink.APIError:
    error = kind("")
    error.outcome_unknown = True
    return error


@pytest.mark.parametrize(
    ("error", "verdict", "trusting"),
    [
        (evolink.SubmitOutcomeUnknown(), Verdict.UNKNOWN, Verdict.SAME_KEY),
        (unknown(evolink.ServerError), Verdict.UNKNOWN, Verdict.SAME_KEY),
        (unknown(evolink.Conflict), Verdict.UNKNOWN, Verdict.SAME_KEY),
        (evolink.Conflict(), Verdict.UNKNOWN, Verdict.UNKNOWN),
        (unknown(evolink.RateLimited), Verdict.LATER, Verdict.LATER),
        (evolink.APIConnectionError(), Verdict.LATER, Verdict.LATER),
        (evolink.BadRequest(), Verdict.FAILED, Verdict.FAILED),
        (evolink.InvalidRequest(), Verdict.FAILED, Verdict.FAILED),
        (evolink.AuthenticationError(), Verdict.STOP, Verdict.STOP),
        (evolink.InsufficientCredits(), Verdict.STOP, Verdict.STOP),
        (evolink.PermissionDenied(), Verdict.FAILED, Verdict.FAILED),
        (evolink.EvoLinkError("this client is closed"), Verdict.STOP, Verdict.STOP),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_error_of_a_submission_decides_what_follows(
    error: evolink.EvoLinkError, verdict: Verdict, trusting: Verdict
) -> None:
    assert after_submission(error, trust_idempotency=False) is verdict
    assert after_submission(error, trust_idempotency=True) is trusting


@pytest.mark.parametrize("kind", [evolink.NotFound, evolink.PermissionDenied, evolink.APIStatusError])
def test_first_refusal_that_may_meet_all_jobs_stops_the_run(kind: type[evolink.APIStatusError]) -> None:
    assert after_submission(kind(), trust_idempotency=False, has_succeeded=False) is Verdict.STOP
    assert after_submission(kind(), trust_idempotency=False, has_succeeded=True) is Verdict.FAILED


def caused(error: evolink.EvoLinkError, cause: Exception | None) -> evolink.EvoLinkError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (evolink.IncompleteDownload(), Verdict.LATER),
        (caused(evolink.DownloadError(), OSError(28, "No space left on device")), Verdict.STOP),
        (evolink.ResultExpired(), Verdict.FAILED),
        (caused(evolink.ResultExpired(), evolink.NotFound()), Verdict.FAILED),
        (caused(evolink.ResultExpired(), evolink.APITimeoutError()), Verdict.LATER),
        (caused(evolink.ResultExpired(), evolink.AuthenticationError()), Verdict.STOP),
        (OSError(28, "No space left on device"), Verdict.STOP),
        (OSError(2, "No such file or directory"), Verdict.LATER),
        (OSError(21, "Is a directory"), Verdict.LATER),
    ],
)
def test_error_of_a_download_decides_what_follows(
    error: evolink.EvoLinkError | OSError, verdict: Verdict
) -> None:
    assert after_download(error) is verdict


def test_error_of_a_query_decides_what_follows() -> None:
    assert after_query(evolink.NotFound()) is Verdict.FAILED
    assert after_query(evolink.AuthenticationError()) is Verdict.STOP


def refusal(retry_after: float | None = None) -> evolink.RateLimited:
    error = evolink.RateLimited()
    error._retry_after = retry_after
    return error


def test_refusals_in_flight_together_count_once() -> None:
    pace = Pace(16, jitter=lambda: 0.0)
    for _ in range(16):
        pace.failed(100.0, 100.0, refusal())
    assert (pace.limit, pace.resumes_at) == (8, 100.5)
    pace.failed(101.0, 101.0, refusal())
    assert (pace.limit, pace.resumes_at) == (4, 102.0)


def test_pause_is_what_the_api_asks_for() -> None:
    pace = Pace(2)
    pace.failed(0.0, 0.0, refusal(20.0))
    pace.failed(0.0, 1.0, refusal(25.0))
    assert pace.resumes_at == 26.0


def test_accepted_submissions_raise_the_limit_again() -> None:
    pace = Pace(3, jitter=lambda: 0.0)
    pace.failed(0.0, 0.0, refusal())
    assert pace.limit == 1
    pace.succeeded()
    assert pace.limit == 2
    for _ in range(9):
        pace.succeeded()
    assert pace.limit == 3


def test_outage_begins_with_the_first_failure_and_ends_with_any_answer() -> None:
    pace = Pace(1)
    pace.failed(0.0, 0.0, evolink.APIConnectionError())
    pace.failed(LONGEST_OUTAGE - 1, LONGEST_OUTAGE - 1, evolink.APIConnectionError())
    assert not pace.is_outage(LONGEST_OUTAGE - 1)
    assert pace.is_outage(LONGEST_OUTAGE)
    pace.answered()
    assert not pace.is_outage(10 * LONGEST_OUTAGE)
