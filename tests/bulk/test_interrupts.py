"""Ctrl-C and cancellation lose nothing: what comes back from submissions in flight is noted."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from bulk.conftest import Runs, bodies

from evolink import AsyncEvoLink, bulk
from evolink.bulk.interrupts import Interrupts
from evolink.bulk.sqlite import SQLiteJournal
from evolink_mock import EvoLinkMock


def test_interrupt_lets_the_run_end_in_order(runs: Runs) -> None:
    def interrupt(_status: bulk.Status) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        runs.run(bodies(6), concurrency=2, on_progress=interrupt)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert runs.statuses["unknown"] == 0
    assert runs.statuses["pending"] > 0
    assert runs.run(bodies(6)).done == 6
    assert len(runs.submissions) == 6


def cancel_in_flight(runs: Runs, before: Callable[[], None] = lambda: None) -> asyncio.CancelledError:
    """Cancel a run while a submission is in flight; what it raises."""
    runs.mock.fault(operation="create", delay=20)

    async def cancel() -> asyncio.CancelledError:
        async with AsyncEvoLink() as client:
            running = asyncio.create_task(client.bulk.run(bodies(4), runs.folder, concurrency=4))
            async with asyncio.timeout(60):
                while not runs.submissions:  # noqa: ASYNC110 - the mock has no event for it
                    await asyncio.sleep(0)
            before()
            running.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await running
            return caught.value

    return asyncio.run(cancel())


@pytest.mark.parametrize("runs", ["async"], indirect=True)
def test_cancelled_run_notes_submissions_in_flight(runs: Runs) -> None:
    cancel_in_flight(runs)
    assert runs.statuses["unknown"] == 0
    assert runs.run(bodies(4)).done == 4
    assert len(runs.submissions) == 4


@pytest.mark.parametrize("runs", ["async"], indirect=True)
def test_run_that_is_cancelled_while_it_reads_its_jobs_leaves_the_folder(runs: Runs) -> None:
    async def cancel() -> None:
        loop = asyncio.get_running_loop()

        def jobs() -> Iterator[dict[str, Any]]:
            loop.call_soon_threadsafe(running.cancel)
            yield from bodies(2)

        async with AsyncEvoLink() as client:
            running = asyncio.create_task(client.bulk.run(jobs(), runs.folder))
            with pytest.raises(asyncio.CancelledError):
                await running

    asyncio.run(cancel())
    assert runs.run(bodies(2)).done == 2


@pytest.mark.parametrize("runs", ["async"], indirect=True)
def test_cancelled_run_names_the_tasks_that_the_journal_cannot_note(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise bulk.JournalError("the disk is full")

    error = cancel_in_flight(runs, lambda: monkeypatch.setattr(SQLiteJournal, "write", fail))
    (task,) = runs.mock.tasks
    assert any(f"job-1={task.id}" in note for note in error.__notes__)


def test_second_interrupt_ends_at_once() -> None:
    woken: list[bool] = []
    with Interrupts(lambda: woken.append(True), is_needed=True) as interrupts:
        interrupts.check()
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.is_pending
        assert not interrupts.is_urgent
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.is_urgent
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
    assert woken == [True]


def test_terminal_that_is_closed_counts_once() -> None:
    before = signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        with Interrupts(lambda: None, is_needed=True) as interrupts:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGHUP)
            assert interrupts.is_pending
            assert not interrupts.is_urgent
    finally:
        signal.signal(signal.SIGHUP, before)


def test_interrupts_of_the_application_are_left_alone() -> None:
    own: Any = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts(lambda: None, is_needed=True):
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, own)


def test_run_in_another_thread_leaves_interrupts_alone(runs: Runs) -> None:
    handlers: list[Any] = []
    thread = threading.Thread(
        target=runs.run,
        args=(bodies(1),),
        kwargs={"on_progress": lambda _: handlers.append(signal.getsignal(signal.SIGINT))},
    )
    thread.start()
    thread.join()
    assert set(handlers) == {signal.default_int_handler}


def test_runs_under_trio(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    async def run() -> bulk.Summary:
        async with AsyncEvoLink() as client:
            return await client.bulk.run(bodies(2), tmp_path / "out")

    assert trio.run(run).done == 2
