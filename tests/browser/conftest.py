"""The page in headless Chromium, against a server in this process."""

import contextlib
import functools
import http.server
import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from evolink_mock import Contract, Engine, VirtualClock
from evolink_mock._adapters.server import EngineApplication
from evolink_mock._serving.server import BackgroundServer

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT = 60_000  # milliseconds that a change may take on a busy machine
# Nothing here is encrypted, and loading certificates takes long.
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Served:
    """A mock behind a server, and a client of its API."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.engine, self.url = engine, url
        headers = {"Authorization": f"Bearer {engine.api_key}"}
        self.client = httpx.Client(base_url=url, headers=headers, verify=TLS, trust_env=False, timeout=60)
        [self.create, *_] = engine.contract.generations
        body = self.create.body
        assert body is not None
        self.example: dict[str, Any] = body.example_or_sample()

    def post(self, **changes: Any) -> httpx.Response:
        """Send the documented example of a request that creates a task, with changes; None leaves one out."""
        body = {name: value for name, value in (self.example | changes).items() if value is not None}
        return self.client.request(self.create.method, f"{self.create.path}", json=body)

    def task(self, **changes: Any) -> str:
        """Create a task and return its id."""
        response = self.post(**changes)
        assert response.status_code == 200, response.text
        task_id: str = response.json()["id"]
        return task_id


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    assert executable, f"these tests need one of {', '.join(NAMES)}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
        yield browser
        browser.close()


def _collect(errors: list[str], text: str) -> None:
    # A refused command is shown by the page; the browser reports it too.
    if not text.startswith("Failed to load resource: the server responded with a status of 400"):
        errors.append(text)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages, in which no error may occur."""
    errors: list[str] = []
    with contextlib.ExitStack() as stack:

        def open_(url: str, *, may_fail: bool = False, **options: Any) -> Page:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
            stack.callback(context.close)
            context.set_default_timeout(TIMEOUT)
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            page = context.new_page()
            if not may_fail:
                page.on("pageerror", lambda error: errors.append(str(error)))
                page.on("console", lambda message: _collect(errors, message.text))
                page.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}"))
            page.goto(url)
            return page

        yield open_
    assert errors == []


@pytest.fixture
def served() -> Iterator[Served]:
    engine = Engine(Contract.load(), VirtualClock(), allow_local_callbacks=True, credits=100_000)
    with BackgroundServer(EngineApplication(engine)) as server:
        served = Served(engine, server.url)
        with served.client:
            yield served


@pytest.fixture
def page(served: Served, open_page: Callable[..., Page]) -> Page:
    """The page of a mock in which nothing has happened yet."""
    return open_page(served.url)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers everything with an empty page."""

    def __init__(self, received: list[bytes], *args: Any) -> None:
        self._received = received
        super().__init__(*args)

    def do_GET(self) -> None:
        body = b"<!doctype html><title>Another application</title><body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self._received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


class OtherServer:
    """Another application on this machine; keeps the bodies that it receives."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        handler = functools.partial(_Handler, self.received)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def other_server() -> Iterator[OtherServer]:
    server = OtherServer()
    yield server
    server.close()
