"""Downloading one result: one flow over the decisions of `_download`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpx

from .._contract import index as _contract
from .._core import errors as _errors
from .._http import retry as _retry
from .._http import transport_errors as _faults
from .._http.call import USER_AGENT
from .._http.io import Blocking, Close, Copy, Open, Sleep
from .._tasks.waiter import refresh
from . import policy as _download
from .policy import Known, Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .._http.client_base import BaseClient
    from .._tasks.state import BaseTask
    from .policy import Verdict
    from .target import Sink

_WEB_PAGES = {".htm", ".html"}
# A task that was asked for this recently has the newest links there are.
_RECENT = 60.0

_log = logging.getLogger("evolink")


class Transfer:
    """One result on its way to one sink."""

    def __init__(
        self,
        client: BaseClient[Any],
        task: BaseTask,
        index: int,
        sink: Sink,
        *,
        on_bytes: Callable[[Sink], None],
        allow_unknown_size: bool,
    ) -> None:
        self._client = client
        self._task = task
        self._index = index
        self._sink = sink
        self._on_bytes = on_bytes
        self._allow_unknown_size = allow_unknown_size
        self._link = task.results[index]
        self._is_renewed = False
        self._failures = 0

    async def run(self) -> Path | None:
        """Bring the result home; a flow."""
        try:
            self._sink.open()
            await self._renew_in_time()
            self._report()
            while not self._is_whole():
                await self._attempt()
            path = await Blocking(self._sink.finish)
        finally:
            self._sink.close()
        _log.info("task %s: downloaded %s (%d bytes)", self._task.id, path or "a result", self._sink.offset)
        return path

    def _is_whole(self) -> bool:
        return self._sink.known.total is not None and self._sink.offset == self._sink.known.total

    async def _attempt(self) -> None:
        """Ask for what is missing, once."""
        fault: _faults.Fault | None = None
        response: httpx.Response | None = None
        before = self._sink.offset
        verdict: Verdict | None = None
        try:
            response, verdict = await self._asked()
            if verdict.step is Step.UNKNOWN_SIZE and self._allow_unknown_size:
                self._sink.begin(verdict.known, 0)
                await Copy(response, self._take)
                # The end of the stream is all there is to know.
                self._sink.known = Known(None, self._sink.offset, verdict.known.content_type)
                return
            if verdict.step is Step.WRITE:
                self._sink.begin(verdict.known, verdict.start)
                await Copy(response, self._take)
        except _faults.TRANSPORT_ERRORS as error:
            fault = _faults.fault_of(error)
        finally:
            if response is not None:
                await Close(response)
        if fault is not None:
            await self._failed(fault.text, None, hopeless=fault.is_hopeless, before=before)
        elif verdict is not None and response is not None:
            await self._follow(verdict, response, before)

    async def _follow(self, verdict: Verdict, response: httpx.Response, before: int) -> None:
        if verdict.step is Step.WRITE:
            if self._sink.offset == verdict.end and self._sink.offset > before:
                return  # whole, or as far as this host goes in one reply
            await self._failed("the reply ended too early", None, before=before)
        elif verdict.step is Step.EXPIRED:
            await self._renew(verdict.reason, response.status_code)
        elif verdict.step is Step.AGAIN:
            asked = _retry.retry_after(response.headers, self._client._io.clock.now())
            await self._failed(verdict.reason, asked, before=before, status=response.status_code)
        elif verdict.step is Step.RESTART:
            self._sink.discard()
            await self._failed(verdict.reason, None, before=before)
        elif verdict.step is Step.UNKNOWN_SIZE:
            raise _errors.IncompleteDownload(
                f"{verdict.reason}: it could not be told from a part (allow_unknown_size=True takes the risk)"
            )
        else:
            raise _errors.DownloadError(verdict.reason, status=response.status_code)

    async def _asked(self) -> tuple[httpx.Response, Verdict]:
        """Send the request, and follow where the host points."""
        link = self._link
        is_page = _download.suffix_of(link) in _WEB_PAGES
        for _ in range(_download.MAX_REDIRECTS + 1):
            if urlsplit(link).scheme not in {"http", "https"}:
                raise _errors.DownloadError("the link leads to no web address")
            headers = _download.request_headers(self._sink.offset, self._sink.known, USER_AGENT)
            # Made anew for each host: nothing of the client's own headers, least of all its key, goes along.
            request = httpx.Request(
                "GET", link, headers=headers, extensions={"timeout": self._client._timeout.as_dict()}
            )
            response = await Open(request, plain=True)
            verdict = _download.judge(
                response.status_code, response.headers, self._sink.offset, self._sink.known, is_page=is_page
            )
            if verdict.step is not Step.REDIRECT:
                return response, verdict
            await Close(response)
            link = urljoin(link, verdict.location)
        raise _errors.DownloadError(f"the link leads through more than {_download.MAX_REDIRECTS} redirects")

    def _take(self, chunk: bytes) -> None:
        self._sink.write(chunk)
        total = self._sink.known.total
        if total is not None and self._sink.offset > total:
            self._sink.discard()
            raise _errors.IncompleteDownload(f"the host sent more than the {total} bytes it had announced")
        self._report()

    def _report(self) -> None:
        if self._sink.offset:
            self._on_bytes(self._sink)

    async def _failed(
        self,
        reason: str,
        asked: float | None,
        *,
        before: int,
        hopeless: bool = False,
        status: int | None = None,
    ) -> None:
        """Sleep until the next attempt, or give up."""
        self._failures += 1
        if hopeless or self._failures > self._client._max_retries:
            offset, total = self._sink.offset, self._sink.known.total
            if offset or before:
                raise _errors.IncompleteDownload(
                    f"{reason}; {offset} of {total} bytes have come", status=status
                )
            raise _errors.DownloadError(reason, status=status)
        if self._sink.known.validator is None:
            self._sink.discard()  # nothing would tell whether the rest still fits to it
        delay = _retry.backoff(self._failures)
        if asked is not None:
            delay = min(asked, _retry.LONGEST_RETRY_AFTER)
        _log.info("task %s: download interrupted (%s); again in %.1f s", self._task.id, reason, delay)
        await Sleep(delay)

    async def _renew_in_time(self) -> None:
        """Get a new link if this one is older than links live."""
        ttl = _contract.contract().result_ttl
        now = self._client._io.clock.now()
        history = self._task._history
        if ttl is None or self._task.created is None:
            return
        if now - self._task.created > ttl and now - history.polled_at > _RECENT and not self._is_whole():
            try:
                await self._renew("the link is older than links live", None)
            except _errors.ResultExpired as error:
                _log.info("task %s: no new link (%s); the old one is tried", self._task.id, error)

    async def _renew(self, reason: str, status: int | None) -> None:
        """Ask the task for a new link, once."""
        if self._is_renewed:
            raise _errors.ResultExpired(f"the link no longer works ({reason})", status=status)
        self._is_renewed = True
        if self._index < len(self._task.results) and self._task.results[self._index] != self._link:
            self._link = self._task.results[self._index]  # of another result that has asked
            return
        try:
            await refresh(self._client, self._task)
        except _errors.EvoLinkError as error:
            raise _errors.ResultExpired(
                f"the link no longer works ({reason}), and the API gave no new one", status=status
            ) from error
        links = self._task.results
        if self._index >= len(links):
            raise _errors.ResultExpired(f"the link no longer works ({reason}), and there is no new one")
        self._link = links[self._index]
