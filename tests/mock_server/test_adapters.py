"""The adapters in the process: whose requests they serve, beside other users of respx."""

import asyncio
import os
from typing import Any

import httpx
import pytest
import respx

from evolink._core import overrides
from evolink_mock import Contract, EvoLinkMock

from .conftest import CLIP, CLIPS, TLS

API = "https://api.clips.test"
BALANCE = f"{API}/v2/balance"


def balance(client: httpx.Client) -> Any:
    return client.get(BALANCE, headers={"Authorization": "Bearer evolink-mock-key"}).json()


def test_clients_made_before_and_after_are_served(synthetic: Contract) -> None:
    before = httpx.Client(verify=TLS)
    with EvoLinkMock(contract=synthetic) as mock, httpx.Client(verify=TLS) as after:
        assert balance(before) == balance(after)
        assert len(mock.requests) == 2
    before.close()


def test_async_clients_are_served(synthetic: Contract) -> None:
    async def main() -> Any:
        async with EvoLinkMock(contract=synthetic) as mock, httpx.AsyncClient(verify=TLS) as client:
            reply = await client.get(BALANCE, headers={"Authorization": f"Bearer {mock.api_key}"})
            return reply.status_code

    assert asyncio.run(main()) == 200


def test_unknown_host_fails_and_lists_known_ones(mock: EvoLinkMock, client: httpx.Client) -> None:
    with pytest.raises(AssertionError, match=r"files\.test.*api\.clips\.test, files\.clips\.test, results"):
        client.get("https://files.test/x")


def test_nothing_stays_patched(synthetic: Contract) -> None:
    with EvoLinkMock(contract=synthetic):
        pass
    with pytest.raises(httpx.ConnectError), httpx.Client(verify=TLS) as client:
        client.get("http://127.0.0.1:9/")


def test_routes_of_the_test_come_first(synthetic: Contract) -> None:
    with respx.mock(assert_all_called=False) as outer:
        outer.get("https://other.test/").respond(418)
        with EvoLinkMock(contract=synthetic) as mock, httpx.Client(verify=TLS) as client:
            with respx.mock as inner:
                inner.get(BALANCE).respond(200, json={"mine": True})
                inner.get("https://mine.test/").respond(204)
                assert balance(client) == {"mine": True}
                assert client.get("https://mine.test/").status_code == 204
                assert client.get("https://other.test/").status_code == 418
                assert client.get(f"{API}/v2/jobs/job-1").status_code == 401
            assert balance(client)["success"] is True
            assert len(mock.requests) == 2


def test_router_takes_routes(mock: EvoLinkMock, client: httpx.Client) -> None:
    route = mock.router.get("https://mine.test/").respond(204)
    assert client.get("https://mine.test/").status_code == 204
    assert route.called
    assert client.get("/v2/balance").status_code == 200


def test_mock_entered_last_answers(synthetic: Contract) -> None:
    with EvoLinkMock(contract=synthetic) as outer, httpx.Client(verify=TLS) as client:
        with EvoLinkMock(contract=synthetic) as inner:
            balance(client)
        assert (len(outer.requests), len(inner.requests)) == (0, 1)
        balance(client)
        assert len(outer.requests) == 1


def test_environment_has_a_key_and_no_base_url(synthetic: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVOLINK_API_KEY", "the-real-one")
    monkeypatch.setenv("EVOLINK_BASE_URL", "https://proxy.test")
    with EvoLinkMock(contract=synthetic) as mock:
        assert os.environ["EVOLINK_API_KEY"] == mock.api_key
        assert "EVOLINK_BASE_URL" not in os.environ
    assert os.environ["EVOLINK_API_KEY"] == "the-real-one"
    assert os.environ["EVOLINK_BASE_URL"] == "https://proxy.test"


def test_evolink_clients_use_the_clock(synthetic: Contract) -> None:
    with EvoLinkMock(contract=synthetic, allow_local_callbacks=True) as mock:
        ambient = overrides.current()
        assert ambient is not None
        assert (ambient.clock, ambient.async_clock) == (mock.clock, mock.clock.aio)
        assert ambient.allow_local_callbacks
    assert overrides.current() is overrides.SYSTEM


def test_mock_can_be_entered_again_after_an_error(synthetic: Contract) -> None:
    mock = EvoLinkMock(contract=synthetic)
    with pytest.raises(KeyError), mock:
        raise KeyError
    with mock, httpx.Client(verify=TLS) as client:
        assert balance(client)["success"] is True


def test_entering_twice_is_refused(mock: EvoLinkMock) -> None:
    with pytest.raises(RuntimeError, match="already"), mock:
        pass


def test_router_needs_an_entered_mock(synthetic: Contract) -> None:
    with pytest.raises(RuntimeError, match="entered"):
        _ = EvoLinkMock(contract=synthetic).router


def test_respx_does_not_record_the_mocks_calls(mock: EvoLinkMock, client: httpx.Client) -> None:
    for _ in range(3):
        client.get("/v2/balance")
    assert len(mock.router.calls) == 0
    assert len(mock.requests) == 3


def test_task_views_are_live(mock: EvoLinkMock, client: httpx.Client) -> None:
    client.post(CLIPS, json=CLIP)
    client.post(CLIPS, json=CLIP | {"seconds": 1})
    task = mock.tasks[-1]
    assert (task.status, task.progress, task.results, task.model, task.credits) == (
        "pending",
        0,
        [],
        "toon-1",
        2.5,
    )
    mock.clock.advance(40)
    assert (task.status, task.progress, len(task.results)) == ("completed", 100, 1)
    assert task.polls == 0
    assert mock.tasks[task.id].body == CLIP | {"seconds": 1}
    assert [one.id for one in mock.tasks[:1]] == [mock.tasks[0].id]
    assert task.id in repr(task)
    with pytest.raises(KeyError):
        mock.tasks["job-none"]


def test_state_is_bounded(mock: EvoLinkMock, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "_tasks.task_store.MAX_TASKS",
        "_engine.request_log.MAX_REQUESTS",
        "_engine.idempotency.MAX_IDEMPOTENCY_KEYS",
    ):
        monkeypatch.setattr(f"evolink_mock.{name}", 5)
    first = client.post(CLIPS, json=CLIP).json()["id"]
    for number in range(9):
        client.post(CLIPS, json=CLIP, headers={"Idempotency-Key": f"key-{number}"})
    assert (len(mock.tasks), len(mock.requests), len(mock._engine.idempotency)) == (5, 5, 5)
    assert client.get(f"/v2/jobs/{first}").status_code == 404
    mock.clock.advance(40)
    assert (mock.ledger.charged, mock.ledger.reserved) == (25, 0), "what is forgotten is charged all the same"


def test_log_bodies_are_bounded(
    mock: EvoLinkMock, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evolink_mock._engine.request_log.MAX_BYTES", 100)
    for _ in range(9):
        client.post(CLIPS, json=CLIP)
    assert sum(len(entry.body) for entry in mock.requests) <= 100
