"""The journals in SQLite and PostgreSQL, held to one behaviour."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from bulk import postgres
from bulk.conftest import bodies
from conditions import wait_until

import evolink.bulk.postgres
from evolink.bulk import BulkError, JournalError, OtherJobs, leases
from evolink.bulk.folder import JournalAddress
from evolink.bulk.jobs import JobSet
from evolink.bulk.journal import Change, Journal
from evolink.bulk.postgres import PostgresJournal
from evolink.bulk.sqlite import SQLiteJournal
from evolink.bulk.states import State

PRICES = {bodies(1)[0]["model"]: 10.0}


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)]  # which takes a while to start
)
def connect(request: Any, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Opens the journal, as one process after the other does."""
    opened: list[Any] = []
    address = ""
    if request.param == "postgres":
        address = request.getfixturevalue("server")
        postgres.empty(address)

    def connect() -> Any:
        journal = (
            SQLiteJournal(tmp_path / "journal.sqlite3")
            if request.param == "sqlite"
            else PostgresJournal(address, "run")
        )
        opened.append(journal)
        return journal

    yield connect
    for journal in opened:
        journal.close()


@pytest.fixture
def journal(connect: Any) -> Any:
    journal = connect()
    create(journal)
    return journal


def create(journal: Journal, count: int = 4, api: str = "one.example") -> None:
    with JobSet(bodies(count)) as jobs:
        journal.create(jobs.fingerprint, jobs, PRICES, api=api)


def end_leases(journal: Any) -> None:
    """Let the process of a journal seem dead; one that shares no journal is, once the next one has it."""
    if journal.lease is not None:
        stop_heartbeat(journal)
        with journal._transaction() as cursor:
            cursor.execute("UPDATE bulk_jobs SET lease = 0 WHERE lease IS NOT NULL")


def stop_heartbeat(journal: Any) -> None:
    """Let a process renew its leases no more."""
    journal._heartbeat.stop()
    journal._heartbeat._thread.join()


def states(journal: Journal) -> list[str]:
    return [row.state.value for row in journal.rows()]


def test_jobs_are_queued_once_in_their_order(journal: Journal) -> None:
    create(journal)
    assert [(row.seq, row.id, row.state) for row in journal.rows()] == [
        (number, f"job-{number}", State.QUEUED) for number in range(1, 5)
    ]


def test_other_jobs_are_refused(journal: Journal) -> None:
    with pytest.raises(OtherJobs):
        create(journal, 3)


def test_jobs_that_were_submitted_to_another_api_are_refused(journal: Any) -> None:
    create(journal, api="other.example")  # nothing was submitted yet
    journal.claim(1, None)
    with pytest.raises(BulkError, match=r"submitted to other\.example, and one\.example has none"):
        create(journal, api="one.example")
    create(journal, api="other.example")
    with journal._transaction() as cursor:  # as older versions leave it
        cursor.execute("DELETE FROM bulk_apis")
    create(journal, api="one.example")


def test_claimed_jobs_are_submitting_durably(journal: Journal) -> None:
    before = journal.durable_commits
    claim = journal.claim(2, None)
    assert journal.durable_commits == before + 1
    assert [job.seq for job in claim.jobs] == [1, 2]
    assert all(job.body and job.state is State.SUBMITTING for job in claim.jobs)
    assert len({job.idempotency_key for job in claim.jobs}) == 2
    assert states(journal) == ["submitting", "submitting", "queued", "queued"]
    assert claim.has_more
    claim = journal.claim(2, None)
    assert ([job.seq for job in claim.jobs], claim.has_more) == ([3, 4], False)
    assert journal.claim(9, None).jobs == []


def test_claim_stops_before_the_sum_is_exceeded(journal: Journal) -> None:
    claim = journal.claim(3, 25.0)
    assert (len(claim.jobs), claim.is_over_budget) == (2, True)
    cheaper = Change(1, State.SUBMITTED, task_id="a", credits=2.0)  # than documented
    journal.write([cheaper, Change(2, State.UNKNOWN)])
    assert len(journal.claim(3, 25.0).jobs) == 1
    assert journal.counts().credits == 22.0


def test_whole_price_may_be_spent_though_it_is_no_binary_fraction(connect: Any) -> None:
    journal = connect()
    with JobSet(bodies(10)) as jobs:
        journal.create(jobs.fingerprint, jobs, dict.fromkeys(PRICES, 28.8), api="one.example")
    assert len(journal.claim(10, 288.0).jobs) == 10


def test_key_is_kept_when_a_job_is_queued_again(journal: Journal) -> None:
    (first,) = journal.claim(1, None).jobs
    journal.write([Change(1, State.QUEUED)])
    (again,) = journal.claim(1, None).jobs
    assert again.idempotency_key == first.idempotency_key


def test_released_jobs_are_queued_but_for_those_in_flight(journal: Journal) -> None:
    journal.claim(4, None)
    journal.release([1])
    assert states(journal) == ["queued", "submitting", "submitting", "submitting"]
    journal.release(None, besides=[2])
    assert states(journal) == ["queued", "submitting", "queued", "queued"]


