"""How a run calls its journal, which may be out of reach for a while."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .errors import JournalError
from .pace import OutageTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._http.io import ClientIO
    from .interrupts import Interrupts

# Seconds before a journal is tried again that is out of reach, and for how long once the run is to end.
_RETRY = 1.0
_LAST_TIMEOUT = 10.0

_log = logging.getLogger("evolink")


class JournalAccess:
    """Calls the journal, and waits for it."""

    def __init__(self, io: ClientIO, interrupts: Interrupts, deadline: float) -> None:
        """Prepare for a run.

        Args:
            io: The I/O of the client.
            interrupts: They end the waiting.
            deadline: So does this time, on the client's clock.
        """
        self._io = io
        self._interrupts = interrupts
        self._deadline = deadline
        self._outage = OutageTimeout()
        self._is_ending = False

    async def call(self, operation: Callable[[], Any]) -> Any:
        """Call the journal, which may block, until it is in reach.

        Raises:
            JournalError: It cannot be used, or was out of reach for too long.
            KeyboardInterrupt: There was a Ctrl-C meanwhile.
        """
        while True:
            try:
                result = await self.call_once(operation)
            except JournalError as error:
                await self._wait(error)
                continue
            if self._outage.is_waiting:
                self._outage.succeeded()
                _log.warning("the journal is in reach again")
            return result

    async def call_once(self, operation: Callable[[], Any]) -> Any:
        """Call the journal, which may block."""
        return await self._io.run_in_thread(operation)

    def hurry(self) -> None:
        """Wait no longer than a moment from now on: the run ends."""
        self._is_ending = True
        self._outage.limit = _LAST_TIMEOUT

    async def _wait(self, error: JournalError) -> None:
        if not error._is_transient:
            raise error
        if not self._is_ending:
            self._interrupts.check()
        if not self._outage.is_waiting:
            minutes = self._outage.limit / 60
            _log.warning("nothing is submitted for up to %.0f minutes, until it can be: %s", minutes, error)
        now = self._io.now()
        if not self._outage.failed(now) or now >= self._deadline or self._interrupts.is_urgent:
            error._advise("The same run goes on once the journal is in reach again.")
            raise error
        await self._io.sleep(_RETRY)
