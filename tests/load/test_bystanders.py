"""Clients that mean harm do not keep the server from answering others."""

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from mock_process import serving

HOSTILE = Path(__file__).with_name("hostile_clients.py")
# Attacks, and the seconds of the server's processor time within which others have to be answered: real time
# would also count what else the machine does.
GROUPS = [
    (["trickle_head", "trickle_body", "stay_idle", "talk_nonsense"], 0.1),
    (["read_nothing"], 0.1),
    (["declare_100_mb", "send_100_mb_in_chunks"], 0.1),
    (["never_end_the_head"], 0.1),
    (["deep_json", "wide_json"], 0.1),
    (["wrong_items"], 0.1),
    (["long_model"], 0.2),  # nothing interrupts the parser while it reads a text of 15 MB
    (["long_text"], 0.2),  # nor here
    (["large_json"], 0.1),
    (["pipeline"], 0.1),
]
SECONDS = 6
MEMORY = 400  # MB


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Any, str]]:
    with serving("--quiet", "--credits", "1e12") as served:
        yield served


def resident(pid: int) -> int:
    """The memory that a process holds, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def processor_time(pid: int) -> float:
    """The seconds of processor time that a process has used, by its clock (clock_getcpuclockid(3))."""
    return time.clock_gettime(~pid << 3 | 2)


@pytest.mark.parametrize(("attacks", "longest"), GROUPS, ids=[" ".join(attacks) for attacks, _ in GROUPS])
def test_others_are_answered_in_time(server: tuple[Any, str], attacks: list[str], longest: float) -> None:
    process, url = server
    port = urlsplit(url).port
    assert port is not None
    waits, peak, pause = [], 0, threading.Event()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with subprocess.Popen([sys.executable, str(HOSTILE), str(port), str(SECONDS), *attacks]) as hostile:
        while hostile.poll() is None:
            began = processor_time(process.pid)
            connection.request("GET", "/v1/tasks/none", headers={"Authorization": "Bearer evolink-mock-key"})
            assert connection.getresponse().read()
            waits.append(processor_time(process.pid) - began)
            peak = max(peak, resident(process.pid))
            pause.wait(0.003)
    connection.close()
    assert hostile.returncode == 0
    assert sorted(waits)[int(len(waits) * 0.99)] <= longest
    assert peak <= MEMORY
