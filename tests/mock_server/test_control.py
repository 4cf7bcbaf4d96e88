"""The mock is controlled over HTTP as it is by the fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import CLIP, CLIPS

if TYPE_CHECKING:
    from .conftest import Door


def test_the_index_lists_the_commands(door: Door) -> None:
    commands = door.control("").json()
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


def test_the_clock_is_read_and_moved(door: Door) -> None:
    now = door.control("clock").json()["now"]
    moved = door.control("clock", {"advance": 40}).json()
    assert moved == {"now": now + 40, "kind": "virtual", "speed": 0}


def test_a_job_is_steered_from_outside(door: Door) -> None:
    door.control("outcomes", {"outcome": "failed", "code": "tired"})
    assert door.control("outcomes").json()[0]["code"] == "tired"
    task_id = door.post(CLIPS, CLIP).json()["id"]
    door.control("clock", {"advance": 40})
    [task] = door.control("tasks").json()
    assert (task["id"], task["status"], task["error"]["code"]) == (task_id, "failed", "tired")
    ledger = door.control("ledger").json()
    assert (ledger["balance"], ledger["refunded"], len(ledger["entries"])) == (1000, 2.5, 2)


def test_faults_are_added_listed_and_taken_away(door: Door) -> None:
    door.control("faults", {"status": 429, "times": 2, "headers": {"Retry-After": "1"}})
    assert door.post(CLIPS, CLIP).status_code == 429
    assert door.control("faults").json()[0] == {
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
    assert door.send("DELETE", "/_mock/faults", key=None).json() == {"ok": True}
    assert door.post(CLIPS, CLIP).status_code == 200


def test_requests_are_shown_without_secrets(door: Door) -> None:
    door.post(CLIPS, CLIP | {"promt": 1})
    [entry] = door.control("requests").json()
    assert entry["json"] == CLIP | {"promt": 1}
    assert (entry["operation"], entry["model"], entry["status"], entry["unknown"]) == (
        "createClip",
        "toon-1",
        200,
        ["promt"],
    )
    assert entry["headers"]["authorization"] == "***"
    assert len(door.control("requests").json()) == 1, "commands are no requests"


def test_keys_and_credits_are_given(door: Door) -> None:
    door.control("keys", {"key": "second", "models": ["blow-up"]})
    assert door.post(CLIPS, CLIP, key="second").status_code == 403
    assert door.control("ledger", {"add": 5}).json()["balance"] == 1005


def test_reset(door: Door) -> None:
    door.post(CLIPS, CLIP)
    assert door.control("reset", {}).json() == {"ok": True}
    assert door.control("tasks").json() == []


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
def test_wrong_commands_are_told_what_is_wrong(
    door: Door, command: Any, body: Any, status: Any, why: Any
) -> None:
    reply = door.control(command, body)
    assert (reply.status_code, why in reply.json()["error"]["message"]) == (status, True), reply.text


def test_malformed_json_is_a_wrong_command(door: Door) -> None:
    reply = door.send("POST", "/_mock/faults", content=b"{", key=None)
    assert reply.status_code == 400
