"""A journal that is out of reach for a while: the run waits, and nothing is lost or charged twice."""

import contextlib
import logging
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bulk.conftest import ALONE, Runs, bodies

from evolink.bulk import JournalError, pace
from evolink.bulk.sqlite import SQLiteJournal

JOBS = 3


class Outages:
    """Lets transactions of all journals fail, as a lost connection does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        # Whether a transaction fails, by its number; before it begins or after it was committed.
        self.is_lost: Callable[[int], bool] = lambda _: False
        self.is_committed = False
        original: Any = SQLiteJournal._transaction

        @contextlib.contextmanager
        def transaction(journal: Any, *, is_durable: bool = False) -> Iterator[Any]:
            self.count += 1
            is_lost = self.is_lost(self.count)
            if not is_lost or self.is_committed:
                with original(journal, is_durable=is_durable) as cursor:
                    yield cursor
            if is_lost:
                if not self.is_committed:
                    yield Unreachable()
                raise lost()

        monkeypatch.setattr(SQLiteJournal, "_transaction", transaction)


class Unreachable:
    """A cursor whose connection is lost."""

    def execute(self, *_: Any) -> Any:
        raise lost()

    executemany = execute


def lost() -> JournalError:
    error = JournalError("the connection is lost")
    error._is_transient = True
    return error


@pytest.fixture
def outages(monkeypatch: pytest.MonkeyPatch) -> Outages:
    return Outages(monkeypatch)


@pytest.mark.parametrize(("runs", "is_committed"), [("sync", True), ("async", False)], indirect=["runs"])
def test_connection_that_is_lost_often_makes_no_difference(
    runs: Runs, outages: Outages, is_committed: bool
) -> None:
    outages.is_committed = is_committed
    draw = random.Random(18)
    outages.is_lost = lambda _: bool(runs.submissions) and draw.random() < 0.5
    with contextlib.suppress(JournalError):  # while the results are written
        runs.run(bodies(JOBS), concurrency=2)
    outages.is_lost = lambda _: False
    assert runs.run(bodies(JOBS)).done == JOBS
    assert len(runs.submissions) == JOBS


@pytest.mark.slow
@pytest.mark.parametrize("runs", ALONE, indirect=True)
@pytest.mark.parametrize("is_committed", [False, True])
@pytest.mark.parametrize("trust_idempotency", [False, True])
def test_connection_that_is_lost_at_any_point_makes_no_difference(
    runs: Runs, outages: Outages, is_committed: bool, trust_idempotency: bool
) -> None:
    outages.is_committed = is_committed
    point = 0
    while True:
        point += 1
        outages.count = 0
        outages.is_lost = lambda number, point=point: number in {point, point + 1}  # type: ignore[misc]
        runs.folder = runs.folder.with_name(f"at-{point}")
        done = 0
        while done < JOBS:  # it ends where it has not begun, and while the results are written
            with contextlib.suppress(JournalError):
                done += runs.run(bodies(JOBS), concurrency=2, trust_idempotency=trust_idempotency).done
        assert len(runs.submissions) == JOBS, point
        if outages.count < point:
            assert point > 10
            return
        runs.mock.reset()


@pytest.mark.parametrize("runs", ALONE, indirect=True)
def test_journal_that_stays_out_of_reach_ends_the_run(
    runs: Runs, outages: Outages, caplog: pytest.LogCaptureFixture
) -> None:
    started = runs.mock.clock.now()
    outages.is_lost = lambda _: bool(runs.submissions)
    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(JournalError, match="goes on once the journal") as caught,
    ):
        runs.run(bodies(JOBS), concurrency=1)
    assert runs.mock.clock.now() - started >= pace.LONGEST_OUTAGE
    assert "nothing is submitted for up to 30 minutes" in caplog.text
    (submitted,) = runs.mock.tasks
    errors = [caught.value, caught.value.__context__]
    assert f"job-1={submitted.id}" in "".join(str(getattr(error, "__notes__", "")) for error in errors)
    outages.is_lost = lambda _: False
    assert runs.run(bodies(JOBS)).unknown == 1
    assert len(runs.submissions) == JOBS


@pytest.mark.parametrize("runs", ALONE, indirect=True)
def test_submission_that_could_not_be_noted_is_not_queued_again(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    write: Any = SQLiteJournal.write
    failures = [JournalError("the disk is full")]  # and has room again, right after that

    def write_or_fail(journal: Any, changes: Any) -> Any:
        if failures and any(change.task_id for change in changes):
            raise failures.pop()
        return write(journal, changes)

    monkeypatch.setattr(SQLiteJournal, "write", write_or_fail)
    with pytest.raises(JournalError):
        runs.run(bodies(JOBS), concurrency=1)
    assert runs.results[0]["task_id"] == runs.mock.tasks[0].id
    assert runs.run(bodies(JOBS)).done == JOBS
    assert len(runs.submissions) == JOBS
