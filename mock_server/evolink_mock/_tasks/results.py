"""Result files: their links, for how long the links hold, and serving them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from .._http.messages import Request, Response
from .._media.generator import Studio
from . import ranges as _ranges

if TYPE_CHECKING:
    from .._media.spec import Shape
    from .account import Jobs
    from .task import Task

PREFIX = "/_mock/results/"
"""The path under which result files are found."""

# One for all mocks of a process: a file of a shape is the same wherever it was asked for.
_STUDIO = Studio()


class Results:
    """The files of finished tasks.

    Args:
        jobs: Whose results they are.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self.studio = _STUDIO

    def links(self, task: Task, now: float) -> list[str]:
        """The links to a finished task's files."""
        suffix = f".{task.blueprint.form(task)}"
        until = ""
        if task.blueprint.ttl is not None:
            start = now if task.plan.renew_links or task.ended is None else task.ended
            until = f"?expires={int(start + task.blueprint.ttl)}"
        return [
            f"{task.origin}{PREFIX}{task.id}{f'.{number}' if number > 1 else ''}{suffix}{until}"
            for number in range(1, task.plan.results + 1)
        ]

    def owns(self, url: str, origin: str) -> bool:
        """Whether an address leads to a file here."""
        parts = urlsplit(url)
        task = self.task(parts.path)
        return task is not None and f"{parts.scheme}://{parts.netloc}" in {origin, task.origin}

    def shape_at(self, url: str) -> Shape | None:
        """The form of the file that an address leads to; None if it leads elsewhere."""
        if PREFIX not in url:
            return None
        task = self.task(urlsplit(url).path)
        return None if task is None else self._jobs.shape(task)

    def unmade(self, request: Request) -> Shape | None:
        """The file that has to be made for a request; None if it is there or will not be sent."""
        task = self.task(request.path)
        if task is None or self._refused(task, request) is not None:
            return None
        shape = self._jobs.shape(task)
        return None if self.studio.has(shape) else shape

    def handle(self, request: Request) -> Response:
        """Answer a request for a file."""
        task = self.task(request.path)
        if task is None:
            return Response.text(404, "There is no such result.\n")
        return self._refused(task, request) or self._file(task, request)

    def _file(self, task: Task, request: Request) -> Response:
        file = self.studio.file(self._jobs.shape(task))
        return _ranges.serve(request, file, task.created if task.ended is None else task.ended)

    def _refused(self, task: Task, request: Request) -> Response | None:
        if request.method not in {"GET", "HEAD"}:
            response = Response.text(405, "Results can be fetched by GET and HEAD.\n")
            response.headers["allow"] = "GET, HEAD"
            return response
        now = self._jobs.clock.now()
        state = task.state(now, self._jobs.tasks.pace)
        if state.status != "completed" or self._number(task, request.path) > task.plan.results:
            return Response.text(404, "There is no such result.\n")
        until = parse_qs(request.query).get("expires", ["0"])[0]
        if task.blueprint.ttl is not None and not (until.isdecimal() and now <= int(until)):
            return Response.text(410, "This link has expired.\n")
        return None

    def task(self, path: str) -> Task | None:
        """The task that a path under `PREFIX` leads to; None if it leads nowhere."""
        if not path.startswith(PREFIX):
            return None
        stem = unquote(path.removeprefix(PREFIX)).rpartition(".")[0]
        return self._jobs.tasks.get(stem) or self._jobs.tasks.get(stem.rpartition(".")[0])

    @staticmethod
    def _number(task: Task, path: str) -> int:
        middle = unquote(path).removeprefix(PREFIX).removeprefix(task.id).rpartition(".")[0]
        return int(middle[1:]) if middle[1:].isdecimal() else 1
