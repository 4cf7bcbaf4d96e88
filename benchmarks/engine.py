"""The engine without a server: a create, against the JSON and the validation that it cannot do without.

The baseline reads the same request, validates it, validates the same reply and writes it: `json.loads`, two
times `is_valid` of jsonschema-rs, and `json.dumps`. All beside that is what the engine adds: finding the
operation, key, credits, task, log.
"""

from __future__ import annotations

import json
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import jsonschema_rs
from _contract import create
from _table import Row, paired

from evolink_api.validation import closure
from evolink_mock import Contract, Engine, RealClock
from evolink_mock._http.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
BURSTS = 40  # of each, taking turns in a round, so that other work on the machine slows both down
CREATES = 50  # in a burst
WARM_UP = 500
_BASELINE = "json.loads, 2 x is_valid, json.dumps"


def measure() -> list[Row]:
    """Microseconds of processor time for a create, in each round with a fresh engine."""
    contract, request = Contract.load(), _request()
    baseline = _baseline(contract, request)
    ours: list[float] = []
    least: list[float] = []
    for _ in range(ROUNDS):
        engine = Engine(contract, RealClock(60.0), credits=1e12)
        create_task = partial(engine.handle, request)
        for _ in range(WARM_UP):
            create_task()
            baseline()
        bursts = [(_time(create_task), _time(baseline)) for _ in range(BURSTS)]
        ours.append(statistics.median(our for our, _ in bursts))
        least.append(statistics.median(base for _, base in bursts))
    return [
        Row("engine: create", _BASELINE, "µs", least),
        Row("engine: create", "evolink_mock", "µs", ours, paired(ours, least), "<= 2.2"),
    ]


def _request() -> Request:
    url, _, body = create()
    content = json.dumps(body).encode()
    headers = {
        "host": "127.0.0.1:8080",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "connection": "keep-alive",
        "user-agent": "benchmark",
        "authorization": "Bearer evolink-mock-key",
        "content-type": "application/json",
        "content-length": str(len(content)),
    }
    return Request("POST", urlsplit(url).path, "", headers, content, "http://127.0.0.1:8080")


def _baseline(contract: Contract, request: Request) -> Callable[[], object]:
    """What has to be done for the request in any case."""
    response = Engine(contract, RealClock(60.0)).handle(request)
    op, _ = contract.find(request.method, request.path)
    if response.status != 200 or op.body is None or op.success.schema is None:
        raise RuntimeError(f"the create is not as documented: {response.body!r}")
    reply = json.loads(response.body)
    model = op.body.models[json.loads(request.body)["model"]]
    check_request, check_reply = (
        jsonschema_rs.Draft202012Validator(closure(contract.document, schema), validate_formats=True).is_valid
        for schema in (model.schema, op.success.schema)
    )
    body = request.body

    def run() -> None:
        check_request(json.loads(body))
        check_reply(reply)
        json.dumps(reply)

    return run


def _time(work: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(CREATES):
        work()
    return (time.process_time() - began) / CREATES * 1e6
