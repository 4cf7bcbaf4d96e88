"""The download of one result: requests to the host, resuming, and when it gives up."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from wrapper.fakes import KEY, World
from wrapper.hosts import DATA, LINK, TASK_ID, Host, Pieces, files

import evolink
from evolink._contract import index
from evolink._downloads import policy, sink, target

TTL = index.contract().result_ttl or 0.0


class TestResuming:
    def test_an_interrupted_download_is_resumed(self, world: World, host: Host, tmp_path: Path) -> None:
        host.cuts = [30_000, 20_000]

        (path,) = world.do(world.finished(host).download(tmp_path))

        assert path.read_bytes() == DATA
        assert host.asked == ["bytes=0-", "bytes=30000-", "bytes=50000-"]
        assert host.requests[1].headers["if-range"] == '"v1"'
        assert len(world.clock.sleeps) == 2

    def test_max_retries_limits_resuming(self, world: World, host: Host, tmp_path: Path) -> None:
        host.cuts = [1000] * 9

        with pytest.raises(evolink.IncompleteDownload, match="3000 of 102400 bytes") as caught:
            world.do(world.finished(host, max_retries=2).download(tmp_path / "cat.mp4"))

        assert len(host.requests) == 3
        assert caught.value.task
        assert caught.value.task.id == TASK_ID
        assert files(tmp_path) == ["cat.mp4.part", "cat.mp4.part.json"]

    def test_another_process_resumes_and_leaves_only_the_file(
        self, world: World, host: Host, tmp_path: Path
    ) -> None:
        host.cuts = [50_000]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(world.finished(host, max_retries=0).download(tmp_path / "cat.mp4"))
        host.requests.clear()

        world.do(world.finished(host, max_retries=0).download(tmp_path / "cat.mp4"))

        assert host.asked == ["bytes=50000-"]
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert files(tmp_path) == ["cat.mp4"]

    @pytest.mark.parametrize("ignores_if_range", [False, True])
    def test_a_changed_result_is_downloaded_from_the_start(
        self, world: World, host: Host, tmp_path: Path, ignores_if_range: Any
    ) -> None:
        host.cuts = [50_000]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(world.finished(host, max_retries=0).download(tmp_path / "cat.mp4"))
        host.data, host.etag, host.ignores_if_range = DATA[::-1], '"v2"', ignores_if_range

        world.do(world.finished(host, max_retries=1).download(tmp_path / "cat.mp4"))

        assert (tmp_path / "cat.mp4").read_bytes() == DATA[::-1]

    def test_a_complete_part_needs_no_request(self, world: World, host: Host, tmp_path: Path) -> None:
        host.cuts = [len(DATA) - 1]
        with pytest.raises(evolink.IncompleteDownload):
            world.do(world.finished(host, max_retries=0).download(tmp_path / "cat.mp4"))
        with (tmp_path / "cat.mp4.part").open("ab") as part:
            part.write(DATA[-1:])
        host.requests.clear()

        world.do(world.finished(host).download(tmp_path / "cat.mp4"))

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
    def test_a_part_of_unknown_origin_is_discarded(
        self, world: World, host: Host, tmp_path: Path, state: bytes
    ) -> None:
        (tmp_path / "cat.mp4.part").write_bytes(b"x" * 5000)
        (tmp_path / "cat.mp4.part.json").write_bytes(state)

        world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert host.asked == ["bytes=0-"]
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert files(tmp_path) == ["cat.mp4"]

    def test_a_host_without_ranges_starts_over(self, world: World, host: Host, tmp_path: Path) -> None:
        host.ranges, host.cuts = False, [30_000]

        (path,) = world.do(world.finished(host).download(tmp_path))

        assert path.read_bytes() == DATA

    def test_a_host_without_validator_starts_over(self, world: World, host: Host, tmp_path: Path) -> None:
        host.etag, host.cuts = None, [30_000]

        (path,) = world.do(world.finished(host).download(tmp_path))

        assert path.read_bytes() == DATA
        assert host.asked == ["bytes=0-", "bytes=0-"]

    def test_partial_responses_in_series_are_no_interruption(
        self, world: World, host: Host, tmp_path: Path
    ) -> None:
        host.limit = 7_000

        (path,) = world.do(world.finished(host, max_retries=0).download(tmp_path))

        assert path.read_bytes() == DATA
        assert world.clock.sleeps == []

    def test_two_downloads_do_not_write_one_file(self, world: World, host: Host, tmp_path: Path) -> None:
        path = target.DownloadTarget(tmp_path, "cat", ".mp4", may_guess_suffix=False)
        first = sink.FileSink(path, TASK_ID, 0)
        first.open()

        with pytest.raises(evolink.DownloadError, match="another download"):
            world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert host.requests == []
        first.start(policy.ResumeInfo('"v1"', 5), 0)
        first.write(b"first")
        first.commit()
        assert (tmp_path / "cat.mp4").read_bytes() == b"first"
        world.do(world.finished(host).download(tmp_path / "cat.mp4"))
        assert (tmp_path / "cat.mp4").read_bytes() == DATA

    @pytest.mark.parametrize("etag", ['"caf\xe9"', '"\u2615"'])
    def test_a_validator_that_no_header_can_carry_is_ignored(
        self, world: World, host: Host, tmp_path: Path, etag: Any
    ) -> None:
        host.etag, host.cuts = etag, [30_000, 20_000]

        with pytest.raises(evolink.IncompleteDownload):
            world.do(world.finished(host, max_retries=0).download(tmp_path / "cat.mp4"))
        world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert host.asked == ["bytes=0-"] * 3

    def test_a_part_with_a_validator_that_no_header_can_carry_is_discarded(
        self, world: World, host: Host, tmp_path: Path
    ) -> None:
        state = {"task": TASK_ID, "result": 0, "validator": '"\xe9"', "total": len(DATA), "type": ""}
        (tmp_path / "cat.mp4.part").write_bytes(b"x" * 5000)
        (tmp_path / "cat.mp4.part.json").write_text(json.dumps(state))

        world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert (tmp_path / "cat.mp4").read_bytes() == DATA


class TestTimeLimit:
    def test_a_download_ends_with_its_timeout(self, world: World, host: Host, tmp_path: Path) -> None:
        task = world.finished(host)
        host.each_piece = lambda: world.clock.advance(10)

        with pytest.raises(
            evolink.DownloadTimeout, match="not complete after 25 s: 30000 of 102400"
        ) as caught:
            world.do(task.download(tmp_path / "cat.mp4", timeout=25))

        assert isinstance(caught.value, TimeoutError)
        world.do(task.download(tmp_path / "cat.mp4", timeout=3600))
        assert host.asked == ["bytes=0-", "bytes=30000-"]
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert caught.value.task is task

    def test_no_attempt_begins_after_the_timeout(self, world: World, host: Host, tmp_path: Path) -> None:
        task = world.finished(host, [LINK] * 9)
        host.answers = [httpx.Response(503, headers={"retry-after": "30"}) for _ in range(9)]

        with pytest.raises(evolink.DownloadTimeout, match="not complete after 20 s: the host answered 503"):
            world.do(task.download(tmp_path, timeout=20))

        assert world.clock.sleeps == []
        assert len(host.requests) == 9
        assert files(tmp_path) == []

    def test_requests_may_last_as_long_as_the_time_left(
        self, world: World, host: Host, tmp_path: Path
    ) -> None:
        world.do(world.finished(host).download(tmp_path / "cat.mp4", timeout=7))

        assert host.requests[0].extensions["timeout"]["read"] == 7

    def test_a_complete_result_is_kept_whatever_the_time(
        self, world: World, host: Host, tmp_path: Path
    ) -> None:
        task = world.finished(host)
        host.each_piece = lambda: world.clock.advance(1)

        world.do(task.download(tmp_path / "cat.mp4", timeout=11))

        assert (tmp_path / "cat.mp4").read_bytes() == DATA

    @pytest.mark.parametrize("timeout", [-1, float("nan"), "10"])
    def test_a_timeout_is_a_number_of_seconds(
        self, world: World, host: Host, tmp_path: Path, timeout: Any
    ) -> None:
        with pytest.raises(evolink.InvalidRequest, match="timeout"):
            world.do(world.finished(host).download(tmp_path, timeout=timeout))


class TestSizes:
    @pytest.mark.parametrize("ranges", [True, False])
    def test_a_result_of_unknown_size_needs_permission(
        self, world: World, host: Host, tmp_path: Path, ranges: Any
    ) -> None:
        host.hides_total, host.ranges = True, ranges

        with pytest.raises(evolink.IncompleteDownload, match="size"):
            world.do(world.finished(host).download(tmp_path / "cat.mp4"))
        assert files(tmp_path) == []

        world.do(world.finished(host).download(tmp_path / "cat.mp4", allow_unknown_size=True))
        assert (tmp_path / "cat.mp4").read_bytes() == DATA
        assert files(tmp_path) == ["cat.mp4"]

    def test_too_many_bytes_are_an_error(self, world: World, host: Host, tmp_path: Path) -> None:
        host.answers = [
            httpx.Response(
                206, headers={"content-range": "bytes 0-9/10", "etag": '"v1"'}, stream=Pieces(DATA)
            )
        ]

        with pytest.raises(evolink.IncompleteDownload, match="more than"):
            world.do(world.finished(host, max_retries=0).download(tmp_path / "cat.mp4"))

        assert files(tmp_path) == []

    def test_too_few_bytes_are_resumed(self, world: World, host: Host, tmp_path: Path) -> None:
        host.answers = [
            httpx.Response(
                206,
                headers={"content-range": f"bytes 0-{len(DATA) - 1}/{len(DATA)}", "etag": '"v1"'},
                stream=Pieces(DATA[:40_000]),
            )
        ]

        (path,) = world.do(world.finished(host).download(tmp_path))

        assert path.read_bytes() == DATA
        assert host.asked == ["bytes=0-", "bytes=40000-"]


class TestLinks:
    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_an_expired_link_is_renewed_once(
        self, world: World, host: Host, tmp_path: Path, status: Any
    ) -> None:
        task = world.finished(host)
        host.states = [{"id": TASK_ID, "status": "completed", "results": ["https://other.test/clip.mp4"]}]
        host.answers = [httpx.Response(status)]

        world.do(task.download(tmp_path / "cat.mp4"))

        assert host.queries == 1
        assert host.requests[-1].url.host == "other.test"
        assert (tmp_path / "cat.mp4").read_bytes() == DATA

    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_a_renewed_link_that_has_expired_is_an_error(
        self, world: World, host: Host, tmp_path: Path, status: Any
    ) -> None:
        task = world.finished(host)
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
    def test_an_expired_link_without_replacement_is_an_error(
        self, world: World, host: Host, tmp_path: Path, state: Any
    ) -> None:
        task = world.finished(host, max_retries=0)
        host.states = [state]
        host.answers = [httpx.Response(403)]

        with pytest.raises(evolink.ResultExpired):
            world.do(task.download(tmp_path))

    def test_an_old_link_is_renewed_before_use(self, world: World, host: Host, tmp_path: Path) -> None:
        task = world.finished(host)
        world.clock.advance(TTL + 1)

        world.do(task.download(tmp_path))

        assert host.queries == 1

    def test_an_old_link_is_used_if_it_cannot_be_renewed(
        self, world: World, host: Host, tmp_path: Path
    ) -> None:
        task = world.finished(host, max_retries=0)
        host.states = [500]
        world.clock.advance(TTL + 1)

        (path,) = world.do(task.download(tmp_path))

        assert path.read_bytes() == DATA

    def test_a_part_is_resumed_from_a_renewed_link(self, world: World, host: Host, tmp_path: Path) -> None:
        host.cuts = [50_000]
        task = world.finished(host, max_retries=0)
        with pytest.raises(evolink.IncompleteDownload):
            world.do(task.download(tmp_path / "cat.mp4"))
        host.answers = [httpx.Response(403)]

        world.do(task.download(tmp_path / "cat.mp4"))

        assert host.queries == 1
        assert host.asked == ["bytes=0-", "bytes=50000-", "bytes=50000-"]
        assert (tmp_path / "cat.mp4").read_bytes() == DATA


class TestRedirects:
    def test_redirects_are_followed_without_the_key(self, world: World, host: Host, tmp_path: Path) -> None:
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
            assert KEY not in str(request.headers.raw)

    def test_redirects_are_limited(self, world: World, host: Host, tmp_path: Path) -> None:
        host.answers = [httpx.Response(302, headers={"location": LINK})] * 6

        with pytest.raises(evolink.DownloadError, match="5 redirects"):
            world.do(world.finished(host).download(tmp_path))

        assert len(host.requests) == 6

    @pytest.mark.parametrize(
        "location",
        ["file:///etc/passwd", "https://[x/a", "https://a..b/", "https://xn--/", f"https://{'a' * 64}.test/"],
    )
    def test_a_redirect_to_no_address_is_a_download_error(
        self, world: World, host: Host, tmp_path: Path, location: Any
    ) -> None:
        host.answers = [httpx.Response(302, headers={"location": location}) for _ in range(3)]

        with pytest.raises(evolink.DownloadError, match=r"not a web address|not HTTP"):
            world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert files(tmp_path) == []


class TestHosts:
    def test_a_compressed_result_is_refused_unread(self, world: World, host: Host, tmp_path: Path) -> None:
        class Bomb(Pieces):
            def __iter__(self) -> Any:
                raise AssertionError("nobody reads this")

        headers = {"content-encoding": "gzip, gzip", "content-length": "2500"}
        host.answers = [httpx.Response(200, headers=headers, stream=Bomb(b""))]

        with pytest.raises(evolink.DownloadError, match="compresses"):
            world.do(world.finished(host).download(tmp_path / "cat.mp4", allow_unknown_size=True))

    def test_a_closed_client_is_an_error(self, world: World, host: Host, tmp_path: Path) -> None:
        task = world.finished(host)
        world.do(task._client.aclose() if world.is_async else task._client.close())
        world.do(task._client._io.close_http())

        with pytest.raises(evolink.EvoLinkError, match="closed"):
            world.do(task.download(tmp_path / "cat.mp4"))

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_busy_host_is_retried(self, world: World, host: Host, tmp_path: Path, status: Any) -> None:
        host.answers = [httpx.Response(status, headers={"retry-after": "9"}), httpx.Response(status)]

        world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert world.clock.sleeps[0] == 9
        assert (tmp_path / "cat.mp4").read_bytes() == DATA

    @pytest.mark.parametrize("status", [400, 401, 451])
    def test_a_refusing_host_is_not_retried(
        self, world: World, host: Host, tmp_path: Path, status: Any
    ) -> None:
        host.answers = [httpx.Response(status)]

        with pytest.raises(evolink.DownloadError) as caught:
            world.do(world.finished(host).download(tmp_path / "cat.mp4"))

        assert (caught.value.status, len(host.requests)) == (status, 1)
        assert files(tmp_path) == []

    def test_an_unreachable_host_is_a_download_error(self, world: World, host: Host, tmp_path: Path) -> None:
        task = world.finished(host, max_retries=1)
        host.answers = [httpx.Response(200, stream=Pieces(b"", httpx.ReadTimeout("slow")))] * 2

        with pytest.raises(evolink.DownloadError) as caught:
            world.do(task.download(tmp_path / "cat.mp4", allow_unknown_size=True))

        assert caught.value.__context__ is None

    def test_a_web_page_instead_of_a_video_is_rejected(
        self, world: World, host: Host, tmp_path: Path
    ) -> None:
        host.kind = "text/html"

        with pytest.raises(evolink.DownloadError, match="web page"):
            world.do(world.finished(host).download(tmp_path / "cat.mp4"))
