"""A minimal server in its own process that serves a task or a large file.

python _server.py
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 200 * 2**20
_CHUNK = bytes(2**20)
_HEAD = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n"
# The fields that each SDK needs to read it as one of its own running tasks.
_TASK = {
    "id": "task-unified-1757169743-7cvnl5zw",
    "object": "video",
    "model": "sora-2",
    "version": "1",
    "status": "processing",
    "progress": 40,
    "created": 1757169743,
    "created_at": "2026-11-21T10:00:00Z",
    "createdAt": "2026-11-21T10:00:00Z",
    "task_info": {"estimated_time": 300},
    "type": "video",
    "input": {},
    "urls": {},
    "logs": "",
    "metrics": {},
}


class _Connection(asyncio.Protocol):
    _transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._left = 0
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        if b" /file" not in head:
            # fal-client expects another status and other logs.
            override = {"status": "IN_PROGRESS", "logs": []} if b"/requests/" in head else {}
            done = {"status": "completed", "results": [f"http://127.0.0.1:{self._port()}/file.mp4"]}
            body = json.dumps({**_TASK, **override, **(done if b"/done" in head else {})})
            self._transport.write(_HEAD % (b"200 OK", b"application/json", len(body), b"") + body.encode())
            return
        found = re.search(rb"bytes=(\d+)-", head)
        start = int(found[1]) if found else 0
        extra = b'ETag: "1"\r\nContent-Range: bytes %d-%d/%d\r\n' % (start, SIZE - 1, SIZE)
        status = b"206 Partial Content" if found else b"200 OK"
        self._transport.write(_HEAD % (status, b"video/mp4", SIZE - start, extra if found else b""))
        self._left = SIZE - start
        self.resume_writing()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        while self._left and not self._is_paused:
            piece = _CHUNK[: self._left]
            self._left -= len(piece)
            self._transport.write(piece)

    def _port(self) -> int:
        port: int = self._transport.get_extra_info("sockname")[1]
        return port


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Run the server until the end of the block; yields its address."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True) as server:
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline() if server.stdout else '')}"
        finally:
            server.kill()


async def _main() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
