import asyncio
import io
import signal
import threading
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest
from wrapper.fakes import KEY, Api, World
from wrapper.http_libraries import async_http

import evolink
from evolink._http.io import WorkerPool, run

PACKAGE = str(Path(evolink.__file__).parent)


@pytest.fixture
def client_io(world: World) -> Any:
    return world.client(lambda request: httpx.Response(200))._io


@pytest.fixture
def drive(world: World) -> Any:
    """Runs a coroutine as the clients do."""
    return world.do if world.is_async else run


def test_blocking_io_that_suspends_is_an_error() -> None:
    async def suspended() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="suspended"):
        run(suspended())


def test_sleep_uses_the_clock(client_io: Any, drive: Any, world: World) -> None:
    drive(client_io.sleep(5))

    assert world.clock.sleeps == [5]


def test_a_callback_gets_its_arguments(client_io: Any, drive: Any) -> None:
    calls = []

    drive(client_io.callback(lambda *values: calls.append(values), 1, 2))

    assert calls == [(1, 2)]


def test_only_async_clients_use_a_thread_for_what_blocks(client_io: Any, drive: Any, world: World) -> None:
    thread = drive(client_io.run_in_thread(threading.get_ident))

    assert (thread != threading.get_ident()) == world.is_async


def test_an_error_in_a_thread_is_raised(client_io: Any, drive: Any) -> None:
    def broken() -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        drive(client_io.run_in_thread(broken))


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt()])
def test_gather_ends_with_the_first_error(client_io: Any, drive: Any, world: Any, error: Any) -> None:
    release, ended = threading.Event(), []

    async def hang() -> None:
        try:
            await (asyncio.Event().wait() if world.is_async else client_io.run_in_thread(release.wait))
        finally:
            ended.append("hang")

    async def fail() -> None:
        ended.append("fail")
        raise error

    pool = WorkerPool(2)
    with pytest.raises(type(error)) as caught:
        drive(client_io.gather(pool, [hang(), fail()]))
    assert caught.value is error
    assert ended == (["fail", "hang"] if world.is_async else ["fail"])
    pool.shutdown()
    release.set()


def test_gather_runs_all_operations(client_io: Any, drive: Any) -> None:
    ended = []

    async def work(number: int) -> None:
        ended.append(number)

    pool = WorkerPool(3)
    for _ in range(2):
        drive(client_io.gather(pool, [work(number) for number in range(3)]))
    pool.shutdown()

    assert sorted(ended) == [0, 0, 1, 1, 2, 2]


def test_no_thread_keeps_the_process_from_ending() -> None:
    release = threading.Event()

    async def hang() -> None:
        release.wait()

    pool = WorkerPool(1)
    pool.submit(hang())
    workers = [thread for thread in threading.enumerate() if thread.name == "evolink"]
    pool.shutdown()
    release.set()

    assert workers
    assert all(thread.daemon for thread in workers)


def test_the_traceback_of_a_failed_call_is_short(world: World, example: dict[str, Any]) -> None:
    with pytest.raises(evolink.ServerError) as caught:
        world.do(world.client(Api(500)).videos.generate(**example))

    frames = traceback.extract_tb(caught.value.__traceback__)
    ours = Counter((frame.filename, frame.name) for frame in frames if frame.filename.startswith(PACKAGE))
    assert sum(ours.values()) <= 8
    assert set(ours.values()) == {1}


def test_a_file_is_sent_again_from_its_start(world: World) -> None:
    """Of an upload of which the first attempt did not leave."""
    bodies = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        if len(bodies) == 1:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, json={})

    http_io = world.client(answer)._io
    stream = io.BytesIO(b"x" * 100_000)

    async def send() -> None:
        for _ in range(2):
            try:
                request = http_io.build_request(
                    method="POST",
                    url=httpx.URL("https://api.test/"),
                    headers={},
                    timeout=httpx.Timeout(5),
                    is_bare=True,
                    files={"file": ("cat.png", stream, "image/png")},
                )
                await http_io.close(await http_io.send(request))
            except httpx.ConnectError:
                continue

    world.do(send()) if world.is_async else run(send())

    assert len(bodies) == 2
    assert all(b"x" * 100_000 in body for body in bodies)


def test_ctrl_c_under_trio_keeps_its_type() -> None:
    """A nursery wraps what interrupts the task that waits for it."""

    async def main() -> None:
        http = async_http(transport=httpx.MockTransport(lambda request: httpx.Response(200)))
        client_io = evolink.AsyncEvoLink(KEY, http_client=http)._io

        async def interrupt() -> None:
            await anyio.to_thread.run_sync(signal.raise_signal, signal.SIGINT)
            await anyio.sleep_forever()

        await client_io.gather(WorkerPool(2), [interrupt(), anyio.sleep_forever()])

    with pytest.raises(KeyboardInterrupt):
        anyio.run(main, backend="trio")
