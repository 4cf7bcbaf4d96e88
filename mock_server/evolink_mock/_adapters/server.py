"""Serves an engine over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._engine.reading import LARGE_BODY
from .._http.messages import Request
from .._tasks.task import RESULTS_PATH
from .._ui.site import DOCUMENT_PATHS, Site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._engine.engine import Engine
    from .._http.messages import Response
    from .._serving.interface import HTTPRequest
    from .webhooks import WebhookWorker

_FILES = (RESULTS_PATH, *DOCUMENT_PATHS)


class EngineApplication:
    """An engine as the HTTP server calls it.

    Args:
        engine: Answers the requests.
        authority: Host and port for clients that name none.
        allowed_hosts: Host names under which the admin API may be used, beside loopback names and addresses.
    """

    def __init__(
        self, engine: Engine, authority: str = "localhost", *, allowed_hosts: Iterable[str] = ()
    ) -> None:
        self.engine = engine
        self._site = Site(engine, allowed_hosts)
        self._authority = authority
        self._webhooks: WebhookWorker | None = None

    def is_slow(self, request: HTTPRequest) -> bool:
        """Whether a request may take long: those with large bodies, and those for files."""
        return len(request.body) > LARGE_BODY or request.target.startswith(_FILES)

    def handle(self, request: HTTPRequest) -> Response:
        """Answer a request."""
        path, _, query = request.target.partition("?")
        origin = f"http://{request.host or self._authority}"
        received = Request(request.method, path, query, request.headers, request.body, origin)
        if path.startswith(_FILES):
            work = self._site.pending_work(received)
            if work is not None:
                work()  # without the engine's lock, since it takes long
        return self._site.handle(received)

    def handled(self, _: object) -> None:
        """Send the callbacks that a request has made due."""
        if self.engine.account.webhooks.due is not None:
            self._notify_webhooks()

    def released(self, reply: Response) -> None:
        """Let a repeated request have the reply that was held up."""
        if reply.on_delivered is not None:
            reply.on_delivered(self.engine.clock.now())

    def secrets(self) -> Iterable[str]:
        """The API keys that are valid now, which no log may show."""
        return self.engine.keys.to_dict()

    async def close(self, _: float) -> None:
        """Stop sending callbacks."""
        if self._webhooks is not None:
            await self._webhooks.close()

    def _notify_webhooks(self) -> None:
        if self._webhooks is None:
            # Loads httpx, without which the server starts in half the time.
            from .webhooks import WebhookWorker  # noqa: PLC0415 - see above

            self._webhooks = WebhookWorker(self.engine)
        self._webhooks.notify()
