"""`client.bulk`: durable runs of many jobs."""

from __future__ import annotations

import contextlib
import functools
import logging
import math
import threading
import time
from typing import TYPE_CHECKING

from .._core import arguments, overrides
from .._http.io import run
from .engine import Engine
from .errors import BulkError, JournalError
from .folder import JournalAddress, RunFolder
from .jobs import JobSet
from .options import Options
from .results import write_results
from .status import status_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from .._http.client_base import BaseClient
    from .formats import JobSource
    from .journal import Journal
    from .results import Summary
    from .status import Status

DEFAULT_CONCURRENCY = 8
# Seconds between two reports of progress.
_REPORT = 0.5

_log = logging.getLogger("evolink")


class Bulk:
    """Runs many jobs so that a crash loses nothing, as `client.bulk`."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def run(
        self,
        jobs: JobSource,
        folder: str | os.PathLike[str],
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        max_credits: float | None = None,
        trust_idempotency: bool = False,
        fail_fast: bool = False,
        timeout: float | None = None,
        journal: str | None = None,
        on_progress: Callable[[Status], object] | None = None,
    ) -> Summary:
        """Submit jobs, wait for their tasks and download the results; the same call continues after a crash.

        Each step is in a journal. A job is submitted once: if its outcome is unknown, because the process
        died or the reply was lost, it is not submitted again, and `evolink.bulk.resolve` lists it.

        Args:
            jobs: A `.jsonl` or `.csv` file, an open binary file, or bodies; each is a documented body, with
                an optional `id` and `output`. All are checked before anything is sent.
            folder: Where results and journal go; made if it is missing. It belongs to these jobs.
            concurrency: How many tasks are unfinished at once.
            max_credits: Submit no job that would take the sum over this: the documented credits of the model
                count, then what the API says. A model without them counts once the API has reported it.
            trust_idempotency: Submit jobs whose outcome is unknown again, under their own keys: the API is
                trusted to charge once for one key.
            fail_fast: Submit no more after the first job that fails.
            timeout: Seconds for this call; None for no limit.
            journal: `sqlite:PATH` for another file than that in the folder, or `postgresql://…` to share the
                jobs with other processes that make the same call.
            on_progress: Called with the state of the run, twice a second at most.

        Returns:
            How it ended. Jobs that failed are not errors of this call: look at `exit_code` or the results.

        Raises:
            InvalidJobs: Some are not valid; nothing was sent.
            OtherJobs: The folder belongs to other jobs.
            FolderInUse: Another run works in it.
            BulkError: Jobs were submitted to the mock, and this is the API (or the other way round), or the
                folder cannot be used.
            JournalError: The journal cannot be written; nothing is sent without it.
        """
        options = _options(concurrency, max_credits, trust_idempotency, fail_fast, timeout)
        return run(_run(self._client, jobs, folder, options, journal, on_progress))


class AsyncBulk:
    """As `Bulk`, awaited; `client.bulk` of an `AsyncEvoLink`."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    async def run(
        self,
        jobs: JobSource,
        folder: str | os.PathLike[str],
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        max_credits: float | None = None,
        trust_idempotency: bool = False,
        fail_fast: bool = False,
        timeout: float | None = None,
        journal: str | None = None,
        on_progress: Callable[[Status], object] | None = None,
    ) -> Summary:
        """As `Bulk.run`; `on_progress` may be a coroutine function."""
        options = _options(concurrency, max_credits, trust_idempotency, fail_fast, timeout)
        return await _run(self._client, jobs, folder, options, journal, on_progress)


def _options(
    concurrency: int,
    max_credits: float | None,
    trust_idempotency: bool,
    fail_fast: bool,
    timeout: float | None,
) -> Options:
    """The arguments of a run, checked."""
    limit = arguments.check_number("max_credits", max_credits, math.inf)
    return Options(
        arguments.check_count("concurrency", concurrency, least=1),
        None if math.isinf(limit) else limit,
        arguments.check_flag("trust_idempotency", trust_idempotency),
        arguments.check_flag("fail_fast", fail_fast),
        arguments.check_seconds("timeout", timeout, math.inf),
    )


