"""The admin API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import CLIP, CLIPS

if TYPE_CHECKING:
    from .conftest import ApiClient


def test_index_lists_the_commands(api: ApiClient) -> None:
    commands = api.control("").json()
    assert commands["clock"] == ["GET", "POST"]
    assert {
        "faults",
        "outcomes",
        "requests",
        "ledger",
        "tasks",
        "reset",
        "callbacks",
        "keys",
    } < commands.keys()


def test_clock_command(api: ApiClient) -> None:
    now = api.control("clock").json()["now"]
    moved = api.control("clock", {"advance": 40}).json()
    assert moved == {"now": now + 40, "kind": "virtual", "speed": 0}


def test_outcome_and_clock_over_http(api: ApiClient) -> None:
    api.control("outcomes", {"outcome": "failed", "code": "tired"})
    assert api.control("outcomes").json()[0]["code"] == "tired"
    task_id = api.post(CLIPS, CLIP).json()["id"]
    api.control("clock", {"advance": 40})
    [task] = api.control("tasks").json()
    assert (task["id"], task["status"], task["error"]["code"]) == (task_id, "failed", "tired")
    ledger = api.control("ledger").json()
    assert (ledger["balance"], ledger["refunded"], len(ledger["entries"])) == (1000, 2.5, 2)


def test_faults_command(api: ApiClient) -> None:
    api.control("faults", {"status": 429, "times": 2, "headers": {"Retry-After": "1"}})
    assert api.post(CLIPS, CLIP).status_code == 429
    assert api.control("faults").json()[0] == {
        "status": 429,
        "times": 1,
        "share": None,
        "headers": {"Retry-After": "1"},
        "delay": 0.0,
        "hang": False,
        "disconnect": None,
        "truncate": None,
        "body": None,
        "code_type": None,
        "operation": None,
        "when": "before",
    }
    assert api.send("DELETE", "/_mock/faults", key=None).json() == {"ok": True}
    assert api.post(CLIPS, CLIP).status_code == 200


def test_requests_command_hides_secrets(api: ApiClient) -> None:
    api.post(CLIPS, CLIP | {"promt": 1})
    [entry] = api.control("requests").json()
    assert entry["json"] == CLIP | {"promt": 1}
    assert (entry["operation"], entry["model"], entry["status"], entry["unknown"]) == (
        "createClip",
        "toon-1",
        200,
        ["promt"],
    )
    assert entry["headers"]["authorization"] == "***"
    assert len(api.control("requests").json()) == 1, "commands are no requests"


def test_keys_and_ledger_commands(api: ApiClient) -> None:
    api.control("keys", {"key": "second", "models": ["blow-up"]})
    assert api.post(CLIPS, CLIP, key="second").status_code == 403
    assert api.control("ledger", {"add": 5}).json()["balance"] == 1005


def test_reset(api: ApiClient) -> None:
    api.post(CLIPS, CLIP)
    assert api.control("reset", {}).json() == {"ok": True}
    assert api.control("tasks").json() == []


@pytest.mark.parametrize(
    ("command", "body", "status", "why"),
    [
        ("clocks", {}, 404, "there are clock"),
        ("reset", None, 405, "POST"),
        ("clock", {}, 400, "advance"),
        ("clock", {"advance": -1}, 400, "finite"),
        ("clock", {"advance": "9"}, 400, "number"),
        ("clock", {"advnce": 9}, 400, "unknown: advnce"),
        ("faults", {"status": "x"}, 400, "status"),
        ("faults", {"operation": "nothing", "status": 500}, 400, "createClip"),
        ("outcomes", {"end": "failed"}, 400, "completed"),
        ("outcomes", {"outcome": "failed", "code": "odd"}, 400, "ugly, tired"),
        ("outcomes", {"outcome": ["failed"]}, 400, "completed"),
        ("keys", {"key": 7}, 400, "issued by"),
        ("keys", {"key": "é"}, 400, "ASCII"),
        ("ledger", {"add": -5}, 400, "positive"),
        ("tasks", {}, 405, "GET"),
        ("requests", [], 405, "GET"),
        ("clock", [], 400, "object"),
    ],
)
def test_invalid_command_is_explained(api: ApiClient, command: str, body: Any, status: int, why: str) -> None:
    reply = api.control(command, body)
    assert (reply.status_code, why in reply.json()["error"]["message"]) == (status, True), reply.text


def test_malformed_json_is_an_invalid_command(api: ApiClient) -> None:
    reply = api.send("POST", "/_mock/faults", content=b"{", key=None)
    assert reply.status_code == 400
