"""The mock as a server, compared with other document-driven mocks on the same contract.

The load comes from `_load` in this process over 32 persistent connections: the same valid, authorised create
again and again. All servers run all the time and are loaded in turns, each on one processor.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import _load
import _node_peers
from _contract import create
from _peers import ENVIRONMENT, ROOT
from _table import Row, paired

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROUNDS = 7
REQUESTS = 10_000
CONNECTIONS = 32
STARTS = 7
LONG = 1_000_000
SAMPLES = 4  # of the memory during these requests
SHORT = 30_000  # for the others, which are slower
_TIMEOUT = 30
_OURS = "evolink-mock"
_KEY = "k" * 20


def measure() -> list[Row]:
    """Creates and queries per second, seconds to the first reply, megabytes after many requests."""
    implementations = {_OURS: _ours(), **_node_peers.commands(ROOT / "openapi" / "openapi.yaml")}
    return [
        *_speed(implementations),
        *_live_page(),
        *_starts(implementations),
        *_memory(implementations),
    ]


def _ours() -> list[str]:
    options = ["--api-key", _KEY, "--credits", "1e12", "--quiet"]  # the others log nothing either
    return [sys.executable, "-m", "evolink_mock", "serve", *options, "--port"]


def _speed(implementations: dict[str, list[str]]) -> list[Row]:
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(_serving(command))[0] for name, command in implementations.items()}
        for name, port in ports.items():
            _check_validation(name, port)
        rows = _compare("valid creates", ports, dict.fromkeys(ports, _create()), ">= 1.80")
        # Of a task created now: the mock forgets old ones.
        queries = {name: _query(port) for name, port in ports.items()}
        return [*rows, *_compare("queries of a task", ports, queries, ">= 2.00")]


def _compare(what: str, ports: dict[str, int], requests: dict[str, bytes], target: str) -> list[Row]:
    figures: dict[str, list[float]] = {name: [] for name in ports}
    busy = []
    for turn in range(ROUNDS + 1):
        for name, port in list(ports.items())[:: -1 if turn % 2 else 1]:
            load = _load.run(port, requests[name], REQUESTS, CONNECTIONS)
            if turn:  # the first round is a warm-up
                figures[name].append(load.rate)
                busy.append(load.busy)
    others = {name: statistics.median(rates) for name, rates in figures.items() if name != _OURS}
    fastest = max(others, key=others.__getitem__, default=None)
    rows = []
    for name, rates in figures.items():
        ratio = None if fastest is None or name == fastest else paired(rates, figures[fastest])
        bound = target if name == _OURS and ratio is not None else ""
        title = f"mock server: {what}, {CONNECTIONS} connections"
        rows.append(Row(title, name, "req/s", rates, ratio, bound))
    print(f"load generator, {what}: busy {max(busy):.0%} of the time at most")
    return rows


def _live_page() -> list[Row]:
    """Creates per second while a page follows the mock, compared with the same server without one."""
    figures: dict[bool, list[float]] = {False: [], True: []}
    with _serving(_ours()) as (port, _):
        for turn in range(2 * ROUNDS + 1):
            for is_open in (False, True)[:: -1 if turn % 2 else 1]:
                with _event_stream(port) if is_open else contextlib.nullcontext():
                    rate = _load.run(port, _create(), REQUESTS, CONNECTIONS).rate
                if turn:  # the first round is a warm-up
                    figures[is_open].append(rate)
    what = f"mock server: valid creates, {CONNECTIONS} connections, live page"
    ratio = paired(figures[True], figures[False])
    return [
        Row(what, "closed", "req/s", figures[False]),
        Row(what, "open", "req/s", figures[True], ratio, ">= 0.97"),
    ]


@contextlib.contextmanager
def _event_stream(port: int) -> Iterator[None]:
    """Read the events of the page until the end of the block."""
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT) as connection:
        connection.sendall(b"GET /_mock/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        if not connection.recv(2**20).startswith(b"HTTP/1.1 200"):
            raise RuntimeError("the server has no event stream")
        reader = threading.Thread(target=_read_all, args=(connection,))
        reader.start()
        yield
        connection.shutdown(socket.SHUT_RDWR)
        reader.join()


def _read_all(connection: socket.socket) -> None:
    while connection.recv(2**20):
        pass


def _starts(implementations: dict[str, list[str]]) -> list[Row]:
    figures: dict[str, list[float]] = {name: [] for name in implementations}
    for turn in range(STARTS + 1):
        for name, command in implementations.items():
            began = time.perf_counter()
            with _serving(command):
                took = time.perf_counter() - began
            if turn:  # the first round compiles and fills the disk cache
                figures[name].append(took)
    what = "mock server: start to first reply"
    return [
        Row(what, name, "s", took, target="<= 0.2" if name == _OURS else "") for name, took in figures.items()
    ]


def _memory(implementations: dict[str, list[str]]) -> list[Row]:
    rows = []
    for name, command in implementations.items():
        count = LONG if name == _OURS else SHORT
        with _serving(command) as (port, process):
            sizes = [_resident(process.pid)]
            for _ in range(SAMPLES):
                _load.run(port, _create(), count // SAMPLES, CONNECTIONS)
                sizes.append(_resident(process.pid))
        if not all(sizes):
            print("memory of servers skipped: it is read from /proc")
            return []
        what = f"mock server: memory after {count:,} creates"
        course = ", ".join(f"{size:.0f}" for size in sizes)
        note = f"at the start and at each {count // SAMPLES:,}: {course} MB"
        rows.append(Row(what, name, "MB", sizes[-1:], target="<= 80" if name == _OURS else "", note=note))
        if name == _OURS:
            # Its bounded logs are full long before the second sample.
            growth = sizes[-1] - sizes[2]
            rows.append(
                Row("mock server: memory growth over the second half", name, "MB", [growth], target="<= 5")
            )
    return rows


@contextlib.contextmanager
def _serving(command: Sequence[str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run a server until the end of the block; yields its port and process once it has answered."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*command, str(port)], stdout=quiet, stderr=quiet, env=ENVIRONMENT) as process:
        try:
            _await(port, process)
            yield port, process
        finally:
            process.kill()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    began = time.perf_counter()
    while True:
        try:
            status = _status(port, _create())
        except OSError:
            if process.poll() is not None or time.perf_counter() - began > _TIMEOUT:
                raise RuntimeError(f"{process.args!r} does not serve") from None
            time.sleep(0.002)
        else:
            if status != http.client.OK:
                raise RuntimeError(f"{process.args!r} answers {status}")
            return


def _check_validation(name: str, port: int) -> None:
    """Check that an implementation validates: it must refuse a missing key and an invalid body."""
    for request in (_create(body=b"{}"), _create(authorised=False)):
        status = _status(port, request)
        if not 400 <= status < 500:
            raise RuntimeError(f"{name} answers {status} instead of refusing")


def _status(port: int, request: bytes) -> int:
    return _send(port, request)[0]


def _send(port: int, request: bytes) -> tuple[int, bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        try:
            response.begin()
            return response.status, response.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error


def _create(*, body: bytes | None = None, authorised: bool = True) -> bytes:
    """The bytes of a create request, with the documented body unless another is given."""
    url, _, example = create()
    body = json.dumps(example).encode() if body is None else body
    lines = [
        f"POST {urlsplit(url).path} HTTP/1.1",
        "Host: 127.0.0.1",
        *([f"Authorization: Bearer {_KEY}"] if authorised else []),
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _query(port: int) -> bytes:
    """The bytes of a query of a task that this server has created."""
    _, body = _send(port, _create())
    path = urlsplit(create().query_url.format(json.loads(body)["id"])).path
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_KEY}\r\n\r\n".encode()


def _resident(pid: int) -> float:
    """The resident memory of a process in MB; 0 where the system does not report it."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0
