"""The fixture beside other plugins of pytest, and with applications that sleep by themselves."""

import asyncio
import time

import anyio
import anyio.lowlevel
import httpx
import pytest
import respx

from evolink_mock import Contract, EvoLinkMock, RealClock

from .conftest import CLIP, CLIPS, CONTRACT_FILE, TLS, client_of

pytest_plugins = ("pytester",)
invented_api = pytest.mark.evolink_mock(contract=Contract.load(CONTRACT_FILE))

# Like an application that makes its client when it is imported, long before a test begins.
CLIENT = httpx.Client(verify=TLS)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def async_client_of(mock: EvoLinkMock) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {mock.api_key}"}
    return httpx.AsyncClient(base_url=mock.base_url, headers=headers, verify=TLS)


async def made(client: httpx.AsyncClient, mock: EvoLinkMock, pause: float) -> str:
    """Make a clip, polling at an interval of the mock's clock."""
    task_id = (await client.post(CLIPS, json=CLIP)).json()["id"]
    while (state := (await client.get(f"/v2/jobs/{task_id}")).json())["status"] != "completed":
        await mock.clock.aio.sleep(pause)
    return str(state["status"])


@invented_api
@pytest.mark.anyio
async def test_anyio_on_asyncio_and_trio(evolink_mock: EvoLinkMock) -> None:
    began = evolink_mock.clock.now()
    async with async_client_of(evolink_mock) as client:
        assert await made(client, evolink_mock, 8) == "completed"
    assert evolink_mock.clock.now() - began == 40


@invented_api
@pytest.mark.anyio
async def test_many_tasks_take_as_long_as_the_slowest(evolink_mock: EvoLinkMock) -> None:
    began, ends = evolink_mock.clock.now(), []

    async def run_task(client: httpx.AsyncClient, pause: float) -> None:
        await made(client, evolink_mock, pause)
        ends.append(evolink_mock.clock.now() - began)

    async with async_client_of(evolink_mock) as client, anyio.create_task_group() as group:
        for number in range(40):
            group.start_soon(run_task, client, (9, 11, 13)[number % 3])
    assert sorted(set(ends)) == [44, 45, 52]
    assert ends == sorted(ends)


@invented_api
@pytest.mark.anyio
async def test_cancelled_sleeper_is_dropped(evolink_mock: EvoLinkMock) -> None:
    began = evolink_mock.clock.now()
    async with anyio.create_task_group() as group:
        group.start_soon(evolink_mock.clock.aio.sleep, 1000)
        group.start_soon(evolink_mock.clock.aio.sleep, 2)
        await evolink_mock.clock.aio.sleep(5)
        group.cancel_scope.cancel()
    assert evolink_mock.clock.now() - began == 5


@invented_api
@pytest.mark.anyio
async def test_callbacks_arrive_while_coroutines_sleep(evolink_mock: EvoLinkMock) -> None:
    hook = "https://hooks.test/done"
    began, received_at = evolink_mock.clock.now(), []

    async def receive(_: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        received_at.append(evolink_mock.clock.now() - began)
        return httpx.Response(204)

    with respx.mock(assert_all_called=False) as router:
        router.post(hook).mock(side_effect=receive)
        async with async_client_of(evolink_mock) as client:
            await client.post(CLIPS, json=CLIP | {"notify": hook})
            await evolink_mock.clock.aio.sleep(100)
    assert (received_at, evolink_mock.clock.now() - began) == ([40], 100)


@invented_api
@pytest.mark.anyio
async def test_late_response_is_a_timeout_on_virtual_time(evolink_mock: EvoLinkMock) -> None:
    evolink_mock.fault(delay=30)
    began = evolink_mock.clock.now()
    async with async_client_of(evolink_mock) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/v2/balance", timeout=5)
    assert evolink_mock.clock.now() - began == 5


@pytest.mark.anyio
async def test_real_clock_sleeps() -> None:
    clock = RealClock(speed=1000)
    before = clock.now()
    await clock.aio.sleep(10)
    assert clock.now() - before >= 10


@invented_api
@pytest.mark.asyncio
async def test_pytest_asyncio(evolink_mock: EvoLinkMock) -> None:
    async with async_client_of(evolink_mock) as client:
        states = await asyncio.gather(*(made(client, evolink_mock, 20) for _ in range(5)))
    assert set(states) == {"completed"}


@invented_api
def test_client_made_at_import_is_served(evolink_mock: EvoLinkMock) -> None:
    headers = {"Authorization": f"Bearer {evolink_mock.api_key}"}
    assert CLIENT.get(f"{evolink_mock.base_url}/v2/balance", headers=headers).status_code == 200


@invented_api
def test_application_with_its_own_sleep_ends(evolink_mock: EvoLinkMock) -> None:
    polls = 1
    with client_of(evolink_mock) as client:
        task_id = client.post(CLIPS, json=CLIP).json()["id"]
        while client.get(f"/v2/jobs/{task_id}").json()["status"] != "completed":
            time.sleep(0.0001)
            polls += 1
    assert polls <= 11


@invented_api
@pytest.mark.anyio
async def test_coroutine_with_its_own_sleep_ends(evolink_mock: EvoLinkMock) -> None:
    polls = 1
    async with async_client_of(evolink_mock) as client:
        task_id = (await client.post(CLIPS, json=CLIP)).json()["id"]
        while (await client.get(f"/v2/jobs/{task_id}")).json()["status"] != "completed":
            await anyio.sleep(0.0001)
            polls += 1
    assert polls <= 11


@pytest.mark.slow
def test_xdist_workers_are_independent(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(f"""
        import httpx, pytest

        @pytest.mark.evolink_mock(contract={str(CONTRACT_FILE)!r})
        @pytest.mark.parametrize("number", range(8))
        def test_it(evolink_mock, number):
            headers = {{"Authorization": f"Bearer {{evolink_mock.api_key}}"}}
            url = f"{{evolink_mock.base_url}}{CLIPS}"
            reply = httpx.post(url, json={CLIP!r}, headers=headers)
            assert reply.json()["id"] == evolink_mock.tasks[0].id
            assert len(evolink_mock.requests) == 1
    """)
    result = pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "-p", "evolink_mock.pytest_plugin", "-p", "xdist", "-n", "2"
    )
    result.assert_outcomes(passed=8)
