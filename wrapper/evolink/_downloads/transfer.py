"""Downloading the results of a task, a few at a time."""

from __future__ import annotations

import functools
import io
import logging
import os
import threading
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

import httpx

from .._contract import index
from .._core import errors
from .._core.config import USER_AGENT
from .._core.errors import TaskLike
from .._http import retry
from .._http.io import WorkerPool
from .._http.response import retry_after
from .._http.transport_errors import TRANSPORT_ERRORS, TransportFailure, failure_of
from . import policy
from .policy import Action, ResumeInfo
from .target import FileSink, StreamSink, suffix_of, targets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .._http.client_base import BaseClient
    from .policy import ResponseDecision
    from .target import Sink, Target

    OnProgress = Callable[[int, int | None], object]

# More connections to one host bring little, and are not kind to it.
_CONCURRENCY = 4
_WEB_PAGES = {".htm", ".html"}
# A task that was queried this recently has the newest links there are.
_RECENT = 60.0

_log = logging.getLogger("evolink")


class DownloadableTask(TaskLike, Protocol):
    """What a download needs of a task."""

    @property
    def _polled_at(self) -> float: ...
    async def _refresh(self, client: BaseClient, /) -> object: ...


async def download(
    client: BaseClient,
    task: DownloadableTask,
    target: Target,
    *,
    on_progress: OnProgress | None,
    allow_unknown_size: bool,
) -> list[Path]:
    """Download every result of a task.

    Raises:
        DownloadError: There is nothing to download, or it did not work.
    """
    sinks = await client._io.run_in_thread(functools.partial(_sinks, task, target))
    downloads = _Downloads(sinks, on_progress)
    for number, sink in enumerate(sinks):
        downloads.waiting.append(
            ResultDownload(
                client,
                task,
                number,
                sink,
                on_bytes=downloads.report,
                allow_unknown_size=allow_unknown_size,
            )
        )
    pool = WorkerPool(min(len(sinks), _CONCURRENCY))
    try:
        await client._io.gather(pool, [downloads.worker() for _ in range(pool.size)])
    except BaseException:
        downloads.stop()
        raise
    finally:
        pool.shutdown()
    for number in sorted(downloads.errors):
        error = downloads.errors[number]
        error._task = task
        raise error
    return [path for _, path in sorted(downloads.paths.items())]


class _Downloads:
    """The results of a task, shared by workers in threads or in tasks of an event loop."""

    def __init__(self, sinks: Sequence[Sink], on_progress: OnProgress | None) -> None:
        self.waiting: list[ResultDownload] = []
        self.paths: dict[int, Path] = {}
        self.errors: dict[int, errors.EvoLinkError] = {}
        self._sinks = sinks
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._is_stopped = False

    async def worker(self) -> None:
        """Download one result after the other until none is left.

        One that fails does not stop the others: they are paid for too.
        """
        while (result := self._next()) is not None:
            try:
                path = await result.run()
            except errors.EvoLinkError as error:
                self.errors[result.number] = error
            except BaseException:  # an error in the caller's function, or Ctrl-C
                self.stop()
                raise
            else:
                if path is not None:
                    self.paths[result.number] = path

    def _next(self) -> ResultDownload | None:
        with self._lock:
            return None if self._is_stopped or not self.waiting else self.waiting.pop(0)

    def stop(self) -> None:
        """Start no more, and end those in progress at their next bytes; the parts stay."""
        self._is_stopped = True

    def report(self, sink: Sink) -> None:
        """Call the caller's function for bytes that have come, with the sums over all results."""
        if self._is_stopped:
            raise errors.IncompleteDownload(f"stopped after {sink.offset} bytes")
        if self._on_progress is None:
            return
        with self._lock:
            totals = [each.known.total for each in self._sinks]
            known = [total for total in totals if total is not None]
            total = sum(known) if len(known) == len(totals) else None
            try:
                self._on_progress(sum(each.offset for each in self._sinks), total)
            except BaseException:  # the others must not call it once more
                self.stop()
                raise


