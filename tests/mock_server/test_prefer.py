"""The `Prefer` header: documented responses as in Prism, and faults of a single request."""

import contextlib
from typing import Any

import httpx
import pytest
from conditions import wait_until
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock._engine.errors import HTTPErrorResponse
from evolink_mock._engine.faults import Fault
from evolink_mock._engine.prefer import Preference, parse_preferences, preferred_fault

from .conftest import CLIP, CLIPS, ApiClient, completed


def prefer(api: ApiClient, what: str, body: Any = CLIP) -> Any:
    return api.post(CLIPS, body, headers={"Prefer": what})


def test_code_returns_the_documented_example(api: ApiClient) -> None:
    reply = prefer(api, "code=429")
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "slow_down")
    assert len(api.engine.account.tasks) == 0


def test_example_by_name(api: ApiClient) -> None:
    assert prefer(api, "code=429, example=later").json()["error"]["code"] == "try_later"


def test_dynamic_body(api: ApiClient) -> None:
    first, second = (api.get("/v2/balance", headers={"Prefer": "dynamic=true"}).json() for _ in range(2))
    assert 0 <= first["data"]["left"] <= 900
    assert first != second


@pytest.mark.parametrize("what", ["code=418", "code=oops", "code=429, example=never"])
def test_undocumented_preference_is_a_problem(api: ApiClient, what: str) -> None:
    reply = prefer(api, what)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")
    assert reply.json()["status"] == 404


def test_invalid_request_is_refused_despite_a_preference(api: ApiClient) -> None:
    assert prefer(api, "code=429", {"model": "toon-1"}).status_code == 400
    assert api.post(CLIPS, CLIP, key="x", headers={"Prefer": "code=429"}).status_code == 401


def test_other_preferences_are_ignored(api: ApiClient) -> None:
    assert prefer(api, "respond-async, wait=10").json()["status"] == "pending"


@given(st.text())
def test_any_header_is_parsed(header: str) -> None:
    Preference.parse(header)


def test_fault_of_one_request(api: ApiClient) -> None:
    reply = prefer(api, "fault-status=429, fault-header-retry-after=3")
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "slow_down")
    assert reply.headers["retry-after"] == "3"
    assert len(api.engine.account.tasks) == 0
    assert api.post(CLIPS, CLIP).status_code == 200, "the fault applies to no other request"


def test_preferred_fault_keeps_waiting_ones(api: ApiClient) -> None:
    api.engine.faults.add(Fault(status=500))
    assert prefer(api, "fault-status=429").status_code == 429
    assert api.post(CLIPS, CLIP).status_code == 500


def test_preferred_status_after_the_charge(api: ApiClient) -> None:
    assert prefer(api, "fault-status=500; fault-when=after").status_code == 500
    assert len(api.engine.account.tasks) == 1


@pytest.mark.parametrize(
    ("what", "body"),
    [("fault-body=html, fault-status=502", "<html>"), ("fault-code-type=integer, fault-status=429", ":429,")],
)
def test_body_can_be_preferred(api: ApiClient, what: str, body: Any) -> None:
    assert body in prefer(api, what).text


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
def test_disconnect_can_be_preferred(api: ApiClient, what: str, error: type[Exception], made: int) -> None:
    with pytest.raises(error):
        api.post(CLIPS, CLIP, headers={"Prefer": what}, timeout=0.2 if error is httpx.ReadTimeout else 30)
    wait_until(lambda: api.engine.requests)  # a server may be late
    assert len(api.engine.account.tasks) == made


def test_preferred_fault_of_a_download(api: ApiClient) -> None:
    link = completed(api)["results"][0]
    assert api.get(link, headers={"Prefer": "fault-status=403"}).status_code == 403
    with pytest.raises(httpx.RemoteProtocolError, match="received 100 bytes"):
        api.get(link, headers={"Prefer": "fault-truncate=100"})
    assert api.get(link).status_code == 200


def test_preferred_share_is_repeatable(api: ApiClient) -> None:
    def statuses() -> Any:
        api.engine.reset()
        headers = {"Prefer": "fault-status=500, fault-share=0.5"}
        return [api.get("/v2/balance", headers=headers).status_code for _ in range(20)]

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
def test_invalid_fault_is_a_problem(one_api: ApiClient, what: str, why: str) -> None:
    reply = prefer(one_api, what)
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json")
    assert why in reply.json()["detail"]
    assert len(one_api.engine.account.tasks) == 0


def test_several_headers_are_joined(api: ApiClient) -> None:
    headers = [
        ("Authorization", "Bearer evolink-mock-key"),
        ("Prefer", "fault-status=429"),
        ("Prefer", 'fault-header-retry-after="Wed, 21 Oct 2026 07:28:00 GMT"'),
    ]
    with httpx.Client(**api._options) as client:
        reply = client.post(f"{api.base_url}{CLIPS}", json=CLIP, headers=headers)
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
def test_header_is_parsed(header: str, found: dict[str, str]) -> None:
    assert parse_preferences(header) == found


@given(st.text())
def test_any_header_is_a_fault_or_refused(header: str) -> None:
    with contextlib.suppress(HTTPErrorResponse):
        preferred_fault(f"fault-{header}")
