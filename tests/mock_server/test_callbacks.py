"""Callbacks: when they are sent, with which body, and when they are retried."""

import asyncio
import copy
import http.server
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, ClassVar

import httpx
import pytest
import respx
import trio

from evolink_mock import Contract, Engine, EvoLinkMock, RealClock
from evolink_mock._adapters import webhooks
from evolink_mock._adapters.webhooks import WebhookWorker
from evolink_mock._http.messages import Request
from evolink_mock._tasks.outcomes import End
from evolink_mock.asgi import create_app

from .conftest import CLIP, CLIPS, ApiClient

HOOK = "https://hooks.test/done"


@pytest.fixture
def receiver() -> Iterator[Any]:
    with respx.mock(assert_all_called=False) as router:
        yield router.post(HOOK).respond(204)


def create(mock: EvoLinkMock, style: str = "sync", **body: Any) -> Any:
    api = ApiClient(mock._engine, mock.base_url, style, {})
    reply = api.post(CLIPS, CLIP | {"notify": HOOK} | body)
    assert reply.status_code == 200, reply.text
    return reply.json()["id"], api


@pytest.mark.parametrize(
    ("end", "status", "seconds"),
    [("completed", "completed", 40), ("failed", "failed", 20), ("cancelled", "cancelled", 20)],
)
def test_callback_has_the_body_of_the_query(
    mock: EvoLinkMock, receiver: respx.Route, style: str, end: End, status: str, seconds: int
) -> None:
    mock.outcome(end)
    task_id, api = create(mock, style)
    began = mock.clock.now()
    mock.clock.advance(seconds - 1)
    assert not receiver.called
    mock.clock.advance(100)
    request = receiver.calls.last.request
    assert json.loads(request.content) == api.get(f"/v2/jobs/{task_id}").json()
    assert json.loads(request.content)["status"] == status
    assert request.headers["content-type"] == "application/json"
    assert "authorization" not in request.headers
    [attempt] = mock.callbacks
    assert (attempt.task_id, attempt.status, attempt.delivered, attempt.final) == (task_id, 204, True, True)
    assert attempt.time - began == seconds, "in between the moves of the clock, at its own time"


def test_credits_are_charged_before_the_callback(mock: EvoLinkMock, receiver: respx.Route) -> None:
    charged = []

    def receive(_: httpx.Request) -> httpx.Response:
        charged.append(mock.ledger.charged)
        return httpx.Response(200)

    receiver.mock(side_effect=receive)
    create(mock)
    mock.clock.advance(40)
    assert charged == [2.5]


def test_failed_callback_is_retried_as_documented(mock: EvoLinkMock, receiver: respx.Route) -> None:
    receiver.mock(return_value=httpx.Response(500))
    create(mock)
    began = mock.clock.now()
    mock.clock.advance(1000)
    assert [one.time - began for one in mock.callbacks] == [40, 42, 47]
    assert [(one.number, one.status, one.final) for one in mock.callbacks] == [
        (1, 500, False),
        (2, 500, False),
        (3, 500, True),
    ]


def test_accepted_callback_is_not_retried(mock: EvoLinkMock, receiver: respx.Route) -> None:
    receiver.mock(side_effect=[httpx.ConnectError("refused"), httpx.Response(302), httpx.Response(200)])
    create(mock)
    mock.clock.advance(1000)
    assert [(one.status, one.error) for one in mock.callbacks] == [
        (None, "ConnectError: refused"),
        (302, None),
        (200, None),
    ]


def test_unknown_callback_host_is_a_failed_delivery(mock: EvoLinkMock) -> None:
    create(mock)
    mock.clock.advance(1000)
    assert len(mock.callbacks) == 3
    assert "hooks.test" in str(mock.callbacks[0].error)


def test_error_in_the_receiver_is_raised(mock: EvoLinkMock, receiver: respx.Route) -> None:
    def check(_: Any) -> None:
        raise AssertionError("not what I expected")

    receiver.mock(side_effect=check)
    create(mock)
    with pytest.raises(AssertionError, match="not what I expected"):
        mock.clock.advance(40)


@pytest.mark.parametrize("run", [lambda main: asyncio.run(main()), trio.run], ids=["asyncio", "trio"])
def test_error_in_the_receiver_is_raised_where_a_coroutine_sleeps(
    mock: EvoLinkMock, receiver: respx.Route, run: Callable[..., None]
) -> None:
    async def main() -> None:
        create(mock)
        with pytest.raises(AssertionError, match="not what I expected"):
            await mock.clock.aio.sleep(100)
        await mock.clock.aio.sleep(1000)  # time goes on

    receiver.mock(side_effect=[AssertionError("not what I expected"), httpx.Response(204)])
    run(main)