class ResultDownload:
    """The download of one result into one sink."""

    def __init__(
        self,
        client: BaseClient,
        task: DownloadableTask,
        number: int,
        sink: Sink,
        *,
        on_bytes: Callable[[Sink], None],
        allow_unknown_size: bool,
    ) -> None:
        self.number = number
        self._client = client
        self._io = client._io
        self._task = task
        self._sink = sink
        self._on_bytes = on_bytes
        self._allow_unknown_size = allow_unknown_size
        self._link = task.results[number]
        self._is_renewed = False
        self._failures = 0

    async def run(self) -> Path | None:
        """Download the result, with retries."""
        sink = self._sink
        try:
            await self._io.run_in_thread(sink.open)
            await self._renew_if_old()
            self._report()
            while not self._is_complete():
                await self._attempt()
            path = await self._io.run_in_thread(sink.commit)
        finally:
            await self._io.run_in_thread(sink.close, is_cleanup=True)
        _log.info("task %s: downloaded %s (%d bytes)", self._task.id, path or "a result", sink.offset)
        return path

    def _is_complete(self) -> bool:
        return self._sink.known.total is not None and self._sink.offset == self._sink.known.total

    async def _attempt(self) -> None:
        """Request what is missing, once."""
        failure: TransportFailure | None = None
        response: httpx.Response | None = None
        decision: ResponseDecision | None = None
        before = self._sink.offset
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
            failure = failure_of(error)
        finally:
            if response is not None:
                await self._io.close(response)
        if failure is not None:
            await self._failed(failure.text, None, before=before, is_transient=not failure.non_retryable)
        elif decision is not None and response is not None:
            await self._follow(decision, response, before)

    async def _send(self) -> tuple[httpx.Response, ResponseDecision]:
        """Send the request, and follow redirects."""
        link = self._link
        is_page = suffix_of(link) in _WEB_PAGES
        for _ in range(policy.MAX_REDIRECTS + 1):
            if urlsplit(link).scheme not in {"http", "https"}:
                raise errors.DownloadError("the link leads to no web address")
            headers = policy.request_headers(self._sink.offset, self._sink.known, USER_AGENT)
            # Made anew for each host: nothing of the client's own headers, least of all its key, goes along.
            request = httpx.Request(
                "GET", link, headers=headers, extensions={"timeout": self._client._config.timeout.as_dict()}
            )
            response = await self._io.send(request, is_bare=True)
            decision = policy.classify_response(
                response.status_code, response.headers, self._sink.offset, self._sink.known, is_page=is_page
            )
            if decision.action is not Action.REDIRECT:
                return response, decision
            await self._io.close(response)
            link = urljoin(link, decision.location)
        raise errors.DownloadError(f"the link leads through more than {policy.MAX_REDIRECTS} redirects")

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

    def _report(self) -> None:
        if self._sink.offset:
            self._on_bytes(self._sink)

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
        if delay is None:
            offset, total = self._sink.offset, self._sink.known.total
            if offset or before:
                raise errors.IncompleteDownload(
                    f"{reason}; {offset} of {total} bytes have come", status=status
                )
            raise errors.DownloadError(reason, status=status)
        if self._sink.known.validator is None:
            # Nothing would tell whether the rest still belongs to it.
            await self._io.run_in_thread(self._sink.reset)
        _log.info("task %s: download interrupted (%s); again in %.1f s", self._task.id, reason, delay)
        await self._io.sleep(delay)

    async def _renew_if_old(self) -> None:
        """Get a new link if this one is older than links live."""
        ttl = index.contract().result_ttl
        now = self._io.now()
        if ttl is None or self._task.created is None:
            return
        is_old = now - self._task.created > ttl and now - self._task._polled_at > _RECENT
        if is_old and not self._is_complete():
            try:
                await self._renew("the link is older than links live", None)
            except errors.ResultExpired as error:
                _log.info("task %s: no new link (%s); the old one is tried", self._task.id, error)

    async def _renew(self, reason: str, status: int | None) -> None:
        """Ask the task for a new link, once."""
        if self._is_renewed:
            raise errors.ResultExpired(f"the link no longer works ({reason})", status=status)
        self._is_renewed = True
        links = self._task.results
        if self.number < len(links) and links[self.number] != self._link:
            self._link = links[self.number]  # another result has queried the task already
            return
        try:
            await self._task._refresh(self._client)
        except errors.EvoLinkError as error:
            raise errors.ResultExpired(
                f"the link no longer works ({reason}), and the API gave no new one", status=status
            ) from error
        links = self._task.results
        if self.number >= len(links):
            raise errors.ResultExpired(f"the link no longer works ({reason}), and there is no new one")
        self._link = links[self.number]


def _sinks(task: DownloadableTask, target: Target) -> list[Sink]:
    """One sink for each result."""
    links = task.results
    if not links:
        state = "has no results" if task.status == "completed" else f"is {task.status}: wait for it first"
        raise errors.DownloadError(f"the task {state}", task=task)
    if isinstance(target, (str, os.PathLike)):
        return [
            FileSink(each, task.id, number) for number, each in enumerate(targets(target, task.id, links))
        ]
    if isinstance(target, io.TextIOBase):
        raise errors.InvalidRequest("the stream must be binary")
    if len(links) > 1:
        raise errors.DownloadError(f"the task has {len(links)} results: they need a folder", task=task)
    return [StreamSink(target)]
