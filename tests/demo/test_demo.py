"""`make demo` with a real server and tasks that take real time."""

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_demo_writes_videos(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EVOLINK_")}
    command = [sys.executable, str(EXAMPLES / "demo.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    paths = [Path(line) for line in done.stdout.splitlines() if line.endswith(".mp4")]
    assert paths
    assert all(path.parent == tmp_path / "demo-videos" and path.stat().st_size > 1000 for path in paths)
