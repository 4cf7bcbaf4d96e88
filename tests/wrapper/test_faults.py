"""The fault matrix over real sockets: what was sent, what was charged, which error the caller gets.

Its rows are those of docs/faults.md. After a change that is meant:

    EVOLINK_UPDATE=1 python -m pytest tests/wrapper/test_faults.py
"""

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from wrapper import socket_faults
from wrapper.fakes import CERTIFICATES, Server, World
from wrapper.socket_faults import ANSWERED, NEVER_ENDS, seconds_to_wait

import evolink
from evolink._contract import index

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
TABLES = {
    setting: re.compile(rf"(?<=<!-- measured: {setting} -->\n).*?(?=<!-- /measured -->)", re.DOTALL)
    for setting in ("default", "trusted")
}
TITLES = "| fault | POSTs that arrived | charges | sent again | ends with |\n|---|---|---|---|---|\n"
IS_UPDATE = bool(os.environ.get("EVOLINK_UPDATE"))


def refused(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    return world.client(base_url=socket_faults.refuse(server))


def unknown_name(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    return world.client(base_url="http://api.invalid")


def broken_handshake(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    return world.client(base_url=socket_faults.break_handshake(server), timeout=5)


def unknown_certificate(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    return world.client(base_url=socket_faults.unknown_certificate(server), timeout=5)


def full_backlog(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    timeout = httpx.Timeout(5, connect=0.05)
    return world.client(base_url=socket_faults.full_backlog(server), timeout=timeout)


def broken_tunnel(world: World, server: Server, monkeypatch: Any) -> Any:
    """A proxy that hangs up when it is asked for a tunnel."""
    server.script = [b""] * 9
    http = world.http(proxy=server.url, verify=CERTIFICATES)
    return world.client(base_url="https://api.invalid", http_client=http, timeout=5)


def no_free_connection(world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    server.script = [NEVER_ENDS]
    http = world.http(limits=httpx.Limits(max_connections=1), timeout=60)
    world.do(http.send(http.build_request("GET", server.url), stream=True))
    return world.client(base_url=server.url, http_client=http, timeout=httpx.Timeout(5, pool=0.05))


UNSENT: dict[str, Callable[[Any, Any, Any], Any]] = {
    "connection refused": refused,
    "name not known (DNS)": unknown_name,
    "TLS handshake breaks": broken_handshake,
    "certificate does not verify": unknown_certificate,
    "connecting takes too long": full_backlog,
    "proxy drops the request for a tunnel": broken_tunnel,
    "no free connection in the pool": no_free_connection,
}


def documented(setting: str) -> dict[str, str]:
    """The rows of a table in the documentation, by fault."""
    match = TABLES[setting].search(DOCUMENT.read_text(encoding="utf-8"))
    assert match, f"docs/faults.md has no place for the table {setting!r}"
    rows = match[0].removeprefix(TITLES).splitlines(keepends=True)
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows}


def write(setting: str, rows: dict[str, str]) -> None:
    known = [rows[fault] for fault in (*UNSENT, *ANSWERED) if fault in rows]
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(TABLES[setting].sub(lambda _: TITLES + "".join(known), text), encoding="utf-8")


def submit(world: World, client: Any, example: dict[str, Any], method: str) -> Any:
    if method == "create":
        return world.do(client.videos.create(**example))
    operations = index.contract().resources["videos"]
    operation = next(one for one in operations if example["model"] in (one.models or ()))
    return world.do(client.call(operation.id, body=example))


@pytest.mark.parametrize("fault", [*UNSENT, *ANSWERED])
@pytest.mark.parametrize(
    ("method", "setting"), [("create", "default"), ("create", "trusted"), ("call", "trusted")]
)
def test_a_submission_is_charged_at_most_once(
    world: World,
    server: Server,
    example: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    fault: Any,
    setting: str,
    method: str,
) -> None:
    if fault in UNSENT:
        client = UNSENT[fault](world, server, monkeypatch)
    else:
        server.script = list(ANSWERED[fault])
        client = world.client(base_url=server.url, timeout=httpx.Timeout(10, read=seconds_to_wait(fault)))
    client = client.with_options(trust_idempotency=setting == "trusted")

    caught: evolink.APIError | None = None
    try:
        assert submit(world, client, example, method).id == "task-1"
    except evolink.APIError as error:
        caught = error

    assert fault in UNSENT or server.has_request.wait(60)
    assert server.charges <= 1
    if caught is not None:
        assert caught.idempotency_key
        assert caught.outcome_unknown or not server.charges
        assert ("may have been charged" in str(caught)) == caught.outcome_unknown
        assert (caught.idempotency_key in str(caught)) == caught.outcome_unknown
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
        write(setting, {**documented(setting), fault: row})
    assert documented(setting).get(fault) == row


@pytest.mark.parametrize("setting", TABLES)
def test_the_table_has_a_row_for_each_fault_and_no_other(setting: str) -> None:
    assert list(documented(setting)) == [*UNSENT, *ANSWERED]


@pytest.mark.parametrize("fault", [name for name in ANSWERED if not name.startswith(("400", "402", "409"))])
def test_a_query_is_sent_again(world: World, server: Server, fault: Any) -> None:
    server.script = ANSWERED[fault][:2]
    faulty = len(server.script)
    sent: list[Any] = []

    def prepare(request: Any) -> None:
        """Wait for a reply as long as it may take, once the server is well again."""
        assert not sent or server.has_request.wait(60)
        server.has_request.clear()
        sent.append(request)
        request.extensions["timeout"]["read"] = seconds_to_wait(fault) if len(sent) <= faulty else 60

    async def prepare_async(request: Any) -> None:
        prepare(request)

    hooks = {"request": [prepare_async if world.is_async else prepare]}
    client = world.client(base_url=server.url, http_client=world.http(verify=CERTIFICATES, event_hooks=hooks))

    assert world.do(client.tasks.get("task-1")).id == "task-1"
    assert len(server.requests) == len(sent) == 1 + faulty


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
