"""What a process holds of a run, whatever comes of its requests and in whatever order."""

import math
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evolink
from evolink.bulk.journal import Change, Claim, JobRow
from evolink.bulk.options import Options
from evolink.bulk.outcomes import Download, Ended, Polled, Posted
from evolink.bulk.states import HELD, State, is_allowed
from evolink.bulk.work import Work

JOBS = 6


class FakeJournal:
    """States of jobs; only steps that are allowed are taken."""

    def __init__(self) -> None:
        self.states = dict.fromkeys(range(1, JOBS + 1), State.QUEUED)

    def claim(self, limit: int) -> Claim:
        queued = [seq for seq, state in self.states.items() if state is State.QUEUED]
        for seq in queued[:limit]:
            self.states[seq] = State.SUBMITTING
        jobs = [JobRow(seq, str(seq), "", "{}", State.SUBMITTING, f"key-{seq}") for seq in queued[:limit]]
        return Claim(jobs, len(queued) > limit)

    def release(self, seqs: list[int]) -> None:
        self.write([Change(seq, State.QUEUED) for seq in seqs])

    def write(self, changes: list[Change]) -> None:
        for change in changes:
            assert is_allowed(self.states[change.seq], change.target)
            self.states[change.seq] = change.target


class Simulation:
    """A run whose requests end as they are told to."""

    def __init__(self, *, trust_idempotency: bool = False, fail_fast: bool = False, at_once: int = 3) -> None:
        self.now = 0.0
        self.work = Work(Options(at_once, None, trust_idempotency, fail_fast, math.inf), math.inf)
        self.journal = FakeJournal()
        self.posting: list[JobRow] = []
        self.downloading: list[Download] = []
        self.polled: list[tuple[int, Any]] = []
        self.posts: Counter[int] = Counter()
        # Jobs that may have been charged.
        self.arrived: set[int] = set()

    def start(self) -> None:
        """What the engine does in each turn before it waits."""
        self.work.check(self.now)
        if self.work.stop is not None:
            self.journal.release(self.work.withdraw())
            if self.work.gives_up:
                self.journal.write(self.work.abandon())
        elif wanted := self.work.wanted(self.now):
            self.work.claimed(self.journal.claim(wanted), self.now)
        jobs = self.work.submissions(self.now)
        self.posts.update(job.seq for job in jobs)
        self.posting += jobs
        self.downloading += self.work.downloads(self.now)
        if self.work.may_poll(self.now):
            self.polled += self.work.new_tasks()

    def end(self, outcome: Posted | Polled | Download) -> None:
        """Let a request end."""
        if isinstance(outcome, Posted):
            error = outcome.error
            is_unknown = isinstance(error, evolink.APIError) and error.outcome_unknown
            if outcome.task is not None or is_unknown:
                self.arrived.add(outcome.job.seq)
        changes = self.work.after(outcome, self.now)
        self.journal.write(changes)
        self.work.noted(changes)


def unknown() -> evolink.APIError:
    error = evolink.APIConnectionError()
    error.outcome_unknown = True
    return error


def task(status: str) -> Any:
    return SimpleNamespace(id="task-1", credits=1.0, status=status, results=["link"], error=None)


SUBMISSIONS: dict[str, Any] = {
    "accepted": lambda: None,
    "lost": unknown,
    "refused": evolink.BadRequest,
    "rate limited": evolink.RateLimited,
    "not connected": evolink.APIConnectionError,
    "not sent": lambda: None,
    "no credits": evolink.InsufficientCredits,
}
POLLS: dict[str, Any] = {
    "completed": None,
    "failed": None,
    "gone": evolink.NotFound,
    "no key": evolink.AuthenticationError,
}
DOWNLOADS: dict[str, Any] = {
    "whole": None,
    "broken": evolink.IncompleteDownload,
    "expired": evolink.ResultExpired,
    "disk full": lambda: OSError(28, "No space left on device"),
}


