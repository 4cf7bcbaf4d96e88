"""An application that makes videos with httpx alone, and its tests, which need no network and no credits.

Usage: pytest bare_httpx_test.py
"""

import os
import time
from pathlib import Path

import httpx
import pytest

from evolink_mock import EvoLinkMock


def make_video(prompt: str, path: Path) -> None:
    """Create a task, wait for it, and save its result."""
    headers = {"Authorization": f"Bearer {os.environ['EVOLINK_API_KEY']}"}
    with httpx.Client(base_url="https://api.evolink.ai/v1", headers=headers) as api:
        reply = api.post("/videos/generations", json={"model": "sora-2", "prompt": prompt})
        task = reply.raise_for_status().json()
        while task["status"] not in {"completed", "failed"}:
            time.sleep(5)
            task = api.get(f"/tasks/{task['id']}").raise_for_status().json()
    if task["status"] == "failed":
        raise RuntimeError(task["error"]["code"])
    path.write_bytes(httpx.get(task["results"][0]).raise_for_status().content)


@pytest.fixture(autouse=True)
def virtual_sleep(evolink_mock: EvoLinkMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", evolink_mock.clock.sleep)


def test_video_is_saved(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    make_video("A cat playing piano", tmp_path / "cat.mp4")
    assert (tmp_path / "cat.mp4").read_bytes()[4:8] == b"ftyp"
    assert evolink_mock.requests[0].json == {"model": "sora-2", "prompt": "A cat playing piano"}
    assert evolink_mock.ledger.charged == 7


def test_refused_content_costs_nothing(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    evolink_mock.outcome("failed", code="content_policy_violation")
    with pytest.raises(RuntimeError, match="content_policy_violation"):
        make_video("A cat playing piano", tmp_path / "cat.mp4")
    assert evolink_mock.ledger.charged == 0


def test_key_is_not_sent_to_the_result_host(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    make_video("A cat playing piano", tmp_path / "cat.mp4")
    assert evolink_mock.requests[-1].operation == "results"
    assert "authorization" not in evolink_mock.requests[-1].headers
