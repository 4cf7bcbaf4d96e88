"""The tables of a journal, and their rows as Python knows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .journal import JobRow
from .states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS bulk_runs (
        name TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        started DOUBLE PRECISION NOT NULL
    )""",
    # A table of its own: journals of older versions get it when they are opened, without a note.
    """CREATE TABLE IF NOT EXISTS bulk_apis (
        run TEXT PRIMARY KEY,
        api TEXT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS bulk_jobs (
        run TEXT NOT NULL,
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        output TEXT NOT NULL,
        folded_output TEXT NOT NULL,
        body TEXT NOT NULL,
        price DOUBLE PRECISION,
        state TEXT NOT NULL,
        idempotency_key TEXT,
        task_id TEXT,
        credits DOUBLE PRECISION,
        files TEXT,
        error TEXT,
        owner TEXT,
        lease DOUBLE PRECISION,
        finished DOUBLE PRECISION,
        PRIMARY KEY (run, seq)
    )""",
    "CREATE INDEX IF NOT EXISTS bulk_jobs_state ON bulk_jobs (run, state, seq)",
    "CREATE INDEX IF NOT EXISTS bulk_jobs_output ON bulk_jobs (run, folded_output)",
    "CREATE INDEX IF NOT EXISTS bulk_jobs_finished ON bulk_jobs (run, finished)",
    "CREATE UNIQUE INDEX IF NOT EXISTS bulk_jobs_id ON bulk_jobs (run, id)",
)
# What `row_of` reads: without the body, which may be long, and with it.
COLUMNS = "seq, id, output, '' AS body, state, idempotency_key, task_id, credits, files, error"
WITH_BODY = COLUMNS.replace("'' AS body", "body")


def names(states: Iterable[State]) -> str:
    """States as a list in SQL."""
    return ", ".join(sorted(f"'{state.value}'" for state in states))


def row_of(columns: Sequence[Any]) -> JobRow:
    """A job, from `COLUMNS`."""
    seq, job_id, output, body, state, key, task_id, credits_, files, error = columns
    return JobRow(
        seq,
        job_id,
        output,
        body,
        State(state),
        key,
        task_id,
        credits_,
        json.loads(files) if files else (),
        json.loads(error) if error else None,
    )
