"""The fault matrix over real sockets: what was sent, what was charged, what the caller is told."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

import evolink

TASK = json.dumps({"id": "task-1", "status": "pending"}).encode()
HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n"


def reply(status: Any = b"200 OK", body: Any = TASK, headers: Any = b"") -> Any:
    return HEAD % (status, len(body), headers) + body


def found(pattern: bytes, head: bytes) -> bytes:
    match = re.search(pattern, head, re.IGNORECASE)
    return match[1] if match else b""


GOOD = reply()
# What the server does with each request in turn (None: nothing at all, b"": hang up); afterwards it is well.
FAULTS: dict[str, list[bytes | None]] = {
    "hangs": [None] * 9,
    "drops before the reply": [b""] * 9,
    "drops within the head": [GOOD[:30]] * 9,
    "drops within the body": [GOOD[:-5]] * 9,
    "500": [reply(b"500 Oh", b'{"error": {"code": "internal_error"}}')] * 9,
    "502 with HTML": [reply(b"502 Bad Gateway", b"<html>")] * 9,
    "503 with Retry-After": [reply(b"503 Busy", b"{}", b"Retry-After: 1\r\n")] * 9,
    "520": [reply(b"520 Odd", b"")] * 9,
    "200 with broken JSON": [reply(body=b'{"id": ')] * 9,
    "200 with HTML": [reply(body=b"<html>")] * 9,
    "200 with invalid UTF-8": [reply(body=b"\xff\xfe\x00")] * 9,
    "200 that never ends": [b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"] * 9,
    "no HTTP": [b"SSH-2.0-hello\r\n"] * 9,
    "429": [reply(b"429 Slow", b"{}")],
    "429 with Retry-After": [reply(b"429 Slow", b"{}", b"Retry-After: 3\r\n")] * 2,
    "400": [reply(b"400 Bad", b'{"error": {"code": "invalid"}}')] * 9,
    "400 that drops": [reply(b"400 Bad", b'{"error": {"code": "invalid"}}')[:-5]] * 9,
}
# For each fault: what a paid POST ends with, and how often the server may have charged for it.
SUBMITTED: dict[str, tuple[type[evolink.APIError] | None, int]] = {
    "hangs": (evolink.SubmitOutcomeUnknown, 1),
    "drops before the reply": (evolink.SubmitOutcomeUnknown, 1),
    "drops within the head": (evolink.SubmitOutcomeUnknown, 1),
    "drops within the body": (evolink.SubmitOutcomeUnknown, 1),
    "500": (evolink.ServerError, 1),
    "502 with HTML": (evolink.ServerError, 1),
    "503 with Retry-After": (evolink.ServerError, 1),
    "520": (evolink.ServerError, 1),
    "200 with broken JSON": (evolink.SubmitOutcomeUnknown, 1),
    "200 with HTML": (evolink.SubmitOutcomeUnknown, 1),
    "200 with invalid UTF-8": (evolink.SubmitOutcomeUnknown, 1),
    "200 that never ends": (evolink.SubmitOutcomeUnknown, 1),
    "no HTTP": (evolink.SubmitOutcomeUnknown, 1),
    "429": (None, 1),
    "429 with Retry-After": (None, 1),
    "400": (evolink.BadRequest, 0),
    "400 that drops": (evolink.BadRequest, 0),
}


def patience(fault: str) -> float:
    """Seconds to wait for a reply: few where none comes, enough for a busy machine elsewhere."""
    return 0.2 if fault in {"hangs", "200 that never ends"} else 10.0


class Server:
    """A server on a loopback socket that follows a script, one request a connection."""

    def __init__(self) -> None:
        self.script: list[bytes | None] = []
        self.requests: list[bytes] = []
        self.charges = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Any) -> None:
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(found(rb"content-length: (\d+)", head) or 0)
            while len(body) < length:
                body += connection.recv(65536)
            with self._lock:
                self.requests.append(head)
                answer = self.script.pop(0) if self.script else GOOD
                if head.startswith(b"POST") and not (answer or b"").startswith(b"HTTP/1.1 4"):
                    self.charges += 1
            if answer is not None:
                connection.sendall(answer)
                if b"999" not in answer:
                    connection.close()
        except OSError:
            pass

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone does not wake who accepts
        self._listener.close()
        for connection in self._open:
            connection.close()


@pytest.fixture
def server() -> Any:
    server = Server()
    yield server
    server.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_job_is_charged_once_at_most(world: Any, server: Any, example: Any, fault: Any) -> None:
    server.script = list(FAULTS[fault])
    error, charges = SUBMITTED[fault]
    client = world.client(base_url=server.url, timeout=patience(fault))

    if error is None:
        assert world.do(client.videos.create(**example)).id == "task-1"
    else:
        with pytest.raises(error) as caught:
            world.do(client.videos.create(**example))
        assert f"idempotency-key: {caught.value.idempotency_key}".encode() in server.requests[0].lower()
        assert caught.value.outcome_unknown == (charges == 1)

    assert server.charges == charges
    assert len({found(rb"idempotency-key: (\S+)", head) for head in server.requests}) == 1


@pytest.mark.parametrize("fault", [name for name in FAULTS if not name.startswith("400")])
def test_a_question_is_asked_again(world: Any, server: Any, fault: Any) -> None:
    server.script = FAULTS[fault][:2]
    client = world.client(base_url=server.url, timeout=patience(fault))

    assert world.do(client.tasks.get("task-1")).id == "task-1"
    assert len(server.requests) == 1 + len(FAULTS[fault][:2])


def test_where_nobody_listens_nothing_is_charged(world: Any, example: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

    with pytest.raises(evolink.APIConnectionError) as caught:
        world.do(world.client(base_url=url).videos.create(**example))

    assert not caught.value.outcome_unknown
    assert len(world.clock.sleeps) == 2


def test_a_name_that_is_not_known_is_a_connection_error(world: Any, example: Any, monkeypatch: Any) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(evolink.APIConnectionError, match="not known"):
        world.do(world.client(base_url="http://api.invalid").videos.create(**example))

    assert len(world.clock.sleeps) == 2


def test_a_handshake_that_breaks_is_tried_again_and_charges_nothing(
    world: Any, server: Any, example: Any
) -> None:
    client = world.client(base_url=server.url.replace("http:", "https:"), timeout=2)

    def hang_up(connection: Any) -> None:
        connection.recv(65536)
        connection.close()

    server._serve = hang_up
    with pytest.raises(evolink.APIConnectionError):
        world.do(client.videos.create(**example))

    assert server.charges == 0
    assert len(world.clock.sleeps) == 2


def test_a_reply_that_drips_ends_with_the_timeout(world: Any, server: Any) -> None:
    def drip(connection: Any) -> None:
        try:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            while True:
                connection.sendall(b" ")
                time.sleep(0.02)
        except OSError:
            pass

    server._serve = drip
    client = world.client(base_url=server.url, timeout=0.2, max_retries=0, clock=None)
    began = time.monotonic()

    with pytest.raises(evolink.APITimeoutError):
        world.do(client.tasks.get("task-1"))

    assert time.monotonic() - began < 3


def test_a_gigantic_error_is_not_read_to_its_end(world: Any, server: Any) -> None:
    server.script = [b"HTTP/1.1 500 Oh\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 300_000]
    client = world.client(base_url=server.url, timeout=2, max_retries=0)

    with pytest.raises(evolink.ServerError) as caught:
        world.do(client.tasks.get("task-1"))

    assert len(caught.value.body or "") < 3000


DATA = bytes(range(256)) * 4000
DOWNLOAD = """
import sys
from evolink import EvoLink
client = EvoLink("k" * 20, sys.argv[1])
print(client.tasks.get("task-1").download(sys.argv[2])[0])
"""


def test_a_download_that_was_killed_goes_on_where_it_was(server: Any, tmp_path: Any) -> None:
    """Only the rest is transferred, and the file is whole."""
    half = len(DATA) // 2
    offsets = []

    def serve(connection: Any) -> None:
        head = connection.recv(65536)
        if b"GET /v1/" in head:
            state = {"id": "task-1", "status": "completed", "results": [f"{server.url}/clip.mp4"]}
            connection.sendall(reply(body=json.dumps(state).encode()))
            connection.close()
            return
        start = int(found(rb"bytes=(\d+)-", head))
        offsets.append(start)
        connection.sendall(
            b'HTTP/1.1 206 Partial\r\nETag: "v1"\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n'
            b"Content-Range: bytes %d-%d/%d\r\n\r\n" % (len(DATA) - start, start, len(DATA) - 1, len(DATA))
        )
        if start == 0:
            connection.sendall(DATA[:half])  # and no more, until it is killed
        else:
            connection.sendall(DATA[start:])
            connection.close()

    server._serve = serve
    command = [sys.executable, "-c", DOWNLOAD, server.url, str(tmp_path / "cat.mp4")]
    part = tmp_path / "cat.mp4.part"
    first = subprocess.Popen(command)
    try:
        while not (part.exists() and part.stat().st_size >= half):
            assert first.poll() is None
            time.sleep(0.01)
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    assert not (tmp_path / "cat.mp4").exists()

    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)

    assert offsets == [0, half]
    assert done.stdout.strip() == str(tmp_path / "cat.mp4")
    assert (tmp_path / "cat.mp4").read_bytes() == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["cat.mp4"]
