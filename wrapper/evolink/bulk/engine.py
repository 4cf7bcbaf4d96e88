"""The engine of a run: submits jobs, polls their tasks, downloads their results, and journals each step.

One coroutine decides, by `Work`, and writes the journal; requests and downloads run in the background beside
it. It is the same for both kinds of client: that of `EvoLink` never suspends, see `_http.io`.
"""

from __future__ import annotations

import contextlib
import functools
import math
from typing import TYPE_CHECKING, Any

from .._core.recovery import add_note
from .._http.httpx_io import BlockingIO
from .._tasks.waiter import RESOLUTION
from .access import JournalAccess
from .background import background
from .errors import JournalError
from .interrupts import Interrupts
from .operations import Operations, guarded
from .outcomes import Crashed, Polled, Posted
from .pace import OutageTimeout
from .polling import TaskPoller
from .states import HELD, State
from .work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Sequence

    from .._http.client_base import BaseClient
    from .background import Background
    from .folder import RunFolder
    from .journal import Change, Journal
    from .options import Options, Stop

# How long an idle process waits before it looks whether others are done, or have died.
_LOOK = 1.0


class Engine:
    """One run in one process.

    Attributes:
        access: What calls the journal.
    """

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
            journal: The journal of the run.
            folder: The folder of the run.
            options: What the caller wants.
            on_progress: Called after each change, until it returns that it has told of it.
        """
        self._client = client
        self._io = client._io
        self._journal = journal
        self._options = options
        self._on_progress = on_progress
        deadline = self._io.now() + options.timeout
        self._work = Work(options, deadline)
        self._operations = Operations(client, journal, folder, deadline)
        self._poller = TaskPoller(client)
        # One more polls.
        self._background: Background[Any] = background(self._io, self._work.most_operations + 1)
        self._interrupts = Interrupts(self._background.wake, is_needed=isinstance(self._io, BlockingIO))
        self.access: JournalAccess = JournalAccess(self._io, self._interrupts, deadline)
        self._lease_outage = OutageTimeout()
        self._unwritten: list[Change] = []
        self._is_polling = False
        self._has_news = False
        self._looked_at = -math.inf
        self._took_over_at = -math.inf

    @property
    def stop(self) -> Stop | None:
        """Why the run has ended early, if it has."""
        return self._work.stop

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
            await self._claim_unknown(None)
        while True:
            self._interrupts.check()
            now = self._io.now()
            await self._check_stop(now)
            if self._work.gives_up and not self._work.is_posting:
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
    def _is_busy(self) -> bool:
        return self._work.has_work or bool(self._background.running)

    async def _check_stop(self, now: float) -> None:
        """Look for reasons to submit no more, and queue again what was claimed and is not sent."""
        self._work.check(now)
        if self._work.stop is None:
            return
        if seqs := self._work.withdraw():
            await self.access.call(functools.partial(self._journal.release, seqs))
        if self._work.gives_up:
            await self._write(self._work.abandon())

    async def _claim(self, now: float) -> None:
        """Commit the intent to submit the next jobs."""
        if not self._are_leases_fresh(now) or not (wanted := self._work.wanted(now)):
            return
        claim = functools.partial(self._journal.claim, wanted, self._options.max_credits)
        try:
            # An interrupt may come before the claim is known here: `_wind_down` asks the journal for it.
            self._work.claimed(await self.access.call_once(claim), now)
        except JournalError as error:
            if not error._is_transient:
                raise
            # It may have been committed all the same; nothing of it was sent.
            await self._release()

    def _are_leases_fresh(self, now: float) -> bool:
        """Whether jobs may be claimed; if that is not so for too long, the run ends."""
        if self._journal.is_alive:
            self._lease_outage.succeeded()
        elif not self._lease_outage.failed(now):
            self._work.give_up("the leases in the journal could not be renewed for too long")
        return not self._lease_outage.is_waiting

    async def _claim_unknown(self, seqs: Collection[int] | None) -> None:
        """Submit jobs again under their own keys."""
        rows = await self.access.call(functools.partial(self._journal.claim_unknown, seqs))
        held = self._work.held  # by an earlier call
        self._work.resubmit([row for row in rows if row.seq not in held], self._io.now())

    def _start(self, now: float) -> None:
        """Start what can be done now."""
        for job in self._work.submissions(now):
            self._background.start(guarded(self._operations.submit(job), job), is_shielded=True)
        for download in self._work.downloads(now):
            self._background.start(guarded(self._operations.download(download)))
        if self._is_polling or not self._work.may_poll(now):
            return
        for seq, task in self._work.new_tasks():
            self._poller.add(seq, task)
        if self._poller.next_due <= now + RESOLUTION:
            self._is_polling = True
            self._background.start(guarded(self._poller.poll_due(now)))

    def _pause(self, now: float) -> float:
        """Seconds until there is something to start, unless an outcome comes first."""
        due = self._work.next_due(now, poll_due=None if self._is_polling else self._poller.next_due)
        if not self._background.running:
            due = min(due, now + _LOOK)
        return max(0.0, due - now)

    async def _is_finished(self) -> bool:
        """Whether there is nothing left to do, here and in other processes."""
        now = self._io.now()
        if self._journal.lease is not None and now - self._looked_at < _LOOK:
            return False
        self._looked_at = now
        await self._take_over()
        if self._is_busy:
            return False
        counts = await self.access.call(self._journal.counts)
        queued = counts.number(State.QUEUED)
        self._work.queue_has(queued)
        if self.stop is not None or queued:
            return self.stop is not None
        # What this process leaves to the next run, another one may try: two would wait for each other.
        return self._work.has_left or not counts.number(*HELD)

    async def _take_over(self) -> None:
        """Go on with the jobs of processes that have died: of an earlier run, or on another machine."""
        self._took_over_at = self._io.now()
        interrupted = []
        for row in await self.access.call(functools.partial(self._journal.take_over, self._work.held)):
            if row.state is State.SUBMITTING:
                interrupted.append(row.seq)
            else:
                # A task of which nothing is known but its id.
                callbacks: Any = self._client.callbacks  # type: ignore[attr-defined]
                self._work.watch(row, callbacks.parse({"id": row.task_id, "status": "unknown"}))
        if interrupted and self._options.trust_idempotency:
            await self._claim_unknown(interrupted)

    # What has come of it.

    async def _handle(self, outcomes: Sequence[Any]) -> None:
        """Take what came back together: one transaction."""
        now = self._io.now()
        if any(isinstance(outcome, Polled) for outcome in outcomes):
            self._is_polling = False
        for outcome in outcomes:  # one by one: a second interrupt may come in between
            self._unwritten += self._work.after(outcome, now)
        self._has_news = self._has_news or bool(self._unwritten)
        await self._write()
        for outcome in outcomes:
            if isinstance(outcome, Crashed):
                raise outcome.error
        if self._has_news and self._on_progress is not None:
            self._has_news = not await self._on_progress()

    async def _write(self, changes: Sequence[Change] = ()) -> None:
        """Note steps of jobs, and those that could not be noted before."""
        self._unwritten += changes
        if self._unwritten:
            noted = tuple(self._unwritten)
            lost = await self.access.call(functools.partial(self._journal.write, noted))
            self._work.noted(noted, lost)
            self._unwritten.clear()

    async def _wind_down(self, error: BaseException) -> None:
        """Submit no more, and journal what comes back from submissions in flight.

        A second interrupt ends this at once: their outcome is unknown then. It may come before this begins.
        """
        self.access.hurry()
        self._work.give_up(type(error).__name__)
        with contextlib.suppress(JournalError):
            await self._release()
        while self._work.is_posting and self._background.running and not self._interrupts.is_urgent:
            now = self._io.now()
            outcomes = [
                each
                for each in await self._background.finished(math.inf)
                if isinstance(each, (Posted, Crashed))
            ]
            with contextlib.suppress(JournalError):
                await self._write([change for each in outcomes for change in self._work.after(each, now)])
        with contextlib.suppress(JournalError):
            await self._write(self._work.abandon())
        if lost := self._work.tasks_of(self._unwritten):
            add_note(
                error,
                "the journal could not note these tasks; after the next run, `bulk resolve` with"
                f" --task-id JOB=TASK does it: {', '.join(lost)}",
            )

    async def _release(self) -> None:
        """Queue again what was claimed and not sent."""
        besides = self._work.perhaps_sent
        await self.access.call(functools.partial(self._journal.release, None, besides=besides))
