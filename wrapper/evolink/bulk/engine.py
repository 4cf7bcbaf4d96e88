"""The engine of a run: submits jobs, polls their tasks, downloads their results, and journals each step.

One coroutine decides and writes the journal; requests and downloads run in the background beside it. It is
the same for both kinds of client: that of `EvoLink` never suspends, see `_http.io`.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections import deque
from typing import TYPE_CHECKING, Any

from .._core.errors import APIError, ErrorInfo, EvoLinkError
from .._http.httpx_io import BlockingIO
from .._http.retry import backoff
from .._tasks.state import is_completed
from .._tasks.waiter import RESOLUTION
from . import decisions
from .background import background
from .decisions import Verdict
from .errors import JournalError
from .interrupts import Interrupts
from .journal import Change
from .operations import Download, Operations, Posted, guarded
from .options import Stop
from .pace import Pace
from .polling import Polled, TaskPoller
from .states import HELD, State

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from .._http.client_base import BaseClient
    from .background import Background
    from .folder import RunFolder
    from .journal import JobRow, Journal
    from .options import Options
    from .polling import Ended

# Requests in flight beside each other, however many tasks may be unfinished.
_MOST_SUBMISSIONS = 16
_MOST_DOWNLOADS = 4
# So many results may wait for their download before submitting pauses, at least.
_BACKLOG = 16
# Intents are committed in groups of this part of all tasks, or after this many seconds.
_GROUP = 4
_LONGEST_GROUPING = 30.0
# How often one job is submitted again under its key, or its results are downloaded again, in one run.
_MOST_ATTEMPTS = 6
# How long an idle process waits before it looks whether others are done, or have died.
_LOOK = 1.0


class Engine:
    """One run in one process."""

    def __init__(
        self,
        client: BaseClient,
        journal: Journal,
        folder: RunFolder,
        options: Options,
        on_progress: Callable[[], Coroutine[Any, Any, bool]] | None = None,
    ) -> None:
        """Prepare a run.

        Args:
            client: What submits, polls and downloads.
            journal: Of the run.
            folder: Of the run.
            options: What the caller wants.
            on_progress: Called after each change, until it returns that it has told of it.
        """
        self._client = client
        self._io = client._io
        self._journal = journal
        self._options = options
        self._on_progress = on_progress
        self._pace = Pace(min(options.concurrency, _MOST_SUBMISSIONS))
        self._poller = TaskPoller(client)
        size = self._pace.limit + _MOST_DOWNLOADS + 1
        self._background: Background[Any] = background(self._io, size)
        self._interrupts = Interrupts(self._background.wake, is_needed=isinstance(self._io, BlockingIO))
        self._deadline = self._io.now() + options.timeout
        self._operations = Operations(client, journal, folder, self._deadline)
        self.stop: Stop | None = None
        self.gives_up: bool = False

        # Claimed and not sent.
        self._unsent: deque[JobRow] = deque()
        self._posting: dict[int, JobRow] = {}
        # To be sent again under their own keys, with the time.
        self._again: list[tuple[float, JobRow]] = []
        self._attempts: dict[int, int] = {}
        self._watched: dict[int, JobRow] = {}
        # Not known to the poller yet, which may be at work.
        self._new_tasks: list[tuple[int, Any]] = []
        self._is_polling = False
        self._polled_at = -math.inf
        self._downloads: list[Download] = []
        self._downloading = 0
        # Jobs whose results are left to the next run.
        self._left: set[int] = set()
        self._has_news = False
        self._has_queued = True
        self._has_succeeded = False
        self._claimed_at = -math.inf
        self._looked_at = -math.inf
        self._took_over_at = -math.inf

    async def run(self) -> None:
        """Work until all jobs have ended, or nothing more can be done."""
        try:
            with self._interrupts:
                async with self._background:
                    try:
                        await self._loop()
                    except BaseException as error:
                        with self._background.shield():
                            await self._wind_down(error)
                        raise
                    self._background.cancel()
        finally:
            self._poller.close()

    async def _loop(self) -> None:
        await self._take_over()
        if self._options.trust_idempotency:
            rows = await self._use_journal(self._journal.claim_unknown)
            self._again += [(self._io.now(), row) for row in rows]
        while True:
            self._interrupts.check()
            now = self._io.now()
            await self._check_stop(now)
            if self.gives_up and not self._posting:
                return
            if self._journal.lease is not None and now - self._took_over_at >= self._journal.lease / 2:
                await self._take_over()
            await self._claim(now)
            self._start(now)
            if not self._is_busy and await self._is_finished():
                return
            await self._handle(await self._background.finished(self._pause(self._io.now())))

    # What comes next.

    @property
    def _unfinished(self) -> int:
        """How many tasks are unfinished, or about to be."""
        return len(self._unsent) + len(self._posting) + len(self._again) + len(self._watched)

    @property
    def _is_busy(self) -> bool:
        return bool(self._unfinished or self._downloads or self._background.running)

    async def _check_stop(self, now: float) -> None:
        """Find reasons to submit no more, and queue again what was claimed and is not sent."""
        if self._pace.is_outage(now):
            self._stop("the API has not answered for too long", self._pace.error, gives_up=True)
        if now >= self._deadline:
            self._stop(f"not done after {self._options.timeout:g} s", exit_code=4, gives_up=True)
        if self.stop is None:
            return
        if self._unsent:
            seqs = [job.seq for job in self._unsent]
            await self._use_journal(functools.partial(self._journal.release, seqs))
            self._unsent.clear()
        if self.gives_up:
            await self._abandon()

    async def _claim(self, now: float) -> None:
        """Commit the intent to submit the next jobs."""
        if self.stop is not None or self._unsent or not self._has_queued or now < self._pace.resumes_at:
            return
        free = self._options.concurrency - self._unfinished
        if free < 1 or len(self._downloads) + self._downloading >= max(self._options.concurrency, _BACKLOG):
            return
        group = max(1, self._options.concurrency // _GROUP)
        is_overdue = now - self._claimed_at >= _LONGEST_GROUPING
        if free < group and self._unfinished and not is_overdue:
            return
        limit = min(free, group)
        # An interrupt may come before the claim is known here: `_wind_down` asks the journal what is ours.
        claim = await self._use_journal(
            functools.partial(self._journal.claim, limit, self._options.max_credits)
        )
        self._unsent.extend(claim.jobs)
        self._claimed_at = now
        self._has_queued = claim.has_more
        if claim.is_over_budget:
            self._stop(f"the next job would exceed max_credits={self._options.max_credits:g}", exit_code=2)

    def _start(self, now: float) -> None:
        """Start what can be done now."""
        if self.gives_up:
            return
        if now >= self._pace.resumes_at:
            self._start_submissions(now)
            self._start_poll(now)
        for download in [each for each in self._downloads if each.due <= now]:
            if self._downloading < _MOST_DOWNLOADS:
                self._downloads.remove(download)
                self._downloading += 1
                self._background.start(guarded(self._operations.download(download)))

    def _start_submissions(self, now: float) -> None:
        self._again.sort(key=lambda item: item[0])
        while self._again and self._again[0][0] <= now and len(self._posting) < self._pace.limit:
            self._post(self._again[0][1])
            self._again.pop(0)
        while self._unsent and len(self._posting) < self._pace.limit:
            self._post(self._unsent[0])
            self._unsent.popleft()

    def _post(self, job: JobRow) -> None:
        self._posting[job.seq] = job
        self._background.start(guarded(self._operations.submit(job)), is_shielded=True)

    def _start_poll(self, now: float) -> None:
        if self._is_polling:
            return
        for seq, task in self._new_tasks:
            self._poller.add(seq, task)
        self._new_tasks.clear()
        if self._poller.next_due <= now + RESOLUTION:
            self._is_polling = True
            self._polled_at = now
            self._background.start(guarded(self._poller.poll_due(now)))

    def _pause(self, now: float) -> float:
        """Seconds until there is something to start, unless an outcome comes first."""
        requests = [due for due, _ in self._again]
        if not self._is_polling:
            requests.append(now if self._new_tasks else self._poller.next_due)
        if self._unsent and len(self._posting) < self._pace.limit:
            requests.append(now)
        moments = [max(moment, self._pace.resumes_at) for moment in requests]
        if self._downloading < _MOST_DOWNLOADS:
            moments += [each.due for each in self._downloads]
        if not self._background.running:
            moments.append(now + _LOOK)
        return max(0.0, min([*moments, self._deadline], default=math.inf) - now)

    async def _is_finished(self) -> bool:
        """Whether there is nothing left to do, here and in other processes."""
        now = self._io.now()
        if self._journal.lease is not None and now - self._looked_at < _LOOK:
            return False
        self._looked_at = now
        await self._take_over()
        if self._is_busy:
            return False
        counts = await self._use_journal(self._journal.counts)
        self._has_queued = counts.number(State.QUEUED) > 0
        if self.stop is not None or self._has_queued:
            return self.stop is not None
        # What this process leaves to the next run, another one may try: two would wait for each other.
        return bool(self._left) or not counts.number(*HELD)

    async def _take_over(self) -> None:
        """Go on with the jobs of processes that have died: of an earlier run, or on another machine."""
        self._took_over_at = self._io.now()
        changes = []
        for row in await self._use_journal(self._journal.take_over):
            if row.state is not State.SUBMITTING:
                # A task of which nothing is known but its id.
                callbacks: Any = self._client.callbacks  # type: ignore[attr-defined]
                self._watch(row, callbacks.parse({"id": row.task_id, "status": "unknown"}))
            elif self._options.trust_idempotency:
                self._again.append((self._io.now(), row))
            else:
                error = {
                    "type": "Interrupted",
                    "code": None,
                    "message": "the process died while it submitted",
                }
                changes.append(Change(row.seq, State.UNKNOWN, error=error))
        await self._journal_changes(changes)

    def _stop(
        self,
        reason: str,
        error: EvoLinkError | None = None,
        *,
        exit_code: int = 3,
        gives_up: bool = False,
    ) -> None:
        """Submit no more; the first reason counts.

        Args:
            reason: For people.
            error: What was the matter, if it was an error.
            exit_code: Of the command.
            gives_up: Do not wait either for what has been submitted.
        """
        if self.stop is None:
            self.stop = Stop(reason, error, exit_code)
        self.gives_up = self.gives_up or gives_up

    # What has come of it.

    async def _handle(self, outcomes: Sequence[Any]) -> None:
        changes: list[Change] = []
        crashed: BaseException | None = None
        for outcome in outcomes:
            if isinstance(outcome, Posted):
                changes += self._after_submission(outcome)
            elif isinstance(outcome, Polled):
                changes += self._after_poll(outcome)
            elif isinstance(outcome, Download):
                changes += self._after_download(outcome)
            else:
                crashed = outcome
        await self._journal_changes(changes)
        if crashed is not None:
            raise crashed
        self._has_news = self._has_news or bool(changes)
        if self._has_news and self._on_progress is not None:
            self._has_news = not await self._on_progress()

    def _after_submission(self, posted: Posted) -> list[Change]:
        job = self._posting.pop(posted.job.seq)
        now = self._io.now()
        error = posted.error
        if posted.task is not None:
            self._pace.succeeded()
            self._has_succeeded = True
            self._attempts.pop(job.seq, None)
            self._watch(job, posted.task)
            return [
                Change(
                    job.seq,
                    State.SUBMITTED,
                    job.idempotency_key,
                    task_id=posted.task.id,
                    credits=posted.task.credits,
                )
            ]
        if error is None:
            self._stop("the journal was out of reach for too long", gives_up=True)
            return [Change(job.seq, State.QUEUED)]
        verdict = decisions.after_submission(
            error, trust_idempotency=self._options.trust_idempotency, has_succeeded=self._has_succeeded
        )
        info = decisions.as_json(error)
        if verdict in {Verdict.LATER, Verdict.SAME_KEY} and isinstance(error, APIError):
            self._pace.failed(posted.sent_at, now, error)
        if verdict is Verdict.SAME_KEY:
            attempts = self._attempts[job.seq] = self._attempts.get(job.seq, 0) + 1
            if attempts < _MOST_ATTEMPTS:
                self._again.append((now + backoff(attempts), job))
                return []
            verdict = Verdict.UNKNOWN
        if verdict is Verdict.UNKNOWN:
            return self._ended(job, Change(job.seq, State.UNKNOWN, error=info))
        if verdict is Verdict.FAILED:
            return self._ended(job, Change(job.seq, State.FAILED, credits=0, error=info))
        if verdict is Verdict.STOP:
            self._stop(str(error), error)
        self._has_queued = True
        return [Change(job.seq, State.QUEUED, error=info)]

    def _after_poll(self, polled: Polled) -> list[Change]:
        self._is_polling = False
        if polled.error is None:
            self._pace.answered()
        else:
            self._pace.failed(self._polled_at, self._io.now(), polled.error)
        return [change for ended in polled.ended for change in self._after_query(ended)]

    def _after_query(self, ended: Ended) -> list[Change]:
        job = self._watched.pop(ended.seq, None)
        if job is None:  # another process has it
            return []
        task, error = ended.task, ended.error
        if error is not None:
            if decisions.after_query(error) is Verdict.FAILED:
                return self._ended(job, Change(job.seq, State.FAILED, error=decisions.as_json(error)))
            self._stop(str(error), error)
            return []
        if is_completed(task) and task.results:
            self._downloads.append(Download(job, task))
            return [Change(job.seq, State.DONE, credits=task.credits)]
        what = "completed, and has no results" if is_completed(task) else task.status
        info = decisions.as_json(task.error or ErrorInfo(message=f"the task is {what}"))
        return self._ended(job, Change(job.seq, State.FAILED, credits=task.credits, error=info))

    def _after_download(self, download: Download) -> list[Change]:
        self._downloading -= 1
        job, error = download.job, download.error
        if error is None:
            return [Change(job.seq, State.DOWNLOADED, files=download.files)]
        info = decisions.as_json(error)
        verdict = decisions.after_download(error)
        if verdict is Verdict.FAILED:
            return self._ended(job, Change(job.seq, State.FAILED, error=info))
        if verdict is Verdict.STOP:
            self._stop(str(error), error if isinstance(error, EvoLinkError) else None, gives_up=True)
        elif download.attempts + 1 < _MOST_ATTEMPTS:
            attempts = download.attempts + 1
            due = self._io.now() + backoff(attempts)
            self._downloads.append(Download(job, download.task, attempts, due))
        else:
            self._left.add(job.seq)
        return [Change(job.seq, State.DONE, error=info)]

    def _ended(self, job: JobRow, change: Change) -> list[Change]:
        """A job that did not end well."""
        if self._options.fail_fast:
            self._stop(f"job {job.id} is {change.target}, and fail_fast is set")
        return [change]

    def _watch(self, job: JobRow, task: Any) -> None:
        self._watched[job.seq] = job._replace(body="")
        self._new_tasks.append((job.seq, task))

    # The journal, which may block.

    async def _use_journal(self, operation: Callable[[], Any]) -> Any:
        return await self._io.run_in_thread(operation)

    async def _journal_changes(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        for seq in await self._use_journal(functools.partial(self._journal.write, changes)):
            # Another process has taken it over, and goes on with it.
            self._watched.pop(seq, None)
            self._downloads = [each for each in self._downloads if each.job.seq != seq]

    async def _abandon(self) -> None:
        """Note that jobs are not submitted again any more whose outcome is unknown."""
        error = {"type": "Interrupted", "code": None, "message": "no reply, and the run has ended"}
        changes = [Change(job.seq, State.UNKNOWN, error=error) for _, job in self._again]
        self._again.clear()
        await self._journal_changes(changes)

    async def _wind_down(self, error: BaseException) -> None:
        """Submit no more, and journal what comes back from submissions in flight.

        A second interrupt ends this at once: their outcome is unknown then.
        """
        self._stop(type(error).__name__, gives_up=True)
        in_flight = [*self._posting, *(job.seq for _, job in self._again)]
        lost: list[str] = []
        release = functools.partial(self._journal.release, None, besides=in_flight)
        with contextlib.suppress(JournalError):
            await self._use_journal(release)
        while self._posting:
            for outcome in await self._background.finished(math.inf):
                if isinstance(outcome, Posted):
                    changes = self._after_submission(outcome)
                    try:
                        await self._use_journal(functools.partial(self._journal.write, changes))
                    except JournalError:
                        lost += [f"{outcome.job.id}={change.task_id}" for change in changes if change.task_id]
        with contextlib.suppress(JournalError):
            await self._abandon()
        if lost:
            error.add_note(
                "the journal could not note these tasks; `bulk resolve` with --task-id JOB=TASK does it: "
                + ", ".join(lost)
            )