async def _run(
    client: BaseClient,
    jobs: JobSource,
    path: str | os.PathLike[str],
    options: Options,
    journal_address: str | None,
    on_progress: Callable[[Status], object] | None,
) -> Summary:
    arguments.check_callback("on_progress", on_progress, is_awaited=True)
    io = client._io
    folder = RunFolder(path)
    opened = _Opened()
    try:
        prepare = functools.partial(_prepared, jobs, folder, journal_address, _api(), opened)
        journal = await io.run_in_thread(prepare)
        reporter = None if on_progress is None else _Reporter(client, journal, on_progress)
        engine = Engine(client, journal, folder, options, None if reporter is None else reporter.report)
        try:
            await engine.run()
            if reporter is not None:
                await reporter.report(is_last=True)
        except BaseException:
            write = functools.partial(write_results, journal, folder, engine.stop)
            with contextlib.suppress(BulkError):  # the first error tells more
                await io.run_in_thread(write, is_cleanup=True)
            raise
        summary: Summary = await engine.access.call(
            functools.partial(write_results, journal, folder, engine.stop)
        )
    finally:
        await io.run_in_thread(opened.close, is_cleanup=True)
    _log.info("bulk run in %s: %d of %d jobs are done", path, summary.done, summary.total)
    return summary


def _api() -> str:
    """What jobs are submitted to, in words; one API has many addresses, by proxies among others."""
    return "the API" if overrides.current() is overrides.SYSTEM else "the mock"


def _prepared(
    jobs: JobSource, folder: RunFolder, journal_address: str | None, api: str, opened: _Opened
) -> Journal:
    """The journal of these jobs; it and the locks of the folder stay open until `opened` is closed."""
    address = JournalAddress.parsed(journal_address)
    address.check_usable()
    with opened.stack() as stack, JobSet(jobs, is_known=folder.has_run) as checked:
        for lock in folder.lock(address):
            stack.callback(lock.release)
        is_begun = folder.has_run(checked.fingerprint)
        journal = folder.begin(checked.fingerprint, address)
        stack.callback(journal.close)
        journal.create(checked.fingerprint, checked, checked.prices, api=api, is_begun=is_begun)
        # Only now: a journal without the jobs of a folder that has been noted has lost them.
        folder.note_run(checked.fingerprint, address)
    return journal


class _Opened:
    """What a run has opened, in a thread that a cancelled caller leaves behind."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._lock = threading.Lock()
        self._is_closed = False

    @contextlib.contextmanager
    def stack(self) -> Iterator[contextlib.ExitStack]:
        """Where the thread notes what is to be closed; closing waits for it."""
        with self._lock:
            if self._is_closed:
                raise BulkError("the run was cancelled before it began")
            yield self._stack

    def close(self) -> None:
        """Close all of it."""
        with self._lock:
            self._is_closed = True
            self._stack.close()


class _Reporter:
    """Tells the caller how far the run is, now and then."""

    def __init__(self, client: BaseClient, journal: Journal, on_progress: Callable[[Status], object]) -> None:
        self._io = client._io
        self._journal = journal
        self._on_progress = on_progress
        self._reported_at = -math.inf

    async def report(self, *, is_last: bool = False) -> bool:
        """Call the caller's function, unless it was called just now; returns whether it was called."""
        if time.monotonic() - self._reported_at < _REPORT and not is_last:
            return False
        try:
            counts = await self._io.run_in_thread(self._journal.counts)
        except JournalError as error:
            if not error._is_transient:
                raise
            return False
        await self._io.callback(self._on_progress, status_of(counts, time.time()))
        self._reported_at = time.monotonic()
        return True
