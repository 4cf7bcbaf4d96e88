"""Downloading a large result into a file: speed as a share of bare httpx, and memory.

Both write the same bytes from the same server, and both make sure that they are on the disk. Each download
has a process of its own, whose memory before and after is compared.
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
_BARE = """
with client.stream("GET", url + "/file.mp4") as reply, open(target, "wb") as file:
    for chunk in reply.iter_bytes():
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())
"""
_OURS = "task.download(target)"
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
    """Megabytes a second, and by how many megabytes the peak of memory grew."""
    speeds: dict[str, list[float]] = {"httpx": [], "evolink": []}
    growths: dict[str, list[float]] = {"httpx": [], "evolink": []}
    ways = {"httpx": _BARE, "evolink": _OURS}
    with running() as url, tempfile.TemporaryDirectory() as folder:
        for turn in range(ROUNDS + 1):
            for name in sorted(ways, reverse=bool(turn % 2)):
                command = [sys.executable, "-c", _PROGRAM % (ways[name], SIZE), url, f"{folder}/file.mp4"]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                seconds, growth = json.loads(done.stdout)
                if turn:  # the first one warms everything up
                    speeds[name].append(SIZE / 2**20 / seconds)
                    growths[name].append(growth)
    what = f"download of {SIZE // 2**20} MB"
    ratio = paired(speeds["evolink"], speeds["httpx"])
    extra = statistics.median(growths["evolink"]) - statistics.median(growths["httpx"])
    note = f"{extra:+.1f} MB against httpx"
    return [
        Row(what, "httpx", "MB/s", speeds["httpx"]),
        Row(what, "evolink", "MB/s", speeds["evolink"], ratio, ">= 0.95"),
        Row("its memory: growth of the peak", "httpx", "MB", growths["httpx"]),
        Row("its memory: growth of the peak", "evolink", "MB", growths["evolink"], target="<= 10", note=note),
    ]
