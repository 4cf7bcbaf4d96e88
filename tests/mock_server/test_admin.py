"""The admin API."""

import json
from typing import Any

import pytest

from .conftest import CLIP, CLIPS, ApiClient


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
    assert len(api.control("requests").json()) == 1, "commands are not requests"


def test_keys_and_ledger_commands(api: ApiClient) -> None:
    api.control("keys", {"key": "second", "models": ["blow-up"]})
    assert api.post(CLIPS, CLIP, key="second").status_code == 403
    assert api.control("ledger", {"add": 5}).json()["balance"] == 1005


def test_reset_command_clears_the_tasks(api: ApiClient) -> None:
    api.post(CLIPS, CLIP)
    assert api.control("reset", {}).json() == {"ok": True}
    assert api.control("tasks").json() == []


@pytest.mark.parametrize(
    ("command", "body", "status", "why"),
    [
        ("clocks", {}, 404, "there are clock"),
        ("reset", None, 405, "POST"),
        ("clock", {}, 400, "advance must be a number, it is missing"),
        ("clock", {"advance": -1}, 400, "finite"),
        ("clock", {"advance": "9"}, 400, "advance must be a number, not '9'"),
        ("clock", {"advnce": 9}, 400, "unknown: advnce"),
        ("faults", {"status": "x"}, 400, "status"),
        ("faults", {"operation": "nothing", "status": 500}, 400, "create, query, results, "),
        ("outcomes", {"end": "failed"}, 400, "completed"),
        ("outcomes", {"outcome": "failed", "code": "odd"}, 400, "ugly, tired"),
        ("outcomes", {"outcome": ["failed"]}, 400, "completed"),
        ("keys", {"key": 7}, 400, "issued by"),
        ("keys", {"key": "é"}, 400, "ASCII"),
        ("ledger", {"add": -5}, 400, "positive"),
        ("ledger", {"add": 1e308}, 400, "at most"),
        ("ledger", {"add": 10**400}, 400, "at most"),
        ("clock", {"advance": 1e12}, 400, "year 9892"),
        ("clock", {"advance": 10**400}, 400, "year 9892"),
        ("outcomes", {"outcome": "completed", "seconds": 10**400}, 400, "at most 1000000000"),
        ("outcomes", {"outcome": "completed", "times": 10**400}, 400, "at most 1000000000"),
        ("outcomes", {"outcome": "completed", "extra": {"x": "x" * 20_000}}, 400, "at most 16384 bytes"),
        ("outcomes", {"outcome": "completed", "curve": [0] * 10_000}, 400, "at most 16384 bytes"),
        ("faults", {"headers": {"x": "x" * 20_000}}, 400, "headers must be"),
        ("faults", {"headers": {f"x{number}": "x" for number in range(101)}}, 400, "headers must be"),
        ("keys", {"key": "k", "models": [1, "blow-up"]}, 400, "list of their ids"),
        ("keys", {"key": "k", "models": [f"m{number}" for number in range(12_000)]}, 400, "too many"),
        ("faults", {"x": "x" * 1024 * 1024}, 413, "at most 1048576 bytes"),
        ("tasks", {}, 405, "GET"),
        ("requests", [], 405, "GET"),
        ("clock", [], 400, "object"),
    ],
)
def test_invalid_command_is_explained(
    one_api: ApiClient, command: str, body: Any, status: int, why: str
) -> None:
    reply = one_api.control(command, body)
    assert (reply.status_code, why in reply.json()["error"]["message"]) == (status, True), reply.text


def test_outcome_for_any_number_of_tasks(api: ApiClient) -> None:
    api.control("outcomes", {"outcome": "failed", "code": "tired", "times": 10**9})
    api.control("outcomes", {"outcome": "cancelled"})
    assert [one["end"] for one in api.control("outcomes").json()] == ["failed"] * 1000
    api.post(CLIPS, CLIP)
    assert len(api.engine.account.outcomes) == 10**9
    assert api.send("DELETE", "/_mock/outcomes", key=None).status_code == 200
    assert len(api.engine.account.outcomes) == 0


