"""Faults over real sockets: what a server answers, and servers that cannot be reached."""

import socket
import ssl
from email.utils import formatdate
from typing import Any

import trustme
from wrapper.fakes import Server


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
    "connection dropped once": [b""],
    "connection dropped within the head": [GOOD[:30]] * 9,
    "connection dropped within the body": [GOOD[:-5]] * 9,
    "reply that is not HTTP": [b"SSH-2.0-hello\r\n"] * 9,
    "500": [reply(b"500 Oh", b'{"error": {"code": "internal_error"}}')] * 9,
    "502 once": [reply(b"502 Bad Gateway", b"{}")],
    "502 with HTML": [reply(b"502 Bad Gateway", b"<html>")] * 9,
    "503 with Retry-After": [reply(b"503 Busy", b"{}", b"Retry-After: 1\r\n")] * 9,
    "520, empty": [reply(b"520 Odd", b"")] * 9,
    "200 with broken JSON": [reply(b"200 OK", b'{"id": ')] * 9,
    "200 with HTML": [reply(b"200 OK", b"<html>")] * 9,
    "200 with invalid UTF-8": [reply(b"200 OK", b"\xff\xfe\x00")] * 9,
    "200 whose body never ends": [NEVER_ENDS] * 9,
    "400": [reply(b"400 Bad", REFUSED)] * 9,
    "400, dropped within the body": [reply(b"400 Bad", REFUSED)[:-5]] * 9,
    "402 insufficient_quota": [reply(b"402 Pay", b'{"error": {"code": "insufficient_quota"}}')] * 9,
    "409 paid_outcome_unknown": [reply(b"409 Wait", b'{"error": {"code": "paid_outcome_unknown"}}')] * 9,
    "429 once": [reply(b"429 Slow", b"{}")],
    "429 twice, Retry-After in seconds": [reply(b"429 Slow", b"{}", b"Retry-After: 3\r\n")] * 2,
    "429 once, Retry-After as a date": [reply(b"429 Slow", b"{}", b"Retry-After: %s\r\n" % SOON)],
    "429 for ever": [reply(b"429 Slow", b"{}")] * 9,
    "429 key_daily_quota_exhausted": [reply(b"429 No", b'{"error": {"code": "key_daily_quota_exhausted"}}')]
    * 9,
}


def seconds_to_wait(fault: str) -> float:
    """How long to wait for a reply: briefly where none comes, enough for a busy machine elsewhere."""
    return {"no reply at all": 0.05, "200 whose body never ends": 0.1}.get(fault, 60.0)


def refuse(server: Server) -> str:
    """Nothing listens here, nor will another process take the port."""
    bound = socket.socket()
    server._open.append(bound)
    bound.bind(("127.0.0.1", 0))
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


def break_handshake(server: Server) -> str:
    """Hangs up when TLS begins."""

    def close_without_reply(connection: Any) -> None:
        connection.recv(65536)
        connection.close()

    server.serve = close_without_reply
    return server.url.replace("http:", "https:")


def unknown_certificate(server: Server) -> str:
    """Has a certificate that nobody trusts."""
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(server.tls)
    return server.url.replace("http:", "https:")


def full_backlog(server: Server) -> str:
    """Has stopped taking connections: those beyond its backlog hang."""
    busy = socket.create_server(("127.0.0.1", 0), backlog=0)
    server._open.append(busy)
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(busy.getsockname())
        server._open.append(waiting)
    return f"http://127.0.0.1:{busy.getsockname()[1]}"