def test_receiver_can_query_the_task(mock: EvoLinkMock, receiver: respx.Route, client: httpx.Client) -> None:
    statuses = []

    def receive(request: Any) -> Any:
        task_id = json.loads(request.content)["id"]
        statuses.append(client.get(f"/v2/jobs/{task_id}").json()["status"])
        return httpx.Response(200)

    receiver.mock(side_effect=receive)
    create(mock)
    mock.clock.advance(40)
    assert statuses == ["completed"]


@pytest.mark.parametrize("progress", ["polls", "immediate"])
def test_callback_without_a_running_clock(synthetic: Contract, receiver: respx.Route, progress: Any) -> None:
    with EvoLinkMock(contract=synthetic, progress=progress) as mock:
        task_id, api = create(mock)
        for _ in range(4):
            api.get(f"/v2/jobs/{task_id}")
        assert receiver.call_count == 1


def test_transport_sends_no_callbacks(synthetic: Contract) -> None:
    mock = EvoLinkMock(contract=synthetic)
    ApiClient(mock._engine, mock.base_url, "sync", {"transport": mock.transport()}).post(
        CLIPS, CLIP | {"notify": HOOK}
    )
    mock.clock.advance(40)
    assert mock.callbacks[0].error == "callbacks are sent only while the mock is entered"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Refuses the first callback and accepts the second."""

    bodies: ClassVar[list[dict[str, Any]]]
    enough: ClassVar[threading.Event]

    def do_POST(self) -> None:
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(500 if len(self.bodies) == 1 else 200)
        self.end_headers()
        if len(self.bodies) == 2:
            self.enough.set()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature is set
        pass


def test_server_sends_callbacks(serve: Callable[..., str], synthetic: Contract) -> None:
    Receiver.bodies, Receiver.enough = [], threading.Event()
    with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as listener:
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        try:
            contract = with_attempts(synthetic, 60, [2])
            app = create_app(contract=contract, clock=RealClock(1000), allow_local_callbacks=True)
            api = ApiClient(app.engine, serve(app), "sync", {})
            hook = "http://{}:{}/".format(*listener.server_address)
            task_id = api.post(CLIPS, CLIP | {"notify": hook}).json()["id"]
            assert Receiver.enough.wait(60)
            while len(attempts := api.control("callbacks").json()) < 2:
                pass  # the receiver knows of its answer a moment before the sender does
        finally:
            listener.shutdown()
            thread.join()
    assert [one["status"] for one in Receiver.bodies] == ["completed", "completed"]
    first, second = attempts
    assert (first["task_id"], first["status"], second["status"], second["final"]) == (task_id, 500, 200, True)
    assert second["time"] - first["time"] >= 2


class EndlessStream(httpx.AsyncByteStream):
    """A body that must not be read."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000
        raise AssertionError("the body is read to its end")


def immediate_engine(contract: Contract, **options: Any) -> Engine:
    """An engine whose tasks have ended once they are created."""
    return create_app(contract=contract, clock=RealClock(), progress="immediate", **options).engine


def create_by_engine(engine: Engine, hook: str) -> None:
    headers = {"authorization": f"Bearer {engine.api_key}", "content-type": "application/json"}
    body = json.dumps(CLIP | {"notify": hook}).encode()
    response = engine.handle(Request("POST", CLIPS, "", headers, body, engine.contract.server))
    assert response.status == 200, response.body


async def send_callbacks(engine: Engine) -> None:
    """Send the callbacks that are due, and those that become due by that."""
    worker = WebhookWorker(engine)
    worker.notify()
    assert worker._task is not None
    await worker._task


def with_attempts(contract: Contract, timeout: float, retries: list[int]) -> Contract:
    """The same contract with other attempts for each callback."""
    document = copy.deepcopy(contract.document)
    [hook] = [
        schema["properties"]["notify"]
        for schema in document["components"]["schemas"].values()
        if "notify" in schema.get("properties", {})
    ]
    hook["x-evolink-callback"] = {"timeout": timeout, "retries": retries}
    return Contract(document)


def without_retries(contract: Contract, timeout: float = 3) -> Contract:
    """The same contract with one attempt for each callback."""
    return with_attempts(contract, timeout, [])


