"""A scripted API that stores files, and starts tasks that are given their links."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import httpx

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
GIF = b"GIF89a" + bytes(100)
LIFE = 72 * 3600


class FilesAPI:
    """Notes what is uploaded and created."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        # The content of each upload, with the file name and the media type of its part.
        self.uploads: list[tuple[bytes, str, str]] = []
        self.fields: dict[str, str] = {}
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[httpx.Request] = []
        # Answers uploads in place of a link; it is called once for each.
        self.refusal: Callable[[], httpx.Response] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host.startswith("files-api."):
            return self._upload(request)
        self.bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"id": f"task-{len(self.bodies)}", "status": "pending"})

    async def acall(self, request: httpx.Request) -> httpx.Response:
        """As a call, for an async client that streams."""
        await request.aread()
        return self(request)

    @property
    def contents(self) -> list[bytes]:
        return [content for content, _, _ in self.uploads]

    def _upload(self, request: httpx.Request) -> httpx.Response:
        if self.refusal is not None:
            return self.refusal()
        boundary = re.search(r"boundary=(\S+)", request.headers["content-type"])
        assert boundary is not None
        for part in request.content.split(b"--" + boundary[1].encode())[1:-1]:
            head, _, content = part[2:-2].partition(b"\r\n\r\n")
            filename = re.search(rb'filename="([^"]*)"', head)
            kind = re.search(rb"Content-Type: (\S+)", head)
            name = re.search(rb' name="([^"]*)"', head)
            assert name is not None
            if filename is None:
                self.fields[name[1].decode()] = content.decode()
            else:
                assert kind is not None
                self.uploads.append((content, filename[1].decode(), kind[1].decode()))
        return httpx.Response(200, json=uploaded(len(self.uploads), self.now() + LIFE))


def uploaded(number: int, expires: float) -> dict[str, Any]:
    """The reply of an upload."""
    time = dt.datetime.fromtimestamp(expires, dt.UTC).astimezone(dt.timezone(dt.timedelta(hours=8)))
    return {
        "success": True,
        "code": 200,
        "msg": "",
        "data": {
            "file_id": f"file-{number}",
            "file_name": f"{number}.png",
            "original_name": "cat.png",
            "file_size": 108,
            "mime_type": "image/png",
            "file_url": f"https://files.example.com/{number}.png",
            "expires_at": time.isoformat(),
        },
    }
