"""A download that is interrupted anywhere can be resumed, and says how."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from wrapper.fakes import KEY, AsyncFakeClock, FakeClock
from wrapper.hosts import TASK_ID, Host
from wrapper.http_libraries import async_http, sync_http

import evolink
from evolink import _downloads

PACKAGE = str(Path(_downloads.__file__).parent)
DATA = bytes(range(250)) * 100
KINDS = ["sync", "asyncio", "trio"]
COUNTS = [1, 2]
NOTHING = contextlib.nullcontext()
# Left to the garbage collector: by httpx generators that it has not exhausted, of which trio warns, and by an
# interrupt between two lines the file or the coroutine that the first has made.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")


class SteppedIO:
    """The I/O of a client, which calls a function before and after each step."""

    def __init__(self, client_io: Any, step: Callable[[], Any]) -> None:
        self._io, self._step = client_io, step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._io, name)

    async def send(self, *arguments: Any, **options: Any) -> Any:
        await self._step()
        return await self._io.send(*arguments, **options)

    async def stream_to(self, response: httpx.Response, write: Any) -> None:
        async def stepped(chunk: bytes) -> Any:
            await self._step()
            result = await write(chunk)
            await self._step()
            return result

        await self._io.stream_to(response, stepped)

    async def run_in_thread(self, function: Any, *, is_cleanup: bool = False) -> Any:
        if not is_cleanup:  # from which no cancellation keeps it
            await self._step()
        result = await self._io.run_in_thread(function, is_cleanup=is_cleanup)
        if not is_cleanup:
            await self._step()
        return result

    async def sleep(self, seconds: float) -> None:
        await self._step()
        await self._io.sleep(seconds)


class Attempt:
    """Downloads in a folder, from a host that breaks off once, with an interrupt at one step."""

    def __init__(self, kind: str, count: int, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.steps = 0
        self.caught: BaseException | None = None
        self.host = Host(DATA)
        self.host.cuts = [5_000]
        links = [f"https://files.test/{number}.mp4" for number in range(count)]
        self.host.states = [{"id": TASK_ID, "status": "completed", "results": links}]
        self.names = [f"cat-{number + 1}.mp4" for number in range(count)] if count > 1 else ["cat.mp4"]

    def run(self, interrupt_at: int | None = None, *, around: Any = NOTHING) -> None:
        if self.kind == "sync":
            self._run_sync(interrupt_at, around)
        else:
            anyio.run(self._run_async, interrupt_at, backend=self.kind)

    def _run_sync(self, interrupt_at: int | None, around: Any) -> None:
        async def step() -> None:
            self.steps += 1
            if self.steps == interrupt_at:
                raise KeyboardInterrupt

        http = sync_http(transport=httpx.MockTransport(self.host))
        task: Any = evolink.EvoLink(KEY, http_client=http, clock=FakeClock()).tasks.get(TASK_ID)
        task._client._io = SteppedIO(task._client._io, step)
        try:
            with around:
                task.download(self.folder / "cat.mp4")
        except KeyboardInterrupt as error:
            self.caught = error

    async def _run_async(self, interrupt_at: int | None) -> None:
        async def step() -> None:
            self.steps += 1
            if self.steps == interrupt_at:
                scope.cancel()
                await anyio.lowlevel.checkpoint()

        async with async_http(transport=httpx.MockTransport(self.host)) as http:
            client = evolink.AsyncEvoLink(KEY, http_client=http, clock=AsyncFakeClock())
            task: Any = await client.tasks.get(TASK_ID)
            task._client._io = SteppedIO(task._client._io, step)
            with anyio.CancelScope() as scope:
                try:
                    await task.download(self.folder / "cat.mp4")
                except anyio.get_cancelled_exc_class() as error:
                    self.caught = error
                    raise

    def check_parts(self) -> dict[str, int]:
        """What can be resumed: each part has a state, and the first bytes of the result."""
        sizes = {}
        for part in self.folder.glob("*.part"):
            content = part.read_bytes()
            assert content == DATA[: len(content)]
            assert part.with_name(f"{part.name}.json").exists() or not content
            sizes[part.stem] = len(content)
        return sizes

    def check_resumed(self) -> None:
        """The same call completes the results, and requests no byte again that a part has."""
        sizes = self.check_parts()
        for name in self.names:
            (self.folder / name).unlink(missing_ok=True)
        again = Attempt(self.kind, len(self.names), self.folder)
        again.host.cuts = []

        again.run()

        assert {path.name: path.read_bytes() for path in self.folder.iterdir()} == dict.fromkeys(
            self.names, DATA
        )
        expected = sorted(
            f"bytes={sizes.get(name, 0)}-" for name in self.names if sizes.get(name) != len(DATA)
        )
        assert sorted(again.host.asked) == expected


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_download_interrupted_at_any_step_is_resumed(kind: str, count: int, tmp_path: Path) -> None:
    complete = Attempt(kind, count, tmp_path)
    complete.run()
    assert complete.steps > 10 * count

    for number in range(1, complete.steps + 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        attempt = Attempt(kind, count, folder)
        attempt.run(number)

        assert all(attempt.check_parts().values()), "an empty part is removed"
        assert len(list(folder.glob("*.json"))) == len(list(folder.glob("*.part"))), "with its state"
        if attempt.caught is not None and attempt.host.requests:
            (note,) = attempt.caught.__notes__
            assert f"task {TASK_ID}: " in note
            assert f"of {count} results are complete" in note
            assert "call download again with the same target to resume" in note
        attempt.check_resumed()


class Tracer:
    """Raises KeyboardInterrupt before one line of the package's code for downloads.

    Attributes:
        lines: All lines that were run.
    """

    def __init__(self, interrupt_at: int | None = None) -> None:
        self.lines: list[tuple[str, int]] = []
        self._interrupt_at = interrupt_at

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *error: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: Any, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            self.lines.append((frame.f_code.co_filename, frame.f_lineno))
            if len(self.lines) == self._interrupt_at:
                raise KeyboardInterrupt
        return self._trace


@pytest.mark.slow
def test_a_download_interrupted_at_any_line_is_resumed(tmp_path: Path) -> None:
    """As Ctrl-C may do it."""
    tracer = Tracer()
    Attempt("sync", 1, tmp_path).run(around=tracer)
    numbers = {line: number for number, line in enumerate(tracer.lines, 1)}  # where each is run last
    assert len(numbers) > 100

    for number in numbers.values():
        attempt = Attempt("sync", 1, tmp_path / str(number))
        attempt.run(around=Tracer(number))

        if attempt.caught is not None and attempt.host.requests:
            assert f"task {TASK_ID}: " in attempt.caught.__notes__[0]
        attempt.folder.mkdir(exist_ok=True)
        attempt.check_resumed()
