"""Fails every test in which an API key appears anywhere but in a request to the API."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from evolink import EvoLinkError
from evolink._contract import index
from evolink._core.config import ClientConfig

TESTS = str(Path(__file__).parent)
# Shorter keys are words that may appear anywhere.
MIN_LENGTH = 16
# Functions that receive the key from their caller, whose frame has it too.
RECEIVERS = {"__init__", "_configure", "changed", "check_api_key", "from_arguments", "with_options"}


def full_text(error: BaseException) -> str:
    """Everything that an error can show: its text, attributes, causes and frames with local variables."""
    shown = []
    seen: BaseException | None = error
    while seen is not None:
        shown.append(f"{seen!r} {seen} {vars(seen)} {seen.args}")
        frames = [
            (frame, line)
            for frame, line in traceback.walk_tb(seen.__traceback__)
            # A test knows its key.
            if not frame.f_code.co_filename.startswith(TESTS) and frame.f_code.co_name not in RECEIVERS
        ]
        shown += traceback.StackSummary.extract(iter(frames), capture_locals=True).format()
        seen = seen.__cause__ or seen.__context__
    return "\n".join(shown)


class KeyLeakDetector(logging.Handler):
    """Records keys, the hosts that may receive them, and everything that is shown."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.keys: set[str] = set()
        self.hosts: set[str | None] = set()
        self.errors: list[EvoLinkError] = []
        self.logged: list[str] = []
        self.sent: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.logged.append(f"{logging.Formatter().format(record)} {record.__dict__!r}")

    def config(self, config: ClientConfig) -> None:
        self.keys |= {config.api_key} if len(config.api_key) >= MIN_LENGTH else set()
        self.hosts |= {urlsplit(config.base_url or "").hostname}

    def request(self, request: httpx.Request) -> None:
        self.sent.append((request.url.host, f"{request.url} {request.headers.raw}"))

    def leaks(self, folder: Path | None) -> list[str]:
        """The places in which a key appeared and must not."""
        operations = index.contract().operations.values()
        self.hosts |= {urlsplit(operation.server).hostname for operation in operations}
        shown = [("the log", text) for text in self.logged]
        shown += [(f"an error: {type(error).__name__}", full_text(error)) for error in self.errors]
        shown += [(f"a request to {host}", text) for host, text in self.sent if host not in self.hosts]
        if folder is not None:
            files = [path for path in folder.rglob("*") if path.is_file()]
            shown += [(f"{path.name}", path.read_bytes().decode("latin-1")) for path in files]
            shown += [("the name of a file", str(path)) for path in files]
        return [place for place, text in shown for key in self.keys if key in text]


@pytest.fixture(autouse=True)
def no_key_leaks(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[KeyLeakDetector]:
    """Fails any test in which a key leaks."""
    detector = KeyLeakDetector()
    configure, fail = ClientConfig.__init__, EvoLinkError.__init__

    def config(self: ClientConfig, *args: Any, **options: Any) -> None:
        configure(self, *args, **options)
        detector.config(self)

    def error(self: EvoLinkError, *args: Any, **details: Any) -> None:
        fail(self, *args, **details)
        detector.errors.append(self)

    def send(original: Any) -> Any:
        def sent(self: Any, request: httpx.Request, **options: Any) -> Any:
            detector.request(request)
            return original(self, request, **options)

        return sent

    monkeypatch.setattr(ClientConfig, "__init__", config)
    monkeypatch.setattr(EvoLinkError, "__init__", error)
    for kind in (httpx.Client, httpx.AsyncClient):
        monkeypatch.setattr(kind, "_send_single_request", send(kind._send_single_request))
    root = logging.getLogger()
    level = root.level
    root.addHandler(detector)
    root.setLevel(logging.DEBUG)
    yield detector
    root.removeHandler(detector)
    root.setLevel(level)
    folder = request.node.funcargs.get("tmp_path")
    assert detector.leaks(folder) == []
