"""The tests of aiohttp_app.py, which need no network and no credits.

Usage: pytest aiohttp_app_test.py
"""

import asyncio
from pathlib import Path

import aiohttp
import aiohttp_app
import pytest

from evolink_mock import EvoLinkMock

PROMPTS = ["A cat playing piano", "A dog on a surfboard"]


def test_videos_are_saved(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    paths = asyncio.run(aiohttp_app.make_videos(PROMPTS, tmp_path, interval=0))
    assert [path.read_bytes()[4:8] for path in paths] == [b"ftyp"] * 2
    assert sorted(task.body["prompt"] for task in evolink_mock.tasks) == PROMPTS
    assert evolink_mock.ledger.charged == 14


@pytest.mark.evolink_mock(credits=5)
def test_missing_credits_are_reported(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    with pytest.raises(aiohttp.ClientResponseError, match="402"):
        asyncio.run(aiohttp_app.make_videos(PROMPTS[:1], tmp_path, interval=0))
    assert len(evolink_mock.tasks) == 0


def test_refused_content_is_reported(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    evolink_mock.outcome("failed", code="content_policy_violation")
    with pytest.raises(RuntimeError, match="content_policy_violation"):
        asyncio.run(aiohttp_app.make_videos(PROMPTS[:1], tmp_path, interval=0))
