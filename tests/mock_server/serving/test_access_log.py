"""The lines that tell of requests."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from evolink_mock._http.messages import Response
from evolink_mock._serving.access_log import AccessLog, log_to_stderr
from evolink_mock._serving.server import BackgroundServer

from .conftest import Echo, RawClient, get


class Lines:
    """What is written, a few bytes at a time."""

    def __init__(self) -> None:
        self.text = b""
        self.go = threading.Event()
        self.go.set()

    def write(self, data: bytes) -> int:
        self.go.wait(60)
        self.text += data[:100]
        return len(data[:100])


@pytest.fixture
def lines() -> Iterator[Lines]:
    lines = Lines()
    yield lines
    lines.go.set()


def logged(lines: Lines, *entries: Any, **how: Any) -> list[str]:
    log = AccessLog(lines.write, **how)
    for entry in entries:
        log.add(*entry)
    log.close()
    return lines.text.decode().splitlines()


def test_a_request_is_one_line(lines: Lines) -> None:
    assert logged(
        lines, ("POST", "/v1/x", 400, 0.00123, "size: is not documented"), ("GET", "/", 200, 2.5, "")
    ) == ["POST /v1/x 400 1.2 size: is not documented", "GET / 200 2500.0"]


def test_a_request_without_a_response_has_no_status(lines: Lines) -> None:
    assert logged(lines, ("GET", "/", None, 0.0, "")) == ["GET / - 0.0"]


def test_json_lines_have_names(lines: Lines) -> None:
    [line] = logged(lines, ("GET", "/a", 200, 0.0042, "x"), as_json=True)
    entry = json.loads(line)
    assert entry.pop("time").endswith("+00:00")
    assert entry == {"method": "GET", "path": "/a", "status": 200, "ms": 4.2, "violation": "x"}


@pytest.mark.parametrize("as_json", [False, True])
def test_control_characters_are_escaped(lines: Lines, as_json: bool) -> None:
    [line] = logged(lines, ("GET", "/\x1b[2J", 400, 0.0, "a\nb\x9b\u202e\ud800"), as_json=as_json)
    assert line.isprintable()
    assert "\\n" in line


@pytest.mark.parametrize("as_json", [False, True])
def test_no_key_is_logged(lines: Lines, as_json: bool) -> None:
    entry = ("GET", "/my-key?key=another-key", 400, 0.0, "my-key is wrong")
    [line] = logged(lines, entry, as_json=as_json, secrets=lambda: ["my-key"])
    assert "key" not in line
    assert "*** is wrong" in line


def test_long_texts_are_shortened(lines: Lines) -> None:
    [line] = logged(lines, ("GET", f"/{'a' * 10**6}", 400, 0.0, "b" * 10**6))
    assert len(line) < 1000


def test_lines_that_nobody_reads_are_left_out(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evolink_mock._serving.access_log._MAX_WAITING", 10)
    lines.go.clear()
    log = AccessLog(lines.write)
    for _ in range(1000):
        log.add("GET", "/", 200, 0.0, "")
    lines.go.set()
    while log._lines.qsize() > 5:
        threading.Event().wait(0.01)
    log.add("GET", "/", 200, 0.0, "")
    log.close()
    written = lines.text.decode().splitlines()
    assert len(written) < 30
    assert any("lines left out" in line for line in written)


def test_a_reader_that_is_gone_is_no_error(lines: Lines) -> None:
    def write(_: bytes) -> int:
        raise BrokenPipeError

    log = AccessLog(write)
    log.add("GET", "/", 200, 0.0, "")
    log.close()


def test_process_without_stderr_has_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    assert log_to_stderr(as_json=False, secrets=tuple) is None


def test_the_server_logs_what_it_answers(lines: Lines) -> None:
    app = Echo({"/drop": Response(200, {}, drop=True), "/wrong": Response(400, {}, violation="n: too small")})
    log = AccessLog(lines.write)
    with BackgroundServer(app, log=log) as server:
        for raw in (
            get("/?key=k", "Connection: close"),
            get("/wrong", "Connection: close"),
            get("/drop"),
            b"?\r\n",
        ):
            client = RawClient(server.url)
            client.send(raw).rest()
            client.close()
    log.close()
    written = [line.split(" ") for line in lines.text.decode().splitlines()]
    assert [(line[:3], line[4:]) for line in written] == [
        (["GET", "/", "200"], []),
        (["GET", "/wrong", "400"], ["n:", "too", "small"]),
        (["GET", "/drop", "-"], []),
        (["-", "-", "400"], written[3][4:]),
    ]
    assert all(float(line[3]) < 1000 for line in written)
