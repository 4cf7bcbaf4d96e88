"""Downloading a large result into a file: speed as a share of raw httpx, and memory.

Both write the same bytes from the same server and sync them to disk. Each download runs in its own process,
whose memory before and after is compared.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile

from _server import SIZE, running
from _table import Row, paired

ROUNDS = 9
_HTTPX = """
with client.stream("GET", url + "/file.mp4") as reply, open(target, "wb") as file:
    for chunk in reply.iter_bytes():
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())
"""
_EVOLINK = "task.download(target)"
_PROGRAM = """
import json, os, resource, sys, time
import httpx
from evolink import EvoLink
url, target = sys.argv[1:]
client = httpx.Client()
client.get(url + "/v1/tasks/done")
task = EvoLink("k" * 20, url).tasks.get("done")
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before, began = peak(), time.perf_counter()
%s
print(json.dumps([time.perf_counter() - began, (peak() - before) / 1024]))
assert os.path.getsize(target) == %d
"""


def measure() -> list[Row]:
    """Megabytes per second, and the growth of peak memory in megabytes."""
    speeds: dict[str, list[float]] = {"httpx": [], "evolink": []}
    growths: dict[str, list[float]] = {"httpx": [], "evolink": []}
    programs = {"httpx": _HTTPX, "evolink": _EVOLINK}
    with running() as url, tempfile.TemporaryDirectory() as folder:
        for turn in range(ROUNDS + 1):
            for name in sorted(programs, reverse=bool(turn % 2)):
                command = [sys.executable, "-c", _PROGRAM % (programs[name], SIZE), url, f"{folder}/file.mp4"]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                seconds, growth = json.loads(done.stdout)
                if turn:  # the first round is a warm-up
                    speeds[name].append(SIZE / 2**20 / seconds)
                    growths[name].append(growth)
    what = f"download of {SIZE // 2**20} MB"
    ratio = paired(speeds["evolink"], speeds["httpx"])
    memory = "download: growth of peak memory"
    extra = statistics.median(growths["evolink"]) - statistics.median(growths["httpx"])
    note = f"{extra:+.1f} MB against httpx"
    return [
        Row(what, "httpx", "MB/s", speeds["httpx"]),
        Row(what, "evolink", "MB/s", speeds["evolink"], ratio, ">= 0.95"),
        Row(memory, "httpx", "MB", growths["httpx"]),
        Row(memory, "evolink", "MB", growths["evolink"], target="<= 10", note=note),
    ]
