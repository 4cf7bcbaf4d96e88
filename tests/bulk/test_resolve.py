"""Looking at a run, and deciding about its jobs."""

import asyncio
from pathlib import Path

import pytest
from bulk.conftest import ONE_CLIENT, Runs, bodies

from evolink import bulk
from evolink.bulk.journal import Counts
from evolink.bulk.states import State
from evolink.bulk.status import rate_of, status_of


@pytest.fixture
def lost(runs: Runs) -> Runs:
    """A run with one job whose reply was lost, one that has failed, and one that is done."""
    runs.mock.fault(disconnect="after", operation="create")
    runs.mock.outcome("completed")
    runs.mock.outcome("failed")
    runs.run(bodies(3), concurrency=1)
    assert [line["status"] for line in runs.results] == ["unknown", "failed", "done"]
    return runs


@ONE_CLIENT
def test_unknown_and_failed_jobs_are_listed(lost: Runs) -> None:
    unknown, failed = bulk.resolve(lost.folder, **lost.options)
    assert (unknown.id, unknown.status, unknown.task_id) == ("job-1", "unknown", None)
    assert unknown.idempotency_key == lost.submissions[0].headers["idempotency-key"]
    assert (failed.id, failed.status) == ("job-2", "failed")


@ONE_CLIENT
def test_retry_submits_under_a_new_key(lost: Runs) -> None:
    assert bulk.resolve(lost.folder, **lost.options, retry=["*", "job-2", "job-1"]) == []
    assert lost.statuses == {"pending": 2, "done": 1}
    assert lost.run(bodies(3)).done == 3
    assert len({each.headers["idempotency-key"] for each in lost.submissions}) == 5


@ONE_CLIENT
def test_task_id_goes_on_with_that_task(lost: Runs) -> None:
    assert len(bulk.resolve(lost.folder, **lost.options, task_ids={"job-1": lost.mock.tasks[0].id})) == 1
    assert lost.run(bodies(3)).done == 2
    assert len(lost.submissions) == 3


@pytest.mark.parametrize("status", [400, 404])
@ONE_CLIENT
def test_wrong_task_id_fails_the_job_until_it_gets_the_right_one(lost: Runs, status: int) -> None:
    bulk.resolve(lost.folder, **lost.options, task_ids={"job-1": "task-unified-nothing"}, retry=["job-2"])
    lost.mock.fault(status=status, operation="query")
    assert lost.run(bodies(3), concurrency=1).failed == 1
    assert "--task-id" in lost.results[0]["error"]["message"]
    bulk.resolve(lost.folder, **lost.options, task_ids={"job-1": lost.mock.tasks[0].id})
    assert lost.run(bodies(3)).done == 3
    assert len(lost.submissions) == 4


@ONE_CLIENT
def test_give_up_is_final(lost: Runs) -> None:
    bulk.resolve(lost.folder, **lost.options, give_up=["job-1"])
    assert lost.run(bodies(3)).exit_code == 1
    assert len(lost.submissions) == 3


@pytest.mark.parametrize(
    "decision",
    [
        {"retry": ["nothing"]},
        {"retry": ["\udcff"]},
        {"retry": ["job-3"]},
        {"give_up": ["job-2"]},
        {"task_ids": {"job-1": ""}},
    ],
)
@ONE_CLIENT
def test_wrong_decision_changes_nothing(lost: Runs, decision: dict[str, list[str]]) -> None:
    with pytest.raises(bulk.BulkError):
        bulk.resolve(lost.folder, **lost.options, **decision)  # type: ignore[arg-type]
    assert len(bulk.resolve(lost.folder, **lost.options)) == 2


@ONE_CLIENT
def test_status_tells_states_and_credits(lost: Runs) -> None:
    status = bulk.status(lost.folder, **lost.options)
    assert (status.total, status.ended, status.remaining) == (3, 3, 0)
    assert {name: count for name, count in status.states.items() if count} == {
        "downloaded": 1,
        "failed": 1,
        "unknown": 1,
    }
    assert status.credits > 0


def test_status_can_be_read_while_the_run_is_at_work(runs: Runs) -> None:
    seen: list[tuple[bulk.Status, bulk.Status]] = []

    def look(progress: bulk.Status) -> None:
        seen.append((progress, bulk.status(runs.folder, **runs.options)))

    async def look_aside(progress: bulk.Status) -> None:
        seen.append((progress, await asyncio.to_thread(bulk.status, runs.folder, **runs.options)))

    runs.run(bodies(3), concurrency=1, on_progress=look_aside if runs.is_async else look)
    assert seen
    assert all(told.states == read.states for told, read in seen)


def test_folder_without_a_run_is_reported(tmp_path: Path) -> None:
    for look in (bulk.status, bulk.resolve):
        with pytest.raises(bulk.BulkError, match="not a folder of a bulk run"):
            look(tmp_path)


def test_rate_is_that_of_the_latest_jobs() -> None:
    assert rate_of([], 10.0) is None
    assert rate_of([9.0], 10.0) is None
    assert rate_of([0.0, 1.0, 2.0], 4.0) == 0.5
    assert rate_of([0.0, 1000.0, 1001.0], 1002.0) == 0.5  # not of what was long ago
    assert rate_of([9.9, 9.9, 10.0], 10.0, started=4.0) == 0.5  # they did not begin when the first one ended


def test_rate_of_a_finished_run_stays() -> None:
    counts = Counts({State.DOWNLOADED: 3}, 0.0, 10.0, [15.0, 20.0, 40.0])
    assert status_of(counts, 41.0).rate == status_of(counts, 9000.0).rate == 0.1
