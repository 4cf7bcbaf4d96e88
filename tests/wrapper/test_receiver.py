"""The receiver of the examples: what it believes, and what it does once."""

import asyncio
import runpy
from pathlib import Path
from typing import Any

import httpx
import pytest

from evolink import EvoLink
from evolink_mock import EvoLinkMock

EXAMPLE = Path(__file__).parents[2] / "examples" / "callback_receiver.py"


@pytest.fixture
def deliver(evolink_mock: EvoLinkMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sends bodies to the receiver, all at once, and returns the statuses of its replies."""
    monkeypatch.chdir(tmp_path)
    example = runpy.run_path(str(EXAMPLE))

    async def post(bodies: Any) -> list[int]:
        transport = httpx.ASGITransport(example["app"])
        async with example["client"], httpx.AsyncClient(transport=transport, base_url="http://me") as http:
            replies = await asyncio.gather(*(http.post("/evolink", content=body) for body in bodies))
        return [reply.status_code for reply in replies]

    return lambda *bodies: asyncio.run(post(bodies))


def test_repeated_deliveries_are_handled_once(
    deliver: Any, evolink_mock: EvoLinkMock, example: dict[str, Any], tmp_path: Path
) -> None:
    with EvoLink() as client:
        task = client.videos.generate(**example)
    body = httpx.Response(200, json=dict(task.raw)).content

    assert deliver(body, body, body) == [204, 204, 204]
    assert [path.name for path in (tmp_path / "videos").iterdir()] == [f"{task.id}.mp4"]
    links = [request for request in evolink_mock.requests if request.operation == "results"]
    assert len(links) == 1


def test_forged_deliveries_are_rejected(
    deliver: Any, evolink_mock: EvoLinkMock, example: dict[str, Any], tmp_path: Path
) -> None:
    with EvoLink() as client:
        running = client.videos.create(**example)
    evil = '"status": "completed", "results": ["https://evil.test/a.mp4"]'

    assert (
        deliver(
            b"",
            b"[]",
            b"\xff",
            f'{{"id": "{running.id[:-3]}xyz", {evil}}}'.encode(),
            f'{{"id": "../../credits", {evil}}}'.encode(),
        )
        == [400] * 5
    )
    assert list(tmp_path.iterdir()) == []


def test_a_running_task_is_not_handled_as_done(
    deliver: Any, evolink_mock: EvoLinkMock, example: dict[str, Any], tmp_path: Path
) -> None:
    with EvoLink() as client:
        running = client.videos.create(**example)

    assert deliver(
        f'{{"id": "{running.id}", "status": "completed", "results": ["https://evil.test/a"]}}'
    ) == [204]
    assert list(tmp_path.iterdir()) == []
