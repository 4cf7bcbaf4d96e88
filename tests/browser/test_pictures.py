"""The pictures of the page in docs/: taken again by EVOLINK_UPDATE=1."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from document_tree import ROOT
from playwright.sync_api import Page, expect

from .conftest import Served

MAX_BYTES = 150_000
PROMPTS = (
    "A paper boat drifts down a rainy street",
    "Slow pan over a mountain lake at dawn",
    "A cat plays the piano in an empty theatre",
    "Timelapse of a city from day to night",
    "A lighthouse in a storm, seen from the sea",
)
PLAY_FROM_THE_MIDDLE = """async video => {
    await video.play();
    video.currentTime = video.duration / 2;
    await new Promise(done => video.ontimeupdate = () => {
        if (video.currentTime > video.duration / 2) done();
    });
    video.pause();
}"""


@pytest.fixture
def busy_mock(served: Served) -> Served:
    """A mock in the middle of some work."""
    served.task(prompt=PROMPTS[0])
    served.client.post("/_mock/outcomes", json={"outcome": "failed"})
    served.task(prompt=PROMPTS[1])
    task = served.engine.account.tasks.get(served.task(prompt=PROMPTS[2]))
    assert task is not None
    served.engine.clock.step(task.seconds * 1.1)
    served.post(prompt=None)
    served.task(prompt=PROMPTS[3])
    served.engine.clock.step(task.seconds * 0.64)
    served.client.post("/_mock/faults", json={"status": 503})
    served.post()
    served.task(prompt=PROMPTS[4])
    served.client.post("/_mock/faults", json={"status": 429, "times": 2})
    return served


def keep(page: Page, name: str, tmp_path: Path) -> None:
    """Take a picture; it replaces the one in docs/ if that is wanted, and must have its size if not."""
    path = ROOT / "docs" / name
    taken = path if os.environ.get("EVOLINK_UPDATE") else tmp_path / name
    page.screenshot(path=taken, animations="disabled")
    assert size(taken) == size(path)
    assert path.stat().st_size <= MAX_BYTES


def size(path: Path) -> Any:
    return struct.unpack(">II", path.read_bytes()[16:24])


def test_picture_of_tasks(busy_mock: Served, open_page: Callable[..., Page], tmp_path: Path) -> None:
    viewport = {"width": 1200, "height": 680}
    page = open_page(busy_mock.url, viewport=viewport, timezone_id="UTC", color_scheme="light")
    row = page.get_by_role("listitem").filter(has_text=PROMPTS[2])
    row.get_by_role("button").first.click()
    video = page.get_by_label("Result 1")
    video.evaluate(PLAY_FROM_THE_MIDDLE)
    video.hover()
    expect(page.get_by_label("Reply to a query")).to_be_visible()
    keep(page, "mock-page.png", tmp_path)


def test_picture_of_requests(busy_mock: Served, open_page: Callable[..., Page], tmp_path: Path) -> None:
    viewport = {"width": 400, "height": 760}
    page = open_page(busy_mock.url, viewport=viewport, timezone_id="UTC", color_scheme="dark")
    expect(page.get_by_role("listitem").filter(has_text=PROMPTS[4])).to_be_visible()
    keep(page, "mock-page-phone.png", tmp_path)
