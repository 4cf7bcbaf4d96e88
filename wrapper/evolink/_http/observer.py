"""Tells `on_event` what happens to one call of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.errors import EvoLinkError
from .._core.events import RequestAttempt, RequestRetry, TaskSubmitted
from .._core.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .._core.config import ClientConfig
    from .._core.errors import APIError
    from .._core.events import EventEmitter
    from .io import ClientIO
    from .request import APICall
    from .response import APIResponse


class CallObserver:
    """Follows one call from its first attempt to its end."""

    def __init__(self, call: APICall, emitter: EventEmitter, config: ClientConfig, io: ClientIO) -> None:
        self._call = call
        self._emitter = emitter
        self._config = config
        self._now = io.now
        self._attempts = 0

    async def attempt(self, send: Callable[[APICall], Awaitable[APIResponse]]) -> APIResponse:
        """Send the request once."""
        self._attempts += 1
        started = self._now()
        try:
            received = await send(self._call)
        except BaseException as error:
            known = error if isinstance(error, EvoLinkError) else EvoLinkError()
            self._attempted(started, known.status, known.request_id, type(error).__name__)
            raise
        self._attempted(started, received.status, received.request_id, None)
        return received

    def retry(self, error: APIError, delay: float) -> None:
        """The request will be sent again."""
        self._emitter.emit(
            RequestRetry(
                operation=self._call.operation.id,
                attempt=self._attempts,
                delay=delay,
                error=type(error).__name__,
                status=error.status,
                task_id=self._shown(self._call.task_id),
                idempotency_key=self._call.idempotency_key,
            )
        )

    def submitted(self, received: APIResponse, started: float) -> None:
        """The call, begun at `started`, has started a task."""
        self._emitter.emit(
            TaskSubmitted(
                operation=self._call.operation.id,
                task_id=redact(received.json()["id"], self._config.api_key),
                duration=self._now() - started,
                idempotency_key=self._call.idempotency_key,
                request_id=self._shown(received.request_id),
            )
        )

    def _attempted(
        self, started: float, status: int | None, request_id: str | None, error: str | None
    ) -> None:
        self._emitter.emit(
            RequestAttempt(
                operation=self._call.operation.id,
                method=self._call.operation.method,
                attempt=self._attempts,
                duration=self._now() - started,
                status=status,
                error=error,
                request_id=self._shown(request_id),
                task_id=self._shown(self._call.task_id),
                idempotency_key=self._call.idempotency_key,
            )
        )

    def _shown(self, text: str | None) -> str | None:
        return None if text is None else redact(text, self._config.api_key)
