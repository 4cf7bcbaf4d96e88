"""The mock for tests: the API in the process, without a network."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal, Self

from ._adapters.environment import KEY_VARIABLE, URL_VARIABLE, set_environment, without_proxies
from ._adapters.httpx import HttpxAdapter, Transport
from ._adapters.webhooks import WebhookSender
from ._clock.clock import RealClock, VirtualClock
from ._contract.contract import Contract
from ._engine import DEFAULT_KEY
from ._engine.engine import Engine
from ._engine.faults import Fault, takes_options_of
from ._http.addresses import authority, normalized
from ._tasks import DEFAULT_CREDITS
from ._tasks.views import TaskViews

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from ._adapters.respx import MockRouter
    from ._clock.interfaces import MockClock
    from ._engine.request_log import RequestLog
    from ._tasks.ledger import Ledger
    from ._tasks.outcomes import End
    from ._tasks.task import ProgressMode
    from ._tasks.webhooks import DeliveryAttempt

_RESULT_ORIGIN = "https://results.evolink-mock.invalid"  # `.invalid` never resolves


class EvoLinkMock:
    """A mock of the API for all clients of this process, for as long as its context is entered.

    While it is entered, it answers every client of the process, sync and async, made before or after, of
    httpx, httpx2, requests (and urllib3) and aiohttp. Requests to hosts that neither the contract nor the
    test's own respx routes know fail, and so does whatever else connects to a host of the contract.
    `EVOLINK_API_KEY` is set to a valid key and `EVOLINK_BASE_URL` is unset, so that clients made without
    arguments work; both are restored on leaving. Applications that have read them before are served too.

    Args:
        clock: `virtual`: no wait takes any time; `real`; or a clock of your own.
        progress: What moves tasks forward: `time`, the number of queries (`polls`), or `immediate`.
        credits: Credits at the beginning.
        seed: The seed of ids and random choices, which are the same in every run with the same seed.
        allow_local_callbacks: Whether callbacks may go to http, loopback and private addresses.
        contract: An OpenAPI file or document; by default the contract of `evolink_api`.
        strict: Whether undocumented parameters are refused; the API ignores them.
        api_key: The key that is valid.
        scenario: What it starts with, also after a reset: a file, YAML or JSON, or what it would say. Other
            arguments override it unless they are the defaults.

    Raises:
        ValueError: An argument is out of range, or the contract or the scenario cannot be used.
    """

    def __init__(
        self,
        *,
        clock: Literal["virtual", "real"] | MockClock = "virtual",
        progress: ProgressMode = "time",
        credits: float = DEFAULT_CREDITS,  # noqa: A002 - the public name of the option
        seed: int = 0,
        allow_local_callbacks: bool = False,
        contract: str | Path | Mapping[str, Any] | Contract | None = None,
        strict: bool = False,
        api_key: str = DEFAULT_KEY,
        scenario: str | Path | Mapping[str, Any] | None = None,
    ) -> None:
        if progress not in {"time", "polls", "immediate"}:
            raise ValueError(f"progress goes by 'time', 'polls' or is 'immediate', not {progress!r}")
        if isinstance(clock, str) and clock not in {"virtual", "real"}:
            raise ValueError(f"the clock is 'virtual' or 'real', not {clock!r}")
        self._engine = Engine(
            Contract.load(contract),
            (VirtualClock() if clock == "virtual" else RealClock()) if isinstance(clock, str) else clock,
            progress=progress,
            credits=credits,
            seed=seed,
            allow_local_callbacks=allow_local_callbacks,
            strict=strict,
            api_key=api_key,
            links_at=_RESULT_ORIGIN,
        )
        if scenario is not None:
            from ._scenario.scenario import Scenario  # noqa: PLC0415 - few mocks have one

            Scenario.load(scenario, self._engine.contract).begin(
                self._engine, progress=progress, credits=credits, seed=seed, api_key=api_key
            )
        sender = WebhookSender(self._engine, lambda: self._router is not None or self._url is not None)
        self._engine.clock.attach(sender)
        self._adapter = HttpxAdapter(self._engine, sender)
        self._router: MockRouter | None = None
        self._url: str | None = None
        self._stack = ExitStack()

    @property
    def clock(self) -> MockClock:
        """The clock: `now()`, `advance(seconds)`, `sleep(seconds)`, and `aio` for coroutines."""
        return self._engine.clock

    @property
    def api_key(self) -> str:
        """A valid key."""
        return self._engine.api_key

    @property
    def base_url(self) -> str:
        """The address of the API, or of the server while it is served; without a slash at the end."""
        return self._url or self._engine.contract.server

    @property
    def requests(self) -> RequestLog:
        """The last requests, the newest at the end."""
        return self._engine.requests

    @property
    def ledger(self) -> Ledger:
        """The credits now."""
        return self._engine.account.ledger

    @property
    def tasks(self) -> TaskViews:
        """The tasks in the order of their creation, by position or by id."""
        return TaskViews(self._engine.account)

    @property
    def callbacks(self) -> tuple[DeliveryAttempt, ...]:
        """The last attempts to deliver a callback, the newest at the end."""
        return self._engine.account.webhooks.attempts

    @property
    def unmet(self) -> tuple[str, ...]:
        """The faults and outcomes that no request and no task has met at all, as calls of the mock."""
        with self._engine.lock:
            return tuple(map(str, [*self._engine.faults.unmet, *self._engine.account.outcomes.unmet]))

    @property
    def router(self) -> MockRouter:
        """The respx router, for routes of your own; only while the mock is entered."""
        if self._router is None:
            raise RuntimeError(
                "the mock has a router only while it is entered: `with EvoLinkMock() as mock:`"
            )
        return self._router

    @takes_options_of(Fault)
    def fault(self, fault: Fault) -> None:
        """Let something go wrong with the next request, the next `times` requests, or a `share` of them.

        The options are keywords, as in `fault(status=429, times=2)`; the guide of the mock lists them.

        Raises:
            ValueError: An option is out of range, or no option makes anything go wrong.
            LookupError: The contract has no such operation.
        """
        with self._engine.lock:
            self._engine.faults.add(fault)

    def outcome(
        self,
        end: End,
        /,
        *,
        code: str | None = None,
        message: str | None = None,
        times: int = 1,
        status: str | None = None,
        seconds: float | None = None,
        results: int | None = None,
        extra: Mapping[str, Any] | None = None,
        started: bool | None = None,
        renew_links: bool | None = None,
        curve: Sequence[float] | None = None,
        undocumented: bool = False,
    ) -> None:
        """Set how the next task ends, or the next `times` tasks.

        Args:
            end: `completed`, `failed` or `cancelled`.
            code: Why it fails; by default the first documented code.
            message: The message of a failed task; by default what the contract advises for the code.
            times: For how many tasks.
            status: A status that is shown in place of `processing`.
            seconds: How long it takes; by default as long as the model's documents say.
            results: How many files it has; 1 by default.
            extra: Fields that are added to the body of the query.
            started: It is processing already in the response that creates it.
            renew_links: Every query makes new links, so that they never stay expired.
            curve: The progress at equal steps of its time, in percent; even by default.
            undocumented: Accept a code that the contract does not document.

        Raises:
            ValueError: Something is unknown or out of range.
        """
        with self._engine.lock:
            self._engine.account.outcomes.add(
                end,
                code=code,
                message=message,
                times=times,
                status=status,
                seconds=seconds,
                results=results,
                extra=extra,
                started=started,
                renew_links=renew_links,
                curve=curve,
                undocumented=undocumented,
            )

    def issue_key(
        self,
        key: str,
        models: Iterable[str] | None = None,
        credits: float | None = None,  # noqa: A002 - named like the option of the mock
    ) -> None:
        """Make another key valid.

        Args:
            key: The key.
            models: The models that it may use; None for all.
            credits: The credits that may be spent with it; None for all of the account.

        Raises:
            ValueError: The key cannot be sent in a header, there are too many, or the credits are negative.
        """
        with self._engine.lock:
            self._engine.keys.issue(key, models, credits)

    def reset(self) -> None:
        """Start again: no tasks, files or requests; credits, faults and outcomes as in the scenario."""
        self._engine.reset()

    def transport(self) -> Transport:
        """A transport for an httpx client, for tests that patch nothing; the mock need not be entered."""
        return Transport(self._adapter)

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serve the mock over HTTP on a free port of loopback, for subprocesses and other languages.

        Yields the address, `http://127.0.0.1:PORT`. It is in `EVOLINK_BASE_URL`, and a valid key in
        `EVOLINK_API_KEY`, as long as the context is entered. Virtual time moves on by a tenth of a task with
        each query of it, by `clock`, and by clients of `evolink` in this process, which sleep on it.
        Connections of this process to the hosts of the contract are stopped.

        Raises:
            RuntimeError: It is served already.
        """
        from ._adapters.loopback import serve_on_loopback  # noqa: PLC0415 - in the process no server is needed

        if self._url is not None:
            raise RuntimeError("the mock is served already")
        with serve_on_loopback(self._engine) as url:
            self._url = url
            restore = self._override_clients()
            if self._router is not None:
                self._router.hosts |= {authority(url)}
            try:
                yield url
            finally:
                restore()
                self._url = None

    def __enter__(self) -> Self:
        if self._router is not None:
            raise RuntimeError("the mock is entered already")
        try:
            from ._adapters.guard import ConnectionGuard  # noqa: PLC0415 - a transport needs none of this
            from ._adapters.libraries import patches  # noqa: PLC0415 - same
            from ._adapters.respx import MockRouter  # noqa: PLC0415 - same
        except ImportError as error:
            raise RuntimeError("patching httpx needs respx: pip install 'evolink-client[mock]'") from error
        hosts = self._engine.contract.hosts | {authority(_RESULT_ORIGIN)}
        if base_url := os.environ.get(URL_VARIABLE):  # an application may have read it already
            self._adapter.base_url = normalized(base_url)
            hosts |= {authority(base_url)}
        if key := os.environ.get(KEY_VARIABLE):
            self._engine.accept_key(key)
        with ExitStack() as stack:  # a failure on the way leaves nothing patched
            self._router = router = MockRouter(self._adapter, hosts)
            stack.callback(setattr, self, "_router", None)
            for patch in (router, patches, ConnectionGuard(hosts, self._engine.note_refused)):
                patch.start()
                stack.callback(patch.stop)
            environment = {KEY_VARIABLE: self.api_key, URL_VARIABLE: None, **without_proxies(hosts)}
            stack.callback(set_environment(**environment))
            stack.callback(self._override_clients())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._stack.close()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def _override_clients(self) -> Callable[[], None]:
        """Give the clock to the clients of `evolink`, if it is installed."""
        try:
            from evolink._core import overrides  # noqa: PLC0415 - only if it is installed
        except ImportError:
            return lambda: None
        return overrides.install(
            clock=self.clock,
            async_clock=self.clock.aio,
            allow_local_callbacks=self._engine.allow_local_callbacks,
        )

    def __repr__(self) -> str:
        return f"<EvoLinkMock of {self.base_url}: {len(self.requests)} requests, {len(self.tasks)} tasks>"
