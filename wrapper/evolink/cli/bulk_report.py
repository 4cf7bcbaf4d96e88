"""What is shown of a bulk run: its jobs before it, how far it is, how it ended, and what is to be decided."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .explain import failure_of
from .failures import ExitCode, Failure
from .spending import Cost
from .text import amount, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..bulk import Plan, Status, Summary, Unresolved
    from .session import Session

# Without a terminal, a line of progress for each of so many parts of the jobs.
_PARTS = 10
# In an address: `//user:password@host`, or `password=…`.
_PASSWORD = re.compile(r"(?<=://)([^:/@]*):[^/@]*@|(password)=[^&]*")


def count_of(jobs: int) -> str:
    """So many jobs in words."""
    return "1 job" if jobs == 1 else f"{jobs} jobs"


def cost_of(plan: Plan) -> Cost:
    """What a run costs by the documents."""
    return Cost(plan.credits, sum(plan.unpriced.values()), plan.total)


def without_password(address: str) -> str:
    """The address of a journal as it may be shown."""
    return _PASSWORD.sub(lambda found: f"{found[1]}:***@" if found[2] is None else f"{found[2]}=***", address)


def command_line(session: Session, action: str, folder: str, journal: str | None, *words: str) -> str:
    """Another command of `bulk` for the same run."""
    address = [] if journal is None else ["--journal", without_password(journal)]
    return session.command_line("bulk", action, folder, *words, *address)


def show_plan(session: Session, plan: Plan) -> None:
    """Show what a run would do."""
    session.output.record(
        "summary",
        {
            "exit_code": 0,
            "tasks": {"checked": plan.total},
            "credits": None if plan.unpriced else plan.credits,
        },
    )
    verbs = "is valid; it costs" if plan.total == 1 else "are valid; they cost"
    session.output.line(f"{count_of(plan.total)} {verbs} {cost_of(plan)}.")
    for model, count in plan.models.items():
        session.output.line(f"  {model}: {count}")


def progress_of(session: Session) -> Callable[[Status], None]:
    """What shows how far a run is: one line that is written again and again, or a few lines."""
    output = session.output
    shown = -1

    def show(status: Status) -> None:
        nonlocal shown
        part = _PARTS * status.ended // max(status.total, 1)
        if output.is_terminal:
            output.status(_progress_line(status))
        elif part != shown:
            shown = part
            output.note(_progress_line(status))

    return show


def show_summary(session: Session, summary: Summary, folder: str, journal: str | None) -> None:
    """Show how a run has ended; the command ends with its exit code."""
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
            f"{count_of(summary.pending)} left whose results could not be downloaded, as {summary.results}"
            " says: the same command tries again."
        )
    if summary.unknown:
        output.note(
            f"{count_of(summary.unknown)} may have been charged without a reply:"
            f" {command_line(session, 'resolve', folder, journal)}"
        )
    if session.settings.mock and summary.done:
        output.note("The results are the mock's: the real run needs another folder.")
    output.record(
        "summary",
        {
            "exit_code": summary.exit_code,
            "tasks": counts,
            "credits": summary.credits,
            "results": str(summary.results),
        },
    )
    ends = ", ".join(f"{count} {name}" for name, count in counts.items())
    output.line(f"{ends}; {amount(summary.credits)} credits; {summary.results}")
    session.end_with(ExitCode(summary.exit_code))


def show_status(session: Session, status: Status) -> None:
    """Show how far a run is."""
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


def show_unresolved(
    session: Session,
    jobs: Sequence[Unresolved],
    folder: str,
    journal: str | None,
    *,
    has_decided: bool,
) -> None:
    """Show the jobs about which somebody has to decide, and how.

    Args:
        session: The session of this command.
        jobs: Those that are left.
        folder: The folder of the run.
        journal: The journal of the run, if it was named.
        has_decided: Whether this command has decided about others.
    """
    output = session.output
    for job in jobs:
        record = {
            "id": job.id,
            "status": job.status,
            "task_id": job.task_id,
            "idempotency_key": job.idempotency_key,
            "error": {"message": job.message},
        }
        key = "" if job.idempotency_key is None else f", key {job.idempotency_key}"
        output.result("job", record, f"{job.id}, {job.status}{key}: {job.message}")
    unknown = sum(job.status == "unknown" for job in jobs)
    output.record("summary", {"exit_code": 0, "tasks": {"unknown": unknown, "failed": len(jobs) - unknown}})
    if has_decided:
        output.note("Start the run again to continue.")
    elif unknown:
        choices = {
            "its task is there": ("--task-id", "JOB=TASK"),
            "it is not": ("--retry", "JOB"),
            "to leave it": ("--give-up", "JOB"),
        }
        output.note("Look at the dashboard for each unknown job, decide, and start the run again:")
        for case, words in choices.items():
            output.note(f"  {case + ':':18} {command_line(session, 'resolve', folder, journal, *words)}")
    elif not jobs:
        output.note("There is nothing to decide.")


def _progress_line(status: Status) -> str:
    states = status.states
    parts = [
        f"{states['downloaded']} of {status.total} done",
        f"{states['submitting'] + states['submitted']} running",
        f"{states['done']} to download",
        *(f"{states[name]} {name}" for name in ("failed", "unknown") if states[name]),
        f"{amount(status.credits)} credits",
    ]
    if status.rate:
        parts.append(f"{status.rate * 60:.1f} a minute")
    if status.remaining:
        parts.append(f"about {duration(status.remaining)} left")
    return ", ".join(parts)


def _show_stop(session: Session, summary: Summary) -> None:
    """Say why the run ended before all jobs had."""
    if summary.error is not None:
        session.output.failure(failure_of(summary.error, session))
        return
    code, reason, next_step = "api_error", summary.stopped, session.resume_command
    if summary.exit_code == ExitCode.TIMEOUT:
        code = "timeout"
    elif summary.exit_code == ExitCode.WRONG_USE:
        code = "spending_refused"
        reason = f"the next one would exceed --max-credits {amount(session.settings.max_credits or 0)}"
        next_step = next_step and f"Give a larger --max-credits: {next_step}"
    steps = () if next_step is None else (next_step,)
    session.output.failure(Failure(code, f"{count_of(summary.pending)} left: {reason}", (), steps))


def _status_lines(status: Status) -> Iterator[str]:
    yield f"{'jobs':12} {status.total}"
    for name, count in status.states.items():
        if count:
            yield f"{name:12} {count}"
    yield f"{'credits':12} {amount(status.credits)}"
    if status.rate:
        yield f"{'rate':12} {status.rate * 60:.1f} jobs a minute"
    if status.remaining:
        yield f"{'left':12} about {duration(status.remaining)}"
