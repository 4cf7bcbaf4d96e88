"""The fault matrix over real sockets: what was sent, what was charged, which error the caller gets.

Its rows are those of docs/faults.md. After a change that is meant:

    EVOLINK_UPDATE=1 python -m pytest tests/wrapper/test_faults.py
"""

import os
import re
import socket
import ssl
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from wrapper.fakes import Server, World

import evolink

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
TABLE = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)", re.DOTALL)
TITLES = "| fault | POSTs that arrived | charges | sent again | ends with |\n|---|---|---|---|---|\n"
IS_UPDATE = bool(os.environ.get("EVOLINK_UPDATE"))


def reply(status: bytes, body: bytes, headers: bytes = b"") -> bytes:
    head = (
        b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n"
    )
    return head % (status, len(body), headers) + body


GOOD = reply(b"200 OK", b'{"id": "task-1", "status": "pending"}')
REFUSED = b'{"error": {"code": "invalid"}}'
NEVER_ENDS = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"
SOON = formatdate(1_800_000_003, usegmt=True).encode()
# What the server does with each request in turn (None: nothing at all, b"": hang up); afterwards it is well.
ANSWERED: dict[str, list[bytes | None]] = {
    "no reply at all": [None] * 9,
    "connection dropped before the reply": [b""] * 9,
    "connection dropped within the head": [GOOD[:30]] * 9,
    "connection dropped within the body": [GOOD[:-5]] * 9,
    "reply that is no HTTP": [b"SSH-2.0-hello\r\n"] * 9,
    "500": [reply(b"500 Oh", b'{"error": {"code": "internal_error"}}')] * 9,
    "502 with HTML": [reply(b"502 Bad Gateway", b"<html>")] * 9,
    "503 with Retry-After": [reply(b"503 Busy", b"{}", b"Retry-After: 1\r\n")] * 9,
    "520, empty": [reply(b"520 Odd", b"")] * 9,
    "200 with broken JSON": [reply(b"200 OK", b'{"id": ')] * 9,
    "200 with HTML": [reply(b"200 OK", b"<html>")] * 9,
    "200 with invalid UTF-8": [reply(b"200 OK", b"\xff\xfe\x00")] * 9,
    "200 whose body never ends": [NEVER_ENDS] * 9,
    "400": [reply(b"400 Bad", REFUSED)] * 9,
    "400, dropped within the body": [reply(b"400 Bad", REFUSED)[:-5]] * 9,
    "429 once": [reply(b"429 Slow", b"{}")],
    "429 twice, Retry-After in seconds": [reply(b"429 Slow", b"{}", b"Retry-After: 3\r\n")] * 2,
    "429 once, Retry-After as a date": [reply(b"429 Slow", b"{}", b"Retry-After: %s\r\n" % SOON)],
    "429 for ever": [reply(b"429 Slow", b"{}")] * 9,
}


