"""Faults, through every adapter.

After a change of an option, write the table of the guide:

    EVOLINK_UPDATE=1 python -m pytest tests/mock_server/test_faults.py
"""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from evolink_mock import EvoLinkMock
from evolink_mock._engine.faults import OPTIONS, Fault

from .conftest import CLIP, CLIPS, completed

if TYPE_CHECKING:
    from .conftest import Door


def fault(door: Door, **how: Any) -> None:
    door.engine.faults.add(Fault.parse(how))


def test_a_status_befalls_the_next_call_alone_and_in_the_documented_body(door: Door) -> None:
    fault(door, status=429)
    reply = door.post(CLIPS, CLIP)
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "slow_down")
    assert door.engine.account.ledger.reserved == 0
    assert door.post(CLIPS, CLIP).status_code == 200


def test_it_befalls_as_many_calls_as_asked_for_with_the_headers_asked_for(door: Door) -> None:
    fault(door, status=429, times=2, headers={"Retry-After": "1"})
    replies = [door.post(CLIPS, CLIP) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [429, 429, 200]
    assert [reply.headers.get("retry-after") for reply in replies] == ["1", "1", None]
    assert [entry.status for entry in door.engine.requests] == [429, 429, 200]


def test_an_undocumented_status_has_the_documented_form(door: Door) -> None:
    fault(door, status=503)
    assert door.post(CLIPS, CLIP).json()["error"] == {
        "code": "service_unavailable",
        "message": "Service Unavailable",
        "type": "invalid",
    }


def test_a_status_that_nobody_has_registered(door: Door) -> None:
    fault(door, status=520)
    reply = door.post(CLIPS, CLIP)
    assert (reply.status_code, reply.json()["error"]["message"]) == (520, "Status 520")


def test_codes_can_be_integers_as_they_used_to_be(door: Door) -> None:
    fault(door, status=429, code_type="integer")
    assert door.post(CLIPS, CLIP).json()["error"]["code"] == 429


def test_a_gateway_answers_html(door: Door) -> None:
    fault(door, status=502, body="html")
    reply = door.post(CLIPS, CLIP)
    assert (reply.status_code, reply.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert "<html>" in reply.text


@pytest.mark.parametrize("body", ["html", "broken-json", "empty"])
def test_a_spoilt_body_comes_after_the_charge(door: Door, body: Any) -> None:
    fault(door, body=body)
    reply = door.post(CLIPS, CLIP)
    assert reply.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        reply.json()
    assert len(door.engine.account.tasks) == 1


def test_a_status_can_come_after_the_charge(door: Door) -> None:
    fault(door, status=500, when="after")
    assert door.post(CLIPS, CLIP).status_code == 500
    assert len(door.engine.account.tasks) == 1


@pytest.mark.parametrize(("disconnect", "charged"), [("before", 0), ("after", 1)])
def test_the_connection_breaks_before_or_after_the_charge(door: Door, disconnect: Any, charged: Any) -> None:
    fault(door, disconnect=disconnect)
    with pytest.raises(httpx.RemoteProtocolError):
        door.post(CLIPS, CLIP)
    assert len(door.engine.account.tasks) == charged
    assert door.post(CLIPS, CLIP).status_code == 200


def test_a_reply_breaks_off(door: Door) -> None:
    fault(door, truncate=10)
    with pytest.raises(httpx.RemoteProtocolError, match="received 10 bytes"):
        door.post(CLIPS, CLIP)
    assert len(door.engine.account.tasks) == 1


@pytest.mark.parametrize("how", [{"hang": True}, {"delay": 30}])
def test_a_reply_that_is_too_late_is_a_timeout(door: Door, how: Any) -> None:
    fault(door, **how)
    with pytest.raises(httpx.ReadTimeout):
        door.post(CLIPS, CLIP, timeout=0.05)


def test_a_reply_that_is_late_comes_all_the_same(door: Door) -> None:
    fault(door, delay=0.01)
    assert door.post(CLIPS, CLIP, timeout=5).status_code == 200


def test_a_hang_without_a_timeout_does_not_hang_a_test(client: httpx.Client, mock: EvoLinkMock) -> None:
    mock.fault(hang=True)
    with pytest.raises(httpx.ReadTimeout, match="no timeout"):
        client.post(CLIPS, json=CLIP, timeout=None)


def test_a_delay_passes_on_the_clock_of_the_mock(client: httpx.Client, mock: EvoLinkMock) -> None:
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
def test_a_fault_can_be_for_an_operation(door: Door, operation: Any, hit: Any) -> None:
    fault(door, status=500, operation=operation)
    create = door.post(CLIPS, CLIP)
    query = door.get("/v2/jobs/job-1")
    assert (create.status_code == 500, query.status_code == 500) == (hit == "create", hit == "query")


def test_downloads_have_faults_of_their_own(door: Door) -> None:
    link = completed(door)["results"][0]
    fault(door, status=500)
    assert door.get(link).status_code == 200, "a fault without an operation is none of downloads"
    door.engine.faults.clear()
    size = len(door.get(link).content)
    fault(door, operation="results", status=403)
    assert door.get(link).status_code == 403
    fault(door, operation="results", truncate=100)
    with pytest.raises(httpx.RemoteProtocolError, match=f"received 100 bytes, expected {size}"):
        door.get(link)
    assert len(door.get(link).content) == size


def test_a_share_of_the_calls_is_the_same_in_every_run(door: Door) -> None:
    def statuses() -> Any:
        door.engine.reset()
        fault(door, status=500, share=0.5)
        return [door.get("/v2/balance").status_code for _ in range(20)]

    first = statuses()
    assert first == statuses()
    assert 3 < first.count(500) < 17


def test_faults_come_one_after_the_other(door: Door) -> None:
    fault(door, status=429)
    fault(door, status=500)
    assert [door.get("/v2/balance").status_code for _ in range(3)] == [429, 500, 200]


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
def test_a_fault_that_makes_no_sense_is_refused(mock: EvoLinkMock, how: Any, why: Any) -> None:
    with pytest.raises(ValueError, match=why):
        mock._engine.faults.add(Fault.parse(how))


def test_a_fault_of_an_unknown_operation_is_refused(mock: EvoLinkMock) -> None:
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
