"""What hostile requests may cost: memory bounded by bytes, and time in proportion to their size."""

import gc
import json
import time
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from evolink_mock import Contract, Engine, VirtualClock
from evolink_mock._http.messages import Request

from .conftest import CLIP, CLIPS

ORIGIN = "https://api.toons.test"
HEADERS = {"authorization": "Bearer evolink-mock-key", "content-type": "application/json"}
MB = 1024 * 1024

pytestmark = pytest.mark.slow


def post(body: bytes, path: str = CLIPS, **headers: str) -> Request:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", path, "", HEADERS | names, body, ORIGIN)


def create(body: Any = None, **headers: str) -> Request:
    return post(json.dumps(CLIP | (body or {})).encode(), **headers)


def admin(command: str, body: Any) -> Request:
    return Request("POST", f"/_mock/{command}", body=json.dumps(body).encode())


# Each yields requests that would take more than 4 MB if all were kept.
FLOODS: dict[str, Callable[[], Iterator[Request]]] = {
    "headers": lambda: (create(x_filler="x" * MB + str(number)) for number in range(10)),
    "names of headers": lambda: (create(**{"x" * MB + str(number): "x"}) for number in range(10)),
    "many headers": lambda: (
        create(**{f"x{number}x{index}": "" for index in range(5_000)}) for number in range(20)
    ),
    "addresses": lambda: (Request("GET", "/" + "x" * MB + str(number)) for number in range(10)),
    "small values": lambda: (
        post(json.dumps(CLIP | {"x": [[] for _ in range(4_000)]}).encode()) for _ in range(40)
    ),
    "small fields": lambda: (
        post(
            "&".join(f"{number}x{index}=" for index in range(1_000)).encode(),
            "/api/up/forms",
            content_type="application/x-www-form-urlencoded",
        )
        for number in range(20)
    ),
    "violations": lambda: (
        create({f"images{number}": 1, "images": [f"http://{number}.{index}" for index in range(100)]})
        for number in range(100)
    ),
    "idempotency keys": lambda: (create(idempotency_key="x" * MB + str(number)) for number in range(10)),
    "preferred faults": lambda: (
        create(prefer=", ".join(f"fault-header-x{number}-{index}=y" for index in range(90)))
        for number in range(600)
    ),
    "callbacks": lambda: (
        request
        for number in range(100)
        for request in (
            admin("outcomes", {"outcome": "completed", "seconds": 10**9}),
            create({"notify": "https://hooks.test/done", "x": "x" * 100_000 + str(number)}),
        )
    ),
    "outcomes": lambda: (
        admin(
            "outcomes", {"outcome": "completed", "times": 10**9, "extra": {"x": "x" * 10_000 + str(number)}}
        )
        for number in range(1_000)
    ),
    "outcomes of tasks": lambda: (
        request
        for number in range(100)
        for request in (
            admin("outcomes", {"outcome": "completed", "extra": {"x": [[] for _ in range(1_000)]}}),
            create({"x": number}),
        )
    ),
    "faults": lambda: (
        admin("faults", {"headers": {"x": "x" * 10_000 + str(number)}, "operation": "results"})
        for number in range(1_000)
    ),
    "keys": lambda: (admin("keys", {"key": f"key{number}" + "x" * 100_000}) for number in range(100)),
    "models of keys": lambda: (
        admin("keys", {"key": f"key{number}", "models": [f"{number}x{index}" for index in range(1_000)]})
        for number in range(200)
    ),
    "large commands": lambda: (admin("faults", {"x": "x" * 2 * MB}) for _ in range(3)),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_memory_is_bounded(
    synthetic: Contract, monkeypatch: pytest.MonkeyPatch, flood: Callable[[], Iterator[Request]]
) -> None:
    for name in ("_engine.request_log.MAX_BYTES", "_tasks.task_store.MAX_BYTES", "_tasks.webhooks.MAX_BYTES"):
        monkeypatch.setattr(f"evolink_mock.{name}", MB // 2)
    for name in ("_engine.idempotency.MAX_IDEMPOTENCY_BYTES", "_engine.api_keys.MAX_KEYS_SIZE"):
        monkeypatch.setattr(f"evolink_mock.{name}", MB // 2)
    for name in ("_engine.faults.MAX_WAITING", "_tasks.outcomes.MAX_WAITING"):
        monkeypatch.setattr(f"evolink_mock.{name}", 50)
    engine = Engine(synthetic, VirtualClock(), credits=10**9)
    engine.handle(create())
    tracemalloc.start()
    try:
        for response in map(engine.handle, flood()):
            assert response.status < 500, response.body
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 4 * MB


class Headers(dict[str, str]):
    """A dictionary that may have weak references."""


@pytest.mark.parametrize(
    "body", [b"{", b'{"model":1e999}', b"[" * 500, b"\xff", b"", json.dumps(CLIP).encode()]
)
def test_dropped_request_is_freed_without_a_collection(synthetic: Contract, body: bytes) -> None:
    engine = Engine(synthetic, VirtualClock())
    request = Request("POST", CLIPS, "", Headers(HEADERS), body, ORIGIN)
    reference = weakref.ref(request.headers)
    gc.disable()
    try:
        engine.handle(request)
        engine.reset()
        del request
        assert reference() is None
    finally:
        gc.enable()


# Each makes a request of about so many bytes.
SHAPES: dict[str, Callable[[int], Request]] = {
    "unknown parameters": lambda size: create({f"promp{index}": 1 for index in range(size // 12)}),
    "long name": lambda size: create({"p" * size: 1}),
    "long model": lambda size: create({"model": "toon-" * (size // 5)}),
    "long text": lambda size: create({"style": "s" * size}),
    "wrong addresses": lambda size: create({"images": ["https://[::1"] * (size // 16)}),
    "private addresses": lambda size: create({"images": ["https://127.0.0.1/a.png"] * (size // 26)}),
    "nested": lambda size: post(b'{"model":"toon-1","prompt":' + b"[" * size + b"]" * size + b"}"),
    "surrogates": lambda size: create({"prompt": "\N{GRINNING FACE}" * (size // 12)}),
    "digits": lambda size: post(b'{"model":"toon-1","prompt":"x","duration":0.' + b"9" * size + b"}"),
    "path": lambda size: Request("GET", "/a" * (size // 2), "", HEADERS, b"", ORIGIN),
    "result": lambda size: Request("GET", "/_mock/results/" + "%2e" * (size // 3), "expires=" + "9" * size),
    "query": lambda size: Request("GET", "/v2/jobs/x", "a=b&" * (size // 4), HEADERS, b"", ORIGIN),
    "headers": lambda size: create(**{f"h{index}": "x" for index in range(size // 6)}),
    "preferences": lambda size: create(prefer='="' * (size // 2)),
    "cookies": lambda size: create(cookie="a=b;" * (size // 4)),
    "form fields": lambda size: post(
        b"a=b&" * (size // 4), "/api/up/forms", content_type="application/x-www-form-urlencoded"
    ),
    "form parts": lambda size: post(
        b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n' * (size // 52) + b"--b--\r\n",
        "/api/up/forms",
        content_type="multipart/form-data; boundary=b",
    ),
    "boundary": lambda size: post(
        b"x", "/api/up/forms", content_type="multipart/form-data; boundary=b" + ';"' * (size // 2)
    ),
}
SIZE = 8_000
FACTOR = 8


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_time_is_in_proportion_to_the_size(synthetic: Contract, shape: Callable[[int], Request]) -> None:
    def seconds(size: int) -> float:
        """The processor time to answer a request, and to list it."""
        request = shape(size)
        measured = []
        for _ in range(3):
            engine = Engine(synthetic, VirtualClock())
            began = time.thread_time()
            engine.handle(request)
            listed = engine.handle(Request("GET", "/_mock/requests"))
            measured.append(time.thread_time() - began)
            assert listed.status == 200
        return min(measured)

    seconds(10)
    # A cost that grows with the square would be 64 times as large.
    assert seconds(FACTOR * SIZE) < 3 * FACTOR * max(seconds(SIZE), 0.0005)