def test_callback_that_cannot_be_sent_stops_no_other(synthetic: Contract) -> None:
    engine = immediate_engine(without_retries(synthetic), allow_local_callbacks=True)
    for hook in ("https://xn--/", HOOK, "https://a..b/", HOOK):
        create_by_engine(engine, hook)
    with respx.mock as router:
        router.post(HOOK).respond(200)
        asyncio.run(send_callbacks(engine))
    attempts = engine.account.webhooks.attempts
    assert sorted(attempt.url for attempt in attempts if attempt.delivered) == [HOOK, HOOK]
    assert len(attempts) == 4
    assert all(attempt.error for attempt in attempts if not attempt.delivered)


def test_callback_to_no_host_in_the_process_is_a_failed_delivery(mock: EvoLinkMock, style: str) -> None:
    create(mock, style, notify="https://xn--/")
    mock.clock.advance(1000)
    assert [attempt.status for attempt in mock.callbacks] == [None] * 3


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "64:ff9b::7f00:1"])
def test_callback_host_that_resolves_to_a_private_address(
    synthetic: Contract, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    engine = immediate_engine(without_retries(synthetic))

    async def resolve(host: str, port: int) -> list[str]:
        assert (host, port) == ("hooks.test", 443)
        return ["93.184.216.34", address]

    monkeypatch.setattr(webhooks, "_resolve", resolve)
    create_by_engine(engine, HOOK)
    with respx.mock(assert_all_called=False) as router:
        route = router.route().respond(200)
        asyncio.run(send_callbacks(engine))
    assert not route.called
    [attempt] = engine.account.webhooks.attempts
    assert f"hooks.test resolves to {address}" in str(attempt.error)


def test_callback_goes_to_the_address_that_was_checked(
    synthetic: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = immediate_engine(without_retries(synthetic))

    async def resolve(*_: Any) -> list[str]:
        return ["2606:4700::1", "93.184.216.34"]

    monkeypatch.setattr(webhooks, "_resolve", resolve)
    create_by_engine(engine, HOOK)
    with respx.mock as router:
        router.post("https://[2606:4700::1]/done").mock(side_effect=httpx.ConnectError("no route"))
        route = router.post("https://93.184.216.34/done").respond(200)
        asyncio.run(send_callbacks(engine))
    request = route.calls.last.request
    assert (request.headers["host"], request.extensions["sni_hostname"]) == ("hooks.test", "hooks.test")
    assert [attempt.status for attempt in engine.account.webhooks.attempts] == [200]


def test_callback_host_without_an_address(synthetic: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = immediate_engine(without_retries(synthetic))

    async def resolve(*_: Any) -> list[str]:
        return []

    monkeypatch.setattr(webhooks, "_resolve", resolve)
    create_by_engine(engine, HOOK)
    asyncio.run(send_callbacks(engine))
    assert "has no address" in str(engine.account.webhooks.attempts[0].error)


def test_hosts_are_resolved() -> None:
    assert asyncio.run(webhooks._resolve("127.0.0.1", 80)) == ["127.0.0.1"]


def test_answer_without_end_is_not_read(synthetic: Contract) -> None:
    engine = immediate_engine(without_retries(synthetic), allow_local_callbacks=True)
    create_by_engine(engine, HOOK)
    with respx.mock as router:
        router.post(HOOK).mock(side_effect=lambda _: httpx.Response(200, stream=EndlessStream()))
        asyncio.run(send_callbacks(engine))
    assert [attempt.status for attempt in engine.account.webhooks.attempts] == [200]


def test_callback_times_out_as_a_whole(synthetic: Contract) -> None:
    engine = immediate_engine(without_retries(synthetic, timeout=0.01), allow_local_callbacks=True)

    async def hear(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    create_by_engine(engine, HOOK)
    with respx.mock as router:
        router.post(HOOK).mock(side_effect=hear)
        asyncio.run(send_callbacks(engine))
    assert engine.account.webhooks.attempts[0].error == "TimeoutError: no answer within 0.01 s"


def test_callbacks_are_sent_with_limited_concurrency(synthetic: Contract) -> None:
    engine = immediate_engine(without_retries(synthetic), allow_local_callbacks=True)
    under_way, most = 0, 0

    async def hear(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return httpx.Response(200)

    for _ in range(100):
        create_by_engine(engine, HOOK)
    with respx.mock as router:
        router.post(HOOK).mock(side_effect=hear)
        asyncio.run(send_callbacks(engine))

    assert [attempt.status for attempt in engine.account.webhooks.attempts] == [200] * 100
    assert 1 < most <= 32
