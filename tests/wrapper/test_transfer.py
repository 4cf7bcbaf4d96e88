"""Downloads through both clients: what ends up where, and what the host gets to see."""

import asyncio
import io
import json
import os
import stat
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

import evolink
from evolink import _contract, _sinks
from evolink._download import Place

DATA = bytes(range(256)) * 400
TTL = _contract.contract().result_ttl or 0.0
LINK = "https://files.test/videos/clip.mp4?sig=abc"
TASK_ID = "task-unified-1757169743-7cvnl5zw"


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces, which may break off."""

    def __init__(self, data: Any, breaks: Any = None) -> None:
        self.data = data
        self.breaks = breaks

    def __iter__(self) -> Any:
        for start in range(0, len(self.data), 10_000):
            yield self.data[start : start + 10_000]
        if self.breaks is not None:
            raise self.breaks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


class Host:
    """A result host: serves ranges, and breaks off where it is told to."""

    def __init__(self, data: Any = DATA, etag: Any = '"v1"', kind: Any = "video/mp4") -> None:
        self.data = data
        self.etag = etag
        self.kind = kind
        self.cuts: list[int | None] = []  # for each reply: after how many bytes it breaks off
        self.ranges = True
        self.limit = None  # the longest piece that one reply serves
        self.hides_total = False
        self.ignores_if_range = False
        self.answers: list[httpx.Response] = []  # replies to give before any of these
        self.requests: list[httpx.Request] = []
        self.states: list[Any] = []  # what the task query answers, the last again and again
        self.queries = 0

    def __call__(self, request: Any) -> Any:
        if request.url.path.startswith("/v1/"):
            self.queries += 1
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return httpx.Response(state) if isinstance(state, int) else httpx.Response(200, json=state)
        self.requests.append(request)
        if self.answers:
            return self.answers.pop(0)
        start = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
        condition = request.headers.get("if-range")
        if condition not in {None, self.etag} and not self.ignores_if_range:
            start = 0
        headers = {"content-type": self.kind}
        if self.etag:
            headers["etag"] = self.etag
        if not self.ranges or (start == 0 and condition is not None):
            body = self.data
            if not self.hides_total:
                headers["content-length"] = str(len(body))
            status = 200
        else:
            end = len(self.data) if self.limit is None else min(len(self.data), start + self.limit)
            body = self.data[start:end]
            total = "*" if self.hides_total else len(self.data)
            headers["content-range"] = f"bytes {start}-{end - 1}/{total}"
            status = 206
        breaks = None
        if self.cuts and (cut := self.cuts.pop(0)) is not None:
            body, breaks = body[:cut], httpx.RemoteProtocolError("peer closed connection")
        return httpx.Response(status, headers=headers, stream=Pieces(body, breaks))

    @property
    def asked(self) -> Any:
        return [request.headers["range"] for request in self.requests]


@pytest.fixture
def host() -> Any:
    return Host()


@pytest.fixture
def finished(world: Any, host: Any) -> Any:
    """Makes a completed task whose results are on the host."""

    def make(links: Any = (LINK,), status: Any = "completed", **options: Any) -> Any:
        state = {"id": TASK_ID, "status": status, "results": list(links), "created": world.clock.now()}
        host.states = host.states or [state]
        task = world.do(world.client(host, **options).tasks.get(TASK_ID))
        host.queries = 0
        return task

    return make


def files(folder: Any) -> Any:
    return sorted(path.name for path in folder.iterdir())


def test_a_result_ends_up_in_a_path(world: Any, host: Any, finished: Any, tmp_path: Any) -> None:
    paths = world.do(finished().download(tmp_path / "new" / "cat.mp4"))

    assert paths == [tmp_path / "new" / "cat.mp4"]
    assert paths[0].read_bytes() == DATA
    assert files(tmp_path / "new") == ["cat.mp4"]


def test_a_result_ends_up_in_a_folder_under_the_tasks_name(
    world: Any, host: Any, finished: Any, tmp_path: Any
) -> None:
    paths = world.do(finished().download(f"{tmp_path}/out/"))

    assert paths == [tmp_path / "out" / f"{TASK_ID}.mp4"]
    assert paths[0].read_bytes() == DATA


def test_a_result_ends_up_here_if_nothing_is_said(
    world: Any, host: Any, finished: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)

    world.do(finished().download())

    assert files(tmp_path) == [f"{TASK_ID}.mp4"]


def test_several_results_are_numbered(world: Any, host: Any, finished: Any, tmp_path: Any) -> None:
    paths = world.do(finished([LINK, LINK, LINK]).download(tmp_path / "cat.mp4"))

    assert [path.name for path in paths] == ["cat-1.mp4", "cat-2.mp4", "cat-3.mp4"]
    assert all(path.read_bytes() == DATA for path in paths)


def test_a_suffix_follows_from_the_type_if_the_link_has_none(
    world: Any, host: Any, finished: Any, tmp_path: Any
) -> None:
    paths = world.do(finished(["https://files.test/clip"]).download(tmp_path))

    assert paths[0].suffix == ".mp4"


def test_an_older_file_is_replaced_only_by_a_whole_one(
    world: Any, host: Any, finished: Any, tmp_path: Any
) -> None:
    path = tmp_path / "cat.mp4"
    path.write_bytes(b"older")
    host.cuts = [100] * 9

    with pytest.raises(evolink.IncompleteDownload):
        world.do(finished().download(path))
    assert path.read_bytes() == b"older"

    host.cuts = []
    world.do(finished().download(path))
    assert path.read_bytes() == DATA
    assert files(tmp_path) == ["cat.mp4"]


def test_a_binary_stream_takes_the_result(world: Any, host: Any, finished: Any) -> None:
    host.cuts = [30_000]
    stream = io.BytesIO(b"before")
    stream.seek(0, 2)

    assert world.do(finished().download(stream)) == []
    assert stream.getvalue() == b"before" + DATA


def test_a_stream_that_cannot_go_back_is_told_if_it_would_have_to(
    world: Any, host: Any, finished: Any
) -> None:
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
    world.do(finished().download(pipe))
    assert pipe.got == DATA

    host.cuts, host.etag = [30_000], None
    with pytest.raises(evolink.IncompleteDownload, match="start over"):
        world.do(finished().download(Pipe()))


def test_a_stream_takes_one_result_and_bytes(world: Any, host: Any, finished: Any) -> None:
    with pytest.raises(evolink.DownloadError, match="2 results"):
        world.do(finished([LINK, LINK]).download(io.BytesIO()))
    with pytest.raises(evolink.InvalidRequest, match="binary"):
        world.do(finished().download(io.StringIO()))


@pytest.mark.parametrize(
    ("status", "words"), [("processing", "wait for it"), ("failed", "failed"), ("completed", "no results")]
)
def test_without_results_there_is_nothing_to_download(
    world: Any, host: Any, finished: Any, tmp_path: Any, status: Any, words: Any
) -> None:
    with pytest.raises(evolink.DownloadError, match=words) as caught:
        world.do(finished([], status=status).download(tmp_path))

    assert caught.value.task
    assert caught.value.task.id == TASK_ID


def test_progress_tells_bytes_and_total(world: Any, host: Any, finished: Any, tmp_path: Any) -> None:
    seen = []
    host.cuts = [30_000]

    world.do(finished().download(tmp_path, on_progress=lambda done, total: seen.append((done, total))))

    assert seen[0] == (10_000, len(DATA))
    assert seen[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


class TestResuming:
    def test_a_cut_is_gone_on_with(self, world: Any, host: Any, finished: Any, tmp_path: Any) -> None:
        host.cuts = [30_000, 20_000]

        (path,) = world.do(finished().download(tmp_path))

        assert path.read_bytes() == DATA
        assert host.asked == ["bytes=0-", "bytes=30000-", "bytes=50000-"]
        assert host.requests[1].headers["if-range"] == '"v1"'
        assert len(world.clock.sleeps) == 2

    def test_only_so_often(self, world: Any, host: Any, finished: Any, tmp_path: Any) -> None:
        host.cuts = [1000] * 9

        with pytest.raises(evolink.IncompleteDownload, match="3000 of 102400 bytes") as caught:
            world.do(finished(max_retries=2).download(tmp_path / "cat.mp4"))

        assert len(host.requests) == 3
        assert caught.value.task
        assert caught.value.task.id == TASK_ID
        assert files(tmp_path) == ["cat.mp4.part", "cat.mp4.part.json"]

    def test_another_process_goes_on_and_leaves_nothing(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        host.cuts = [50_000]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(finished(max_retries=0).download(tmp_path / "cat.mp4"))
        host.requests.clear()

        world.do(finished(max_retries=0).download(tmp_path / "cat.mp4"))

        assert host.asked == ["bytes=50000-"]
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert files(tmp_path) == ["cat.mp4"]

    @pytest.mark.parametrize("ignores_if_range", [False, True])
    def test_a_result_that_has_changed_is_taken_whole(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, ignores_if_range: Any
    ) -> None:
        host.cuts = [50_000]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(finished(max_retries=0).download(tmp_path / "cat.mp4"))
        host.data, host.etag, host.ignores_if_range = DATA[::-1], '"v2"', ignores_if_range

        world.do(finished(max_retries=1).download(tmp_path / "cat.mp4"))

        assert (tmp_path / "cat.mp4").read_bytes() == DATA[::-1]

    def test_a_part_that_is_whole_needs_no_host(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        host.cuts = [len(DATA) - 1]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(finished(max_retries=0).download(tmp_path / "cat.mp4"))
        with (tmp_path / "cat.mp4.part").open("ab") as part:
            part.write(DATA[-1:])
        host.requests.clear()

        world.do(finished().download(tmp_path / "cat.mp4"))

        assert host.requests == []
        assert (tmp_path / "cat.mp4").read_bytes() == DATA

    @pytest.mark.parametrize(
        "state",
        [
            b"",
            b"{",
            b"[]",
            b'{"task": "another", "result": 0, "validator": "\\"v1\\"", "total": 102400, "type": ""}',
            b'{"task": "%s", "result": 1, "validator": "\\"v1\\"", "total": 102400, "type": ""}'
            % TASK_ID.encode(),
            b'{"task": "%s", "result": 0, "validator": null, "total": 102400, "type": ""}' % TASK_ID.encode(),
            b'{"task": "%s", "result": 0, "validator": "\\"v1\\"", "total": 10, "type": ""}'
            % TASK_ID.encode(),
        ],
    )
    def test_a_part_of_which_nothing_certain_is_known_is_begun_anew(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, state: Any
    ) -> None:
        (tmp_path / "cat.mp4.part").write_bytes(b"x" * 5000)
        (tmp_path / "cat.mp4.part.json").write_bytes(state)

        world.do(finished().download(tmp_path / "cat.mp4"))

        assert host.asked == ["bytes=0-"]
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert files(tmp_path) == ["cat.mp4"]

    def test_a_host_without_ranges_starts_over(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        host.ranges, host.cuts = False, [30_000]

        (path,) = world.do(finished().download(tmp_path))

        assert path.read_bytes() == DATA

    def test_a_host_without_validator_starts_over(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        host.etag, host.cuts = None, [30_000]

        (path,) = world.do(finished().download(tmp_path))

        assert path.read_bytes() == DATA
        assert host.asked == ["bytes=0-", "bytes=0-"]

    def test_a_host_that_serves_in_pieces_is_no_cut(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        host.limit = 7_000

        (path,) = world.do(finished(max_retries=0).download(tmp_path))

        assert path.read_bytes() == DATA
        assert world.clock.sleeps == []

    def test_two_downloads_do_not_write_one_file(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        seen: list[int] = []

        def second(done: Any, total: Any) -> None:
            if not seen:
                seen.append(done)
                sink = _sinks.FileSink(place, TASK_ID, 0)
                with pytest.raises(evolink.DownloadError, match="another download"):
                    sink.open()

        place = Place(tmp_path, "cat", ".mp4", is_open=False)
        world.do(finished().download(tmp_path / "cat.mp4", on_progress=second))

        assert seen
        assert (tmp_path / "cat.mp4").read_bytes() == DATA


class TestSizes:
    @pytest.mark.parametrize("ranges", [True, False])
    def test_a_result_without_a_total_is_not_trusted(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, ranges: Any
    ) -> None:
        host.hides_total, host.ranges = True, ranges

        with pytest.raises(evolink.IncompleteDownload, match="size"):
            world.do(finished().download(tmp_path / "cat.mp4"))
        assert files(tmp_path) == []

        world.do(finished().download(tmp_path / "cat.mp4", allow_unknown_size=True))
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert files(tmp_path) == ["cat.mp4"]

    def test_more_than_was_announced_is_not_taken(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        host.answers = [
            httpx.Response(
                206, headers={"content-range": "bytes 0-9/10", "etag": '"v1"'}, stream=Pieces(DATA)
            )
        ]

        with pytest.raises(evolink.IncompleteDownload, match="more than"):
            world.do(finished(max_retries=0).download(tmp_path / "cat.mp4"))

        assert files(tmp_path) == []

    def test_less_than_was_announced_is_gone_on_with(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        host.answers = [
            httpx.Response(
                206,
                headers={"content-range": f"bytes 0-{len(DATA) - 1}/{len(DATA)}", "etag": '"v1"'},
                stream=Pieces(DATA[:40_000]),
            )
        ]

        (path,) = world.do(finished().download(tmp_path))

        assert path.read_bytes() == DATA
        assert host.asked == ["bytes=0-", "bytes=40000-"]


class TestLinks:
    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_an_expired_link_is_renewed_once(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, status: Any
    ) -> None:
        task = finished()
        host.states = [{"id": TASK_ID, "status": "completed", "results": ["https://other.test/clip.mp4"]}]
        host.answers = [httpx.Response(status)]

        world.do(task.download(tmp_path / "cat.mp4"))

        assert host.queries == 1
        assert host.requests[-1].url.host == "other.test"
        assert (tmp_path / "cat.mp4").read_bytes() == DATA

    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_and_then_has_expired(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, status: Any
    ) -> None:
        task = finished()
        host.answers = [httpx.Response(status)] * 2

        with pytest.raises(evolink.ResultExpired) as caught:
            world.do(task.download(tmp_path / "cat.mp4"))

        assert host.queries == 1
        assert (caught.value.status, caught.value.task) == (status, task)
        assert files(tmp_path) == []

    @pytest.mark.parametrize(
        "state",
        [
            404,
            500,
            {"id": TASK_ID, "status": "completed", "results": []},
            {"id": TASK_ID, "status": "completed"},
        ],
    )
    def test_a_task_without_a_new_link_has_expired_too(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, state: Any
    ) -> None:
        task = finished(max_retries=0)
        host.states = [state]
        host.answers = [httpx.Response(403)]

        with pytest.raises(evolink.ResultExpired):
            world.do(task.download(tmp_path))

    def test_a_link_that_is_older_than_links_live_is_renewed_before_it_is_tried(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        task = finished()
        world.clock.advance(TTL + 1)

        world.do(task.download(tmp_path))

        assert host.queries == 1

    def test_an_old_link_is_tried_if_there_is_no_new_one(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        task = finished(max_retries=0)
        host.states = [500]
        world.clock.advance(TTL + 1)

        (path,) = world.do(task.download(tmp_path))

        assert path.read_bytes() == DATA

    def test_a_part_is_gone_on_with_from_a_renewed_link(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        task = finished()
        host.cuts = [50_000]
        world.do(task.download(tmp_path / "cat.mp4"))
        assert host.asked == ["bytes=0-", "bytes=50000-"]

    @pytest.mark.parametrize("link", ["file:///etc/passwd", "ftp://files.test/a", "data:,x", "/relative", ""])
    def test_a_link_that_is_no_web_address_is_not_followed(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, link: Any
    ) -> None:
        with pytest.raises(evolink.DownloadError):
            world.do(finished([link], max_retries=0).download(tmp_path / "cat.mp4"))

        assert host.requests == []
        assert files(tmp_path) == []


class TestRedirects:
    def test_they_are_followed_with_nothing_of_the_key(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, key: Any
    ) -> None:
        host.answers = [
            httpx.Response(302, headers={"location": "//cdn.test/a"}),
            httpx.Response(307, headers={"location": "/b"}),
        ]
        http = world.http(
            transport=httpx.MockTransport(host),
            headers={"Authorization": "Basic mine", "X-Own": "1"},
            auth=("user", "password"),
            cookies={"session": "1"},
        )
        host.states = [{"id": TASK_ID, "status": "completed", "results": [LINK]}]
        task = world.do(world.client(http_client=http).tasks.get(TASK_ID))

        world.do(task.download(tmp_path))

        assert [str(request.url) for request in host.requests] == [
            LINK,
            "https://cdn.test/a",
            "https://cdn.test/b",
        ]
        for request in host.requests:
            assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding", "range"}
            assert request.headers["user-agent"].startswith("evolink-client/")
            assert key not in str(request.headers.raw)

    def test_but_not_for_ever(self, world: Any, host: Any, finished: Any, tmp_path: Any) -> None:
        host.answers = [httpx.Response(302, headers={"location": LINK})] * 6

        with pytest.raises(evolink.DownloadError, match="5 redirects"):
            world.do(finished().download(tmp_path))

        assert len(host.requests) == 6

    def test_nor_to_anything_but_a_web_address(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        host.answers = [httpx.Response(302, headers={"location": "file:///etc/passwd"})]

        with pytest.raises(evolink.DownloadError, match="no web address"):
            world.do(finished().download(tmp_path))


class TestHosts:
    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_one_that_is_busy_is_asked_again(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, status: Any
    ) -> None:
        host.answers = [httpx.Response(status, headers={"retry-after": "9"}), httpx.Response(status)]

        world.do(finished().download(tmp_path / "cat.mp4"))

        assert world.clock.sleeps[0] == 9
        assert (tmp_path / "cat.mp4").read_bytes() == DATA

    @pytest.mark.parametrize("status", [400, 401, 451])
    def test_one_that_refuses_is_not(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, status: Any
    ) -> None:
        host.answers = [httpx.Response(status)]

        with pytest.raises(evolink.DownloadError) as caught:
            world.do(finished().download(tmp_path / "cat.mp4"))

        assert (caught.value.status, len(host.requests)) == (status, 1)
        assert files(tmp_path) == []

    def test_one_that_cannot_be_reached_is_a_download_error(
        self, world: Any, finished: Any, host: Any, tmp_path: Any
    ) -> None:
        task = finished(max_retries=1)
        host.answers = [httpx.Response(200, stream=Pieces(b"", httpx.ReadTimeout("slow")))] * 2

        with pytest.raises(evolink.DownloadError) as caught:
            world.do(task.download(tmp_path / "cat.mp4", allow_unknown_size=True))

        assert caught.value.__context__ is None

    def test_a_web_page_in_place_of_a_video_is_refused(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        host.kind = "text/html"

        with pytest.raises(evolink.DownloadError, match="web page"):
            world.do(finished().download(tmp_path / "cat.mp4"))


class TestDisks:
    def test_a_folder_that_cannot_be_written_is_told(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        (tmp_path / "file").write_bytes(b"")

        with pytest.raises(evolink.DownloadError, match="cannot write"):
            world.do(finished().download(tmp_path / "file" / "cat.mp4"))

    def test_a_full_disk_is_told_and_the_part_stays(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, monkeypatch: Any
    ) -> None:
        task = finished()
        write = _sinks.FileSink.write

        def full(sink: Any, chunk: Any) -> None:
            if sink.offset >= 30_000:
                with _sinks._told("the disk"):
                    raise OSError(28, "No space left on device")
            write(sink, chunk)

        monkeypatch.setattr(_sinks.FileSink, "write", full)
        with pytest.raises(evolink.DownloadError, match="No space left") as caught:
            world.do(task.download(tmp_path / "cat.mp4"))
        assert not isinstance(caught.value, evolink.IncompleteDownload)
        assert len(host.requests) == 1
        assert files(tmp_path) == ["cat.mp4.part", "cat.mp4.part.json"]

        monkeypatch.undo()
        world.do(task.download(tmp_path / "cat.mp4"))
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert host.asked[-1] == "bytes=30000-"

    def test_a_fault_in_the_progress_function_is_the_callers_own(
        self, world: Any, host: Any, finished: Any, tmp_path: Any
    ) -> None:
        def broken(done: Any, total: Any) -> None:
            raise LookupError("mine")

        with pytest.raises(LookupError, match="mine"):
            world.do(finished().download(tmp_path / "cat.mp4", on_progress=broken))

        world.do(finished().download(tmp_path / "cat.mp4"))
        assert (tmp_path / "cat.mp4").read_bytes() == DATA

    def test_files_have_the_usual_rights(self, world: Any, host: Any, finished: Any, tmp_path: Any) -> None:
        old = os.umask(0o027)
        try:
            (path,) = world.do(finished().download(tmp_path))
        finally:
            os.umask(old)

        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_what_is_kept_beside_a_part_is_neither_link_nor_key(
        self, world: Any, host: Any, finished: Any, tmp_path: Any, key: Any
    ) -> None:
        host.cuts = [1000]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(finished(max_retries=0).download(tmp_path / "cat.mp4"))

        kept = (tmp_path / "cat.mp4.part.json").read_text()
        assert "sig=abc" not in kept
        assert key not in kept
        assert json.loads(kept)["total"] == len(DATA)


def test_several_results_come_at_once_but_not_too_many(
    world: Any, host: Any, finished: Any, tmp_path: Any
) -> None:
    under_way, most, lock = set(), [0], threading.Lock()
    four = threading.Barrier(4, timeout=10)
    links = [f"https://files.test/clip-{number}.mp4" for number in range(8)]

    class Slow(Pieces):
        def __init__(self, link: Any) -> None:
            super().__init__(link.encode())

        def __iter__(self) -> Any:
            with lock:
                under_way.add(self)
                most[0] = max(most[0], len(under_way))
            if not world.is_async:
                four.wait()  # passes only if four threads are here
            yield self.data
            under_way.remove(self)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in self:
                for _ in range(20):
                    await asyncio.sleep(0)
                yield piece

    def answer(request: Any) -> Any:
        if request.url.path.startswith("/v1/"):
            return host(request)
        link = str(request.url)
        headers = {"content-range": f"bytes 0-{len(link) - 1}/{len(link)}", "etag": '"1"'}
        return httpx.Response(206, headers=headers, stream=Slow(link))

    task = finished(links)
    task._client = world.client(answer)
    seen: list[Any] = []
    paths = world.do(task.download(tmp_path, on_progress=lambda *numbers: seen.append(numbers)))

    assert [path.read_text() for path in paths] == links
    assert most == [4]
    whole = len("".join(links))
    assert seen[-1] == (whole, whole)
    assert seen == sorted(seen, key=lambda numbers: numbers[0])


def test_one_result_that_fails_leaves_the_others_alone(
    world: Any, host: Any, finished: Any, tmp_path: Any
) -> None:
    links = ["https://files.test/a.mp4", "https://files.test/gone.mp4", "https://files.test/b.mp4"]

    def answer(request: Any) -> Any:
        return httpx.Response(451) if "gone" in request.url.path else host(request)

    task = finished(links)
    task._client = world.client(answer)
    with pytest.raises(evolink.DownloadError, match="451") as caught:
        world.do(task.download(tmp_path / "cat.mp4"))

    assert caught.value.task is task
    assert files(tmp_path) == ["cat-1.mp4", "cat-3.mp4"]
    assert (tmp_path / "cat-3.mp4").read_bytes() == DATA


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_a_fault_in_the_callers_function_stops_all(
    world: Any, host: Any, finished: Any, tmp_path: Any, error: Any
) -> None:
    def broken(received: Any, total: Any) -> None:
        raise error

    with pytest.raises(type(error)):
        world.do(finished([LINK] * 9).download(tmp_path, on_progress=broken))

    assert len(host.requests) <= 4
    assert {path.suffix for path in tmp_path.iterdir()} <= {".part", ".json"}


def test_new_links_are_asked_for_once_for_all(world: Any, host: Any, finished: Any, tmp_path: Any) -> None:
    old = [f"https://files.test/old-{number}.mp4" for number in range(4)]
    task = finished(old)
    host.states = [{**host.states[0], "results": [link.replace("old", "new") for link in old]}]

    def answer(request: Any) -> Any:
        return httpx.Response(404) if "old" in request.url.path else host(request)

    task._client = world.client(answer)
    paths = world.do(task.download(tmp_path))

    assert all(path.read_bytes() == DATA for path in paths)
    assert 1 <= host.queries <= 4
