"""Watches over every API key that a test uses: it is sent to the API, and shows up nowhere else."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from evolink import EvoLinkError
from evolink._contract import index as _contract
from evolink._http.call import Access

TESTS = str(Path(__file__).parent)
# Shorter ones are words that may stand anywhere.
SHORTEST = 16
# The caller has just handed it to them, and has it in a frame of its own.
GIVEN = {"__init__", "_configure", "api_key", "with_options"}


def everything(error: BaseException) -> str:
    """All that can be printed, logged or sent elsewhere of an error, with its causes and its frames."""
    shown = []
    seen: BaseException | None = error
    while seen is not None:
        shown.append(f"{seen!r} {seen} {vars(seen)} {seen.args}")
        frames = [
            (frame, line)
            for frame, line in traceback.walk_tb(seen.__traceback__)
            # A test may well know its key.
            if not frame.f_code.co_filename.startswith(TESTS) and frame.f_code.co_name not in GIVEN
        ]
        shown += traceback.StackSummary.extract(iter(frames), capture_locals=True).format()
        seen = seen.__cause__ or seen.__context__
    return "\n".join(shown)


class Watch(logging.Handler):
    """Takes note of keys, of the places that may know them, and of all that is shown."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.keys: set[str] = set()
        self.hosts: set[str | None] = set()
        self.errors: list[EvoLinkError] = []
        self.logged: list[str] = []
        self.sent: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.logged.append(f"{logging.Formatter().format(record)} {record.__dict__!r}")

    def access(self, access: Access) -> None:
        self.keys |= {access.api_key} if len(access.api_key) >= SHORTEST else set()
        self.hosts |= {urlsplit(access.base_url or "").hostname}

    def request(self, request: httpx.Request) -> None:
        self.sent.append((request.url.host, f"{request.url} {request.headers.raw}"))

    def leaks(self, folder: Path | None) -> list[str]:
        """Where a key has shown up and should not have."""
        operations = _contract.contract().operations.values()
        self.hosts |= {urlsplit(operation.server).hostname for operation in operations}
        shown = [("the log", text) for text in self.logged]
        shown += [(f"an error: {type(error).__name__}", everything(error)) for error in self.errors]
        shown += [(f"a request to {host}", text) for host, text in self.sent if host not in self.hosts]
        if folder is not None:
            files = [path for path in folder.rglob("*") if path.is_file()]
            shown += [(f"{path.name}", path.read_bytes().decode("latin-1")) for path in files]
            shown += [("the name of a file", str(path)) for path in files]
        return [place for place, text in shown for key in self.keys if key in text]


@pytest.fixture(autouse=True)
def keys_are_kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Fails any test in which a key gets out."""
    watch = Watch()
    configure, fail = Access.__init__, EvoLinkError.__init__

    def access(self: Access, *args: Any, **options: Any) -> None:
        configure(self, *args, **options)
        watch.access(self)

    def error(self: EvoLinkError, *args: Any, **details: Any) -> None:
        fail(self, *args, **details)
        watch.errors.append(self)

    def send(original: Any) -> Any:
        def sent(self: Any, request: httpx.Request, **options: Any) -> Any:
            watch.request(request)
            return original(self, request, **options)

        return sent

    monkeypatch.setattr(Access, "__init__", access)
    monkeypatch.setattr(EvoLinkError, "__init__", error)
    for kind in (httpx.Client, httpx.AsyncClient):
        monkeypatch.setattr(kind, "_send_single_request", send(kind._send_single_request))
    root = logging.getLogger()
    level = root.level
    root.addHandler(watch)
    root.setLevel(logging.DEBUG)
    yield watch
    root.removeHandler(watch)
    root.setLevel(level)
    folder = request.node.funcargs.get("tmp_path")
    assert watch.leaks(folder) == []
