"""The examples run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evolink_mock import EvoLinkMock

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_low_level_client_creates_and_asks(
    evolink_mock: EvoLinkMock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVOLINK_BASE_URL", evolink_mock.base_url)
    scope: dict[str, object] = {"__name__": "example"}
    exec(compile((EXAMPLES / "low_level.py").read_text(encoding="utf-8"), "low_level.py", "exec"), scope)
    scope["main"]()  # type: ignore[operator]  # defined by the example
    output = capsys.readouterr().out
    assert "pending" in output
    assert evolink_mock.requests[-1].method == "GET"


def test_the_demo_leaves_playable_videos(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EVOLINK_")}
    command = [sys.executable, str(EXAMPLES / "demo.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    paths = [Path(line) for line in done.stdout.splitlines() if line.endswith(".mp4")]
    assert paths
    assert all(path.parent == tmp_path / "demo-videos" and path.stat().st_size > 1000 for path in paths)