def step(simulation: Simulation, draw: Any) -> None:
    """Let one request that is in flight end as drawn."""
    simulation.now += draw(st.sampled_from([0.1, 5.0, 40.0]))
    simulation.start()
    if simulation.downloading and draw(st.booleans()):
        download = simulation.downloading.pop(draw(st.integers(0, len(simulation.downloading) - 1)))
        make_error = DOWNLOADS[draw(st.sampled_from(sorted(DOWNLOADS)))]
        simulation.end(download._replace(error=make_error and make_error()))
    elif simulation.posting and draw(st.booleans()):
        job = simulation.posting.pop(draw(st.integers(0, len(simulation.posting) - 1)))
        kind = draw(st.sampled_from(sorted(SUBMISSIONS)))
        accepted = task("pending") if kind == "accepted" else None
        simulation.end(Posted(job, simulation.now, accepted, SUBMISSIONS[kind]()))
    elif simulation.polled:
        seq, _ = simulation.polled.pop(0)
        kind = draw(st.sampled_from(sorted(POLLS)))
        make_error = POLLS[kind]
        ended = Ended(seq, task(kind), make_error and make_error())
        simulation.end(Polled(simulation.now, [ended]))


@settings(max_examples=40)
@given(st.data(), st.booleans(), st.booleans())
def test_no_job_is_charged_twice_or_forgotten(
    data: st.DataObject, trust_idempotency: bool, fail_fast: bool
) -> None:
    simulation = Simulation(trust_idempotency=trust_idempotency, fail_fast=fail_fast)
    for _ in range(50):
        charged = {seq: simulation.posts[seq] for seq in simulation.arrived}
        step(simulation, data.draw)
        if not trust_idempotency:
            assert all(simulation.posts[seq] == count for seq, count in charged.items())
        queued = {seq for seq, state in simulation.journal.states.items() if state is State.QUEUED}
        assert not queued & simulation.arrived
        is_held = any(state in HELD for state in simulation.journal.states.values())
        work = simulation.work
        assert not is_held or work.has_work or work.has_left or work.stop is not None


@settings(max_examples=40)
@given(st.data())
def test_all_jobs_end_where_the_api_works(data: st.DataObject) -> None:
    simulation = Simulation(at_once=data.draw(st.integers(1, 8)))
    for _ in range(100 * JOBS):
        simulation.now += 1.0
        simulation.start()
        if simulation.posting:
            job = simulation.posting.pop(data.draw(st.integers(0, len(simulation.posting) - 1)))
            simulation.end(Posted(job, simulation.now, task("pending")))
        elif simulation.downloading:
            simulation.end(simulation.downloading.pop())
        elif simulation.polled:
            ended = [Ended(seq, task("completed")) for seq, _ in simulation.polled]
            simulation.polled.clear()
            simulation.end(Polled(simulation.now, ended))
        else:
            break
    assert set(simulation.journal.states.values()) == {State.DOWNLOADED}
    assert set(simulation.posts.values()) == {1}


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("rate limited", State.SUBMITTING),  # it is sent again
        ("no credits", State.UNKNOWN),
        ("not sent", State.UNKNOWN),
    ],
)
def test_job_that_may_have_been_charged_is_not_queued_again(kind: str, state: State) -> None:
    simulation = Simulation(trust_idempotency=True, at_once=1)
    simulation.start()
    simulation.end(Posted(simulation.posting.pop(), 0.0, error=unknown()))
    simulation.now = 100.0
    simulation.start()
    simulation.end(Posted(simulation.posting.pop(), 100.0, error=SUBMISSIONS[kind]()))
    assert simulation.journal.states[1] is state


def test_job_that_another_process_has_taken_over_is_forgotten() -> None:
    simulation = Simulation(at_once=1)
    simulation.start()
    simulation.end(Posted(simulation.posting.pop(), 0.0, task("pending")))
    simulation.work.noted([], lost=[1])
    assert not simulation.work.has_work
    assert simulation.work.after(Polled(0.0, [Ended(1, task("completed"))]), 1.0) == []
