"""What a person needs to know when a call ends early: which task goes on, or what may have been charged."""

from __future__ import annotations

import contextlib
import logging
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import APIError, EvoLinkError, InvalidRequest, TaskCancelled, TaskFailed, TaskTimeout

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

T = TypeVar("T")

# Of the ids that a message lists.
_LONGEST_LIST = 50

# The caller has left a loop, the task has ended, or an argument is wrong.
_NO_ADVICE = (GeneratorExit, TaskFailed, TaskCancelled, InvalidRequest)

_log = logging.getLogger("evolink")


class Recovery:
    """What one call has done so far, for whoever reads how it ended.

    An interrupt may come between any two steps, so each fact is set before the step that it is about.
    """

    __slots__ = ("idempotency_key", "is_posted", "is_uploading", "links", "task_ids")

    def __init__(self, task_ids: Mapping[Any, str] | None = None) -> None:
        """Begin a call.

        Args:
            task_ids: The tasks that it waits for, by any key; those that have been returned are removed.
        """
        self.idempotency_key: str | None = None
        # Whether the API may have accepted a submission.
        self.is_posted = False
        # Whether files are being uploaded, before the submission.
        self.is_uploading = False
        # Of the files that were uploaded, by their places in the body.
        self.links: Mapping[str, str] = {}
        self.task_ids: dict[Any, str] = dict(task_ids or {})

    async def guard(self, operation: Awaitable[T]) -> T:
        """Await an operation; whatever ends it early says how to go on."""
        try:
            return await operation
        except _NO_ADVICE:
            raise
        except BaseException as error:
            self.explain(error)
            raise

    def explain(self, error: BaseException) -> None:
        """Add the advice to an error of this package, or a note to an interrupt or an error of the caller's.

        Those others may be caught before anybody sees the note, as by `asyncio.timeout`: they are logged too.
        """
        advice = self.advice(is_timeout=isinstance(error, TaskTimeout))
        if advice is None:
            return
        # The same request has the same links; a task needs none of them.
        links = {} if self.task_ids else self.links
        if isinstance(error, EvoLinkError):
            error._advise(advice)
            error._advise(links_advice(links))
            if isinstance(error, APIError):
                error.uploaded_links = links
        elif advice not in getattr(error, "__notes__", ()):
            for note in filter(None, (advice, links_advice(links))):
                add_note(error, note)
            _log.warning("%s: %s", type(error).__name__, advice)  # links are not for logs

    def advice(self, *, is_timeout: bool = False) -> str | None:
        """How to go on, if anything was begun that costs money."""
        ids = list(self.task_ids.values())
        if len(ids) == 1:
            state = "still runs" if is_timeout else "is not lost"
            return f"Task {ids[0]} {state}: client.tasks.get({ids[0]!r}).wait() continues to wait for it."
        if ids:
            more = len(ids) - _LONGEST_LIST
            listed = ", ".join(ids[:_LONGEST_LIST]) + (f", and {more} more" if more > 0 else "")
            return f"{len(ids)} tasks are not done; client.tasks.get(ID) finds each of them again: {listed}."
        if self.is_posted and self.idempotency_key is not None:
            return charge_advice(self.idempotency_key)
        if self.is_uploading:
            return "Files were being uploaded, and no task was submitted: nothing was charged."
        return None


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception, unless it is of a class that allows no new attributes."""
    with contextlib.suppress(Exception):
        error.add_note(note)


def charge_advice(idempotency_key: str) -> str:
    """What to do about a submission whose outcome is unknown."""
    return (
        f"The job may have been charged, under idempotency key {idempotency_key}: look at your dashboard."
        f" The same request with idempotency_key={idempotency_key!r} is not charged twice."
    )


def links_advice(links: Mapping[str, str]) -> str | None:
    """How to make the same request again, if files were uploaded for it."""
    if not links:
        return None
    listed = ", ".join(f"{place}: {link!r}" for place, link in islice(links.items(), _LONGEST_LIST))
    return (
        "Pass the links of the uploaded files in their place, since another upload makes it another request:"
        f" {listed}."
    )
