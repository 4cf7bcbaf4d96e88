"""`evolink-client tasks`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..base import Command, Group
from ..catalog import complete_model
from ..explain import failure_of
from ..records import task_record
from ..targets import OUTPUT_OPTION, check_target
from ..text import amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from click.shell_completion import CompletionItem

    from ... import EvoLink, Task
    from ..session import Session


def _found(session: Session, client: EvoLink, ids: Sequence[str]) -> Iterator[Task]:
    """The tasks that there are; the others are reported."""
    from ... import BadRequest, EvoLinkError, NotFound

    for task_id in dict.fromkeys(ids):
        try:
            yield client.tasks.get(task_id)
        except EvoLinkError as error:
            failure = failure_of(error, session)
            steps = failure.next_steps
            if isinstance(error, (BadRequest, NotFound)) and not session.settings.mock:
                steps += (session.command_line("tasks", "list"),)
            message = f"{task_id}: {failure.message}"
            session.fail(failure._replace(message=message, next_steps=steps))


def _get(ids: tuple[str, ...]) -> None:
    session: Session = click.get_current_context().obj
    with session.client() as client:
        for task in _found(session, client, ids):
            session.output.result("task", task_record(task), "\n".join(_lines(task)))


def _lines(task: Task) -> list[str]:
    facts = {
        "task": task.id,
        "model": task.model,
        "status": f"{task.status} {task.progress:g} %",
        "credits": None if task.credits is None else amount(task.credits),
        "error": None
        if task.error is None
        else ": ".join(part for part in (task.error.code, task.error.message) if part),
    }
    lines = [f"{name:8} {value}" for name, value in facts.items() if value is not None]
    return [*lines, *(f"{'result':8} {link}" for link in task.results)]


def _list(status: str | None, model: str | None, limit: int) -> None:
    session: Session = click.get_current_context().obj
    with session.client() as client:
        found = client.tasks.list(status=status, model=model, limit=limit)
    for task in found:
        session.output.record("task", task_record(task))
    rows = [
        (
            task.id,
            task.model or "",
            f"{task.status} {task.progress:g} %",
            "" if task.credits is None else amount(task.credits),
            _time(task.created),
        )
        for task in found
    ]
    if session.output.is_json:
        return
    if not rows:
        session.output.note("No task matches.")
    else:
        session.output.table(("TASK", "MODEL", "STATUS", "CREDITS", "CREATED"), rows)


def _models(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return complete_model(incomplete)


def _time(created: float | None) -> str:
    """A time as people write it, in the zone of the machine; empty if there is none that people know."""
    if created is None:
        return ""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(created, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return ""


def _wait(ids: tuple[str, ...]) -> None:
    _finish(ids, None)


def _download(ids: tuple[str, ...], output: str) -> None:
    check_target(output, tasks=len(set(ids)))
    _finish(ids, output)


def _finish(ids: Sequence[str], folder: str | None) -> None:
    from ..waiting import finish

    session: Session = click.get_current_context().obj
    session.resume_with(*(["wait"] if folder is None else ["download", "-o", folder]))
    with session.client(waits=True) as client:
        session.unfinished.update(dict.fromkeys(ids))
        tasks = list(_found(session, client, ids))
        session.unfinished.clear()
        finish(session, client, tasks, folder=folder)


_IDS = click.Argument(["ids"], nargs=-1, required=True, metavar="ID...")

tasks: Group = Group("tasks", help="Look at tasks, wait for them, download their results.")
tasks.add_command(Command("get", callback=_get, params=[_IDS], help="Show tasks as they are now."))
tasks.add_command(
    Command("wait", callback=_wait, params=[_IDS], help="Wait until tasks are done, and print their links.")
)
tasks.add_command(
    Command(
        "download",
        callback=_download,
        params=[_IDS, OUTPUT_OPTION],
        help="Wait until tasks are done, and download their results; broken downloads are resumed.",
    )
)
tasks.add_command(
    Command(
        "list",
        callback=_list,
        params=[
            click.Option(["--status"], metavar="STATUS", help="Only tasks in this state, such as completed."),
            click.Option(
                ["--model"], metavar="MODEL", help="Only tasks of this model.", shell_complete=_models
            ),
            click.Option(
                ["--limit"],
                type=click.IntRange(min=1),
                default=100,
                metavar="N",
                help="How many at most; by default 100.",
            ),
        ],
        help="List the tasks of the account, the newest first.",
    )
)
