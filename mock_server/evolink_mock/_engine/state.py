"""What the mock remembers: API keys, idempotency keys, requests, and the account with its tasks."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

from .._tasks import DEFAULT_CREDITS
from .._tasks.account import MockAccount
from .._tasks.files import FileStore
from .._tasks.results import Results
from . import DEFAULT_KEY
from .api_keys import ApiKeys
from .faults import Faults
from .idempotency import IdempotencyStore
from .request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._clock.interfaces import MockClock
    from .._contract.contract import Contract
    from .._tasks.task import ProgressMode


class MockState:
    """All state of a mock.

    Args:
        contract: What it answers by.
        clock: Tells and moves the time.
        progress: What moves tasks forward.
        credits: Credits at the beginning.
        seed: Makes ids and chance repeatable.
        allow_local_callbacks: Whether callbacks may go to http, loopback and private addresses.
        strict: Whether undocumented parameters are refused; the API ignores them.
        api_key: The key that is valid from the beginning.
        links_at: The scheme and host of result links; None for those of the request.
    """

    def __init__(
        self,
        contract: Contract,
        clock: MockClock,
        *,
        progress: ProgressMode = "time",
        credits: float = DEFAULT_CREDITS,  # noqa: A002 - the public name of the option
        seed: int = 0,
        allow_local_callbacks: bool = False,
        strict: bool = False,
        api_key: str = DEFAULT_KEY,
        links_at: str | None = None,
    ) -> None:
        self.contract = contract
        self.clock = clock
        self.api_key: str = api_key
        self.allow_local_callbacks = allow_local_callbacks
        self.strict = strict
        self.lock: threading.RLock = threading.RLock()
        self._progress: ProgressMode = progress
        self._credits: float = credits
        self.seed: int = seed
        self.links_at: str | None = links_at
        self._accepted_key: str | None = None
        self._prepare: Callable[[], None] = lambda: None
        self.reset()

    def begin_with(
        self,
        prepare: Callable[[], None],
        *,
        api_key: str | None = None,
        credits: float | None = None,  # noqa: A002 - the public name of the option
        progress: ProgressMode | None = None,
        seed: int | None = None,
    ) -> None:
        """Start again, from now on with other options.

        Args:
            prepare: Called after each reset.
            api_key: As for a new state; None for no change, and so the others.
            credits: As above.
            progress: As above.
            seed: As above.
        """
        with self.lock:
            self.api_key = self.api_key if api_key is None else api_key
            self._credits = self._credits if credits is None else credits
            self._progress = self._progress if progress is None else progress
            self.seed = self.seed if seed is None else seed
            self._prepare = prepare
            self.reset()

    def accept_key(self, key: str) -> None:
        """Take a key for the first one, also after a reset, without listing it."""
        self._accepted_key = key
        self.keys.accept(key)

    def set_links_at(self, origin: str | None) -> None:
        """Set the scheme and host of result links; None for those of the request."""
        with self.lock:
            self.links_at = self.account.result_origin = origin

    def note_refused(self, target: str) -> None:
        """Note that a connection to a host, `name[:port]`, was stopped before it was made."""
        self.requests.refused.append(target)

    def reset(self) -> None:
        """Start again: no tasks, files or requests, and the first keys, credits, faults and outcomes.

        The clock keeps its time, which never goes back.
        """
        with self.lock:
            self.keys: ApiKeys = ApiKeys(self.api_key)
            if self._accepted_key is not None:
                self.keys.accept(self._accepted_key)
            self.account: MockAccount = MockAccount(
                self.contract,
                self.clock,
                self.lock,
                progress=self._progress,
                credits=self._credits,
                seed=self.seed,
                result_origin=self.links_at,
            )
            self.files: FileStore = FileStore(self.clock, self.seed)
            self.results: Results = Results(self.account, self.files)
            self.faults: Faults = Faults(self.contract.operation_ids, self.seed)
            self.requests: RequestLog = RequestLog()
            self.idempotency: IdempotencyStore = IdempotencyStore()
            self.rng: random.Random = random.Random(self.seed)  # noqa: S311 - generated responses, not secrets
            self.request_count = 0
            self._prepare()
