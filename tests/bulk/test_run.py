"""Runs as a user sees them."""

import errno
import hashlib
import math
from pathlib import Path
from typing import Any

import pytest
from bulk.conftest import ALONE, ONE_CLIENT, Runs, bodies

from evolink import EvoLinkError, bulk
from evolink.bulk import jobs, operations
from evolink.bulk.folder import JournalAddress, RunFolder
from evolink.bulk.sqlite import SQLiteJournal
from evolink_mock import EvoLinkMock


def test_each_job_is_submitted_once_and_downloaded(runs: Runs) -> None:
    summary = runs.run(bodies(5), concurrency=2)
    assert (summary.total, summary.done, summary.exit_code, summary.stopped) == (5, 5, 0, None)
    assert len(runs.submissions) == len(runs.charges) == 5
    assert [line["id"] for line in runs.results] == [f"job-{number}" for number in range(1, 6)]
    for line in runs.results:
        (file,) = line["files"]
        content = (runs.folder / file["path"]).read_bytes()
        assert (file["size"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert Path(file["path"]).stem == line["id"]
        assert line["task_id"] in {task.id for task in runs.mock.tasks}
        assert line["credits"] > 0
        assert line["error"] is None


def test_same_call_repeats_nothing_that_is_done(runs: Runs) -> None:
    first = runs.run(bodies(3))
    before = len(runs.mock.requests)
    assert runs.run(bodies(3)) == first
    assert len(runs.mock.requests) == before


def test_number_of_unfinished_tasks_is_limited(runs: Runs) -> None:
    seen: list[int] = []

    def look(_status: Any) -> None:
        seen.append(sum(task.status in {"pending", "processing"} for task in runs.mock.tasks))

    runs.run(bodies(9), concurrency=3, on_progress=look)
    assert seen
    assert max(seen) <= 3


@ONE_CLIENT
def test_files_are_named_after_output_or_id(runs: Runs) -> None:
    first, second, third = bodies(3)
    runs.mock.outcome("completed", results=2, times=3)
    jobs = [{**first, "output": "cats/first.mov"}, {**second, "id": "cat"}, {**third, "id": "cat-2"}]
    runs.run(jobs, concurrency=1)
    names = [[file["path"] for file in line["files"]] for line in runs.results]
    assert names[0] == ["cats/first-1.mov", "cats/first-2.mov"]
    assert names[1][0] == "cat-1.mp4"
    assert names[1][1].startswith("cat-2-")  # `cat-2` is another job's
    assert names[2] == ["cat-2-1.mp4", "cat-2-2.mp4"]
    assert all((runs.folder / name).exists() for group in names for name in group)


def test_failed_task_is_a_failed_job(runs: Runs) -> None:
    runs.mock.outcome("failed", code="content_policy_violation")
    summary = runs.run(bodies(2), concurrency=1)
    assert (summary.failed, summary.done, summary.exit_code) == (1, 1, 1)
    assert runs.results[0]["status"] == "failed"
    assert runs.results[0]["error"]["code"] == "content_policy_violation"
    before = len(runs.mock.requests)
    assert runs.run(bodies(2)).failed == 1
    assert len(runs.mock.requests) == before


@ONE_CLIENT
def test_refused_job_is_failed_and_costs_nothing(runs: Runs) -> None:
    runs.mock.fault(status=400, operation="create")
    summary = runs.run(bodies(3), concurrency=1)
    assert (summary.failed, summary.done) == (1, 2)
    assert runs.results[0]["credits"] == 0


def test_job_of_unknown_outcome_is_never_posted_again(runs: Runs) -> None:
    runs.mock.fault(disconnect="after", operation="create")
    summary = runs.run(bodies(3), concurrency=1)
    assert (summary.unknown, summary.done, summary.exit_code) == (1, 2, 5)
    assert runs.run(bodies(3)).exit_code == 5
    assert len(runs.submissions) == 3


@pytest.mark.parametrize("runs", ["sync"], indirect=True)
@pytest.mark.parametrize("is_trusted", [False, True])
def test_job_that_a_dead_process_was_submitting_is_unknown_unless_keys_are_trusted(
    runs: Runs, is_trusted: bool
) -> None:
    runs.run(bodies(2), client={"api_key": "sk-wrong-0123456789"}, concurrency=1)
    journal = RunFolder(runs.folder).open_journal(None)
    (job,) = journal.claim(1, None).jobs
    journal.close()
    sent = len(runs.submissions)
    summary = runs.run(bodies(2), trust_idempotency=is_trusted)
    assert (summary.unknown, summary.done) == ((0, 2) if is_trusted else (1, 1))
    keys = [each.headers["idempotency-key"] for each in runs.submissions[sent:]]
    assert keys.count(job.idempotency_key) == is_trusted


@pytest.mark.parametrize(
    "fault", [{"disconnect": "after"}, {"status": 502, "when": "after"}, {"body": "html"}]
)
def test_trusted_key_is_posted_again_and_charged_once(runs: Runs, fault: Any) -> None:
    runs.mock.fault(**fault, operation="create")
    summary = runs.run(bodies(2), concurrency=1, trust_idempotency=True)
    assert (summary.done, summary.exit_code) == (2, 0)
    assert len(runs.submissions) == 3
    assert len(runs.mock.tasks) == 2


@ONE_CLIENT
def test_trusted_key_is_posted_again_in_a_later_run(runs: Runs) -> None:
    runs.mock.fault(disconnect="after", operation="create")
    assert runs.run(bodies(2), concurrency=1).unknown == 1
    assert runs.run(bodies(2), trust_idempotency=True).done == 2
    assert len(runs.mock.tasks) == 2


def test_pending_key_is_asked_again_until_the_outcome_is_known(runs: Runs) -> None:
    """409 `paid_outcome_unknown`: the first request under this key is still in flight."""
    runs.mock.fault(delay=70, operation="create")
    summary = runs.run(bodies(1), trust_idempotency=True, client={"timeout": 60})
    assert summary.done == 1
    assert len(runs.mock.tasks) == 1


@ONE_CLIENT
def test_conflicting_key_is_unknown(runs: Runs) -> None:
    runs.mock.fault(status=409, operation="create")
    assert runs.run(bodies(1), trust_idempotency=True).unknown == 1


def test_rate_limit_slows_all_jobs_and_fails_none(runs: Runs) -> None:
    runs.mock.fault(status=429, operation="create", times=6, headers={"Retry-After": "30"})
    started = runs.mock.clock.now()
    assert runs.run(bodies(8), concurrency=8).done == 8
    assert runs.mock.clock.now() - started >= 30
    assert len({each.headers["idempotency-key"] for each in runs.submissions}) == 8
    assert len(runs.mock.tasks) == 8


def test_lost_connection_is_waited_out(runs: Runs) -> None:
    runs.mock.fault(disconnect="before", operation="query", times=5)
    assert runs.run(bodies(1)).done == 1


@ONE_CLIENT
def test_missing_credits_end_the_run_in_order(runs: Runs) -> None:
    runs.run(bodies(1), runs.folder.parent / "price")
    price = runs.mock.ledger.charged
    runs.mock.reset()
    left = runs.mock.ledger.balance
    runs.mock.fault(status=402, operation="create")
    summary = runs.run(bodies(3), concurrency=1)
    assert (summary.done, summary.pending, summary.exit_code) == (0, 3, 3)
    assert type(summary.error).__name__ == "InsufficientCredits"
    assert runs.run(bodies(3), concurrency=1).done == 3
    assert left - runs.mock.ledger.balance == 3 * price


@ONE_CLIENT
def test_wrong_key_ends_the_run_at_once(runs: Runs) -> None:
    summary = runs.run(bodies(3), client={"api_key": "sk-wrong-0123456789"}, concurrency=1)
    assert (summary.pending, summary.exit_code) == (3, 3)
    assert len(runs.submissions) == 1
    assert runs.run(bodies(3)).done == 3


@ONE_CLIENT
def test_sum_stays_below_max_credits(runs: Runs) -> None:
    runs.run(bodies(1), runs.folder.parent / "price")
    price = runs.mock.ledger.charged
    runs.mock.reset()
    summary = runs.run(bodies(4), concurrency=1, max_credits=2.5 * price)
    assert (summary.done, summary.pending, summary.exit_code) == (2, 2, 2)
    assert "max_credits" in summary.stopped
    assert runs.run(bodies(4)).done == 4


@ONE_CLIENT
def test_fail_fast_submits_no_more(runs: Runs) -> None:
    runs.mock.outcome("failed")
    summary = runs.run(bodies(5), concurrency=1, fail_fast=True)
    assert (summary.failed, summary.pending, summary.exit_code) == (1, 4, 1)
    assert len(runs.submissions) == 1


def test_timeout_leaves_jobs_for_the_next_run(runs: Runs) -> None:
    runs.mock.outcome("completed", seconds=5000)
    summary = runs.run(bodies(1), timeout=100)
    assert (summary.pending, summary.exit_code) == (1, 4)
    assert runs.run(bodies(1)).done == 1
    assert len(runs.submissions) == 1


@pytest.mark.evolink_mock(allow_unused=True)
def test_api_that_never_answers_ends_the_run(runs: Runs) -> None:
    runs.mock.fault(disconnect="before", operation="query", times=10_000)
    summary = runs.run(bodies(1))
    assert summary.pending == 1
    assert summary.exit_code in {3, 4}


@ONE_CLIENT
def test_expired_link_is_renewed(runs: Runs) -> None:
    runs.mock.fault(status=403, operation="results")
    assert runs.run(bodies(1)).done == 1


def test_broken_download_is_resumed_by_the_next_run(runs: Runs) -> None:
    runs.mock.fault(truncate=5000, operation="results", times=100)
    first = runs.run(bodies(1), client={"max_retries": 0})
    assert (first.pending, first.exit_code) == (1, 3)
    assert runs.results[0]["error"]["type"] == "IncompleteDownload"
    assert runs.run(bodies(1)).done == 1
    assert len(runs.submissions) == 1


@pytest.mark.parametrize("runs", ALONE, indirect=True)
def test_other_jobs_are_refused(runs: Runs) -> None:
    runs.run(bodies(2))
    with pytest.raises(bulk.OtherJobs, match="other jobs"):
        runs.run(bodies(3))
    with pytest.raises(bulk.BulkError, match="would be submitted again"):
        runs.run(bodies(2), journal=f"sqlite:{runs.folder.parent / 'other.sqlite3'}")


@pytest.mark.parametrize("kind", ALONE)
def test_results_of_the_mock_are_not_taken_for_real_ones(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EvoLinkMock() as mock:
        runs = Runs(kind, mock, tmp_path / "out")
        runs.run(bodies(1))
    monkeypatch.setenv("EVOLINK_API_KEY", "sk-test-0123456789")
    monkeypatch.delenv("EVOLINK_BASE_URL", raising=False)
    with pytest.raises(bulk.BulkError, match="submitted to the mock, and the API has none"):
        runs.run(bodies(1))


@pytest.mark.parametrize("runs", ["sync"], indirect=True)
def test_second_run_in_a_folder_is_refused_and_changes_nothing(runs: Runs) -> None:
    locks = RunFolder(runs.folder).lock(JournalAddress.parsed(None))
    try:
        with pytest.raises(bulk.FolderInUse, match="another run works"):
            runs.run(bodies(1))
    finally:
        for lock in locks:
            lock.release()
    assert runs.run(bodies(2)).done == 2


@pytest.mark.parametrize("runs", ["sync"], indirect=True)
def test_run_whose_journal_has_gone_submits_nothing_again(runs: Runs) -> None:
    runs.run(bodies(2))
    (runs.folder / ".bulk" / "journal.sqlite3").unlink()
    with pytest.raises(bulk.BulkError, match=r"the journal of .* is missing"):
        bulk.status(runs.folder)
    for _ in range(2):
        with pytest.raises(bulk.BulkError, match="has lost the jobs of this run"):
            runs.run(bodies(2))
    assert len(runs.submissions) == 2


@pytest.mark.parametrize("runs", ["sync"], indirect=True)
def test_journal_may_be_elsewhere(runs: Runs) -> None:
    address = f"sqlite:{runs.folder.parent / 'j.sqlite3'}"
    assert runs.run(bodies(1), journal=address).done == 1
    assert bulk.status(runs.folder).ended == 1


@ONE_CLIENT
def test_invalid_jobs_leave_nothing_behind(runs: Runs) -> None:
    first, second = bodies(2)
    with pytest.raises(bulk.InvalidJobs) as caught:
        runs.run([first, {**second, "model": "nothing"}, {**second, "prompt": 7}])
    assert [fault.line for fault in caught.value.faults] == [2, 3]
    assert not runs.folder.exists()
    assert not runs.mock.requests


@pytest.mark.parametrize("runs", ["sync"], indirect=True)
def test_what_was_submitted_is_downloaded_whatever_the_contract_says_now(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.mock.outcome("completed", seconds=5000, times=2)
    assert runs.run(bodies(3), concurrency=2, timeout=100).pending == 3
    for module in (jobs, operations):  # the model is gone
        monkeypatch.setattr(module, "operation_of", lambda _model: None)
    with pytest.raises(bulk.InvalidJobs):
        bulk.check(bodies(3))
    assert bulk.check(bodies(3), runs.folder).total == 3
    summary = runs.run(bodies(3))
    assert (summary.done, summary.failed, len(runs.submissions)) == (2, 1, 2)
    assert "has no model" in runs.results[2]["error"]["message"]
    with pytest.raises(bulk.InvalidJobs):
        runs.run(bodies(4))


@pytest.mark.parametrize("runs", ["sync"], indirect=True)
def test_results_may_be_on_another_file_system(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def cross_device(path: Path, target: Path) -> Path:
        if "parts" in path.parts and "parts" not in target.parts:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", cross_device)
    assert runs.run(bodies(1)).done == 1
    assert [path.name for path in runs.folder.glob("*.mp4")] == ["job-1.mp4"]
    assert not list(runs.folder.rglob("*.part"))


@pytest.mark.parametrize("runs", ["sync"], indirect=True)
def test_message_that_is_cut_in_an_emoji_is_written(runs: Runs) -> None:
    runs.mock.outcome("failed", message="no \ud83d")
    assert runs.run(bodies(2), concurrency=1).done == 1
    assert runs.results[0]["error"]["message"] == "no \ud83d"


@ONE_CLIENT
def test_key_is_in_no_file(runs: Runs) -> None:
    runs.run(bodies(2))
    for path in runs.folder.rglob("*"):
        assert not path.is_file() or runs.mock.api_key.encode() not in path.read_bytes()


def test_fault_of_a_callback_ends_the_run_and_loses_nothing(runs: Runs) -> None:
    def fail(_status: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        runs.run(bodies(4), on_progress=fail)
    assert runs.statuses["unknown"] == 0
    assert runs.run(bodies(4)).done == 4
    assert len(runs.submissions) == 4


@pytest.mark.parametrize("runs", ALONE, indirect=True)
def test_unforeseen_error_of_one_submission_loses_no_other(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = operations.Operations.submit

    async def submit_or_crash(self: Any, job: Any) -> Any:
        posted = await submit(self, job)
        if job.seq == 1:
            raise ZeroDivisionError
        return posted

    monkeypatch.setattr(operations.Operations, "submit", submit_or_crash)
    with pytest.raises(ZeroDivisionError):
        runs.run(bodies(4), concurrency=8)
    assert runs.statuses == {"unknown": 1, "pending": 3}
    noted = [line["task_id"] for line in runs.results if line["task_id"] is not None]
    assert len(noted) == len(runs.submissions) - 1
    monkeypatch.undo()
    assert runs.run(bodies(4)).done == 3
    assert len(runs.submissions) == 4


@pytest.mark.parametrize("runs", ["sync"], indirect=True)
@pytest.mark.parametrize(
    "wrong", [{"concurrency": 0}, {"max_credits": -1}, {"timeout": math.nan}, {"journal": "mysql://x"}]
)
def test_wrong_argument_is_reported(runs: Runs, wrong: dict[str, Any]) -> None:
    with pytest.raises(EvoLinkError, match=next(iter(wrong))):
        runs.run(bodies(1), **wrong)
    assert not runs.folder.exists()


@pytest.mark.parametrize("kind", ALONE)
def test_job_that_is_lost_while_connecting_is_not_sent(
    kind: str, evolink_mock_server: EvoLinkMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(kind, evolink_mock_server, tmp_path / "out")  # over sockets
    posted: list[int] = []

    def holds(_journal: Any, _job: Any) -> bool:
        posted.append(len(runs.submissions))
        return len(posted) != 2  # the first one is at the start, the second one before it is written

    monkeypatch.setattr(SQLiteJournal, "holds", holds)
    assert runs.run(bodies(1)).done == 1
    assert posted == [0, 0, 0, 0]
    assert len(runs.submissions) == 1