def test_what_is_written_is_read(journal: Journal) -> None:
    journal.claim(1, None)
    files = [{"path": "a.mp4", "size": 3, "sha256": "x"}]
    journal.write([Change(1, State.SUBMITTED, task_id="task-1", credits=7.5)])
    journal.write([Change(1, State.DONE, error={"message": "later"})])
    assert journal.write([Change(1, State.DOWNLOADED, files=files)]) == []
    row = next(journal.rows())
    assert (row.state, row.task_id, row.credits, list(row.files), row.error) == (
        State.DOWNLOADED,
        "task-1",
        7.5,
        files,
        None,
    )


def test_impossible_step_is_not_written(journal: Journal) -> None:
    assert journal.write([Change(1, State.SUBMITTED, task_id="x")]) == [1]
    assert journal.write([Change(1, State.DOWNLOADED)]) == [1]
    assert states(journal) == ["queued"] * 4


def test_next_process_takes_over_and_the_former_one_writes_nothing(connect: Any, journal: Journal) -> None:
    journal.claim(3, None)
    journal.write([Change(2, State.SUBMITTED, task_id="b"), Change(3, State.FAILED, error={})])
    later = connect()
    end_leases(journal)
    rows = later.take_over(())
    assert [(row.seq, row.state) for row in rows] == [(1, State.SUBMITTING), (2, State.SUBMITTED)]
    assert later.take_over([2]) == []
    assert [row.seq for row in later.take_over(())] == [2]  # it has not heard of the first call
    assert journal.write([Change(1, State.QUEUED), Change(2, State.DONE)]) == [1, 2]
    assert states(journal) == ["unknown", "submitted", "failed", "queued"]


def test_late_reply_resolves_an_unknown_outcome(connect: Any, journal: Journal) -> None:
    (job,) = journal.claim(1, None).jobs
    other = connect()
    end_leases(journal)
    other.take_over(())
    assert journal.write([Change(1, State.SUBMITTED, "evolink-another-key", task_id="x")]) == [1]
    assert journal.write([Change(1, State.SUBMITTED, job.idempotency_key, task_id="x")]) == []
    assert next(journal.rows()).task_id == "x"


def test_job_that_was_not_sent_is_queued_though_it_was_taken_over(connect: Any, journal: Journal) -> None:
    first, second = journal.claim(2, None).jobs
    other = connect()
    end_leases(journal)
    other.take_over(())
    assert journal.write([Change(1, State.QUEUED)]) == [1]  # it was sent, and refused
    assert journal.write([Change(1, State.QUEUED, first.idempotency_key)]) == []
    other.claim_unknown([2])
    other.write([Change(2, State.UNKNOWN, error={"message": "no reply to the second one either"})])
    assert journal.write([Change(2, State.QUEUED, second.idempotency_key)]) == [2]
    assert states(journal)[:2] == ["queued", "unknown"]


def test_job_that_is_submitted_again_is_not_queued(connect: Any, journal: Journal) -> None:
    journal.claim(2, None)
    journal.write([Change(1, State.UNKNOWN, error={})])
    assert [job.seq for job in journal.claim_unknown([1, 2])] == [1]
    assert [job.seq for job in journal.claim_unknown([1, 2])] == [1]  # it has not heard of the first call
    journal.release(None)
    assert states(journal)[:2] == ["unknown", "queued"]
    journal.claim_unknown()
    other = connect()
    end_leases(journal)
    other.take_over(())
    assert states(journal)[:2] == ["unknown", "queued"]


def test_unknown_jobs_are_claimed_under_their_own_keys(journal: Journal) -> None:
    (job,) = journal.claim(1, None).jobs
    journal.write([Change(1, State.UNKNOWN)])
    (again,) = journal.claim_unknown()
    assert (again.seq, again.idempotency_key, again.state) == (1, job.idempotency_key, State.SUBMITTING)
    assert again.body == job.body


def test_decisions_change_only_unresolved_jobs(journal: Journal) -> None:
    (job,) = journal.claim(1, None).jobs
    journal.write([Change(1, State.UNKNOWN)])
    assert [row.seq for row in journal.unresolved()] == [1]
    assert journal.resolve(Change(1, State.QUEUED))
    assert not journal.resolve(Change(1, State.QUEUED))
    assert not journal.resolve(Change(2, State.SUBMITTED, task_id="x"))
    (again,) = journal.claim(1, None).jobs
    assert again.idempotency_key != job.idempotency_key
    found = journal.find("job-1")
    assert found is not None
    assert found.seq == 1
    assert journal.find("job-9") is None


def test_outputs_are_found_in_any_case_and_with_any_suffix(journal: Journal) -> None:
    assert journal.has_output("JOB-1")
    assert not journal.has_output("job")
    assert not journal.has_output("job-_")


