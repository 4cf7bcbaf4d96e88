"""An application that makes videos with aiohttp, several at once. It knows nothing of a mock.

Usage: EVOLINK_API_KEY=… python aiohttp_app.py folder "A cat playing piano" "A dog on a surfboard"
"""

import asyncio
import os
import sys
from pathlib import Path

import aiohttp

API = "https://api.evolink.ai"


async def make_video(session: aiohttp.ClientSession, prompt: str, path: Path, interval: float) -> None:
    """Create a task, query it at an interval in seconds until it has ended, and save its result."""
    body = {"model": "sora-2", "prompt": prompt}
    async with session.post(f"{API}/v1/videos/generations", json=body) as reply:
        task = await reply.json()
    while task["status"] not in {"completed", "failed", "cancelled"}:
        await asyncio.sleep(interval)
        async with session.get(f"{API}/v1/tasks/{task['id']}") as reply:
            task = await reply.json()
    if task["status"] != "completed":
        raise RuntimeError(task.get("error", {}).get("code", task["status"]))
    async with aiohttp.ClientSession() as anyone, anyone.get(task["results"][0]) as video:  # without the key
        await asyncio.to_thread(path.write_bytes, await video.read())


async def make_videos(prompts: list[str], folder: Path, *, interval: float = 5) -> list[Path]:
    """Make a video of each prompt and return their paths."""
    paths = [folder / f"{number}.mp4" for number in range(len(prompts))]
    headers = {"Authorization": f"Bearer {os.environ['EVOLINK_API_KEY']}"}
    async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as session:
        jobs = zip(prompts, paths, strict=True)
        await asyncio.gather(*(make_video(session, prompt, path, interval) for prompt, path in jobs))
    return paths


if __name__ == "__main__":
    print(*asyncio.run(make_videos(sys.argv[2:], Path(sys.argv[1]))), sep="\n")
