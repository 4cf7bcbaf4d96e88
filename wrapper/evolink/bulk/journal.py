"""The journal of a run: what is known of each job, kept so that a crash at any moment loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .states import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from .jobs import Job


class JobRow(NamedTuple):
    """A job as the journal knows it.

    Attributes:
        body: As JSON text; empty where it is not needed.
        tenure: Under which unbroken series of leases this process claimed it; see `Journal.holds`.
    """

    seq: int
    id: str
    output: str
    body: str
    state: State
    idempotency_key: str | None = None
    task_id: str | None = None
    credits: float | None = None
    files: Sequence[Mapping[str, Any]] = ()
    error: Mapping[str, Any] | None = None
    tenure: int = 0


class Change(NamedTuple):
    """A step of one job.

    Attributes:
        seq: Which job.
        target: Its new state.
        idempotency_key: The idempotency key of the submission that it is about: what becomes known of it late
            resolves an unknown outcome.
        task_id: If it is known now.
        credits: What the job costs, if it is known now.
        files: What is on disk now.
        error: What went wrong, as JSON values; None removes what was noted before.
    """

    seq: int
    target: State
    idempotency_key: str | None = None
    task_id: str | None = None
    credits: float | None = None
    files: Sequence[Mapping[str, Any]] = ()
    error: Mapping[str, Any] | None = None

    @classmethod
    def unknown(cls, seq: int, message: str) -> Self:
        """A job that may have been charged, and that nobody has a reply to."""
        return cls(seq, State.UNKNOWN, error={"type": "Interrupted", "code": None, "message": message})


class Claim(NamedTuple):
    """Jobs that may be submitted now.

    Attributes:
        jobs: In the state `submitting`, durably.
        has_more: Whether there are others that are queued.
        is_over_budget: Whether the next one would cost more than what may be spent.
    """

    jobs: Sequence[JobRow]
    has_more: bool = False
    is_over_budget: bool = False


class Counts(NamedTuple):
    """What the journal holds.

    Attributes:
        states: How many jobs are in each state.
        credits: What the jobs cost that may have been charged, as far as it is known.
        started: When the run was made, in Unix seconds.
        finished: When the latest jobs got into a final state, in Unix seconds, in order.
        queued_credits: What the queued jobs cost by the documents.
        queued_unpriced: How many of them have no documented credits.
    """

    states: Mapping[State, int]
    credits: float
    started: float
    finished: Sequence[float]
    queued_credits: float = 0.0
    queued_unpriced: int = 0

    @property
    def total(self) -> int:
        """The number of jobs."""
        return sum(self.states.values())

    def number(self, *states: State) -> int:
        """The number of jobs in some states."""
        return sum(self.states.get(state, 0) for state in states)


class Journal(Protocol):
    """Where a run keeps its jobs. All methods may block; each is one transaction.

    Several processes may share one: a job in a held state belongs to one of them.

    A journal may be out of reach, and it is not known then whether it has noted a call that failed. Each call
    may be made again; after `claim`, what it may have claimed has to be released first.

    Attributes:
        durable_commits: How many transactions have been written to the disk at once.
        lease: Seconds for which a job is held without a sign of life; None if it is held for good.
    """

    durable_commits: int
    lease: float | None

    @property
    def is_alive(self) -> bool:
        """Whether jobs that are claimed now may be submitted now."""
        ...

    def holds(self, job: JobRow) -> bool:
        """Whether a job that was claimed is surely still this process's own; never blocks."""
        ...

    def create(
        self,
        fingerprint: str,
        jobs: Iterable[Job],
        prices: Mapping[str, float | None],
        *,
        api: str,
        is_begun: bool = False,
    ) -> None:
        """Queue the jobs, unless they have been queued before.

        Args:
            fingerprint: The fingerprint of the jobs.
            jobs: In their order.
            prices: The documented credits of each model.
            api: What they are submitted to, in words.
            is_begun: Whether they have surely been queued before.

        Raises:
            OtherJobs: The journal has other jobs.
            BulkError: They have been submitted to another API, or the journal has lost them.
        """
        ...

    def claim(self, limit: int, max_credits: float | None) -> Claim:
        """Take queued jobs to submit them: when this returns, that is on the disk.

        Args:
            limit: How many at most.
            max_credits: What all jobs of the run may cost together, documented credits for those to come.
        """
        ...

    def claim_unknown(self, seqs: Collection[int] | None = None) -> Sequence[JobRow]:
        """Take jobs whose outcome is unknown, to submit them again under their own keys.

        Args:
            seqs: Which; all if None.
        """
        ...

    def take_over(self, held: Collection[int]) -> Sequence[JobRow]:
        """Take the jobs of dead processes, and return them as they were; those being submitted get unknown.

        Args:
            held: What this process knows that it holds; what else the journal has as its own is returned too.
        """
        ...

    def release(self, seqs: Sequence[int] | None, *, besides: Collection[int] = ()) -> None:
        """Queue jobs of this process again that were claimed and surely not sent.

        Those of an earlier submission whose outcome is unknown are unknown again.

        Args:
            seqs: Which; all if None.
            besides: Those that may have been sent.
        """
        ...

    def write(self, changes: Sequence[Change]) -> Sequence[int]:
        """Write steps of jobs; returns those that another process has taken over."""
        ...

    def rows(self) -> Iterator[JobRow]:
        """All jobs in their order, without their bodies."""
        ...

    def unresolved(self) -> Iterator[JobRow]:
        """The jobs that a person may decide about: their outcome is unknown, or they have failed."""
        ...

    def find(self, job_id: str) -> JobRow | None:
        """A job by its id."""
        ...

    def resolve(self, change: Change) -> bool:
        """Write what a person has decided about a job; returns whether its state was as expected."""
        ...

    def has_output(self, name: str) -> bool:
        """Whether a job has an output of this name, with a suffix or without, in whatever case."""
        ...

    def counts(self) -> Counts:
        """How many jobs are in which state."""
        ...

    def close(self) -> None:
        """Give up the connection."""
        ...
