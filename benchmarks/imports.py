"""The time of `import`, of the first client object and of further ones, each in a new process, in turns."""

from __future__ import annotations

import subprocess
import sys

from _peers import ENVIRONMENT, PEERS, python
from _table import Row, paired

ROUNDS = 7
_CLIENT_ROUNDS = 21
_TIMED = "import time; began = time.perf_counter(); {}; print((time.perf_counter() - began) * 1000)"
_CLIENTS = {
    "httpx.Client()": "import httpx; httpx.Client()",
    "evolink": "from evolink import EvoLink; EvoLink('k' * 20)",
}
_FURTHER = 20
# A program that makes first clients, then times further ones.
_FURTHER_CLIENTS = """
import time
from evolink import EvoLink
import httpx
made = [httpx.Client(), EvoLink("k" * 20)]
def timed(make):
    began = time.perf_counter()
    made.extend(make() for _ in range({count}))
    return (time.perf_counter() - began) * 1000 / {count}
print(timed(httpx.Client), timed(lambda: EvoLink("k" * 20)))
"""


def measure() -> list[Row]:
    """Imports alone, and imports with a first client."""
    peers = python()
    ours = {"evolink": sys.executable, "httpx": sys.executable}
    theirs = dict.fromkeys(PEERS, str(peers)) if peers else {}
    imports: dict[str, list[float]] = {name: [] for name in (*ours, *theirs)}
    clients: dict[str, list[float]] = {name: [] for name in _CLIENTS}
    for turn in range(ROUNDS + 1):
        for name, interpreter in {**ours, **theirs}.items():
            took = _timed(interpreter, f"import {PEERS.get(name, name)}")
            if turn:  # the first round reads the disk and compiles
                imports[name].append(took)
    for turn in range(_CLIENT_ROUNDS + 1):
        # The order alternates: the load of the machine may change within a round.
        for name in sorted(_CLIENTS, reverse=bool(turn % 2)):
            took = _timed(sys.executable, _CLIENTS[name])
            if turn:
                clients[name].append(took)
    ratio = paired(clients["evolink"], clients["httpx.Client()"])
    return [
        *(
            Row("import", name, "ms", figures, target="<= 15" if name == "evolink" else "")
            for name, figures in imports.items()
        ),
        Row("import and first client", "httpx.Client()", "ms", clients["httpx.Client()"]),
        Row("import and first client", "evolink", "ms", clients["evolink"], ratio, "<= 0.65"),
        *_further_clients(),
    ]


def _further_clients() -> list[Row]:
    """The time of a client after the first, the mean of several."""
    program = _FURTHER_CLIENTS.format(count=_FURTHER)
    rounds = [_run(sys.executable, program).split() for _ in range(ROUNDS)]
    theirs, ours = ([float(figures[column]) for figures in rounds] for column in (0, 1))
    return [
        Row("each further client", "httpx.Client()", "ms", theirs),
        Row("each further client", "evolink", "ms", ours, paired(ours, theirs), "<= 0.05"),
    ]


def _timed(interpreter: str, code: str) -> float:
    return float(_run(interpreter, _TIMED.format(code)))


def _run(interpreter: str, program: str) -> str:
    command = [interpreter, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout
