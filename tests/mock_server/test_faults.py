"""Faults, through every adapter.

After a change of an option, write the table of the guide:

    EVOLINK_UPDATE=1 python -m pytest tests/mock_server/test_faults.py
"""

import contextlib
import http.client
import inspect
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from evolink_mock import Contract, EvoLinkMock, VirtualClock
from evolink_mock._engine.faults import OPTIONS, Fault
from evolink_mock.asgi import create_app

from .conftest import CLIP, CLIPS, ApiClient, completed


def fault(api: ApiClient, **how: Any) -> None:
    api.engine.faults.add(Fault.parse(how))


def test_status_applies_once_with_the_documented_body(api: ApiClient) -> None:
    fault(api, status=429)
    reply = api.post(CLIPS, CLIP)
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "slow_down")
    assert api.engine.account.ledger.reserved == 0
    assert api.post(CLIPS, CLIP).status_code == 200


def test_fault_applies_n_times_with_headers(api: ApiClient) -> None:
    fault(api, status=429, times=2, headers={"Retry-After": "1"})
    replies = [api.post(CLIPS, CLIP) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [429, 429, 200]
    assert [reply.headers.get("retry-after") for reply in replies] == ["1", "1", None]
    assert [entry.status for entry in api.engine.requests] == [429, 429, 200]


def test_undocumented_status_has_the_documented_structure(api: ApiClient) -> None:
    fault(api, status=503)
    assert api.post(CLIPS, CLIP).json()["error"] == {
        "code": "service_unavailable",
        "message": "Service Unavailable",
        "type": "invalid",
    }


def test_status_without_a_name_is_sent(api: ApiClient) -> None:
    fault(api, status=520)
    reply = api.post(CLIPS, CLIP)
    assert (reply.status_code, reply.json()["error"]["message"]) == (520, "Status 520")


def test_code_may_be_an_integer(api: ApiClient) -> None:
    fault(api, status=429, code_type="integer")
    assert api.post(CLIPS, CLIP).json()["error"]["code"] == 429


def test_body_may_be_html(api: ApiClient) -> None:
    fault(api, status=502, body="html")
    reply = api.post(CLIPS, CLIP)
    assert (reply.status_code, reply.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert "<html>" in reply.text


@pytest.mark.parametrize("body", ["html", "broken-json", "empty"])
def test_wrong_body_comes_after_the_charge(api: ApiClient, body: Any) -> None:
    fault(api, body=body)
    reply = api.post(CLIPS, CLIP)
    assert reply.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        reply.json()
    assert len(api.engine.account.tasks) == 1


def test_status_after_the_charge(api: ApiClient) -> None:
    fault(api, status=500, when="after")
    assert api.post(CLIPS, CLIP).status_code == 500
    assert len(api.engine.account.tasks) == 1


@pytest.mark.parametrize(("disconnect", "charged"), [("before", 0), ("after", 1)])
def test_disconnect_before_or_after_the_charge(api: ApiClient, disconnect: str, charged: int) -> None:
    fault(api, disconnect=disconnect)
    with pytest.raises(httpx.RemoteProtocolError):
        api.post(CLIPS, CLIP)
    assert len(api.engine.account.tasks) == charged
    assert api.post(CLIPS, CLIP).status_code == 200


def test_truncated_response_comes_after_the_charge(api: ApiClient) -> None:
    fault(api, truncate=10)
    with pytest.raises(httpx.RemoteProtocolError, match="received 10 bytes"):
        api.post(CLIPS, CLIP)
    assert len(api.engine.account.tasks) == 1


@pytest.mark.parametrize("how", [{"hang": True}, {"delay": 30}])
def test_late_response_is_a_timeout(api: ApiClient, how: Any) -> None:
    fault(api, **how)
    with pytest.raises(httpx.ReadTimeout):
        api.post(CLIPS, CLIP, timeout=0.05)


def test_delayed_response_arrives(api: ApiClient) -> None:
    fault(api, delay=0.01)
    assert api.post(CLIPS, CLIP, timeout=60).status_code == 200


def test_hang_without_a_timeout_is_a_timeout(client: httpx.Client, mock: EvoLinkMock) -> None:
    mock.fault(hang=True)
    with pytest.raises(httpx.ReadTimeout, match="no timeout"):
        client.post(CLIPS, json=CLIP, timeout=None)


def test_delay_passes_on_the_clock(client: httpx.Client, mock: EvoLinkMock) -> None:
    before = mock.clock.now()
    mock.fault(delay=4)
    client.post(CLIPS, json=CLIP, timeout=5)
    assert mock.clock.now() - before == 4


@pytest.mark.parametrize(
    ("operation", "hit"),
    [
        ("createClip", "create"),
        ("makeClip", "create"),
        ("create", "create"),
        ("getJob", "query"),
        ("query", "query"),
    ],
)
def test_fault_applies_to_its_operation(api: ApiClient, operation: str, hit: str) -> None:
    fault(api, status=500, operation=operation)
    create = api.post(CLIPS, CLIP)
    query = api.get("/v2/jobs/job-1")
    assert (create.status_code == 500, query.status_code == 500) == (hit == "create", hit == "query")


def test_faults_of_downloads(api: ApiClient) -> None:
    link = completed(api)["results"][0]
    fault(api, status=500)
    assert api.get(link).status_code == 200, "a fault without an operation is none of downloads"
    api.engine.faults.clear()
    size = len(api.get(link).content)
    fault(api, operation="results", status=403)
    assert api.get(link).status_code == 403
    fault(api, operation="results", truncate=100)
    with pytest.raises(httpx.RemoteProtocolError, match=f"received 100 bytes, expected {size}"):
        api.get(link)
    assert len(api.get(link).content) == size


def test_share_is_repeatable(api: ApiClient) -> None:
    def statuses() -> Any:
        api.engine.reset()
        fault(api, status=500, share=0.5)
        return [api.get("/v2/balance").status_code for _ in range(20)]

    first = statuses()
    assert first == statuses()
    assert 3 < first.count(500) < 17


def test_faults_apply_in_order(api: ApiClient) -> None:
    fault(api, status=429)
    fault(api, status=500)
    assert [api.get("/v2/balance").status_code for _ in range(3)] == [429, 500, 200]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({}, "needs one of"),
        ({"times": 2}, "needs one of"),
        ({"status": 99}, "status from 200 to 599"),
        ({"status": True}, "status from 200 to 599"),
        ({"status": 500, "times": 0}, "above zero"),
        ({"status": 500, "share": 2}, "from 0 to 1"),
        ({"disconnect": "during"}, "'before' or 'after'"),
        ({"body": "xml"}, "'html' or"),
        ({"delay": -1}, "seconds"),
        ({"code_type": "integer", "delay": 1}, "needs the status"),
        ({"headers": {"x-a": "1\r\nx-b: 2"}}, "a line of ASCII"),
        ({"headers": {"x-a": "\u540d"}}, "a line of ASCII"),
        ({"satus": 500}, "has no 'satus'"),
    ],
)
def test_invalid_fault_is_refused(mock: EvoLinkMock, how: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        mock._engine.faults.add(Fault.parse(how))


def test_unknown_operation_is_refused(mock: EvoLinkMock) -> None:
    with pytest.raises(LookupError, match="createClip, createSound, getJob"):
        mock.fault(status=500, operation="createFilm")


GUIDE = Path(__file__).parents[2] / "docs" / "mock.md"
TABLE = re.compile(r"(?<=<!-- faults -->\n).*?(?=<!-- /faults -->)", re.DOTALL)


def option_table() -> str:
    rows = ["| option | effect | in `Prefer` |", "|---|---|---|"]
    for name, option in OPTIONS.items():
        preference = "fault-header-NAME" if name == "headers" else f"fault-{name.replace('_', '-')}"
        preferred = f"`{preference}`" if option.is_per_request else ""
        rows.append(f"| `{name}` | {option.description} | {preferred} |")
    return "\n".join([*rows, ""])


def test_guide_lists_the_options() -> None:
    text = GUIDE.read_text("utf-8")
    if os.environ.get("EVOLINK_UPDATE"):
        GUIDE.write_text(TABLE.sub(lambda _: option_table(), text), "utf-8")
        return
    assert TABLE.findall(text) == [option_table()]


def test_fault_documents_its_options() -> None:
    assert [*inspect.signature(EvoLinkMock.fault).parameters] == ["self", *OPTIONS]
    for name, option in OPTIONS.items():
        assert f"    {name}: {option.description}\n" in str(EvoLinkMock.fault.__doc__)


@pytest.mark.parametrize(
    "how",
    [
        *({"status": status} for status in (200, 204, 205, 206, 304, 400, 429, 500, 599)),
        {"status": 204, "body": "html"},
        {"status": 304, "body": "broken-json", "when": "after"},
        {"body": "html"},
        {"body": "broken-json"},
        {"body": "empty"},
        {"delay": 0.01},
        {"headers": {"X-A": "1"}},
        {"truncate": 10**6},
    ],
    ids=str,
)
def test_connection_outlives_a_fault(serve: Callable[..., str], synthetic: Contract, how: Any) -> None:
    app = create_app(clock=VirtualClock(), contract=synthetic)
    with contextlib.closing(http.client.HTTPConnection(urlsplit(serve(app)).netloc, timeout=60)) as client:

        def balance() -> tuple[int, bytes]:
            client.request("GET", "/v2/balance", headers={"Authorization": "Bearer evolink-mock-key"})
            reply = client.getresponse()
            return reply.status, reply.read()

        client.connect()
        socket = client.sock
        for _ in range(2):
            app.engine.faults.add(Fault.parse(how))
            balance()
            status, content = balance()
            assert (status, json.loads(content)["success"]) == (200, True)
        assert client.sock is socket


@pytest.mark.parametrize("status", [204, 205, 304])
def test_status_without_content_has_none(api: ApiClient, status: int) -> None:
    fault(api, status=status)
    reply = api.get("/v2/balance")
    assert (reply.status_code, reply.content) == (status, b"")
