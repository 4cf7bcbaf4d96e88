"""The generated client alone: no polling, no retries, no validation; plain functions over httpx.

Usage: EVOLINK_API_KEY=... python low_level.py
"""

from __future__ import annotations

import os

import httpx

from evolink_api import Client
from evolink_api.api.tasks import get_task
from evolink_api.api.videos import create_videos_generations
from evolink_api.models import Sora2Request


def main() -> None:
    """Create one task and query it once."""
    http = httpx.Client(
        base_url=os.environ.get("EVOLINK_BASE_URL", "https://api.evolink.ai"),
        headers={"Authorization": f"Bearer {os.environ['EVOLINK_API_KEY']}"},
        timeout=30,
    )
    # The httpx client holds the key: the generated client would show it in its repr.
    client = Client(base_url=str(http.base_url)).set_httpx_client(http)
    body = Sora2Request(prompt="A cat playing piano", duration=10)
    created = create_videos_generations.sync(client=client, body=body)
    task_id = getattr(created, "id", None)  # an error reply is an object of another class without an id
    if not isinstance(task_id, str):
        raise SystemExit(f"refused: {created}")
    print(created)
    print(get_task.sync(task_id, client=client))


if __name__ == "__main__":
    main()