def refused(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return world.client(base_url=f"http://127.0.0.1:{closed.getsockname()[1]}")


def unknown_name(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    return world.client(base_url="http://api.invalid")


def broken_handshake(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    def hang_up(connection: Any) -> None:
        connection.recv(65536)
        connection.close()

    server.serve = hang_up
    return world.client(base_url=server.url.replace("http:", "https:"), timeout=5)


def unknown_certificate(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(server.tls)
    return world.client(base_url=server.url.replace("http:", "https:"), timeout=5)


def full_backlog(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server that has stopped taking connections: those beyond its backlog hang."""
    busy = socket.create_server(("127.0.0.1", 0), backlog=0)
    server._open.append(busy)
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(busy.getsockname())
        server._open.append(waiting)
    timeout = httpx.Timeout(5, connect=0.2)
    return world.client(base_url=f"http://127.0.0.1:{busy.getsockname()[1]}", timeout=timeout)


def no_free_connection(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    server.script = [NEVER_ENDS]
    http = world.http(limits=httpx.Limits(max_connections=1))
    world.do(http.send(http.build_request("GET", server.url), stream=True))
    return world.client(base_url=server.url, http_client=http, timeout=httpx.Timeout(5, pool=0.05))


UNSENT: dict[str, Callable[[Any, Any, Any], Any]] = {
    "connection refused": refused,
    "name not known (DNS)": unknown_name,
    "TLS handshake breaks": broken_handshake,
    "certificate does not verify": unknown_certificate,
    "connecting takes too long": full_backlog,
    "no free connection in the pool": no_free_connection,
}


def patience(fault: str) -> float:
    """Seconds to wait for a reply: few where none comes, enough for a busy machine elsewhere."""
    return 0.5 if fault in {"no reply at all", "200 whose body never ends"} else 10.0


def documented() -> dict[str, str]:
    """The rows of the table in the documentation, by fault."""
    match = TABLE.search(DOCUMENT.read_text(encoding="utf-8"))
    assert match, "docs/faults.md has no place for the table"
    rows = match[0].removeprefix(TITLES).splitlines(keepends=True)
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows}


def write(rows: dict[str, str]) -> None:
    known = [rows[fault] for fault in (*UNSENT, *ANSWERED) if fault in rows]
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(TABLE.sub(lambda _: TITLES + "".join(known), text), encoding="utf-8")


@pytest.mark.parametrize("fault", [*UNSENT, *ANSWERED])
def test_a_submission_is_charged_at_most_once(
    world: World, server: Server, example: dict[str, Any], monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    if fault in UNSENT:
        client = UNSENT[fault](world, server, monkeypatch)
    else:
        server.script = list(ANSWERED[fault])
        client = world.client(base_url=server.url, timeout=patience(fault))

    caught: evolink.APIError | None = None
    try:
        assert world.do(client.videos.create(**example)).id == "task-1"
    except evolink.APIError as error:
        caught = error

    assert server.charges <= 1
    if caught is not None:
        assert caught.outcome_unknown == (server.charges == 1)
        assert caught.idempotency_key
    keys = {server.found(rb"idempotency-key: (\S+)", head) for head in server.submissions}
    assert len(keys) <= 1
    if caught is not None and keys:
        assert keys == {str(caught.idempotency_key).encode()}

    end = "the task"
    if caught is not None:
        end = f"`{type(caught).__name__}`"
        if caught.outcome_unknown and not isinstance(caught, evolink.SubmitOutcomeUnknown):
            end += ", `outcome_unknown`"
    again = "yes" if world.clock.sleeps else "no"
    row = f"| {fault} | {len(server.submissions)} | {server.charges} | {again} | {end} |\n"
    if IS_UPDATE:
        write({**documented(), fault: row})
    assert documented().get(fault) == row


def test_the_table_has_a_row_for_each_fault_and_no_other() -> None:
    assert list(documented()) == [*UNSENT, *ANSWERED]


@pytest.mark.parametrize("fault", [name for name in ANSWERED if not name.startswith("400")])
def test_a_query_is_sent_again(world: World, server: Server, fault: Any) -> None:
    server.script = ANSWERED[fault][:2]
    client = world.client(base_url=server.url, timeout=patience(fault))

    assert world.do(client.tasks.get("task-1")).id == "task-1"
    assert len(server.requests) == 1 + len(ANSWERED[fault][:2])


@pytest.mark.parametrize("fault", UNSENT)
def test_a_query_that_was_not_sent_is_sent_again_unless_the_certificate_is_bad(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    client = UNSENT[fault](world, server, monkeypatch)

    with pytest.raises(evolink.APIConnectionError):
        world.do(client.tasks.get("task-1"))

    assert len(world.clock.sleeps) == (0 if fault == "certificate does not verify" else 2)


@pytest.mark.parametrize(
    ("fault", "asked"),
    [("429 twice, Retry-After in seconds", [3, 3]), ("429 once, Retry-After as a date", [3])],
)
def test_retry_after_sets_the_pause(
    world: World, server: Server, example: dict[str, Any], fault: Any, asked: Any
) -> None:
    server.script = list(ANSWERED[fault])

    world.do(world.client(base_url=server.url).videos.create(**example))

    assert world.clock.sleeps == pytest.approx(asked)
