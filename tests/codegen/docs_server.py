"""A server of docs pages whose answers a test decides, over real HTTP on the loopback."""

import email.utils
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        body: Its content.
        status: Its status.
        headers: Beside `Content-Length`; a status of 200 has an `ETag` of its own.
        delay: Seconds before it comes.
        is_cut: Whether the connection ends in its middle.
        has_etag: Whether the server can be asked for a change.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    is_cut: bool = False
    has_etag: bool = True


Answer = bytes | int | Reply | list[Reply]
HANG = Reply(delay=10.0)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that do not wait for the whole reply."""


class DocsServer:
    """Serves pages, and remembers which were asked for and how.

    Attributes:
        pages: What each path answers: content, a status, a reply, or several replies of which the last stays.
        requests: Path and headers of every request, in order.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.requests: list[tuple[str, Mapping[str, str]]] = []
        self._released = threading.Event()
        docs = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                docs.requests.append((self.path, dict(self.headers)))
                docs.answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                """Say nothing."""

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, path: str) -> Reply:
        """What a path answers now."""
        found = self.pages.get(path, 404)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(found, int):
            return Reply(b"no", found)
        return Reply(found) if isinstance(found, bytes) else found

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        reply = self.reply(handler.path)
        if reply.delay:
            self._released.wait(reply.delay)
        headers = dict(reply.headers)
        status, body = reply.status, reply.body
        if status == 200 and reply.has_etag:
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            headers["Last-Modified"] = email.utils.formatdate(1_700_000_000, usegmt=True)
            if handler.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if status != 304:
            handler.send_header("Content-Length", str(len(body)))
        if reply.is_cut:
            body, handler.close_connection = body[: len(body) // 2], True
        handler.end_headers()
        handler.wfile.write(body)

    def asked(self, path: str) -> list[Mapping[str, str]]:
        """The headers of every request for a path."""
        return [headers for asked, headers in self.requests if asked == path]
