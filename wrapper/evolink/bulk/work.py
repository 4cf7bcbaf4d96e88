"""The jobs that this process works on, and what each outcome means for them. No I/O, and no clock.

Jobs come in by `claimed`, `resubmit` and `watch`. `submissions`, `new_tasks` and `downloads` hand out what is
to be started, and `after` takes what came of it: it returns what the journal has to note.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

from .._core.errors import APIError, ErrorInfo, EvoLinkError
from .._http.retry import backoff
from .._tasks.state import is_completed
from . import decisions
from .decisions import Verdict
from .journal import Change
from .options import Stop
from .outcomes import Crashed, Download, Posted
from .pace import Pace
from .states import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from .journal import Claim, JobRow
    from .options import Options
    from .outcomes import Ended, Polled

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
_OTHER_TASK = "if it was submitted as another one, `bulk resolve` with --task-id names that"


class Work:
    """The jobs of a run that one process holds.

    Attributes:
        stop: Why no more jobs are submitted, if so.
        gives_up: Whether what has been submitted is not waited for either.
    """

    def __init__(self, options: Options, deadline: float) -> None:
        """Begin without jobs.

        Args:
            options: What the caller wants.
            deadline: When the run ends in any case.
        """
        self.stop: Stop | None = None
        self.gives_up: bool = False
        self._options = options
        self._deadline = deadline
        self._pace = Pace(min(options.concurrency, _MOST_SUBMISSIONS))
        self._has_queued = True
        self._has_succeeded = False
        self._has_answered = False
        self._claimed_at = -math.inf
        # Claimed and not sent.
        self._unsent: deque[JobRow] = deque()
        self._posting: dict[int, JobRow] = {}
        # Handed out to be sent, until the journal has noted what came of it.
        self._perhaps_sent: set[int] = set()
        # To be sent again under their own keys, with the time.
        self._again: list[tuple[float, JobRow]] = []
        # Jobs that may have been charged without a reply, and how often they have been sent since.
        self._attempts: dict[int, int] = {}
        self._watched: dict[int, JobRow] = {}
        # Not handed out to be polled yet.
        self._new_tasks: list[tuple[int, Any]] = []
        self._downloads: list[Download] = []
        self._downloading: set[int] = set()
        # Jobs that are left to the next run.
        self._left: set[int] = set()

    # What there is to do.

    @property
    def most_operations(self) -> int:
        """How many submissions and downloads run at once at most."""
        return self._pace.limit + _MOST_DOWNLOADS

    @property
    def has_work(self) -> bool:
        """Whether any job is in the hands of this process."""
        return bool(self._unfinished or self._downloads or self._downloading)

    @property
    def is_posting(self) -> bool:
        """Whether submissions are in flight."""
        return bool(self._posting)

    @property
    def has_left(self) -> bool:
        """Whether jobs are left to the next run."""
        return bool(self._left)

    @property
    def perhaps_sent(self) -> set[int]:
        """The jobs that the journal has as being submitted, and that may have arrived at the API."""
        return {*self._perhaps_sent, *(job.seq for _, job in self._again)}

    @property
    def held(self) -> set[int]:
        """The jobs that the journal has as this process's own."""
        waiting = (each.job.seq for each in self._downloads)
        claimed = (job.seq for job in self._unsent)
        return {
            *claimed,
            *self.perhaps_sent,
            *self._watched,
            *waiting,
            *self._downloading,
            *self._left,
        }

    def tasks_of(self, changes: Iterable[Change]) -> list[str]:
        """The tasks of jobs that were submitted, as `bulk resolve` takes them: JOB=TASK."""
        return [
            f"{self._watched[change.seq].id}={change.task_id}"
            for change in changes
            if change.target is State.SUBMITTED and change.seq in self._watched
        ]

    @property
    def _unfinished(self) -> int:
        """How many tasks are unfinished, or about to be."""
        return len(self._unsent) + len(self._posting) + len(self._again) + len(self._watched)

    def wanted(self, now: float) -> int:
        """How many jobs to claim now."""
        if self.stop is not None or self._unsent or not self._has_queued or now < self._pace.resumes_at:
            return 0
        most = self._options.concurrency
        free = most - self._unfinished
        if free < 1 or len(self._downloads) + len(self._downloading) >= max(most, _BACKLOG):
            return 0
        group = max(1, most // _GROUP)
        if free < group and self._unfinished and now - self._claimed_at < _LONGEST_GROUPING:
            return 0
        return min(free, group)

    def submissions(self, now: float) -> list[JobRow]:
        """The jobs to submit now; from now on they are in flight."""
        if self.gives_up or now < self._pace.resumes_at:
            return []
        free = self._pace.limit - len(self._posting)
        self._again.sort(key=lambda item: item[0])
        due = [job for moment, job in self._again[: max(free, 0)] if moment <= now]
        del self._again[: len(due)]
        while self._unsent and len(due) < free:
            due.append(self._unsent.popleft())
        self._posting.update((job.seq, job) for job in due)
        self._perhaps_sent.update(job.seq for job in due)
        return due

    def may_poll(self, now: float) -> bool:
        """Whether the API may be asked for tasks now."""
        return not self.gives_up and now >= self._pace.resumes_at

    def new_tasks(self) -> Sequence[tuple[int, Any]]:
        """The tasks to poll from now on, with the number of their job."""
        tasks, self._new_tasks = self._new_tasks, []
        return tasks

    def downloads(self, now: float) -> Sequence[Download]:
        """The results to download now."""
        if self.gives_up:
            return []
        due = [each for each in self._downloads if each.due <= now][
            : _MOST_DOWNLOADS - len(self._downloading)
        ]
        self._downloads = [each for each in self._downloads if each not in due]
        self._downloading.update(each.job.seq for each in due)
        return due

    def next_due(self, now: float, *, poll_due: float | None) -> float:
        """When there is something to start, unless an outcome comes first.

        Args:
            now: The time.
            poll_due: When to poll the tasks that are polled already; None if that is going on.
        """
        requests = [due for due, _ in self._again]
        if poll_due is not None:
            requests.append(now if self._new_tasks else poll_due)
        if self._unsent and len(self._posting) < self._pace.limit:
            requests.append(now)
        moments = [max(moment, self._pace.resumes_at) for moment in requests]
        if len(self._downloading) < _MOST_DOWNLOADS:
            moments += [each.due for each in self._downloads]
        return min([*moments, self._deadline])

    # Jobs come in and go.

    def claimed(self, claim: Claim, now: float) -> None:
        """Take jobs that the journal has as being submitted."""
        self._unsent.extend(claim.jobs)
        self._claimed_at = now
        self._has_queued = claim.has_more
        if claim.is_over_budget:
            limit = self._options.max_credits
            self._stop(f"the next job would exceed max_credits={limit:.12g}", exit_code=2)

    def resubmit(self, jobs: Iterable[JobRow], now: float) -> None:
        """Take jobs whose outcome is unknown, to submit them again under their own keys."""
        for job in jobs:
            self._attempts.setdefault(job.seq, 0)
            self._again.append((now, job))

    def watch(self, job: JobRow, task: Any) -> None:
        """Take a job that has a task."""
        self._watched[job.seq] = job._replace(body="")
        self._new_tasks.append((job.seq, task))

    def queue_has(self, count: int) -> None:
        """Note how many jobs are queued in the journal."""
        self._has_queued = count > 0

    def withdraw(self) -> list[int]:
        """Give up the jobs that were claimed and are not sent: the journal has to queue them again."""
        seqs = [job.seq for job in self._unsent]
        self._unsent.clear()
        return seqs

    def abandon(self) -> list[Change]:
        """Submit no job again whose outcome is unknown."""
        changes = [Change.unknown(job.seq, "no reply, and the run has ended") for _, job in self._again]
        self._again.clear()
        return changes

    def noted(self, changes: Iterable[Change], lost: Collection[int] = ()) -> None:
        """Take what the journal has noted; forget jobs that another process has taken over, and goes on with.

        Args:
            changes: Steps that are in the journal.
            lost: The jobs that another process has.
        """
        self._perhaps_sent.difference_update(change.seq for change in changes)
        for seq in lost:
            self._watched.pop(seq, None)
            self._left.discard(seq)
        self._downloads = [each for each in self._downloads if each.job.seq not in lost]

    # Why a run ends.

    def check(self, now: float) -> None:
        """Look for reasons to submit no more."""
        if self._pace.is_outage(now):
            self._stop("the API has not answered for too long", self._pace.error, gives_up=True)
        if now >= self._deadline:
            self._stop(f"not done after {self._options.timeout:g} s", exit_code=4, gives_up=True)

    def give_up(self, reason: str) -> None:
        """Submit no more, and do not wait for what has been submitted."""
        self._stop(reason, gives_up=True)

    def _stop(
        self,
        reason: str,
        error: EvoLinkError | None = None,
        *,
        exit_code: int = 3,
        gives_up: bool = False,
    ) -> None:
        """Submit no more; the first reason counts."""
        if self.stop is None:
            self.stop = Stop(reason, error, exit_code)
        self.gives_up = self.gives_up or gives_up

    # What has come of it.

    def after(self, outcome: Posted | Polled | Download | Crashed, now: float) -> list[Change]:
        """Take an outcome; returns what the journal has to note."""
        if isinstance(outcome, Crashed):
            if outcome.job is None:
                return []
            job = self._posting.pop(outcome.job.seq)
            return [Change.unknown(job.seq, f"{type(outcome.error).__name__}: {outcome.error}")]
        if isinstance(outcome, Posted):
            return self._after_submission(outcome, now)
        if isinstance(outcome, Download):
            return self._after_download(outcome, now)
        if outcome.error is None:
            self._pace.answered()
        else:
            self._pace.failed(outcome.sent_at, now, outcome.error)
        return [change for ended in outcome.ended for change in self._after_query(ended)]

    def _after_submission(self, posted: Posted, now: float) -> list[Change]:
        job = self._posting.pop(posted.job.seq)
        error = posted.error
        if posted.task is not None:
            self._pace.succeeded()
            self._has_succeeded = True
            self._attempts.pop(job.seq, None)
            self.watch(job, posted.task)
            task_id, credits_ = posted.task.id, posted.task.credits
            return [Change(job.seq, State.SUBMITTED, job.idempotency_key, task_id=task_id, credits=credits_)]
        if error is None:
            return [self._queued_again(job)._replace(idempotency_key=job.idempotency_key)]
        verdict = decisions.after_submission(
            error, trust_idempotency=self._options.trust_idempotency, has_succeeded=self._has_succeeded
        )
        if verdict in {Verdict.LATER, Verdict.SAME_KEY} and isinstance(error, APIError):
            self._pace.failed(posted.sent_at, now, error)
        if verdict is Verdict.SAME_KEY:
            attempts = self._attempts[job.seq] = self._attempts.get(job.seq, 0) + 1
            if attempts < _MOST_ATTEMPTS:
                self._again.append((now + backoff(attempts), job))
                return []
            verdict = Verdict.UNKNOWN
        if verdict is Verdict.LATER and job.seq in self._attempts:
            self._again.append((now, job))
            return []
        info = decisions.as_json(error)
        if verdict is Verdict.UNKNOWN:
            return self._ended(job, Change(job.seq, State.UNKNOWN, error=info))
        if verdict is Verdict.FAILED:
            return self._ended(job, Change(job.seq, State.FAILED, credits=0, error=info))
        if verdict is Verdict.STOP:
            if not decisions.is_about_account(error):
                error._advise(f"It was job {job.id} that met this.")
            self._stop(str(error), error)
        return [self._queued_again(job)._replace(error=info)]

    def _queued_again(self, job: JobRow) -> Change:
        """A job that was not sent, or surely not charged, unless an earlier submission may have been."""
        if job.seq in self._attempts:
            return Change.unknown(job.seq, "no reply to an earlier submission, and no other one came through")
        self._has_queued = True
        return Change(job.seq, State.QUEUED)

    def _after_query(self, ended: Ended) -> list[Change]:
        job = self._watched.pop(ended.seq, None)
        if job is None:  # another process has it
            return []
        task, error = ended.task, ended.error
        if error is not None:
            if decisions.after_query(error, has_answered=self._has_answered) is Verdict.FAILED:
                info = decisions.as_json(error)
                message = f"the API does not know task {task.id} ({info['message']}); {_OTHER_TASK}"
                info = {**info, "message": message}
                return self._ended(job, Change(job.seq, State.FAILED, error=info))
            self._stop(str(error), error)
            self._left.add(job.seq)
            return []
        self._has_answered = True
        if is_completed(task) and task.results:
            self._downloads.append(Download(job, task))
            return [Change(job.seq, State.DONE, credits=task.credits)]
        what = "completed, and has no results" if is_completed(task) else task.status
        info = decisions.as_json(task.error or ErrorInfo(message=f"the task is {what}"))
        return self._ended(job, Change(job.seq, State.FAILED, credits=task.credits, error=info))

    def _after_download(self, download: Download, now: float) -> list[Change]:
        self._downloading.discard(download.job.seq)
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
            self._downloads.append(Download(job, download.task, attempts, now + backoff(attempts)))
        else:
            self._left.add(job.seq)
        return [Change(job.seq, State.DONE, error=info)]

    def _ended(self, job: JobRow, change: Change) -> list[Change]:
        """A job that did not end well."""
        if self._options.fail_fast:
            self._stop(f"job {job.id} is {change.target}, and fail_fast is set")
        return [change]
