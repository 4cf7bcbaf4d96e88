"""Over real sockets: what drips, what never ends, and a process that is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from wrapper.fakes import Server, World

import evolink


def test_a_slow_body_ends_with_the_timeout(world: World, server: Server) -> None:
    def drip(connection: Any) -> None:
        try:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            while True:
                connection.sendall(b" ")
                time.sleep(0.02)
        except OSError:
            pass

    server.serve = drip
    client = world.client(base_url=server.url, timeout=0.2, max_retries=0, clock=None)
    began = time.monotonic()

    with pytest.raises(evolink.APITimeoutError):
        world.do(client.tasks.get("task-1"))

    assert time.monotonic() - began < 60  # it would drip for three minutes


def test_a_huge_error_body_is_cut(world: World, server: Server) -> None:
    server.script = [b"HTTP/1.1 500 Oh\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 300_000]
    client = world.client(base_url=server.url, timeout=60, max_retries=0)

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


@pytest.mark.slow
def test_a_killed_download_is_resumed(server: Server, tmp_path: Path) -> None:
    """Only the rest is transferred, and the file is complete."""
    half = len(DATA) // 2
    offsets = []

    def serve(connection: Any) -> None:
        head = connection.recv(65536)
        if b"GET /v1/" in head:
            state = {"id": "task-1", "status": "completed", "results": [f"{server.url}/clip.mp4"]}
            connection.sendall(server.reply(body=json.dumps(state).encode()))
            connection.close()
            return
        start = int(server.found(rb"bytes=(\d+)-", head))
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

    server.serve = serve
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


WAITING = """
import asyncio, sys
from evolink import AsyncEvoLink, EvoLink
def plain():
    EvoLink("k" * 20, sys.argv[1]).tasks.get("task-1").wait(poll_interval=0.01)
async def awaited():
    await (await AsyncEvoLink("k" * 20, sys.argv[1]).tasks.get("task-1")).wait(poll_interval=0.01)
plain() if sys.argv[2] == "sync" else asyncio.run(awaited())
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_ctrl_c_ends_a_wait_immediately(server: Server, kind: Any) -> None:
    body = json.dumps({"id": "task-1", "status": "processing"}).encode()
    server.script = [server.reply(body=body), server.reply(body=body, headers=b"Retry-After: 60\r\n")]
    command = [sys.executable, "-c", WAITING, server.url, kind]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while len(server.requests) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)  # while it reads the reply, or sleeps for a minute

    _, shown = process.communicate(timeout=50)

    assert process.returncode != 0
    assert "KeyboardInterrupt" in shown
    assert len(server.requests) == 2


DOWNLOADING = """
import asyncio, sys
from evolink import AsyncEvoLink, EvoLink
def plain():
    EvoLink("k" * 20, sys.argv[1]).tasks.get("task-1").download(sys.argv[2])
async def awaited():
    await (await AsyncEvoLink("k" * 20, sys.argv[1]).tasks.get("task-1")).download(sys.argv[2])
plain() if sys.argv[3] == "sync" else asyncio.run(awaited())
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_ctrl_c_ends_downloads_while_the_host_hangs(server: Server, tmp_path: Path, kind: str) -> None:
    """In less than the minute that a read may take; a download that is done is named."""
    links = [f"{server.url}/clip-{number}.mp4" for number in range(9)]
    hanging: list[bytes] = []

    def serve(connection: Any) -> None:
        head = connection.recv(65536)
        if b"GET /v1/" in head:
            state = {"id": "task-1", "status": "completed", "results": links}
            connection.sendall(server.reply(body=json.dumps(state).encode()))
            connection.close()
        elif b"clip-0" in head:
            connection.sendall(server.reply(body=DATA))
            connection.close()
        else:
            hanging.append(head)

    server.serve = serve
    command = [sys.executable, "-c", DOWNLOADING, server.url, str(tmp_path / "cat.mp4"), kind]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while len(hanging) < 4:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)

    _, shown = process.communicate(timeout=50)

    assert "KeyboardInterrupt" in shown
    assert f"task task-1: 1 of 9 results are complete ({tmp_path / 'cat-1.mp4'})" in shown
    assert "Exception ignored" not in shown
    assert len(hanging) == 4, "no request follows"
    assert [path.name for path in tmp_path.iterdir()] == ["cat-1.mp4"]


def test_the_proxy_of_the_environment_is_used(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, server.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    options = {"api_key": "k" * 20, "base_url": "http://api.test"}
    client = world.own(**options)

    world.do(client.tasks.get("task-1"))

    assert server.requests[0].startswith(b"GET http://api.test/v1/tasks/task-1 ")
