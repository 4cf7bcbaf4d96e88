"""`Prefer` as users of Prism know it, and faults of a single request."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock._engine.errors import HTTPErrorResponse
from evolink_mock._engine.faults import Fault
from evolink_mock._engine.prefer import Preference, parse_preferences, preferred_fault

from .conftest import CLIP, CLIPS, completed

if TYPE_CHECKING:
    from .conftest import Door


def prefer(door: Door, what: Any, body: Any = CLIP) -> Any:
    return door.post(CLIPS, body, headers={"Prefer": what})


def test_a_documented_status_is_answered_by_its_example(door: Door) -> None:
    reply = prefer(door, "code=429")
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "slow_down")
    assert len(door.engine.account.tasks) == 0


def test_an_example_is_asked_for_by_name(door: Door) -> None:
    assert prefer(door, "code=429, example=later").json()["error"]["code"] == "try_later"


def test_a_body_is_made_from_the_schema(door: Door) -> None:
    first, second = (door.get("/v2/balance", headers={"Prefer": "dynamic=true"}).json() for _ in range(2))
    assert 0 <= first["data"]["left"] <= 900
    assert first != second


@pytest.mark.parametrize("what", ["code=418", "code=oops", "code=429, example=never"])
def test_what_is_not_documented_is_a_problem(door: Door, what: Any) -> None:
    reply = prefer(door, what)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")
    assert reply.json()["status"] == 404


def test_a_wrong_request_is_refused_whatever_is_preferred(door: Door) -> None:
    assert prefer(door, "code=429", {"model": "toon-1"}).status_code == 400
    assert door.post(CLIPS, CLIP, key="x", headers={"Prefer": "code=429"}).status_code == 401


def test_other_preferences_are_passed_over(door: Door) -> None:
    assert prefer(door, "respond-async, wait=10").json()["status"] == "pending"


@given(st.text())
def test_any_header_can_be_read(header: Any) -> None:
    Preference.parse(header)


def test_a_request_can_ask_for_its_own_fault(door: Door) -> None:
    reply = prefer(door, "fault-status=429, fault-header-retry-after=3")
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "slow_down")
    assert reply.headers["retry-after"] == "3"
    assert len(door.engine.account.tasks) == 0
    assert door.post(CLIPS, CLIP).status_code == 200, "no other request is befallen"


def test_its_own_fault_leaves_those_that_wait_for_others(door: Door) -> None:
    door.engine.faults.add(Fault(status=500))
    assert prefer(door, "fault-status=429").status_code == 429
    assert door.post(CLIPS, CLIP).status_code == 500


def test_a_preferred_status_can_come_after_the_charge(door: Door) -> None:
    assert prefer(door, "fault-status=500; fault-when=after").status_code == 500
    assert len(door.engine.account.tasks) == 1


@pytest.mark.parametrize(
    ("what", "body"),
    [("fault-body=html, fault-status=502", "<html>"), ("fault-code-type=integer, fault-status=429", ":429,")],
)
def test_a_body_can_be_asked_for_in_place_of_the_right_one(door: Door, what: Any, body: Any) -> None:
    assert body in prefer(door, what).text


@pytest.mark.parametrize(
    ("what", "error", "made"),
    [
        ("fault-disconnect=before", httpx.RemoteProtocolError, 0),
        ("fault-disconnect=after", httpx.RemoteProtocolError, 1),
        ("fault-truncate=10", httpx.RemoteProtocolError, 1),
        ("fault-hang", httpx.ReadTimeout, 0),
        ("fault-hang=true, fault-when=after", httpx.ReadTimeout, 1),
        ("fault-delay=30", httpx.ReadTimeout, 1),
    ],
)
def test_the_line_can_break_as_asked_for(door: Door, what: Any, error: Any, made: Any) -> None:
    with pytest.raises(error):
        door.post(CLIPS, CLIP, headers={"Prefer": what}, timeout=0.2)
    assert len(door.engine.account.tasks) == made


def test_a_download_can_ask_for_a_fault_too(door: Door) -> None:
    link = completed(door)["results"][0]
    assert door.get(link, headers={"Prefer": "fault-status=403"}).status_code == 403
    with pytest.raises(httpx.RemoteProtocolError, match="received 100 bytes"):
        door.get(link, headers={"Prefer": "fault-truncate=100"})
    assert door.get(link).status_code == 200


def test_chance_is_that_of_the_mock_and_the_same_in_every_run(door: Door) -> None:
    def statuses() -> Any:
        door.engine.reset()
        headers = {"Prefer": "fault-status=500, fault-share=0.5"}
        return [door.get("/v2/balance", headers=headers).status_code for _ in range(20)]

    first = statuses()
    assert first == statuses()
    assert 3 < first.count(500) < 17


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("fault-satus=500", "a fault has no 'satus'"),
        ("fault-status=99", "status must be a status from 200 to 599, not 99"),
        ("fault-status", "status must be"),
        ("fault-status=oops", "not 'oops'"),
        ("fault-hang=yes", "hang must be true or false, not 'yes'"),
        ("fault-body=xml", "body must be 'html' or"),
        ("fault-when=after", "a fault needs one of status, headers"),
        ("fault-delay=1, fault-code-type=integer", "code_type needs the status"),
        ("fault-status=500, fault-times=2", "times is not for a preference"),
        ("fault-status=500, fault-operation=create", "operation is not for a preference"),
        ("fault-headers=x", "fault-header-NAME=VALUE"),
        ("fault-header-=x", "headers must be"),
        ("fault-status=[[", "not '[['"),
    ],
)
def test_a_fault_that_makes_no_sense_is_a_problem(door: Door, what: Any, why: Any) -> None:
    reply = prefer(door, what)
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json")
    assert why in reply.json()["detail"]
    assert len(door.engine.account.tasks) == 0


def test_preferences_in_several_headers_are_one_list(door: Door) -> None:
    headers = [
        ("Authorization", "Bearer evolink-mock-key"),
        ("Prefer", "fault-status=429"),
        ("Prefer", 'fault-header-retry-after="Wed, 21 Oct 2026 07:28:00 GMT"'),
    ]
    with httpx.Client(**door._options) as client:
        reply = client.post(f"{door.base_url}{CLIPS}", json=CLIP, headers=headers)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "Wed, 21 Oct 2026 07:28:00 GMT")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("a=1, b", {"a": "1", "b": ""}),
        ('A = "x, y; z" ;b=2', {"a": "x, y; z", "b": "2"}),
        (r'a="say \"hi\""', {"a": 'say "hi"'}),
        ("a=1, a=2", {"a": "1"}),
        ('a="open, b=1', {"a": "open, b=1"}),
        ("", {}),
        (",;, ,", {}),
    ],
)
def test_a_header_is_read_as_its_standard_says(header: Any, found: Any) -> None:
    assert parse_preferences(header) == found


@given(st.text())
def test_any_header_is_a_fault_or_none_or_refused(header: Any) -> None:
    with contextlib.suppress(HTTPErrorResponse):
        preferred_fault(f"fault-{header}")
