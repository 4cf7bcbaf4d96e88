"""How many of our modules one task runs through, from its creation to the query that finds it completed.

python benchmarks/modules.py prints their names.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from _contract import create as documented_create
from _table import Row

from evolink import EvoLink
from evolink_mock import Contract, Engine, EvoLinkMock, Request, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

PACKAGES = ("evolink", "evolink_mock", "evolink_api")
# What is measured: the package that counts, and how many of its modules are enough.
TARGETS = {
    "SDK": ("evolink", "<= 10"),
    "mock, engine alone": ("evolink_mock", "<= 14"),
    "mock, in-process": ("evolink_mock", "<= 14"),
}
_KEY = "k" * 20
_TASK_ID = "task-unified-1"
_LONG = 36_000.0  # seconds, after which every task is completed


def measure() -> list[Row]:
    """The number of modules of the SDK and of the mock; those of the generated package stand in the note."""
    rows = []
    for part, modules in traced().items():
        package, target = TARGETS[part]
        count, generated = (len(_of_package(modules, name)) for name in (package, "evolink_api"))
        note = f"and {generated} of evolink_api"
        rows.append(Row("modules for one task", part, "modules", [float(count)], target=target, note=note))
    return rows


def traced() -> dict[str, list[str]]:
    """The names of our modules whose code runs for one task, after a first task."""
    sdk, create, query = _sdk()
    return {
        "SDK": sdk,
        "mock, engine alone": _engine(create, query),
        "mock, in-process": _in_process(create, query),
    }


def _sdk() -> tuple[list[str], httpx.Request, httpx.Request]:
    """The modules of the SDK, and the two requests that it sends."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        status = "pending" if request.method == "POST" else "completed"
        return httpx.Response(200, json={"id": _TASK_ID, "status": status, "progress": 100})

    body = documented_create().body
    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        client = EvoLink(_KEY, http_client=http)
        modules = _modules_of_second_call(lambda: client.tasks.get(client.videos.create(**body).id))
    return modules, sent[0], sent[1]


def _engine(create: httpx.Request, query: httpx.Request) -> list[str]:
    clock = VirtualClock()
    engine = Engine(Contract.load(), clock, api_key=_KEY)

    def run() -> None:
        created = json.loads(engine.handle(_request(create)).body)
        clock.advance(_LONG)
        _check(json.loads(engine.handle(_request(query, created["id"])).body))

    return _modules_of_second_call(run)


def _in_process(create: httpx.Request, query: httpx.Request) -> list[str]:
    with EvoLinkMock(api_key=_KEY) as mock, httpx.Client() as http:
        task_ids: list[str] = []

        def send_create() -> None:
            task_ids.append(
                http.post(create.url, headers=create.headers, content=create.content).json()["id"]
            )

        def send_query() -> None:
            url = str(query.url).replace(_TASK_ID, task_ids[-1])
            _check(http.get(url, headers=query.headers).json())

        modules = _modules_of_second_call(send_create)
        mock.clock.advance(_LONG)  # by the test: no part of the way of a request
        return sorted({*modules, *_modules_of_second_call(send_query)})


def _check(task: dict[str, Any]) -> None:
    if task["status"] != "completed":
        raise RuntimeError(f"the mock says that the task is {task['status']}")


def _request(sent: httpx.Request, task_id: str = _TASK_ID) -> Request:
    url = urlsplit(str(sent.url))
    return Request(
        sent.method,
        url.path.replace(_TASK_ID, task_id),
        url.query,
        dict(sent.headers),
        sent.content,
        f"{url.scheme}://{url.netloc}",
    )


def _modules_of_second_call(call: Callable[[], object]) -> list[str]:
    """The names of our modules whose code a call runs, when all is loaded."""
    call()
    names = set()

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            names.add(frame.f_globals.get("__name__", ""))

    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
    return sorted(name for name in names if name.partition(".")[0] in PACKAGES)


def _of_package(modules: list[str], package: str) -> list[str]:
    return [name for name in modules if name.partition(".")[0] == package]


if __name__ == "__main__":
    for part, modules in traced().items():
        for package in PACKAGES:
            if names := _of_package(modules, package):
                print(f"{part}: {len(names)} of {package}")
                print(*(f"  {name}" for name in names), sep="\n")
