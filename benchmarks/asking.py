"""How many requests a second `tasks.get` makes on one connection, as a share of what bare httpx makes.

Each SDK takes turns with bare httpx in one process, round by round, against a server in another process.
"""

from __future__ import annotations

import json
import subprocess
import sys

from _peers import python
from _server import running
from _table import Row, paired

ROUNDS = 9
_CALLS = 200
# What asks once how a job is, given `url`. Each parses the same reply into its own object.
_WAYS = {
    "evolink": """
from evolink import EvoLink
client = EvoLink("k" * 20, url)
ask = lambda: client.tasks.get("task-unified-1757169743-7cvnl5zw")
""",
    "openai": """
from openai import OpenAI
client = OpenAI(api_key="k" * 20, base_url=url)
ask = lambda: client.videos.retrieve("task-1")
""",
    "runwayml": """
from runwayml import RunwayML
client = RunwayML(api_key="k" * 20, base_url=url)
ask = lambda: client.tasks.retrieve("task-1")
""",
    "fal-client": """
import fal_client.client
fal_client.client.QUEUE_URL_FORMAT = url + "/"
client = fal_client.SyncClient(key="k" * 20)
ask = lambda: client.status("owner/app", "task-1")
""",
    "replicate": """
import replicate
client = replicate.Client(api_token="k" * 20, base_url=url)
ask = lambda: client.predictions.get("task-1")
""",
}
_PROGRAM = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import httpx
url, calls, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
bare = httpx.Client(headers={"Authorization": "Bearer " + "k" * 20})
raw = lambda: bare.get(url + "/v1/tasks/task-unified-1757169743-7cvnl5zw").json()
WAY
def rate(call):
    began = time.perf_counter()
    for _ in range(calls):
        call()
    return calls / (time.perf_counter() - began)
rate(raw), rate(ask)
figures = []
for turn in range(rounds):
    # Who begins changes: the machine may get busier or idler within a round.
    pair = [rate(call) for call in ((raw, ask) if turn % 2 else (ask, raw))]
    figures.append(pair if turn % 2 else pair[::-1])
print(json.dumps(figures))
"""


def measure() -> list[Row]:
    """Requests a second, and the share of bare httpx in the same process."""
    rows = []
    with running() as url:
        for name, way in _WAYS.items():
            interpreter = sys.executable if name == "evolink" else python()
            if interpreter is None:
                continue
            command = [interpreter, "-c", _PROGRAM.replace("WAY", way), url, str(_CALLS), str(ROUNDS)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name} left out: {done.stderr.strip().splitlines()[-1]}")
                continue
            raw, mine = zip(*json.loads(done.stdout), strict=True)
            if name == "evolink":
                rows.append(Row("asking for a task", "httpx", "req/s", raw))
            target = ">= 0.90" if name == "evolink" else ""
            rows.append(Row("asking for a task", name, "req/s", mine, paired(mine, raw), target))
    return rows
