"""Ctrl-C during a run: the first one lets it end in order, the second one ends it at once.

The command takes SIGTERM and SIGHUP for Ctrl-C, too.
"""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType
    from typing import Self

_log = logging.getLogger("evolink")
# A terminal that is closed sends it, perhaps twice: by the shell and by the system. Windows has none.
_HANGUP = getattr(signal, "SIGHUP", None)
_SIGNALS = [each for each in (signal.SIGINT, signal.SIGTERM, _HANGUP) if each is not None]


class Interrupts:
    """Notes the first Ctrl-C, so that it cannot come between a reply and its entry in the journal.

    Does nothing in other threads than the main one, and where the application handles Ctrl-C itself.

    Attributes:
        is_pending: Whether there was one.
        is_urgent: Whether there was a second one.
    """

    def __init__(self, wake: Callable[[], None], *, is_needed: bool) -> None:
        """Begin with none.

        Args:
            wake: Called with the first one; must not block.
            is_needed: False under an event loop, which turns Ctrl-C into a cancellation.
        """
        self.is_pending: bool = False
        self.is_urgent: bool = False
        self._is_needed = is_needed
        self._wake = wake
        self._noted: list[signal.Signals] = []

    def __enter__(self) -> Self:
        if self._is_needed and threading.current_thread() is threading.main_thread():
            for one in _SIGNALS:
                if signal.getsignal(one) is signal.default_int_handler:
                    signal.signal(one, self._note)
                    self._noted.append(one)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for one in self._noted:
            signal.signal(one, signal.default_int_handler)

    def check(self) -> None:
        """Raise what was noted.

        Raises:
            KeyboardInterrupt: There was a Ctrl-C.
        """
        if self.is_pending:
            raise KeyboardInterrupt

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.is_pending:
            if number == _HANGUP:
                return
            self.is_urgent = True
            raise KeyboardInterrupt
        self.is_pending = True
        _log.warning("interrupted: waiting for submissions in flight; once more ends at once")
        self._wake()
