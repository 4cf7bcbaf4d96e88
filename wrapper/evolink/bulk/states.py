"""The life of a job: its states, and what leads from one to another. No I/O."""

from __future__ import annotations

import enum
from typing import NamedTuple


class State(enum.StrEnum):
    """Where a job is; this is what the journal holds."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    DONE = "done"
    DOWNLOADED = "downloaded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Transition(NamedTuple):
    """A step in the life of a job."""

    source: State
    target: State
    # Why it happens, as the diagram in the docs shows it.
    cause: str


TRANSITIONS = (
    Transition(State.QUEUED, State.SUBMITTING, "committed"),
    Transition(State.SUBMITTING, State.QUEUED, "not sent"),
    Transition(State.SUBMITTING, State.SUBMITTED, "the reply names the task"),
    Transition(State.SUBMITTING, State.FAILED, "refused"),
    Transition(State.SUBMITTING, State.UNKNOWN, "no reply"),
    Transition(State.SUBMITTED, State.DONE, "the task has completed"),
    Transition(State.SUBMITTED, State.FAILED, "the task has failed"),
    Transition(State.DONE, State.DOWNLOADED, "the files are on disk"),
    Transition(State.DONE, State.FAILED, "the result is gone"),
    Transition(State.UNKNOWN, State.SUBMITTING, "same key again"),
    Transition(State.UNKNOWN, State.SUBMITTED, "resolve: task id"),
    Transition(State.UNKNOWN, State.QUEUED, "resolve: retry"),
    Transition(State.UNKNOWN, State.FAILED, "resolve: give up"),
    Transition(State.FAILED, State.QUEUED, "resolve: retry"),
    Transition(State.FAILED, State.SUBMITTED, "resolve: task id"),
)

# Where a job stays unless a person decides otherwise.
FINAL = frozenset({State.DOWNLOADED, State.FAILED, State.UNKNOWN})
# What somebody works on, and takes over when that one dies.
HELD = frozenset({State.SUBMITTING, State.SUBMITTED, State.DONE})
# The API may have a task for these, or has had one.
MAY_BE_CHARGED = frozenset(State) - {State.QUEUED}

_ALLOWED = frozenset((transition.source, transition.target) for transition in TRANSITIONS)


def is_allowed(source: State, target: State) -> bool:
    """Whether a job may go from one state to another; staying is always allowed."""
    return source is target or (source, target) in _ALLOWED


def sources_of(target: State) -> frozenset[State]:
    """The states from which a job may come to a state."""
    return frozenset(transition.source for transition in TRANSITIONS if transition.target is target)


def mermaid() -> str:
    """The states as a diagram for the docs."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.QUEUED}"]
    lines += [f"    {each.source} --> {each.target}: {each.cause}" for each in TRANSITIONS]
    lines.append(f"    {State.DOWNLOADED} --> [*]")
    return "\n".join(lines)
