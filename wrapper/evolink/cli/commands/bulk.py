"""`evolink-client bulk`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from ..base import Command, Group
from ..explain import failure_of
from ..failures import CommandError, ExitCode
from ..spending import Cost, check_spending
from ..text import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...bulk import Plan, Status, Summary, Unresolved
    from ..session import Session

_STDIN = "-"
# Without a terminal, a line of progress for each of so many parts of the jobs.
_PARTS = 10


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
    source: Any = _spooled() if jobs == _STDIN else jobs
    plan = bulk.check(source)
    if dry_run:
        _show_plan(session, plan)
        return
    _check_cost(session, plan, yes=yes)
    if jobs == _STDIN:
        source.seek(0)
    options = {
        "-o": output,
        "-j": str(jobs_at_once),
        "--max-credits": None if settings.max_credits is None else f"{settings.max_credits:g}",
        "--journal": None if journal is None else _without_password(journal),
    }
    flags = {"--yes": yes, "--trust-idempotency": trust_idempotency, "--fail-fast": fail_fast}
    words = [word for name, value in options.items() if value is not None for word in (name, value)]
    words += [name for name, is_set in flags.items() if is_set]
    if not settings.mock:
        session.resume_command = session.command_line("bulk", "run", jobs, *words)
    progress = _Progress(session)
    with session.client(waits=True) as client:
        summary = client.bulk.run(
            source,
            output,
            concurrency=jobs_at_once,
            max_credits=settings.max_credits,
            trust_idempotency=trust_idempotency,
            fail_fast=fail_fast,
            timeout=settings.timeout,
            journal=journal,
            on_progress=progress.show,
        )
    progress.end()
    _show_summary(session, summary, output, journal)


def _spooled() -> Any:
    """What is piped in, kept: it is read twice."""
    import shutil
    import tempfile

    file = tempfile.TemporaryFile()  # noqa: SIM115 - click closes it
    click.get_current_context().call_on_close(file.close)
    shutil.copyfileobj(sys.stdin.buffer, file)
    file.seek(0)
    return file


def _check_cost(session: Session, plan: Plan, *, yes: bool) -> None:
    """The gate of `generate`; with --max-credits the run itself stops in time."""
    unknown = sum(plan.unpriced.values())
    if session.settings.max_credits is not None:
        if unknown:
            session.output.note(
                f"What {unknown} of {plan.total} jobs cost is not documented: --max-credits counts them once"
                " the API has said it."
            )
        return
    check_spending(session, f"Running {plan.total} jobs", Cost(plan.credits, unknown, plan.total), yes=yes)


def _show_plan(session: Session, plan: Plan) -> None:
    output = session.output
    output.record(
        "summary",
        {
            "exit_code": 0,
            "tasks": {"checked": plan.total},
            "credits": None if plan.unpriced else plan.credits,
        },
    )
    cost = Cost(plan.credits, sum(plan.unpriced.values()), plan.total)
    output.line(f"{plan.total} jobs are valid; they cost {cost}.")
    for model, count in plan.models.items():
        output.line(f"  {model}: {count}")


class _Progress:
    """Shows how far a run is: one line that is written again and again, or a few lines."""

    def __init__(self, session: Session) -> None:
        self._output = session.output
        self._part = -1

    def show(self, status: Status) -> None:
        """Show the state of the run, if it is worth it."""
        text = _progress_line(status)
        part = _PARTS * status.ended // max(status.total, 1)
        if self._output.is_terminal:
            sys.stderr.write(f"\r\x1b[K{text[: self._output.width - 1]}")
            sys.stderr.flush()
        elif part != self._part:
            self._part = part
            self._output.note(text)

    def end(self) -> None:
        """Make room for what follows."""
        if self._output.is_terminal:
            sys.stderr.write("\r\x1b[K")


def _progress_line(status: Status) -> str:
    states = status.states
    parts = [
        f"{states['downloaded']} of {status.total} done",
        f"{states['submitting'] + states['submitted']} running",
        f"{states['done']} to download",
        *(f"{states[name]} {name}" for name in ("failed", "unknown") if states[name]),
        f"{status.credits:g} credits",
    ]
    if status.rate:
        parts.append(f"{status.rate * 60:.1f} a minute")
    if status.remaining:
        parts.append(f"about {duration(status.remaining)} left")
    return ", ".join(parts)


def _show_summary(session: Session, summary: Summary, folder: str, journal: str | None) -> None:
    output = session.output
    if output.is_json:
        import json

        for line in summary.results.read_text(encoding="utf-8").splitlines():
            output.record("job", json.loads(line))
    counts = {"done": summary.done, "failed": summary.failed, "unknown": summary.unknown}
    counts = {name: count for name, count in {**counts, "pending": summary.pending}.items() if count}
    if summary.stopped is not None and summary.pending:
        _show_stop(session, summary)
    elif summary.pending:
        output.note(
            f"{_jobs(summary.pending)} left whose results could not be downloaded:"
            " the same command tries again."
        )
    if summary.unknown:
        words = [] if journal is None else ["--journal", _without_password(journal)]
        output.note(
            f"{_jobs(summary.unknown)} may have been charged without a reply:"
            f" {session.command_line('bulk', 'resolve', folder, *words)}"
        )
    output.record(
        "summary",
        {
            "exit_code": summary.exit_code,
            "tasks": counts,
            "credits": summary.credits,
            "results": str(summary.results),
        },
    )
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    output.line(f"{told}; {summary.credits:g} credits; {summary.results}")
    session.end_with(ExitCode(summary.exit_code))


def _show_stop(session: Session, summary: Summary) -> None:
    """Say why the run ended before all jobs had."""
    if summary.error is not None:
        session.output.failure(failure_of(summary.error, session))
        return
    code = {ExitCode.WRONG_USE: "spending_refused", ExitCode.TIMEOUT: "timeout"}.get(
        ExitCode(summary.exit_code), "api_error"
    )
    steps = () if session.resume_command is None else (session.resume_command,)
    error = CommandError(code, f"{_jobs(summary.pending)} left: {summary.stopped}", next_steps=steps)
    session.output.failure(error.failure)


def _status(folder: str, journal: str | None) -> None:
    from ... import bulk

    session: Session = click.get_current_context().obj
    status = bulk.status(folder, journal=journal)
    session.output.record(
        "summary",
        {
            "exit_code": 0,
            "tasks": {name: count for name, count in status.states.items() if count},
            "credits": status.credits,
            "rate": status.rate,
            "remaining": status.remaining,
        },
    )
    for line in _status_lines(status):
        session.output.line(line)


def _status_lines(status: Status) -> Iterator[str]:
    yield f"{'jobs':12} {status.total}"
    for name, count in status.states.items():
        if count:
            yield f"{name:12} {count}"
    yield f"{'credits':12} {status.credits:g}"
    if status.rate:
        yield f"{'rate':12} {status.rate * 60:.1f} jobs a minute"
    if status.remaining:
        yield f"{'left':12} about {duration(status.remaining)}"


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
        pairs[job_id] = found
    if not all(pairs):
        raise CommandError("wrong_use", "--task-id needs JOB=TASK")
    left = bulk.resolve(folder, retry=retry, give_up=give_up, task_ids=pairs, journal=journal)
    for job in left:
        session.output.record("job", _job_record(job))
        session.output.line(_job_line(job))
    unknown = sum(job.status == "unknown" for job in left)
    session.output.record(
        "summary", {"exit_code": 0, "tasks": {"unknown": unknown, "failed": len(left) - unknown}}
    )
    if unknown and not (retry or give_up or pairs):
        words = ("bulk", "resolve", folder)
        session.output.note(
            "Look at the dashboard for each unknown job. Where its task is there:"
            f" {session.command_line(*words, '--task-id', 'JOB=TASK')}\n"
            f"Where it is not: {session.command_line(*words, '--retry', 'JOB')}; or leave it:"
            f" {session.command_line(*words, '--give-up', 'JOB')}. Then start the run again."
        )
    elif retry or give_up or pairs:
        session.output.note("Start the run again to go on.")
    elif not left:
        session.output.note("There is nothing to decide.")


def _job_record(job: Unresolved) -> dict[str, Any]:
    return {
        "id": job.id,
        "status": job.status,
        "task_id": job.task_id,
        "idempotency_key": job.idempotency_key,
        "error": {"message": job.message},
    }


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _job_line(job: Unresolved) -> str:
    facts = [job.id, job.status]
    if job.idempotency_key is not None:
        facts.append(f"key {job.idempotency_key}")
    return f"{', '.join(facts)}: {job.message}"


def _without_password(address: str) -> str:
    """An address that may be shown."""
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    return address.replace(f":{parts.password}@", ":***@") if parts.password else address


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
        " Each line is a body with, if wanted, `id` and `output`. The same command goes on after a crash."
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
