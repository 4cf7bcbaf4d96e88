"""One task of every vendored model against a local mock server, over real HTTP.

Starts `evolink-mock serve` on a free port, runs the tasks side by side, downloads the videos into
`demo-videos/`, and prints the properties of each file, as read back from it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import av
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

import evolink_api
from evolink import AsyncEvoLink, AsyncTask
from evolink_api.validation import Validator

CONTRACT = Path(evolink_api.__file__).parent / "contract"
TARGET = Path("demo-videos")
RESOURCE = "videos"
KEY = "demo-key"
SPEED = 100


class Request(NamedTuple):
    """A request for one model, as an object because keywords cannot spell every parameter."""

    model: str
    body: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The body."""
        return self.body


def documented_requests() -> list[Request]:
    """A documented request of every model that has one, with varying choices, so that the videos differ."""
    index = json.loads((CONTRACT / "index.json").read_text(encoding="utf-8"))
    requests = []
    for operation in index["operations"].values():
        if operation["resource"] != RESOURCE or "generation" not in operation:
            continue
        for number, (model, file) in enumerate(sorted(operation["models"].items())):
            shard = json.loads((CONTRACT / file).read_text(encoding="utf-8"))
            is_valid = Validator(shard["schema"]).is_valid
            body = next(filter(is_valid, shard["examples"]), None)
            if body is None:
                continue
            for name, schema in shard["schema"].get("properties", {}).items():
                if name not in body and "enum" in schema:
                    chosen = {**body, name: schema["enum"][number % len(schema["enum"])]}
                    body = chosen if is_valid(chosen) else body
            requests.append(Request(model, body))
    return requests


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Run a mock server in its own process until the end of the block."""
    command = [
        sys.executable,
        "-m",
        "evolink_mock",
        "serve",
        "--quiet",
        "--port",
        "0",
        "--speed",
        str(SPEED),
        "--api-key",
        KEY,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own server
    try:
        assert process.stdout is not None  # noqa: S101 - a pipe was requested
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the mock server did not start")
        yield line.split()[-1]
    finally:
        process.terminate()
        process.wait(timeout=10)


async def run(request: Request, client: AsyncEvoLink, progress: Progress, bar: TaskID) -> list[Path]:
    """Create a task, wait for it with a progress bar, download its result."""

    def show(task: AsyncTask) -> None:
        progress.update(bar, completed=task.progress or 0, status=task.status)

    task = await getattr(client, RESOURCE).generate(request, on_update=show, timeout=60)
    progress.update(bar, completed=100, status="downloading")
    paths = await task.download(TARGET / f"{request.model.replace('/', '-')}.mp4")
    progress.update(bar, status="done")
    return list(paths)


async def run_all(base_url: str) -> list[Path]:
    """Run all requests at once, with one progress line each."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[status]:<11}"),
        TimeElapsedColumn(),
    )
    async with AsyncEvoLink(KEY, base_url) as client:
        with Progress(*columns, console=Console(stderr=not sys.stdout.isatty())) as progress:
            requests = documented_requests()
            width = max(len(request.model) for request in requests)
            bars = [
                progress.add_task(f"{request.model:<{width}}", total=100, status="submitting")
                for request in requests
            ]
            results = await asyncio.gather(
                *(run(request, client, progress, bar) for request, bar in zip(requests, bars, strict=True))
            )
    return [path for paths in results for path in paths]


def describe(path: Path) -> str:
    """Size, duration, resolution and codec as read from the file."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        seconds = float(container.duration or 0) / av.time_base
        size = f"{path.stat().st_size:,} bytes"
        return f"  {size}, {seconds:.1f} s, {stream.width}x{stream.height}, {stream.codec.name}"


def main() -> int:
    """Run the demonstration."""
    TARGET.mkdir(exist_ok=True)
    with server() as base_url:
        print(f"EvoLink mock at {base_url}; a minute of the API takes {60 / SPEED:.1f} s here")
        paths = asyncio.run(run_all(base_url))
    for path in paths:
        print(path.resolve())
        print(describe(path))
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
