"""What the downloads of one call share."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .sink import Sink

    OnProgress = Callable[[int, int | None], object]


class DownloadSession:
    """Progress, time limit and end of the downloads of one call, in threads or in tasks of an event loop.

    Attributes:
        timeout: Seconds that all of them may take.
        deadline: When these are over, if they ever are.
        is_stopped: Whether the call has ended: those still in progress must request and write no more.
        failure: What the caller's function has raised.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        *,
        on_progress: OnProgress | None = None,
        timeout: float,
        deadline: float | None,
        now: Callable[[], float],
    ) -> None:
        self.timeout = timeout
        self.is_stopped = False
        self.failure: BaseException | None = None
        self._sinks = sinks
        self._on_progress = on_progress
        self._now = now
        self.deadline = deadline
        self._lock = threading.Lock()

    @property
    def time_left(self) -> float:
        """Seconds until the time limit."""
        return math.inf if self.deadline is None else self.deadline - self._now()

    def stop(self) -> None:
        """Make those in progress end at their next step; their parts stay."""
        self.is_stopped = True

    def report(self) -> None:
        """Call the caller's function with the sums over all results."""
        if self._on_progress is None:
            return
        with self._lock:
            if self.is_stopped:
                return
            totals = [sink.known.total for sink in self._sinks]
            known = [total for total in totals if total is not None]
            total = sum(known) if len(known) == len(totals) else None
            try:
                self._on_progress(sum(sink.offset for sink in self._sinks), total)
            except BaseException as error:  # the others must not call it once more
                self.failure = error
                self.stop()
                raise
