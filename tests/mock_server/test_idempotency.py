"""Idempotency keys whose first response is still on its way."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from conditions import wait_until

from evolink_mock import Contract, EvoLinkMock, VirtualClock
from evolink_mock._engine.faults import Fault
from evolink_mock._engine.idempotency import BODY_CONFLICT, UNKNOWN_OUTCOME
from evolink_mock._engine.request_log import RequestLog
from evolink_mock.asgi import create_app

from .conftest import CLIP, CLIPS, TLS, ApiClient, client_of

HEADERS = {"Idempotency-Key": "0123456789abcdef"}
BOTH = HEADERS | {"Authorization": "Bearer evolink-mock-key"}


async def begun(requests: RequestLog) -> None:
    """Wait until the mock has received a request."""
    while not requests:  # noqa: ASYNC110 - nothing tells of it but the log
        await asyncio.sleep(0)


def codes(replies: list[httpx.Response]) -> list[Any]:
    return [
        one.json()["error"]["code"] if one.is_error else one.headers.get("idempotency-replayed")
        for one in replies
    ]


def test_key_conflicts_until_the_late_response(mock: EvoLinkMock) -> None:
    """The client has timed out, and the API is still working."""
    mock.fault(delay=30)
    with client_of(mock, headers=BOTH) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(CLIPS, json=CLIP, timeout=5)
        replies = [client.post(CLIPS, json=CLIP)]
        mock.clock.advance(24)
        replies += [client.post(CLIPS, json=CLIP), client.post(CLIPS, json=CLIP | {"prompt": "A boat"})]
        mock.clock.advance(1)
        replies.append(client.post(CLIPS, json=CLIP))
    assert [one.status_code for one in replies] == [409, 409, 409, 200]
    assert codes(replies) == [UNKNOWN_OUTCOME, UNKNOWN_OUTCOME, BODY_CONFLICT, "true"]
    assert len(mock.tasks) == 1


def test_conflict_has_the_documented_structure(mock: EvoLinkMock) -> None:
    with client_of(mock, headers=BOTH) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(CLIPS, json=CLIP, timeout=5, headers={"Prefer": "fault-delay=30"})
        error = client.post(CLIPS, json=CLIP).json()["error"]
    assert error.keys() == {"code", "message", "type"}
    assert "not been answered" in error["message"]


@pytest.mark.parametrize("how", [{"delay": 3.0}, {"hang": True, "when": "after"}])
def test_concurrent_request_conflicts(mock: EvoLinkMock, how: Any) -> None:
    mock.fault(**how)

    async def main() -> list[httpx.Response]:
        options: Any = {"base_url": mock.base_url, "headers": BOTH, "verify": TLS, "timeout": 10}
        async with httpx.AsyncClient(**options) as client:
            first = asyncio.create_task(client.post(CLIPS, json=CLIP))
            await begun(mock.requests)
            second = await client.post(CLIPS, json=CLIP)
            late = await asyncio.gather(first, return_exceptions=True)
            assert isinstance(late[0], httpx.Response if "delay" in how else httpx.ReadTimeout)
            return [second, await client.post(CLIPS, json=CLIP)]

    assert codes(asyncio.run(main())) == [UNKNOWN_OUTCOME, "true"]
    assert len(mock.tasks) == 1


def test_concurrent_request_to_a_server_conflicts(serve: Callable[..., str], synthetic: Contract) -> None:
    app = create_app(clock=VirtualClock(), contract=synthetic)
    engine, url = app.engine, serve(app)
    engine.faults.add(Fault.parse({"hang": True, "when": "after"}))

    async def main() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=url, headers=BOTH, verify=TLS, timeout=60) as client:
            first = asyncio.create_task(client.post(CLIPS, json=CLIP))
            await begun(engine.requests)
            second = await client.post(CLIPS, json=CLIP)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            while (third := await client.post(CLIPS, json=CLIP)).is_error:
                pass  # the server learns a moment later that the client has gone
            return [second, third]

    assert codes(asyncio.run(main())) == [UNKNOWN_OUTCOME, "true"]
    assert len(engine.account.tasks) == 1


def test_late_response_of_a_server_is_late_in_real_time(
    serve: Callable[..., str], synthetic: Contract
) -> None:
    """Whatever the clock of the mock does; the key is released with it."""
    app = create_app(clock=VirtualClock(), contract=synthetic)
    app.engine.faults.add(Fault.parse({"delay": 0.2}))
    with httpx.Client(base_url=serve(app), headers=BOTH, verify=TLS, timeout=60) as client:
        began = time.monotonic()
        replies = [client.post(CLIPS, json=CLIP)]
        assert time.monotonic() - began >= 0.2
        replies.append(client.post(CLIPS, json=CLIP))
    assert codes(replies) == [None, "true"]


def test_cancelled_request_releases_its_key(mock: EvoLinkMock) -> None:
    mock.fault(hang=True, when="after")

    async def main() -> httpx.Response:
        async with httpx.AsyncClient(base_url=mock.base_url, headers=BOTH, verify=TLS) as client:
            first = asyncio.create_task(client.post(CLIPS, json=CLIP, timeout=math.inf))
            await begun(mock.requests)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            return await client.post(CLIPS, json=CLIP)

    assert codes([asyncio.run(main())]) == ["true"]


@pytest.mark.parametrize("how", [{"status": 500, "when": "after"}, {"disconnect": "after"}, {"truncate": 5}])
def test_lost_response_is_replayed(api: ApiClient, how: Any) -> None:
    api.engine.faults.add(Fault.parse(how))
    with contextlib.suppress(httpx.RemoteProtocolError):
        api.post(CLIPS, CLIP, headers=HEADERS)
    assert codes([api.post(CLIPS, CLIP, headers=HEADERS)]) == ["true"]


@pytest.mark.parametrize("how", [{"hang": True}, {"status": 500}, {"disconnect": "before"}])
def test_key_of_an_early_fault_stays_free(api: ApiClient, how: Any) -> None:
    api.engine.faults.add(Fault.parse(how))
    with contextlib.suppress(httpx.HTTPError):
        api.post(CLIPS, CLIP, headers=HEADERS, timeout=0.1 if "hang" in how else 30)
    wait_until(lambda: api.engine.requests)  # a server may be late
    assert codes([api.post(CLIPS, CLIP, headers=HEADERS)]) == [None]
