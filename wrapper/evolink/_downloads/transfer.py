"""The download of one result: requests, retries and what is written."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any, Protocol

from .._contract import index
from .._core import errors
from .._core.config import USER_AGENT
from .._core.errors import TaskLike
from .._core.redaction import redact
from .._http import request, retry
from .._http.response import retry_after
from .._http.transport_errors import TRANSPORT_ERRORS, TransportFailure, describe, failure_of
from . import policy
from .policy import Action, ResumeInfo
from .target import suffix_of

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from .._core.events import Step
    from .._http.client_base import BaseClient
    from .policy import ResponseDecision
    from .session import DownloadSession
    from .sink import Sink

_WEB_PAGES = {".htm", ".html"}
# A task that was queried this recently has the newest links there are.
_RECENT = 60.0

_log = logging.getLogger("evolink")


class DownloadableTask(TaskLike, Protocol):
    """What a download needs of a task."""

    @property
    def _polled_at(self) -> float: ...
    @property
    def _lacks_results(self) -> bool: ...
    async def _refresh(self, client: BaseClient, /, *, deadline: float | None = None) -> object: ...


class ResultDownload:
    """The download of one result into one sink.

    Attributes:
        task: What the result is of.
        number: Its place among the results of the task.
        path: Where it is, once it is complete; None in a stream.
        is_done: Whether it is complete.
    """

    def __init__(
        self,
        client: BaseClient,
        task: DownloadableTask,
        number: int,
        sink: Sink,
        session: DownloadSession,
        *,
        allow_unknown_size: bool,
    ) -> None:
        self.number = number
        self.path: Path | None = None
        self.is_done = False
        self._client = client
        self._io = client._io
        self.task = task
        self._sink = sink
        self._session = session
        self._allow_unknown_size = allow_unknown_size
        self._link = task.results[number]
        self._is_renewed = False
        self._failures = 0

    async def run(self) -> None:
        """Download the result, with retries."""
        sink = self._sink
        started = self._io.now()
        try:
            await self._io.run_in_thread(sink.open)
            await self._renew_if_old()
            self._report()
            while not self._is_complete():
                await self._attempt()
            self.path = await self._io.run_in_thread(sink.commit)
            self.is_done = True
        except BaseException as error:
            self._emit("fail", duration=self._io.now() - started, error=type(error).__name__)
            raise
        finally:
            await self._io.run_in_thread(sink.close, is_cleanup=True)
        self._emit("complete", duration=self._io.now() - started)
        _log.info("task %s: downloaded %s (%d bytes)", self.task.id, self.path or "a result", sink.offset)

    def _is_complete(self) -> bool:
        return self._sink.known.total is not None and self._sink.offset == self._sink.known.total

    async def _attempt(self) -> None:
        """Request what is missing, once."""
        failure: TransportFailure | None = None
        response: httpx.Response | None = None
        decision: ResponseDecision | None = None
        before = self._sink.offset
        started = self._io.now()
        try:
            response, decision = await self._send()
            if decision.action is Action.UNKNOWN_SIZE and self._allow_unknown_size:
                await self._receive(response, decision.known, 0)
                # The end of the stream is all there is to know.
                self._sink.known = ResumeInfo(None, self._sink.offset, decision.known.content_type)
                return
            if decision.action is Action.WRITE:
                await self._receive(response, decision.known, decision.start)
        except TRANSPORT_ERRORS as error:
            failure = failure_of(error, self._client._config.api_key)
        finally:
            if response is not None:
                await self._io.close(response)
            self._emit(
                "attempt",
                duration=self._io.now() - started,
                status=None if response is None else response.status_code,
                error=None if failure is None else failure.name,
            )
        if failure is not None:
            await self._failed(failure.text, None, before=before, is_transient=not failure.non_retryable)
        elif decision is not None and response is not None:
            await self._follow(decision, response, before)

    async def _send(self) -> tuple[httpx.Response, ResponseDecision]:
        """Send the request, and follow redirects."""
        url = policy.web_address(self._link)
        is_page = suffix_of(self._link) in _WEB_PAGES
        for _ in range(policy.MAX_REDIRECTS + 1):
            response = await self._get(url)
            decision = policy.classify_response(
                response.status_code, response.headers, self._sink.offset, self._sink.known, is_page=is_page
            )
            if decision.action is not Action.REDIRECT:
                return response, decision
            await self._io.close(response)
            url = policy.web_address(decision.location, url)
        raise errors.DownloadError(f"the link leads through more than {policy.MAX_REDIRECTS} redirects")

    async def _get(self, url: httpx.URL) -> httpx.Response:
        """Request what is missing at one address."""
        self._check_running()
        if self._io.is_closed:
            raise errors.EvoLinkError("this client is closed")
        headers = policy.request_headers(self._sink.offset, self._sink.known, USER_AGENT)
        # Made anew for each host: nothing of the client's own headers, least of all its key, goes along.
        timeout = request.shortened(self._client._config.timeout, self._session.time_left)
        sent = self._io.build_request(method="GET", url=url, headers=headers, timeout=timeout, is_bare=True)
        try:
            return await self._io.send(sent, is_bare=True)
        except TRANSPORT_ERRORS:
            raise
        except ValueError as error:  # httpx reads the address in a redirect, and h11 a length, too trustfully
            reason = redact(describe(error), self._client._config.api_key)
            raise errors.DownloadError(f"the host's reply is not HTTP ({reason})") from None

    async def _receive(self, response: httpx.Response, known: ResumeInfo, start: int) -> None:
        """Write a body to the sink."""
        await self._io.run_in_thread(functools.partial(self._sink.start, known, start))
        await self._io.stream_to(response, self._write)

    async def _write(self, chunk: bytes) -> None:
        self._sink.write(chunk)
        if self._sink.pending_size >= self._io.write_size:
            await self._io.run_in_thread(self._sink.flush)
        total = self._sink.known.total
        if total is not None and self._sink.offset > total:
            await self._io.run_in_thread(self._sink.reset)
            raise errors.IncompleteDownload(f"the host sent more than the {total} bytes it had announced")
        self._report()
        if not self._is_complete():
            self._check_running()

    def _report(self) -> None:
        if self._sink.offset:
            self._session.report()

    def _check_running(self, reason: str = "") -> None:
        """Raise if there is no time left, or the call has ended without this download."""
        if self._session.is_stopped:
            raise errors.IncompleteDownload(f"stopped: {self._received()}")
        if self._session.time_left <= 0:
            raise self._timeout_error(reason)

    def _timeout_error(self, reason: str) -> errors.DownloadTimeout:
        details = "; ".join(filter(None, [reason, self._received()]))
        return errors.DownloadTimeout(f"not complete after {self._session.timeout:g} s: {details}")

    def _received(self) -> str:
        return f"{self._sink.offset} of {self._sink.known.total or 'unknown'} bytes have come"

    async def _follow(self, decision: ResponseDecision, response: httpx.Response, before: int) -> None:
        """Do what a response asks for beside its body."""
        if decision.action is Action.WRITE:
            if self._sink.offset == decision.end and self._sink.offset > before:
                return  # complete, or all that this host sends in one response
            await self._failed("the reply ended too early", None, before=before)
        elif decision.action is Action.EXPIRED:
            await self._renew(decision.reason, response.status_code)
        elif decision.action is Action.RETRY:
            asked = retry_after(response.headers, self._io.now())
            await self._failed(decision.reason, asked, before=before, status=response.status_code)
        elif decision.action is Action.RESTART:
            await self._io.run_in_thread(self._sink.reset)
            await self._failed(decision.reason, None, before=before)
        elif decision.action is Action.UNKNOWN_SIZE:
            raise errors.IncompleteDownload(
                f"{decision.reason}: a cut one would look complete (allow_unknown_size=True takes the risk)"
            )
        else:
            raise errors.DownloadError(decision.reason, status=response.status_code)

    async def _failed(
        self,
        reason: str,
        asked: float | None,
        *,
        before: int,
        is_transient: bool = True,
        status: int | None = None,
    ) -> None:
        """Sleep until the next attempt, or give up."""
        self._failures += 1
        delay = retry.retry_delay(
            self._failures,
            is_transient=is_transient,
            max_retries=self._client._config.max_retries,
            retry_after=asked,
        )
        self._check_running(reason)
        if delay is None:
            if self._sink.offset or before:
                raise errors.IncompleteDownload(f"{reason}; {self._received()}", status=status)
            raise errors.DownloadError(reason, status=status)
        if delay >= self._session.time_left:  # not worth waiting for
            raise self._timeout_error(reason)
        if self._sink.known.validator is None:
            # Nothing would tell whether the rest still belongs to it.
            await self._io.run_in_thread(self._sink.reset)
        self._emit("retry", delay=delay, status=status)
        _log.info("task %s: download interrupted (%s); again in %.1f s", self.task.id, reason, delay)
        await self._io.sleep(delay)

    async def _renew_if_old(self) -> None:
        """Get a new link if this one is older than links live."""
        ttl = index.contract().result_ttl
        now = self._io.now()
        if ttl is None or self.task.created is None:
            return
        is_old = now - self.task.created > ttl and now - self.task._polled_at > _RECENT
        if is_old and not self._is_complete():
            try:
                await self._renew("the link is older than links live", None)
            except errors.ResultExpired as error:
                _log.info("task %s: no new link (%s); the old one is tried", self.task.id, error)

    async def _renew(self, reason: str, status: int | None) -> None:
        """Ask the task for a new link, once."""
        if self._is_renewed:
            raise errors.ResultExpired(f"the link no longer works ({reason})", status=status)
        self._is_renewed = True
        links = self.task.results
        if self.number < len(links) and links[self.number] != self._link:
            self._link = links[self.number]  # another result has queried the task already
            return
        self._check_running()
        self._emit("renew", status=status)
        try:
            await self.task._refresh(self._client, deadline=self._session.deadline)
        except errors.EvoLinkError as error:
            raise errors.ResultExpired(
                f"the link no longer works ({reason}), and the API gave no new one", status=status
            ) from error
        links = self.task.results
        if self.number >= len(links):
            raise errors.ResultExpired(f"the link no longer works ({reason}), and there is no new one")
        self._link = links[self.number]

    def _emit(self, step: Step, **details: Any) -> None:
        """Tell `on_event` of a step."""
        config = self._client._config
        if config.emitter is None:
            return
        from .._core.events import DownloadStep  # noqa: PLC0415 - most clients have no on_event

        config.emitter.emit(
            DownloadStep(
                task_id=redact(self.task.id, config.api_key),
                result=self.number,
                step=step,
                received=self._sink.offset,
                total=self._sink.known.total,
                **details,
            )
        )
