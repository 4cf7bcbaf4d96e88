"""Requests per second of `tasks.get` on one connection, as a share of raw httpx.

Each SDK takes turns with raw httpx in one process, against a server in another process.
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
# A query of one task, given `url`. Each SDK parses the same reply into its own object.
_SETUPS = {
    "evolink": """
from evolink import EvoLink
client = EvoLink("k" * 20, url)
query = lambda: client.tasks.get("task-unified-1757169743-7cvnl5zw")
""",
    "openai": """
from openai import OpenAI
client = OpenAI(api_key="k" * 20, base_url=url)
query = lambda: client.videos.retrieve("task-1")
""",
    "runwayml": """
from runwayml import RunwayML
client = RunwayML(api_key="k" * 20, base_url=url)
query = lambda: client.tasks.retrieve("task-1")
""",
    "fal-client": """
import fal_client.client
fal_client.client.QUEUE_URL_FORMAT = url + "/"
client = fal_client.SyncClient(key="k" * 20)
query = lambda: client.status("owner/app", "task-1")
""",
    "replicate": """
import replicate
client = replicate.Client(api_token="k" * 20, base_url=url)
query = lambda: client.predictions.get("task-1")
""",
}
_PROGRAM = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import httpx
url, calls, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
http = httpx.Client(headers={"Authorization": "Bearer " + "k" * 20})
raw = lambda: http.get(url + "/v1/tasks/task-unified-1757169743-7cvnl5zw").json()
SETUP
def rate(call):
    began = time.perf_counter()
    for _ in range(calls):
        call()
    return calls / (time.perf_counter() - began)
rate(raw), rate(query)
figures = []
for turn in range(rounds):
    # The order alternates: the load of the machine may change within a round.
    pair = [rate(call) for call in ((raw, query) if turn % 2 else (query, raw))]
    figures.append(pair if turn % 2 else pair[::-1])
print(json.dumps(figures))
"""


def measure() -> list[Row]:
    """Requests per second, and the share of raw httpx in the same process."""
    rows = []
    with running() as url:
        for name, setup in _SETUPS.items():
            interpreter = sys.executable if name == "evolink" else python()
            if interpreter is None:
                continue
            command = [interpreter, "-c", _PROGRAM.replace("SETUP", setup), url, str(_CALLS), str(ROUNDS)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name} skipped: {done.stderr.strip().splitlines()[-1]}")
                continue
            raw, rates = zip(*json.loads(done.stdout), strict=True)
            if name == "evolink":
                rows.append(Row("tasks.get on one connection", "httpx", "req/s", raw))
            target = ">= 0.95" if name == "evolink" else ""
            rows.append(Row("tasks.get on one connection", name, "req/s", rates, paired(rates, raw), target))
    return rows
