"""Downloads from hosts that cut, change and lose results, in any order: a file is complete or absent."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from wrapper.fakes import KEY, FakeClock
from wrapper.http_libraries import sync_http

import evolink

LINK = "https://files.test/clip.mp4"
CONTENTS = st.binary(min_size=1, max_size=60)
CUTS = st.lists(st.integers(0, 60), max_size=4)


class Cut(httpx.SyncByteStream):
    """A body that breaks off after so many bytes."""

    def __init__(self, body: bytes, size: int) -> None:
        self._body, self._size = body, size

    def __iter__(self) -> Iterator[bytes]:
        yield self._body[: self._size]
        if self._size < len(self._body):
            raise httpx.ReadError("gone")


class Downloads(RuleBasedStateMachine):
    """One result on one host, and one file that each attempt resumes as a new process would."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "clip.mp4"
        self.versions = [b"the first"]
        self.has_ranges = True
        self.cuts: list[int] = []
        self.sent = 0

    def teardown(self) -> None:
        self._folder.cleanup()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "files.test":
            return httpx.Response(200, json={"id": "task-1", "status": "completed", "results": [LINK]})
        content, etag = self.versions[-1], f'"v{len(self.versions)}"'
        first = int(re.findall(r"\d+", request.headers["range"])[0])
        if not self.has_ranges or request.headers.get("if-range", etag) != etag:
            first = 0
        if first >= len(content):
            return httpx.Response(416)
        body = content[first:]
        headers = {"etag": etag, "content-type": "video/mp4", "content-length": str(len(body))}
        if (self.has_ranges and "if-range" not in request.headers) or first:
            headers["content-range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        size = min(self.cuts.pop(0) if self.cuts else len(body), len(body))
        self.sent += size
        status = 206 if "content-range" in headers else 200
        return httpx.Response(status, headers=headers, stream=Cut(body, size))

    def attempt(self) -> None:
        http = sync_http(transport=httpx.MockTransport(self.answer))
        client = evolink.EvoLink(KEY, http_client=http, clock=FakeClock(), max_retries=1)
        assert client.tasks.get("task-1").download(self.path) == [self.path]

    @rule(content=CONTENTS)
    def the_host_has_another_version(self, content: Any) -> None:
        self.versions.append(content)

    @rule(has_ranges=st.booleans())
    def the_host_learns_or_forgets_ranges(self, has_ranges: Any) -> None:
        self.has_ranges = has_ranges

    @rule(cuts=CUTS)
    def a_download_is_cut(self, cuts: Any) -> None:
        self.cuts = [*cuts]
        try:
            self.attempt()
        except evolink.DownloadError:
            assert cuts
        else:
            assert self.path.read_bytes() == self.versions[-1]
        self.cuts = []

    @rule()
    def a_download_is_not_cut(self) -> None:
        before, self.sent = len(self.part), 0
        state = self.path.with_name("clip.mp4.part.json")
        is_same = state.exists() and f'\\"v{len(self.versions)}\\"' in state.read_text()

        self.attempt()

        assert self.path.read_bytes() == self.versions[-1]
        if is_same and self.has_ranges:
            assert self.sent == len(self.versions[-1]) - before, "only the rest is transferred"

    @property
    def part(self) -> bytes:
        part = self.path.with_name("clip.mp4.part")
        return part.read_bytes() if part.exists() else b""

    @invariant()
    def the_file_is_complete_or_absent(self) -> None:
        assert not self.path.exists() or self.path.read_bytes() in self.versions

    @invariant()
    def nothing_else_is_left(self) -> None:
        names = {path.name for path in self.path.parent.iterdir()}
        assert names <= {"clip.mp4", "clip.mp4.part", "clip.mp4.part.json"}


TestDownloads = Downloads.TestCase
TestDownloads.settings = settings(max_examples=25, stateful_step_count=12)
