"""An application that makes videos with requests. It knows nothing of a mock.

Usage: EVOLINK_API_KEY=… python requests_app.py "A cat playing piano" cat.mp4
"""

import os
import sys
import time
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

API = os.environ.get("EVOLINK_BASE_URL", "https://api.evolink.ai")
# Sends again what was refused or did not connect. After a lost reply (`read`) the task may exist already.
RETRIES = Retry(
    total=3, read=False, status_forcelist=[429], allowed_methods=None, respect_retry_after_header=False
)

session = requests.Session()
session.headers["Authorization"] = f"Bearer {os.environ.get('EVOLINK_API_KEY')}"
session.mount(API, HTTPAdapter(max_retries=RETRIES))


def make_video(prompt: str, path: Path, *, interval: float = 5) -> None:
    """Create a task, query it at an interval in seconds until it has ended, and save its result."""
    body = {"model": "sora-2", "prompt": prompt}
    reply = session.post(f"{API}/v1/videos/generations", json=body, timeout=60)
    reply.raise_for_status()
    task = reply.json()
    while task["status"] not in {"completed", "failed", "cancelled"}:
        time.sleep(interval)
        reply = session.get(f"{API}/v1/tasks/{task['id']}", timeout=60)
        reply.raise_for_status()
        task = reply.json()
    if task["status"] != "completed":
        raise RuntimeError(task.get("error", {}).get("code", task["status"]))
    with requests.get(task["results"][0], stream=True, timeout=60) as video:  # without the key
        video.raise_for_status()
        path.write_bytes(b"".join(video.iter_content(2**16)))


if __name__ == "__main__":
    make_video(sys.argv[1], Path(sys.argv[2]))