def test_invalid_outcome_leaves_the_credits(api: ApiClient) -> None:
    api.control("outcomes", {"outcome": "completed", "seconds": 10**400})
    api.post(CLIPS, CLIP)
    assert api.control("ledger").json()["reserved"] == 2.5
    assert [task["status"] for task in api.control("tasks").json()] == ["pending"]


@pytest.mark.parametrize("command", ["faults", "outcomes"])
def test_number_of_waiting_ones_is_limited(
    api: ApiClient, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("_engine.faults", "_tasks.outcomes"):
        monkeypatch.setattr(f"evolink_mock.{module}.MAX_WAITING", 2)
    body = {"status": 500} if command == "faults" else {"outcome": "failed"}
    assert [api.control(command, body).status_code for _ in range(3)] == [200, 200, 400]


def test_malformed_json_is_an_invalid_command(api: ApiClient) -> None:
    reply = api.send("POST", "/_mock/faults", content=b"{", key=None)
    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("order", "status", "balance"),
    [
        ({"outcome": "completed"}, "completed", 997.5),
        ({"outcome": "failed", "code": "tired", "message": "So tired"}, "failed", 1000),
        ({"outcome": "failed"}, "failed", 1000),
        ({"outcome": "cancelled"}, "cancelled", 1000),
    ],
)
def test_task_is_ended_on_command(api: ApiClient, order: Any, status: str, balance: float) -> None:
    task_id = api.post(CLIPS, CLIP).json()["id"]
    ended = api.control(f"tasks/{task_id}", order).json()
    assert ended["task"]["status"] == status
    assert ended["task"].get("error", {}).get("message") == order.get("message") or "code" not in order
    assert ended["request"] == CLIP
    assert api.get(f"/v2/jobs/{task_id}").json()["status"] == status
    assert api.control("ledger").json()["balance"] == balance
    again = api.control(f"tasks/{task_id}", {"outcome": "completed"})
    assert (again.status_code, again.json()["error"]["code"]) == (400, "invalid_command")
    api.control("clock", {"advance": 1000})
    assert api.control("ledger").json()["balance"] == balance


@pytest.mark.parametrize(
    "order", [{}, {"outcome": "lost"}, {"outcome": "failed", "code": "no_such"}, {"results": 2}]
)
def test_wrong_end_changes_nothing(api: ApiClient, order: Any) -> None:
    task_id = api.post(CLIPS, CLIP).json()["id"]
    assert api.control(f"tasks/{task_id}", order).status_code == 400
    assert api.control(f"tasks/{task_id}").json()["task"]["status"] == "pending"


def test_unknown_task_and_request(api: ApiClient) -> None:
    for name in ("tasks/no-such", "requests/no-such", "tasks/a/b"):
        response = api.control(name)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    assert api.control("tasks/no-such", {"outcome": "completed"}).status_code == 404
    assert api.control("ledger/1").json()["error"]["code"] == "unknown_command"


def test_request_with_its_reply(api: ApiClient) -> None:
    api.control("faults", {"status": 503})
    api.post(CLIPS, CLIP)
    [listed] = api.control("requests").json()
    request = api.control(f"requests/{listed['id']}").json()
    assert json.loads(request["body"]) == CLIP
    assert (request["status"], request["fault"]["status"]) == (503, 503)
    assert request["reply"].startswith('{"error":')
    assert "evolink-mock-key" not in str(request)


def test_options_describe_faults_and_outcomes(api: ApiClient) -> None:
    options = api.control("options").json()
    assert options["faults"]["when"][0] == "'before' or 'after'"
    assert options["outcomes"]["outcome"][0] == "'completed' or 'failed' or 'cancelled'"
    assert "'tired'" in options["outcomes"]["code"][0]
    assert {"create", "query", "results", "createClip"} < set(options["operations"])
    example = options["example"]
    assert api.send(example["method"], example["path"], json=example["body"]).status_code == 200
    # Each documented option is one that the command takes.
    for name in options["outcomes"]:
        error = api.control("outcomes", {"outcome": "completed", name: object.__name__}).json()
        assert "has no" not in str(error)
