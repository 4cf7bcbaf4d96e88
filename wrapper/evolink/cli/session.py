"""One run of the command: its settings, where it writes, and what it has begun."""

from __future__ import annotations

import contextlib
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .failures import CommandError, worst
from .output import Output
from .state import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from .. import Event, EvoLink, Task
    from .failures import ExitCode, Failure

# An older task was made on another clock.
_LONGEST_AGE = 30 * 86400.0


class Session(RunState):
    """What commands share while one of them runs.

    Attributes:
        output: Where results, progress and errors are written.
        now: The time in seconds, on the clock of the client.
    """

    def __init__(self) -> None:
        super().__init__()
        self.output: Output = Output(self.settings)
        self.now: Callable[[], float] = time.time
        # Called with the id of each task that was queried.
        self.on_poll: Callable[[str], object] | None = None
        self._codes: list[ExitCode] = []
        self._started: dict[str, float] = {}

    @property
    def is_interactive(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    def fail(self, failure: Failure) -> None:
        """Show a failure and go on; the exit code will tell of it."""
        self._codes.append(failure.exit_code)
        self.output.failure(failure)

    @property
    def exit_code(self) -> ExitCode:
        """The exit code so far."""
        return worst(self._codes)

    def log(self) -> AbstractContextManager[None]:
        """Show what the SDK logs in the meantime."""
        from . import log

        return log.shown(self.settings.log, self.output)

    def end_with(self, code: ExitCode) -> None:
        """End the command with this exit code, whatever it has shown."""
        self._codes = [code]

    @contextlib.contextmanager
    def client(self, *, waits: bool = False) -> Iterator[EvoLink]:
        """A client with the settings of this run.

        Args:
            waits: Whether `--timeout` is about a wait, and not about each request.

        Raises:
            MissingAPIKey: There is no key.
        """
        settings = self.settings
        from .. import EvoLink

        with contextlib.ExitStack() as stack:
            stack.enter_context(self.log())
            if settings.mock:
                self._start_mock(stack)
            client = EvoLink(
                api_key=None if settings.mock else settings.api_key,
                base_url=settings.base_url,
                timeout=None if waits else settings.timeout,
                on_event=self._note,
            )
            yield stack.enter_context(client)

    def elapsed(self, task: Task) -> float:
        """Seconds since a task was made, or since this command first saw it."""
        now = self.now()
        if task.id not in self._started:
            age = now - (task.created or now)
            self._started[task.id] = now - (age if 0 <= age < _LONGEST_AGE else 0)
        return now - self._started[task.id]

    def _start_mock(self, stack: contextlib.ExitStack) -> None:
        if self.settings.base_url is not None:
            raise CommandError("wrong_use", "--mock and --base-url exclude each other")
        try:
            # By name: the mock is optional, and is built on this package.
            mock_class: Any = import_module("evolink_mock").EvoLinkMock
            mock = stack.enter_context(mock_class())
        except (ImportError, RuntimeError) as error:
            raise CommandError(
                "missing_extra",
                f"--mock needs the extra 'mock' ({error.__cause__ or error})",
                next_steps=("pip install 'evolink-client[mock]'",),
            ) from None
        self.now = mock.clock.now

    def _note(self, event: Event) -> None:
        """Follow the events of the client: an interrupt can name a task as soon as it exists."""
        from .. import TaskPolled, TaskSubmitted

        if isinstance(event, TaskSubmitted):
            self.task_begun(event.task_id)
        elif isinstance(event, TaskPolled) and self.on_poll is not None:
            self.on_poll(event.task_id)
