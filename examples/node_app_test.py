"""The tests of node_app.mjs, which need Node.js, but no network and no credits.

Usage: pytest node_app_test.py
"""

import subprocess
from pathlib import Path

from evolink_mock import EvoLinkMock

APPLICATION = Path(__file__).with_name("node_app.mjs")


def run(path: Path) -> "subprocess.CompletedProcess[str]":
    """Run the application, which finds address and key of the mock in its environment."""
    command = ["node", str(APPLICATION), "A cat playing piano", str(path), "0"]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command


def test_video_is_saved(evolink_mock_server: EvoLinkMock, tmp_path: Path) -> None:
    done = run(tmp_path / "cat.mp4")
    assert done.stdout.strip() == evolink_mock_server.tasks[0].id, done.stderr
    assert (tmp_path / "cat.mp4").read_bytes()[4:8] == b"ftyp"
    assert evolink_mock_server.requests[0].json["prompt"] == "A cat playing piano"
    assert evolink_mock_server.ledger.charged == 7


def test_refused_content_is_reported(evolink_mock_server: EvoLinkMock, tmp_path: Path) -> None:
    evolink_mock_server.outcome("failed", code="content_policy_violation")
    done = run(tmp_path / "cat.mp4")
    assert (done.returncode, done.stderr.strip()) == (1, "content_policy_violation")


def test_busy_api_is_reported(evolink_mock_server: EvoLinkMock, tmp_path: Path) -> None:
    evolink_mock_server.fault(status=429)
    assert run(tmp_path / "cat.mp4").stderr.strip() == "rate_limit_exceeded"
