"""A result host that breaks off, sends wrong headers or loses results, as a test configures it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

DATA = bytes(range(256)) * 400
TASK_ID = "task-unified-1757169743-7cvnl5zw"
LINK = "https://files.test/videos/clip.mp4?sig=abc"


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces, which may break off."""

    def __init__(self, data: Any, breaks: Any = None, each_piece: Any = None) -> None:
        self.data = data
        self.breaks = breaks
        self.each_piece = each_piece

    def __iter__(self) -> Any:
        for start in range(0, len(self.data), 10_000):
            if self.each_piece is not None:
                self.each_piece()
            yield self.data[start : start + 10_000]
        if self.breaks is not None:
            raise self.breaks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


class Host:
    """A result host: serves ranges, and breaks off where `cuts` says."""

    def __init__(self, data: Any = DATA, etag: Any = '"v1"', kind: Any = "video/mp4") -> None:
        self.data = data
        self.etag = etag
        self.kind = kind
        self.cuts: list[Any] = []  # for each reply: after how many bytes it breaks off
        self.ranges = True
        self.limit: int | None = None  # the longest piece that one reply serves
        self.hides_total = False
        self.ignores_if_range = False
        self.each_piece: Any = None  # called before each piece of a body
        self.answers: list[httpx.Response] = []  # replies to give before any of these
        self.requests: list[httpx.Request] = []
        self.states: list[Any] = []  # what the task query answers, the last again and again
        self.queries = 0

    def __call__(self, request: Any) -> Any:
        if request.url.path.startswith("/v1/"):
            self.queries += 1
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return (
                httpx.Response(state)
                if isinstance(state, int)
                else httpx.Response(200, content=json.dumps(state))
            )
        self.requests.append(request)
        if self.answers:
            return self.answers.pop(0)
        start = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
        condition = request.headers.get("if-range")
        if condition not in {None, self.etag} and not self.ignores_if_range:
            start = 0
        headers: Any = {"content-type": self.kind}
        if self.etag:
            headers["etag"] = self.etag.encode()
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
        return httpx.Response(status, headers=headers, stream=Pieces(body, breaks, self.each_piece))

    @property
    def asked(self) -> Any:
        return [request.headers["range"] for request in self.requests]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
