"""The states of a task, and its credits."""

import copy
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock import Contract, EvoLinkMock, RealClock
from evolink_mock._engine.faults import Fault
from evolink_mock._tasks.account import STEPS
from evolink_mock._tasks.ledger import Ledger
from evolink_mock._tasks.outcomes import End, Outcome
from evolink_mock._tasks.task import POLLS, MockTask, ProgressMode, TaskTemplate

from .conftest import CLIP, CLIPS, CONTRACT_FILE, ApiClient, client_of


def made(api: ApiClient, **body: Any) -> Any:
    return api.post(CLIPS, CLIP | body).json()["id"]


def query(api: ApiClient, task_id: str) -> Any:
    reply = api.get(f"/v2/jobs/{task_id}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_task_proceeds_by_time(api: ApiClient) -> None:
    clock = api.engine.clock
    task_id = made(api)
    states = []
    for seconds in (0, 4, 16, 19.9, 0.1):
        clock.advance(seconds)
        state = query(api, task_id)
        states.append((state["status"], state["progress"], state["task_info"]["can_cancel"]))
    assert states == [
        ("pending", 0, True),
        ("processing", 10, False),
        ("processing", 50, False),
        ("processing", 99, False),
        ("completed", 100, False),
    ]
    assert "error" not in state
    assert "usage" not in state, "the query tells what its own document documents"


@pytest.mark.parametrize(("speed", "state"), [(1.0, 40), (16.0, 3), (1000.0, 1)])
def test_estimate_is_in_real_seconds(speed: float, state: int) -> None:
    with EvoLinkMock(contract=CONTRACT_FILE, clock=RealClock(speed)) as mock:
        reply = ApiClient(mock._engine, mock.base_url, "sync", {}).post(CLIPS, CLIP)
    assert reply.json()["task_info"]["estimated_time"] == state


def test_results_after_completion(api: ApiClient) -> None:
    task_id = made(api)
    assert "results" not in query(api, task_id)
    api.engine.clock.advance(40)
    [link] = query(api, task_id)["results"]
    assert link.endswith(f"{task_id}.mp4?expires={int(api.engine.clock.now()) + 3600}")


def test_task_proceeds_by_queries(open_api: Callable[..., ApiClient], synthetic: Contract) -> None:
    api = open_api(contract=synthetic, progress="polls")
    task_id = made(api)
    state = [query(api, task_id) for _ in range(POLLS)]
    assert [one["status"] for one in state] == ["pending", "processing", "processing", "completed"]
    assert [one["progress"] for one in state] == [0, 33, 66, 100]
    assert api.engine.account.ledger.charged == 2.5


def test_task_completes_immediately(open_api: Callable[..., ApiClient], synthetic: Contract) -> None:
    api = open_api(contract=synthetic, progress="immediate")
    task_id = made(api)
    assert api.engine.account.ledger.charged == 2.5
    assert query(api, task_id)["status"] == "completed"


def test_polling_without_sleeping_ends(api: ApiClient) -> None:
    """An application that sleeps by `time.sleep` would otherwise poll for ever."""
    task_id = made(api)
    began = api.engine.clock.now()
    polls = 1
    while query(api, task_id)["status"] != "completed":
        polls += 1
    assert polls == STEPS + 1
    assert api.engine.clock.now() - began == pytest.approx(40)


def test_polling_with_sleeping_keeps_the_time(api: ApiClient) -> None:
    task_id = made(api)
    began = api.engine.clock.now()
    for _ in range(3):
        query(api, task_id)
        api.engine.clock.sleep(5)
    assert api.engine.clock.now() - began == 15


def test_queries_of_many_tasks_move_the_time_like_one(api: ApiClient) -> None:
    tasks = [made(api) for _ in range(5)]
    began = api.engine.clock.now()
    for _ in range(3):
        for task_id in tasks:
            query(api, task_id)
    assert api.engine.clock.now() - began == pytest.approx(2 * 40 / STEPS)


def test_credits_are_reserved_then_charged(api: ApiClient) -> None:
    made(api)
    ledger = api.engine.account.ledger
    assert (ledger.balance, ledger.reserved, ledger.charged, ledger.refunded) == (997.5, 2.5, 0, 0)
    api.engine.clock.advance(40)
    ledger = api.engine.account.ledger
    assert (ledger.balance, ledger.reserved, ledger.charged, ledger.refunded) == (997.5, 0, 2.5, 0)
    assert [(one.kind, one.credits) for one in ledger.entries] == [("reserved", 2.5), ("charged", 2.5)]
    assert ledger.entries[1].time - ledger.entries[0].time == 40


@pytest.mark.parametrize(("kept", "order"), [(100, [5, 10, 20, 30, 35, 40]), (2, [30, 10, 20, 40, 5, 35])])
def test_tasks_are_charged_when_they_end_or_are_dropped(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, kept: int, order: list[int]
) -> None:
    monkeypatch.setattr("evolink_mock._tasks.task_store.MAX_TASKS", kept)
    account = api.engine.account
    durations = {}
    for seconds in (30, 10, 20, 40, 5, 35):
        account.outcomes.add("completed", seconds=seconds)
        durations[made(api)] = seconds
    api.engine.clock.advance(60)
    charged = [entry for entry in account.ledger.entries if entry.kind == "charged"]
    assert [durations[entry.task_id] for entry in charged] == order


@pytest.mark.parametrize(
    ("end", "how", "error"),
    [
        (
            "failed",
            {"code": "tired"},
            {"code": "tired", "message": "Come back tomorrow.", "type": "job_error"},
        ),
        ("failed", {}, {"code": "ugly", "message": "Draw something nicer.", "type": "job_error"}),
        (
            "failed",
            {"code": "ugly", "message": "No.\nNo!"},
            {"code": "ugly", "message": "No.\nNo!", "type": "job_error"},
        ),
        (
            "failed",
            {"code": "odd", "undocumented": True},
            {"code": "odd", "message": "The task failed.", "type": "job_error"},
        ),
        ("cancelled", {}, None),
    ],
)
def test_failed_task_is_refunded(one_api: ApiClient, end: Any, how: Any, error: Any) -> None:
    one_api.engine.account.outcomes.add(end, **how)
    task_id = made(one_api)
    one_api.engine.clock.advance(40)
    state = query(one_api, task_id)
    assert (state["status"], state.get("error"), state["progress"]) == (end, error, 50)
    assert "results" not in state
    ledger = one_api.engine.account.ledger
    assert (ledger.balance, ledger.charged, ledger.refunded) == (1000, 0, 2.5)
    assert query(one_api, made(one_api))["status"] == "pending", "the outcome was that of one task"


@pytest.mark.parametrize(
    ("end", "how", "why"),
    [
        ("lost", {}, "completed, failed, cancelled"),
        ("failed", {"code": "odd"}, "known are ugly, tired"),
        ("completed", {"code": "ugly"}, "only a failed task"),
        ("completed", {"results": -1}, "results must be"),
        ("completed", {"times": 0}, "times must be"),
        ("completed", {"curve": [0, 50, 40]}, "none less than the one before"),
        ("completed", {"curve": [5]}, "two or more numbers"),
        ("completed", {"colour": "red"}, "no 'colour'"),
    ],
)
def test_invalid_outcome_is_refused(one_api: ApiClient, end: Any, how: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        one_api.engine.account.outcomes.add(end, **how)


def test_outcome_changes_how_a_task_goes(api: ApiClient) -> None:
    api.engine.account.outcomes.add(
        "completed", status="moderating", seconds=10, results=2, extra={"billing": {"cost": 1}}, started=True
    )
    reply = api.post(CLIPS, CLIP).json()
    assert (reply["status"], reply["progress"], "created" in reply) == ("moderating", 1, False)
    api.engine.clock.advance(5)
    state = query(api, reply["id"])
    assert (state["status"], state["progress"], state["billing"]) == ("moderating", 50, {"cost": 1})
    api.engine.clock.advance(5)
    state = query(api, reply["id"])
    assert state["status"] == "completed"
    assert [api.get(link).status_code for link in state["results"]] == [200, 200]
    assert api.get(state["results"][1].replace(".2.", ".3.")).status_code == 404


def test_progress_follows_the_curve(api: ApiClient) -> None:
    api.engine.account.outcomes.add("completed", seconds=30, curve=[0, 20, 20, 95])
    task_id = made(api)
    shown = []
    for _ in range(6):
        api.engine.clock.advance(5)
        shown.append(query(api, task_id)["progress"])
    assert shown == [10, 20, 20, 20, 57, 100]


def test_outcomes_apply_in_order(api: ApiClient) -> None:
    api.engine.account.outcomes.add("failed", times=2)
    api.engine.account.outcomes.add("cancelled")
    tasks = [made(api) for _ in range(4)]
    api.engine.clock.advance(40)
    assert [query(api, one)["status"] for one in tasks] == ["failed", "failed", "cancelled", "completed"]


def test_insufficient_credits_are_402(open_api: Callable[..., ApiClient], synthetic: Contract) -> None:
    api = open_api(contract=synthetic, credits=5)
    assert api.post(CLIPS, CLIP).status_code == 200
    assert api.post(CLIPS, CLIP).status_code == 200
    reply = api.post(CLIPS, CLIP)
    assert reply.status_code == 402
    assert reply.json() == {"error": {"code": "no_money", "message": "Top up", "type": "quota"}}
    assert len(api.engine.account.tasks) == 2
    api.engine.account.ledger.add(2.5)
    assert api.post(CLIPS, CLIP).status_code == 200


def test_ids_follow_the_seed(open_api: Callable[..., ApiClient], synthetic: Contract) -> None:
    first, again, other = (made(open_api(contract=synthetic, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_reset_forgets_all_that_was_done(api: ApiClient) -> None:
    made(api)
    api.engine.faults.add(Fault(status=500))
    api.engine.account.outcomes.add("failed")
    api.engine.keys.issue("second")
    now = api.engine.clock.now()
    api.engine.reset()
    assert len(api.engine.account.tasks) == len(api.engine.requests) == len(api.engine.faults.waiting) == 0
    assert len(api.engine.account.outcomes) == 0
    assert api.engine.account.ledger.balance == 1000
    assert api.post(CLIPS, CLIP, key="second").status_code == 401
    assert api.engine.clock.now() == now


def test_repeated_idempotency_key_creates_nothing(api: ApiClient) -> None:
    headers = {"Idempotency-Key": "0123456789abcdef"}
    first = api.post(CLIPS, CLIP, headers=headers)
    again = api.post(CLIPS, dict(reversed(CLIP.items())), headers=headers)
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(api.engine.account.tasks) == 1
    assert api.engine.requests[-1].task_id == first.json()["id"]


def test_idempotency_key_with_another_body_conflicts(api: ApiClient) -> None:
    headers = {"Idempotency-Key": "0123456789abcdef"}
    api.post(CLIPS, CLIP, headers=headers)
    reply = api.post(CLIPS, CLIP | {"prompt": "A boat"}, headers=headers)
    assert reply.status_code == 409
    assert reply.json()["error"]["code"] == "idempotency_conflict"
    assert reply.json()["error"].keys() == {"code", "message", "type"}
    assert len(api.engine.account.tasks) == 1


def test_idempotency_key_belongs_to_an_api_key(api: ApiClient) -> None:
    api.engine.keys.issue("second")
    headers = {"Idempotency-Key": "0123456789abcdef"}
    api.post(CLIPS, CLIP, headers=headers)
    assert api.post(CLIPS, CLIP, headers=headers, key="second").status_code == 200
    assert len(api.engine.account.tasks) == 2


@pytest.fixture(scope="module")
def template(synthetic: Contract) -> TaskTemplate:
    op = synthetic.operation("createClip")
    return TaskTemplate(synthetic, op, synthetic.operation("getJob"), op.models["toon-1"])


@given(
    moments=st.lists(st.floats(0, 100), min_size=2),
    end=st.sampled_from(["completed", "failed", "cancelled"]),
    seconds=st.floats(0, 60),
    mode=st.sampled_from(["time", "immediate"]),
    started=st.booleans(),
)
def test_progress_never_falls(
    template: TaskTemplate, moments: list[float], end: End, seconds: float, mode: ProgressMode, started: bool
) -> None:
    task = MockTask("job-1", template, Outcome(end, started=started), {}, 2, "", 0.0, seconds, 1)
    states = [task.state(moment, mode) for moment in sorted(moments)]
    assert all(a.progress <= b.progress for a, b in itertools.pairwise(states))
    assert all(b == a for a, b in itertools.pairwise(states) if a.is_ended)
    assert all(0 <= one.progress <= 100 for one in states)
    assert all((one.progress == 100) == (one.status == "completed") for one in states)


@given(st.lists(st.tuples(st.sampled_from(["charge", "refund"]), st.decimals(0, 50, places=2)), max_size=60))
def test_ledger_is_exact(moves: Any) -> None:
    ledger = Ledger(10_000)
    for number, (move, credits_) in enumerate(moves):
        ledger.reserve(str(number), float(credits_), 0)
        getattr(ledger, move)(str(number), float(credits_), 0)
    spent = sum(float(credits_) for move, credits_ in moves if move == "charge")
    assert ledger.reserved == 0
    assert ledger.charged == pytest.approx(spent)
    assert ledger.balance + ledger.charged == pytest.approx(10_000, abs=1e-9)


def test_ledger_shows_whole_numbers() -> None:
    ledger = Ledger(1000)
    ledger.reserve("job-1", 7, 0)
    assert repr(ledger) == "Ledger(balance=993, reserved=7, charged=0, refunded=0)"


@pytest.mark.parametrize(
    ("pattern", "begin"), [("^job-", "job-"), ("^clip-", "clip-"), ("^[0-9]{1,3}$", "job-")]
)
def test_id_is_one_that_the_query_takes(synthetic: Contract, pattern: str, begin: str) -> None:
    document = copy.deepcopy(dict(synthetic.document))
    getters = [item["get"] for item in document["paths"].values() if "get" in item]
    [query] = [one for one in getters if one.get("operationId") == "getJob"]
    [parameter] = [one for one in query["parameters"] if one["in"] == "path"]
    parameter |= {"schema": {"type": "string", "pattern": pattern}, "example": "clip-12345678"}
    contract = Contract(document)
    op = contract.operation("createClip")
    template = TaskTemplate(contract, op, contract.operation("getJob"), op.models["toon-1"])
    assert template.new_id(0, random.Random(1)).startswith(begin)


def test_results_of_the_creation_are_none_of_the_task(synthetic: Contract) -> None:
    document = copy.deepcopy(dict(synthetic.document))
    for example in document["paths"][CLIPS]["post"]["responses"]["200"]["content"]["application/json"][
        "examples"
    ].values():
        example["value"]["results"] = ["text"]
    mock = EvoLinkMock(contract=Contract(document))
    with client_of(mock, transport=mock.transport()) as client:
        task_id = client.post(CLIPS, json=CLIP).json()["id"]
        assert "results" not in client.get(f"/v2/jobs/{task_id}").json()