def test_counts_tell_states_and_credits(journal: Journal) -> None:
    journal.claim(2, None)
    journal.write([Change(1, State.FAILED, credits=0.0)])
    counts = journal.counts()
    assert (counts.total, counts.number(State.QUEUED, State.FAILED)) == (4, 3)
    assert counts.credits == 10.0
    assert len(counts.finished) == 1


def test_journal_is_not_closed_within_a_transaction_of_another_thread(tmp_path: Path) -> None:
    """Which a cancelled run has left behind."""
    journal = SQLiteJournal(tmp_path / "j")
    closing = threading.Thread(target=journal.close)
    with journal._transaction() as cursor:
        closing.start()
        closing.join(0.05)
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    closing.join()


def test_file_that_is_no_journal_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text("not a database" * 100)
    with pytest.raises(JournalError, match="cannot be used"):
        SQLiteJournal(path)


def test_password_of_the_server_is_not_remembered() -> None:
    remembered = JournalAddress.parsed("postgresql://user:secret@host/jobs").remembered
    assert remembered == "postgresql://host/jobs"


@pytest.mark.slow
def test_server_that_is_not_there_is_reported() -> None:
    with pytest.raises(JournalError, match="cannot be used"):
        PostgresJournal("postgresql://me:sesame@127.0.0.1:9/none", "run")


@pytest.mark.slow
def test_process_that_is_alive_keeps_its_jobs(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "_RENEWAL", 0.001)
    postgres.empty(server)
    first, second = (PostgresJournal(server, "run", lease=60) for _ in range(2))
    create(first)
    job, _ = first.claim(2, None).jobs

    def ends() -> Any:
        with first._transaction() as cursor:
            return cursor.execute("SELECT MIN(lease) FROM bulk_jobs").fetchall()[0][0]

    claimed = ends()
    wait_until(lambda: ends() > claimed)
    assert first.holds(job)
    assert second.take_over(()) == []
    first.close()
    second.close()


@pytest.mark.slow
def test_process_that_is_dead_loses_its_jobs(server: str) -> None:
    postgres.empty(server)
    first, second = (PostgresJournal(server, "run", lease=0.2) for _ in range(2))
    stop_heartbeat(first)
    create(first)
    job, _ = first.claim(2, None).jobs
    time.sleep(0.3)  # the leases go by the clock of the server
    assert not first.holds(job)
    assert [row.seq for row in second.take_over(())] == [1, 2]
    assert first.write([Change(1, State.SUBMITTED, task_id="x")]) == [1]
    first.close()
    second.close()


@pytest.mark.slow
def test_jobs_are_not_held_after_leases_were_not_renewed(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_RENEWAL", 0.001)
    postgres.empty(server)
    journal = PostgresJournal(server, "run", lease=60)
    create(journal)
    (before,) = journal.claim(1, None).jobs
    assert journal.holds(before)
    with psycopg.connect(server) as other:
        other.execute("LOCK TABLE bulk_jobs")
        now = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: now() + 50)
        assert not journal.is_alive
    wait_until(lambda: journal.is_alive)
    assert not journal.holds(before)
    (after,) = journal.claim(1, None).jobs
    assert journal.holds(after)
    journal.close()


@pytest.mark.slow
def test_lost_connection_is_made_again(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evolink.bulk.postgres, "_IDLE", 1000)
    postgres.empty(server)
    journal = PostgresJournal(server, "run")
    create(journal)
    assert postgres.disconnect(server, 1.0) > 0
    with pytest.raises(JournalError) as caught:
        journal.counts()
    assert caught.value._is_transient
    assert journal.counts().total == 4
    postgres.disconnect(server, 1.0)
    # After a while a connection is tried before it is used.
    monkeypatch.setattr(evolink.bulk.postgres, "_IDLE", 0)
    assert journal.counts().total == 4
    journal.close()


@pytest.mark.slow
def test_processes_claim_different_jobs(server: str) -> None:
    postgres.empty(server)
    journals = [PostgresJournal(server, "run", lease=5) for _ in range(2)]
    for journal in journals:
        create(journal)
    claims = [journal.claim(2, None).jobs for journal in journals]
    assert [[job.seq for job in jobs] for jobs in claims] == [[1, 2], [3, 4]]
    assert [len(journal.claim(1, 1e9).jobs) for journal in journals] == [0, 0]
    for journal in journals:
        journal.close()


@pytest.mark.slow
def test_jobs_that_a_process_has_locked_and_stands_still_are_taken_over(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.empty(server)
    other = PostgresJournal(server, "run", lease=0.5)
    create(other)
    monkeypatch.setattr("evolink.bulk.postgres.STANDSTILL", 1.0)
    still = PostgresJournal(server, "run", lease=0.5)
    with contextlib.closing(still), contextlib.closing(other):
        still.claim(4, None)
        stop_heartbeat(still)

        def stand_still() -> None:
            with still._transaction() as cursor:
                cursor.execute("SELECT * FROM bulk_jobs FOR UPDATE")
                wait_until(lambda: other.take_over(()))

        with pytest.raises(JournalError) as caught:
            stand_still()
        assert caught.value._is_transient
        assert set(states(other)) == {"unknown"}
