"""What a download makes of its target, and several results at once, through both clients."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from wrapper.fakes import World
from wrapper.hosts import DATA, LINK, TASK_ID, Host, Pieces, files

import evolink


def test_a_result_is_saved_at_a_path(world: World, host: Host, tmp_path: Path) -> None:
    paths = world.do(world.finished(host).download(tmp_path / "new" / "cat.mp4"))

    assert paths == [tmp_path / "new" / "cat.mp4"]
    assert paths[0].read_bytes() == DATA
    assert files(tmp_path / "new") == ["cat.mp4"]


def test_the_default_target_is_the_current_folder(
    world: World, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    world.do(world.finished(host).download())

    assert files(tmp_path) == [f"{TASK_ID}.mp4"]


def test_several_results_are_numbered(world: World, host: Host, tmp_path: Path) -> None:
    paths = world.do(world.finished(host, [LINK, LINK, LINK]).download(tmp_path / "cat.mp4"))

    assert [path.name for path in paths] == ["cat-1.mp4", "cat-2.mp4", "cat-3.mp4"]
    assert all(path.read_bytes() == DATA for path in paths)


def test_the_content_type_gives_a_missing_suffix(world: World, host: Host, tmp_path: Path) -> None:
    paths = world.do(world.finished(host, ["https://files.test/clip"]).download(tmp_path))

    assert paths[0].suffix == ".mp4"


def test_an_existing_file_is_replaced_only_by_a_complete_one(
    world: World, host: Host, tmp_path: Path
) -> None:
    path = tmp_path / "cat.mp4"
    path.write_bytes(b"older")
    host.cuts = [100] * 9

    with pytest.raises(evolink.IncompleteDownload):
        world.do(world.finished(host).download(path))
    assert path.read_bytes() == b"older"

    host.cuts = []
    world.do(world.finished(host).download(path))
    assert path.read_bytes() == DATA
    assert files(tmp_path) == ["cat.mp4"]


def test_a_result_is_written_to_a_binary_stream(world: World, host: Host) -> None:
    host.cuts = [30_000]
    stream = io.BytesIO(b"before")
    stream.seek(0, 2)

    assert world.do(world.finished(host).download(stream)) == []
    assert stream.getvalue() == b"before" + DATA


def test_a_stream_without_a_buffer_takes_a_result_in_parts(world: World, host: Host) -> None:
    class Raw(io.RawIOBase):
        content = b""

        def writable(self) -> bool:
            return True

        def write(self, chunk: Any) -> int:
            self.content += chunk[:1000]
            return min(len(chunk), 1000)

    stream: Any = Raw()
    world.do(world.finished(host).download(stream))

    assert stream.content == DATA


def test_a_stream_that_takes_no_bytes_is_a_download_error(world: World, host: Host) -> None:
    class Full(io.RawIOBase):
        def write(self, chunk: Any) -> None:
            pass

    stream: Any = Full()
    with pytest.raises(evolink.DownloadError, match="it takes no bytes now"):
        world.do(world.finished(host).download(stream))


def test_a_restart_needs_a_seekable_stream(world: World, host: Host) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.got = b""

        def writable(self) -> Any:
            return True

        def write(self, chunk: Any) -> Any:
            self.got += bytes(chunk)
            return len(chunk)

    host.cuts = [30_000]
    pipe = Pipe()
    world.do(world.finished(host).download(pipe))
    assert pipe.got == DATA

    host.cuts, host.etag = [30_000], None
    with pytest.raises(evolink.IncompleteDownload, match="start over"):
        world.do(world.finished(host).download(Pipe()))


def test_a_closed_stream_is_a_download_error(world: World, host: Host) -> None:
    stream = io.BytesIO()
    stream.close()

    with pytest.raises(evolink.DownloadError, match=r"cannot write the stream: .*closed"):
        world.do(world.finished(host).download(stream))


def test_an_error_of_the_stream_is_raised_unchanged(world: World, host: Host) -> None:
    class Broken(io.BytesIO):
        def write(self, chunk: Any) -> int:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        world.do(world.finished(host).download(Broken()))


def test_a_stream_must_be_binary_and_takes_one_result(world: World, host: Host) -> None:
    with pytest.raises(evolink.DownloadError, match="2 results"):
        world.do(world.finished(host, [LINK, LINK]).download(io.BytesIO()))
    with pytest.raises(evolink.InvalidRequest, match="binary"):
        world.do(world.finished(host).download(io.StringIO()))


@pytest.mark.parametrize(
    ("status", "words"), [("processing", "wait for it"), ("failed", "failed"), ("completed", "no results")]
)
def test_a_task_without_results_is_a_download_error(
    world: World, host: Host, tmp_path: Path, status: Any, words: Any
) -> None:
    with pytest.raises(evolink.DownloadError, match=words) as caught:
        world.do(world.finished(host, [], status=status).download(tmp_path))

    assert caught.value.task
    assert caught.value.task.id == TASK_ID


def test_progress_reports_bytes_and_total(world: World, host: Host, tmp_path: Path) -> None:
    seen = []
    host.cuts = [30_000]

    world.do(
        world.finished(host).download(tmp_path, on_progress=lambda done, total: seen.append((done, total)))
    )

    assert seen[0] == (10_000, len(DATA))
    assert seen[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_at_most_four_results_are_downloaded_at_once(world: World, host: Host, tmp_path: Path) -> None:
    under_way, most, lock = set(), [0], threading.Lock()
    barrier, async_barrier = threading.Barrier(4, timeout=60), asyncio.Barrier(4)
    links = [f"https://files.test/clip-{number}.mp4" for number in range(8)]

    class Slow(Pieces):
        def __init__(self, link: Any) -> None:
            super().__init__(link.encode())

        def __iter__(self) -> Any:
            with lock:
                under_way.add(self)
                most[0] = max(most[0], len(under_way))
            if not world.is_async:
                barrier.wait()  # passes only if four threads are here
            yield self.data
            under_way.remove(self)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in self:
                async with asyncio.timeout(60):
                    await async_barrier.wait()
                yield piece

    def answer(request: Any) -> Any:
        if request.url.path.startswith("/v1/"):
            return host(request)
        link = str(request.url)
        headers = {"content-range": f"bytes 0-{len(link) - 1}/{len(link)}", "etag": '"1"'}
        return httpx.Response(206, headers=headers, stream=Slow(link))

    task = world.finished(host, links)
    task._client = world.client(answer)
    seen: list[Any] = []
    paths = world.do(task.download(tmp_path, on_progress=lambda *numbers: seen.append(numbers)))

    assert [path.read_text() for path in paths] == links
    assert most == [4]
    total = len("".join(links))
    assert seen[-1] == (total, total)
    assert seen == sorted(seen, key=lambda numbers: numbers[0])


def test_a_failed_result_does_not_stop_the_others(world: World, host: Host, tmp_path: Path) -> None:
    links = ["https://files.test/a.mp4", "https://files.test/gone.mp4", "https://files.test/b.mp4"]

    def answer(request: Any) -> Any:
        return httpx.Response(451) if "gone" in request.url.path else host(request)

    task = world.finished(host, links)
    task._client = world.client(answer)
    with pytest.raises(evolink.DownloadError, match="451") as caught:
        world.do(task.download(tmp_path / "cat.mp4"))

    assert caught.value.task is task
    assert files(tmp_path) == ["cat-1.mp4", "cat-3.mp4"]
    assert (tmp_path / "cat-3.mp4").read_bytes() == DATA


@pytest.mark.parametrize(
    "link",
    ["https://[x/a", "https://a..b/", "https://xn--/", f"https://{'a' * 64}.test/", "https://a.test/\ud800"],
)
def test_a_link_that_is_no_address_does_not_stop_the_others(
    world: World, host: Host, tmp_path: Path, link: Any
) -> None:
    with pytest.raises(evolink.DownloadError, match="not a web address"):
        world.do(world.finished(host, [link, LINK]).download(tmp_path / "cat.mp4"))

    assert files(tmp_path) == ["cat-2.mp4"]


class Mine(evolink.EvoLinkError):
    """An error of the caller's function."""


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), Mine("mine")])
def test_an_error_in_on_progress_stops_all_downloads(
    world: World, host: Host, tmp_path: Path, error: Any
) -> None:
    def broken(received: Any, total: Any) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        world.do(world.finished(host, [LINK] * 9).download(tmp_path, on_progress=broken))

    assert caught.value is error
    assert len(host.requests) <= 4
    assert {path.suffix for path in tmp_path.iterdir()} <= {".part", ".json"}


