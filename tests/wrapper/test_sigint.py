"""Ctrl-C at random moments of real processes: whatever the mock saw paid is named by what a person sees."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from mock_process import serving

TRIALS = int(os.environ.get("EVOLINK_SIGINT_TRIALS", "200"))
# The mock remembers this many requests; a trial sends fewer than twenty.
_BATCH = 40
_SCRIPT = Path(__file__).with_name("sigint_trials.py")
_KEY = "evolink-mock-key"
_WAIT = """
import sys
from evolink import EvoLink


class Clock:
    time = 0.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


with EvoLink("k" * 20, sys.argv[1], timeout=60, clock=Clock()) as client:
    states = [{"id": f"task-{number}", "status": "x"} for number in range(150)]
    client.tasks.wait_all(map(client.callbacks.parse, states), poll_interval=1)  # three requests at once
"""


def posted(url: str) -> dict[str, str | None]:
    """The id of the task of each idempotency key that the mock has seen."""
    requests = httpx.get(f"{url}/_mock/requests", trust_env=False, timeout=60).json()
    return {
        request["headers"]["idempotency-key"]: request["task_id"]
        for request in requests
        if "idempotency-key" in request["headers"]
    }


def trials(url: str, body: dict[str, Any], folder: Path, seed: int, count: int) -> list[dict[str, Any]]:
    folder.mkdir()
    arguments = (url, _KEY, json.dumps(body), folder, seed, count)
    subprocess.run([sys.executable, _SCRIPT, *map(str, arguments)], check=True, timeout=300)
    return [json.loads((folder / f"{number}.json").read_text()) for number in range(count)]


@pytest.mark.slow
def test_ctrl_c_ends_a_wait_for_many_tasks_while_the_host_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as host:
        command = (sys.executable, "-c", _WAIT, f"http://127.0.0.1:{host.getsockname()[1]}")
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            connections = [host.accept() for _ in range(3)]  # all polls are under way
            process.send_signal(signal.SIGINT)
            _, seen = process.communicate(timeout=50)  # less than the timeout of a request
        for connection, _ in connections:
            connection.close()

    assert seen.rstrip().endswith("task-48, task-49, and 100 more.")
    assert "KeyboardInterrupt" in seen


@pytest.mark.slow
def test_a_process_that_is_interrupted_names_what_was_paid_for(
    example: dict[str, Any], tmp_path: Path
) -> None:
    lost = []
    interrupted = 0
    with serving("--quiet", "--speed", "600", "--credits", "1000000") as (_, url):
        for seed, start in enumerate(range(0, TRIALS, _BATCH)):
            httpx.post(f"{url}/_mock/reset", trust_env=False, timeout=60)
            found = trials(url, example, tmp_path / str(seed), seed, min(_BATCH, TRIALS - start))
            seen_by_mock = posted(url)
            for trial in found:
                if trial["has_returned"] or not trial["has_begun"]:
                    continue
                interrupted += 1
                assert "KeyboardInterrupt" in trial["seen"], trial
                if trial["key"] in seen_by_mock:
                    task_id = seen_by_mock[trial["key"]]
                    if trial["key"] not in trial["seen"] and str(task_id) not in trial["seen"]:
                        lost.append(trial)
                elif "in guard" not in trial["seen"]:
                    continue  # before the call has taken note of its tasks, which the caller knows
                elif trial["waited"] and not any(task_id in trial["seen"] for task_id in trial["waited"]):
                    lost.append(trial)

    assert not lost, "\n".join(f"{trial}\n{trial['seen']}" for trial in lost)
    assert interrupted >= TRIALS // 10  # the others ended before the signal, or had not begun
