"""`evolink-client bulk`."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import click

from .. import bulk_report
from ..base import Command, Group
from ..failures import CommandError
from ..inputs import as_text
from ..spending import Cost, check_spending
from ..text import amount

if TYPE_CHECKING:
    from ...bulk import Plan
    from ..session import Session

_STDIN = "-"


def _run(
    jobs: str,
    output: str,
    jobs_at_once: int,
    yes: bool,
    dry_run: bool,
    trust_idempotency: bool,
    journal: str | None,
    fail_fast: bool,
) -> None:
    from ... import bulk

    session: Session = click.get_current_context().obj
    settings = session.settings
    is_pipe = _is_pipe(jobs)
    source: Any = _spooled(jobs) if is_pipe else jobs
    plan = bulk.check(source, None if dry_run else output)
    if dry_run:
        bulk_report.show_plan(session, plan)
        return
    if is_pipe:
        source.seek(0)
    options = {
        "-o": output,
        "-j": str(jobs_at_once),
        "--max-credits": None if settings.max_credits is None else amount(settings.max_credits),
        "--journal": None if journal is None else bulk_report.without_password(journal),
    }
    flags = {"--yes": yes, "--trust-idempotency": trust_idempotency, "--fail-fast": fail_fast}
    words = [word for name, value in options.items() if value is not None for word in (name, value)]
    words += [name for name, is_set in flags.items() if is_set]
    with session.client(waits=True) as client:
        _check_cost(session, plan, _left(plan, output, journal, trust_idempotency), yes=yes)
        if not settings.mock:
            session.resume_command = session.command_line("bulk", "run", jobs, *words)
        try:
            summary = client.bulk.run(
                source,
                output,
                concurrency=jobs_at_once,
                max_credits=settings.max_credits,
                trust_idempotency=trust_idempotency,
                fail_fast=fail_fast,
                timeout=settings.timeout,
                journal=journal,
                on_progress=bulk_report.progress_of(session),
            )
        except bulk.FolderInUse as error:
            look = bulk_report.command_line(session, "status", output, journal)
            raise CommandError("wrong_use", error.message, next_steps=(look,)) from None
    bulk_report.show_summary(session, summary, output, journal)


def _is_pipe(jobs: str) -> bool:
    """Whether jobs can be read once only: from stdin, or as in `bulk run <(command)`."""
    try:
        return jobs == _STDIN or stat.S_ISFIFO(os.stat(jobs).st_mode)  # noqa: PTH116 - pathlib takes time to load
    except (OSError, ValueError):
        return False  # reading it will tell


def _spooled(jobs: str) -> Any:
    """What comes from a pipe, kept: it is read twice."""
    import shutil
    import tempfile

    file = tempfile.TemporaryFile()  # noqa: SIM115 - click closes it
    click.get_current_context().call_on_close(file.close)
    with contextlib.nullcontext(sys.stdin.buffer) if jobs == _STDIN else open(jobs, "rb") as pipe:  # noqa: PTH123 - as above
        shutil.copyfileobj(pipe, file)
    file.seek(0)
    return file


def _left(plan: Plan, folder: str, journal: str | None, trust_idempotency: bool) -> Cost:
    """What the jobs cost that a run submits: all of them, if it has not begun."""
    from ... import bulk

    try:
        status = bulk.status(folder, journal=journal)
    except bulk.BulkError:
        return bulk_report.cost_of(plan)
    if trust_idempotency and (status.states[bulk.State.SUBMITTING] or status.states[bulk.State.UNKNOWN]):
        return bulk_report.cost_of(plan)
    return Cost(status.queued_credits, status.queued_unpriced, status.states[bulk.State.QUEUED])


def _check_cost(session: Session, plan: Plan, left: Cost, *, yes: bool) -> None:
    """The gate of `generate`; with --max-credits the run itself stops in time."""
    jobs = bulk_report.count_of(left.tasks)
    if session.settings.max_credits is None:
        if left.tasks:
            of_all = "" if left.tasks == plan.total else f" of {plan.total}"
            check_spending(session, f"Running {jobs}{of_all}", left, yes=yes)
    elif left.unknown:
        session.output.note(
            f"What {left.unknown} of {jobs} cost is not documented: --max-credits counts them once the API"
            " has said it."
        )


def _status(folder: str, journal: str | None) -> None:
    from ... import bulk

    session: Session = click.get_current_context().obj
    bulk_report.show_status(session, bulk.status(folder, journal=journal))


def _resolve(
    folder: str,
    retry: tuple[str, ...],
    give_up: tuple[str, ...],
    task_id: tuple[str, ...],
    journal: str | None,
) -> None:
    from ... import bulk

    session: Session = click.get_current_context().obj
    pairs: dict[str, str] = {}
    for pair in task_id:
        job_id, _, found = pair.rpartition("=")
        if not job_id or not found:
            message = f"--task-id {pair}: must be JOB=TASK"
            raise click.BadOptionUsage("--task-id", message)
        pairs[as_text(job_id)] = found
    left = bulk.resolve(
        folder,
        retry=list(map(as_text, retry)),
        give_up=list(map(as_text, give_up)),
        task_ids=pairs,
        journal=journal,
    )
    has_decided = bool(retry or give_up or pairs)
    bulk_report.show_unresolved(session, left, folder, journal, has_decided=has_decided)


_JOURNAL = click.Option(
    ["--journal"],
    metavar="ADDRESS",
    help="Where the journal is: sqlite:PATH, or postgresql://… to share the jobs with other machines;"
    " by default in the folder.",
)
_FOLDER = click.Argument(["folder"], metavar="DIR", type=click.Path())

bulk: Group = Group("bulk", help="Run many jobs from a file, so that a crash loses nothing.")
bulk.add_command(
    Command(
        "run",
        callback=_run,
        params=[
            click.Argument(["jobs"], metavar="JOBS", type=click.Path(allow_dash=True)),
            click.Option(
                ["-o", "--output"],
                required=True,
                metavar="DIR",
                type=click.Path(),
                help="The folder of this run: results, results.jsonl and the journal.",
            ),
            click.Option(
                ["-j", "--jobs-at-once"],
                type=click.IntRange(min=1),
                default=8,
                show_default=True,
                metavar="N",
                help="How many tasks are unfinished at once.",
            ),
            click.Option(["-y", "--yes"], is_flag=True, help="Spend credits without asking."),
            click.Option(["--dry-run"], is_flag=True, help="Check all jobs and say what they cost."),
            click.Option(
                ["--trust-idempotency"],
                is_flag=True,
                help="Submit jobs of unknown outcome again under their own keys, which the API charges once.",
            ),
            _JOURNAL,
            click.Option(["--fail-fast"], is_flag=True, help="Submit no more after a job has failed."),
        ],
        help="Submit the jobs of a .jsonl or .csv file (- for stdin), wait for them and download the results."
        " Each line is a body, optionally with `id` and `output`. The same command continues after a crash."
        " --max-credits stops before the sum would exceed it.",
    )
)
bulk.add_command(
    Command(
        "status",
        callback=_status,
        params=[_FOLDER, _JOURNAL],
        help="Show how far a run is, also while it works.",
    )
)
bulk.add_command(
    Command(
        "resolve",
        callback=_resolve,
        params=[
            _FOLDER,
            click.Option(
                ["--retry"],
                multiple=True,
                metavar="JOB",
                help="Submit this job again under a new key; '*' means all unknown ones.",
            ),
            click.Option(
                ["--give-up"],
                multiple=True,
                metavar="JOB",
                help="Count this unknown job as failed; '*' means all of them.",
            ),
            click.Option(
                ["--task-id"],
                multiple=True,
                metavar="JOB=TASK",
                help="Go on with this task, found on the dashboard.",
            ),
            _JOURNAL,
        ],
        help="List the jobs whose outcome is unknown or that have failed, or decide about them.",
    )
)