def test_no_request_follows_an_interrupt(world: World, host: Host, tmp_path: Path) -> None:
    """Not even by threads that were waiting for the host, and go on in a process that lives on."""
    barrier, async_barrier = threading.Barrier(4, timeout=60), asyncio.Barrier(4)
    release = threading.Event()

    def interrupt(received: int, total: int | None) -> None:
        raise KeyboardInterrupt

    class Late(Pieces):
        """Hangs until the interrupt is over."""

        def __iter__(self) -> Any:
            barrier.wait()
            release.wait(60)
            yield from super().__iter__()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            await async_barrier.wait()
            await asyncio.Event().wait()
            yield b""

    class Early(Pieces):
        """Comes when all others hang."""

        def __iter__(self) -> Any:
            barrier.wait()
            yield from super().__iter__()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            await async_barrier.wait()
            for piece in super().__iter__():
                yield piece

    def answer(request: httpx.Request) -> httpx.Response:
        response: httpx.Response = host(request)
        response.stream = (Late if "/late" in request.url.path else Early)(DATA)
        return response

    task = world.finished(host, [*(f"https://files.test/late{number}" for number in range(3)), *([LINK] * 6)])
    task._client = world.client(answer)
    with pytest.raises(KeyboardInterrupt):
        world.do(task.download(tmp_path, on_progress=interrupt))
    release.set()
    for thread in threading.enumerate():
        if thread.name == "evolink":
            thread.join()

    assert len(host.requests) == 4
    assert {path.suffix for path in tmp_path.iterdir()} <= {".part", ".json"}


def test_renewed_links_are_shared_between_results(world: World, host: Host, tmp_path: Path) -> None:
    old = [f"https://files.test/old-{number}.mp4" for number in range(4)]
    task = world.finished(host, old)
    host.states = [{**host.states[0], "results": [link.replace("old", "new") for link in old]}]

    def answer(request: Any) -> Any:
        return httpx.Response(404) if "old" in request.url.path else host(request)

    task._client = world.client(answer)
    paths = world.do(task.download(tmp_path))

    assert all(path.read_bytes() == DATA for path in paths)
    assert 1 <= host.queries <= 4
