"""Code that the mock writes for a recorded request does the same again."""

import contextlib
import itertools
import shlex
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from evolink_mock import Contract, EvoLinkMock

from .conftest import CLIP, CLIPS, ApiClient, client_of

QUOTES = {"model": "toon-1", "prompt": 'it\'s "{tricky}" \\ $HOME `id`\n\0 é 🎬 <script>'}


def created(api: ApiClient) -> str:
    task_id: str = api.post(CLIPS, CLIP).json()["id"]
    return task_id


def download(api: ApiClient) -> None:
    task_id = created(api)
    api.engine.clock.advance(100)
    [link] = api.get(f"/v2/jobs/{task_id}").json()["results"]
    api.send("GET", link, key=None, headers={"Range": "bytes=0-3"})


def with_fault(**fault: Any) -> Callable[[ApiClient], object]:
    def send(api: ApiClient) -> None:
        api.control("faults", fault)
        with contextlib.suppress(httpx.TransportError):
            api.post(CLIPS, CLIP)

    return send


CASES: dict[str, Callable[[ApiClient], object]] = {
    "create": created,
    "quotes": lambda api: api.post(CLIPS, QUOTES),
    "invalid": lambda api: api.post(CLIPS, {"model": "toon-1", "prompt": 7}),
    "malformed": lambda api: api.send(
        "POST", CLIPS, content=b'{"model": \xff', headers={"Content-Type": "application/json"}
    ),
    "wrong key": lambda api: api.post(CLIPS, CLIP, key="sk-perhaps-a-real-one"),
    "large": lambda api: api.post(CLIPS, {"model": "toon-1", "prompt": "x" * 50_000}),
    "deep": lambda api: api.send(
        "POST", CLIPS, content=b'{"model": "toon-1", "prompt": "A", "any": %b1%b}' % (b"[" * 900, b"]" * 900)
    ),
    "no key": lambda api: api.post(CLIPS, CLIP, key=None),
    "query": lambda api: api.get(f"/v2/jobs/{created(api)}?a=%7Bb%7D"),
    "unknown task": lambda api: api.get("/v2/jobs/none"),
    "no path": lambda api: api.get("/no/such"),
    "method": lambda api: api.send("DELETE", CLIPS),
    "preference": lambda api: api.get("/v2/balance", headers={"Prefer": "fault-status=503"}),
    "download": download,
    "status": with_fault(status=429, headers={"Retry-After": "1"}),
    "disconnect": with_fault(disconnect="after"),
    "truncate": with_fault(truncate=5),
    "hang": with_fault(hang=True),
}


@pytest.fixture
def recorded(request: pytest.FixtureRequest, synthetic: Contract) -> dict[str, Any]:
    """The last request of a case, as the admin API shows it."""
    mock = EvoLinkMock(contract=synthetic)
    api = ApiClient(mock._engine, mock.base_url, "sync", {"transport": mock.transport()})
    CASES[request.param](api)
    shown: dict[str, Any] = api.control(f"requests/{mock.requests[-1].id}").json()
    return shown


@pytest.mark.parametrize("recorded", CASES, indirect=True)
def test_pytest_code_passes(recorded: dict[str, Any], synthetic: Contract) -> None:
    code = recorded["pytest"]
    names: dict[str, Any] = {}
    exec(compile(code, "copied", "exec"), names)
    [test] = [value for name, value in names.items() if name.startswith("test_")]
    options = {name: value for mark in getattr(test, "pytestmark", []) for name, value in mark.kwargs.items()}
    with EvoLinkMock(contract=synthetic, **options) as mock:
        test(mock)
        last = mock.requests[-1]
        if "not copied" not in code:
            assert (last.status, last.operation) == (recorded["status"], recorded["operation"])
    assert "sk-perhaps" not in code


@pytest.mark.parametrize("recorded", sorted({*CASES} - {"malformed", "query", "large"}), indirect=True)
def test_curl_command_sends_the_same(recorded: dict[str, Any]) -> None:
    words = shlex.split(recorded["curl"])
    assert words[:2] == ["curl", "-i"]
    values = dict(itertools.pairwise(words))
    assert values.get("-X", "GET") == recorded["method"]
    assert recorded["url"] in words
    assert values.get("--data-binary", "") == recorded["body"]
    headers = dict(
        word.split(": ", 1) for word in words if ": " in word and word != values.get("--data-binary")
    )
    for name in ("content-type", "prefer", "range"):
        assert headers.get(name) == recorded["headers"].get(name)
    assert "sk-perhaps" not in recorded["curl"]
    if recorded["headers"].get("authorization") and recorded["status"] != 401:
        assert headers["authorization"] == "Bearer ${EVOLINK_API_KEY}"


def test_unpaid_request_is_copied_with_an_empty_account(synthetic: Contract) -> None:
    with EvoLinkMock(contract=synthetic, credits=1) as mock, client_of(mock) as client:
        client.post(CLIPS, json=CLIP)
        shown = client.get(f"/_mock/requests/{mock.requests[-1].id}").json()
    assert "@pytest.mark.evolink_mock(credits=0)" in shown["pytest"]


def test_key_that_begins_with_another_is_hidden(synthetic: Contract) -> None:
    with EvoLinkMock(contract=synthetic, api_key="sk-1") as mock, client_of(mock) as client:
        mock.issue_key("sk-1-second")
        client.get("/v2/balance", headers={"Authorization": "Bearer sk-1-second"})
        shown = client.get(f"/_mock/requests/{mock.requests[-1].id}").json()
    assert '"authorization: Bearer ${EVOLINK_API_KEY}"' in shown["curl"]
    assert "Bearer {evolink_mock.api_key}'" in shown["pytest"]
