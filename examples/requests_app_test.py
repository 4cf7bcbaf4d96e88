"""The tests of requests_app.py, which need no network and no credits.

Usage: pytest requests_app_test.py
"""

import os
from pathlib import Path

import pytest
import requests

from evolink_mock import EvoLinkMock

# The application reads it when it is imported; a real key would do as well.
os.environ.setdefault("EVOLINK_API_KEY", "any-key")

import requests_app


def test_video_is_saved(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    requests_app.make_video("A cat playing piano", tmp_path / "cat.mp4", interval=0)
    assert (tmp_path / "cat.mp4").read_bytes()[4:8] == b"ftyp"
    assert evolink_mock.requests[0].json == {"model": "sora-2", "prompt": "A cat playing piano"}
    assert "authorization" not in evolink_mock.requests[-1].headers
    assert evolink_mock.ledger.charged == 7


def test_refused_requests_are_sent_again(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    evolink_mock.fault(status=429, times=2)
    requests_app.make_video("A cat playing piano", tmp_path / "cat.mp4", interval=0)
    assert len(evolink_mock.tasks) == 1


def test_lost_reply_is_not_paid_twice(evolink_mock: EvoLinkMock, tmp_path: Path) -> None:
    evolink_mock.fault(disconnect="after", operation="create")
    with pytest.raises(requests.ConnectionError):
        requests_app.make_video("A cat playing piano", tmp_path / "cat.mp4", interval=0)
    assert len(evolink_mock.tasks) == 1
