"""`evolink-client tasks`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..base import Command, Group
from ..explain import failure_of
from ..records import task_record
from ..targets import OUTPUT_OPTION, check_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ... import EvoLink, Task
    from ..session import Session


def _found(session: Session, client: EvoLink, ids: Sequence[str]) -> Iterator[Task]:
    """The tasks that there are; the others are reported."""
    from ... import EvoLinkError

    for task_id in dict.fromkeys(ids):
        try:
            yield client.tasks.get(task_id)
        except EvoLinkError as error:
            session.fail(failure_of(error, session))


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
        "credits": None if task.credits is None else f"{task.credits:g}",
        "error": None if task.error is None else f"{task.error.code}: {task.error.message}",
    }
    lines = [f"{name:8} {value}" for name, value in facts.items() if value is not None]
    return [*lines, *(f"{'result':8} {link}" for link in task.results)]


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
