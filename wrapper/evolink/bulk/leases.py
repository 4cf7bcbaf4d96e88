"""The leases by which a process holds jobs in a journal that others share."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Of a lease: how often it is renewed, until when jobs are submitted that were not renewed, and when another
# process may have them.
_RENEWAL, _FRESH, _BROKEN = 0.2, 0.5, 0.75


class Moment:
    """A moment whose age grows also while the process is stopped or the machine sleeps."""

    def __init__(self) -> None:
        self._monotonic = time.monotonic()
        self._wall = time.time()

    @property
    def age(self) -> float:
        """Seconds since then."""
        return max(time.monotonic() - self._monotonic, time.time() - self._wall)


class Heartbeat:
    """Renews the leases of a process over a connection of its own, in a thread.

    Attributes:
        tenure: How often no renewal came for so long that another process may have taken jobs over: what was
            claimed in an earlier tenure may be another's.
    """

    def __init__(self, lease: float, renew: Callable[[Any], None], connect: Callable[[], Any]) -> None:
        """Begin.

        Args:
            lease: Seconds.
            renew: Renews all leases over a connection.
            connect: Makes a connection.
        """
        self.tenure: int = 0
        self._lease = lease
        self._renew = renew
        self._connect = connect
        self._renewed_at = Moment()
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="evolink-bulk-leases", daemon=True)
        self._thread.start()

    @property
    def is_fresh(self) -> bool:
        """Whether the leases last for a while."""
        return self._renewed_at.age < _FRESH * self._lease

    def stop(self) -> None:
        """End the thread."""
        self._is_stopped.set()
        self._thread.join(self._lease)

    def _run(self) -> None:
        connection: Any = None
        while not self._is_stopped.wait(_RENEWAL * self._lease):
            moment = Moment()
            try:
                connection = connection or self._connect()
                self._renew(connection)
            except Exception:  # noqa: BLE001 - whatever it is, the leases are not renewed
                _close(connection)
                connection = None
                continue
            if self._renewed_at.age > _BROKEN * self._lease:
                self.tenure += 1  # before it looks fresh
            self._renewed_at = moment
        _close(connection)


def _close(connection: Any) -> None:
    if connection is not None:
        with contextlib.suppress(Exception):
            connection.close()
