"""The life of a task, and the credits it moves."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_mock import EvoLinkMock, RealClock, VirtualClock
from evolink_mock._engine.faults import Fault
from evolink_mock._tasks.account import STEPS, Ledger
from evolink_mock._tasks.outcomes import Outcome
from evolink_mock._tasks.task import POLLS, MockTask, TaskTemplate

from .conftest import CLIP, CLIPS, INVENTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from evolink_mock import Contract
    from evolink_mock._tasks.outcomes import End
    from evolink_mock._tasks.task import ProgressMode

    from .conftest import Door


def made(door: Door, **body: Any) -> Any:
    return door.post(CLIPS, CLIP | body).json()["id"]


def query(door: Door, task_id: str) -> Any:
    reply = door.get(f"/v2/jobs/{task_id}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_task_is_pending_then_processing_then_completed_by_time(door: Door) -> None:
    clock = door.engine.clock
    task_id = made(door)
    seen = []
    for seconds in (0, 4, 16, 19.9, 0.1):
        clock.advance(seconds)
        told = query(door, task_id)
        seen.append((told["status"], told["progress"], told["task_info"]["can_cancel"]))
    assert seen == [
        ("pending", 0, True),
        ("processing", 10, False),
        ("processing", 50, False),
        ("processing", 99, False),
        ("completed", 100, False),
    ]
    assert "error" not in told
    assert "usage" not in told, "the query tells what its own document documents"


@pytest.mark.parametrize(("speed", "told"), [(1.0, 40), (16.0, 3), (1000.0, 1)])
def test_a_fast_clock_tells_the_estimate_in_the_seconds_of_who_waits(speed: float, told: int) -> None:
    with EvoLinkMock(contract=INVENTED, clock=RealClock(speed)) as mock:
        headers = {"Authorization": f"Bearer {mock.api_key}"}
        reply = httpx.post(f"{mock.base_url}{CLIPS}", json=CLIP, headers=headers)
    assert reply.json()["task_info"]["estimated_time"] == told


def test_results_are_there_once_completed(door: Door) -> None:
    task_id = made(door)
    assert "results" not in query(door, task_id)
    door.engine.clock.advance(40)
    [link] = query(door, task_id)["results"]
    assert link.endswith(f"{task_id}.mp4?expires={int(door.engine.clock.now()) + 3600}")


def test_a_task_gets_on_by_queries(open_door: Callable[..., Door], invented: Contract) -> None:
    door = open_door(contract=invented, progress="polls")
    task_id = made(door)
    told = [query(door, task_id) for _ in range(POLLS)]
    assert [one["status"] for one in told] == ["pending", "processing", "processing", "completed"]
    assert [one["progress"] for one in told] == [0, 33, 66, 100]
    assert door.engine.account.ledger.charged == 2.5


def test_a_task_is_completed_at_once(open_door: Callable[..., Door], invented: Contract) -> None:
    door = open_door(contract=invented, progress="immediate")
    task_id = made(door)
    assert door.engine.account.ledger.charged == 2.5
    assert query(door, task_id)["status"] == "completed"


def test_who_polls_without_sleeping_on_the_clock_comes_to_an_end(door: Door) -> None:
    """An application with a `time.sleep` of its own would otherwise ask for ever."""
    task_id = made(door)
    began = door.engine.clock.now()
    polls = 1
    while query(door, task_id)["status"] != "completed":
        polls += 1
    assert polls == STEPS + 1
    assert door.engine.clock.now() - began == pytest.approx(40)


def test_who_sleeps_on_the_clock_is_not_hurried(door: Door) -> None:
    task_id = made(door)
    began = door.engine.clock.now()
    for _ in range(3):
        query(door, task_id)
        door.engine.clock.sleep(5)
    assert door.engine.clock.now() - began == 15


def test_queries_of_many_tasks_move_the_time_no_further_than_those_of_one(door: Door) -> None:
    tasks = [made(door) for _ in range(5)]
    began = door.engine.clock.now()
    for _ in range(3):
        for task_id in tasks:
            query(door, task_id)
    assert door.engine.clock.now() - began == pytest.approx(2 * 40 / STEPS)


def test_credits_are_reserved_then_charged(door: Door) -> None:
    made(door)
    ledger = door.engine.account.ledger
    assert (ledger.balance, ledger.reserved, ledger.charged, ledger.refunded) == (997.5, 2.5, 0, 0)
    door.engine.clock.advance(40)
    ledger = door.engine.account.ledger
    assert (ledger.balance, ledger.reserved, ledger.charged, ledger.refunded) == (997.5, 0, 2.5, 0)
    assert [(one.kind, one.credits) for one in ledger.entries] == [("reserved", 2.5), ("charged", 2.5)]
    assert ledger.entries[1].time - ledger.entries[0].time == 40


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
def test_a_task_that_does_not_complete_gives_its_credits_back(
    door: Door, end: Any, how: Any, error: Any
) -> None:
    door.engine.account.outcomes.add(end, **how)
    task_id = made(door)
    door.engine.clock.advance(40)
    told = query(door, task_id)
    assert (told["status"], told.get("error"), told["progress"]) == (end, error, 50)
    assert "results" not in told
    ledger = door.engine.account.ledger
    assert (ledger.balance, ledger.charged, ledger.refunded) == (1000, 0, 2.5)
    assert query(door, made(door))["status"] == "pending", "the outcome was that of one task"


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
def test_an_outcome_that_makes_no_sense_is_refused(door: Door, end: Any, how: Any, why: Any) -> None:
    with pytest.raises(ValueError, match=why):
        door.engine.account.outcomes.add(end, **how)


def test_an_outcome_can_be_dressed(door: Door) -> None:
    door.engine.account.outcomes.add(
        "completed", status="moderating", seconds=10, results=2, extra={"billing": {"cost": 1}}, started=True
    )
    reply = door.post(CLIPS, CLIP).json()
    assert (reply["status"], reply["progress"], "created" in reply) == ("moderating", 1, False)
    door.engine.clock.advance(5)
    told = query(door, reply["id"])
    assert (told["status"], told["progress"], told["billing"]) == ("moderating", 50, {"cost": 1})
    door.engine.clock.advance(5)
    told = query(door, reply["id"])
    assert told["status"] == "completed"
    assert [door.get(link).status_code for link in told["results"]] == [200, 200]
    assert door.get(told["results"][1].replace(".2.", ".3.")).status_code == 404


def test_progress_follows_the_curve_that_was_asked_for(door: Door) -> None:
    door.engine.account.outcomes.add("completed", seconds=30, curve=[0, 20, 20, 95])
    task_id = made(door)
    shown = []
    for _ in range(6):
        door.engine.clock.advance(5)
        shown.append(query(door, task_id)["progress"])
    assert shown == [10, 20, 20, 20, 57, 100]


def test_outcomes_are_for_the_next_tasks_in_their_order(door: Door) -> None:
    door.engine.account.outcomes.add("failed", times=2)
    door.engine.account.outcomes.add("cancelled")
    tasks = [made(door) for _ in range(4)]
    door.engine.clock.advance(40)
    assert [query(door, one)["status"] for one in tasks] == ["failed", "failed", "cancelled", "completed"]


def test_without_enough_credits_the_answer_is_the_documented_402(
    open_door: Callable[..., Door], invented: Contract
) -> None:
    door = open_door(contract=invented, credits=5)
    assert door.post(CLIPS, CLIP).status_code == 200
    assert door.post(CLIPS, CLIP).status_code == 200
    reply = door.post(CLIPS, CLIP)
    assert reply.status_code == 402
    assert reply.json() == {"error": {"code": "no_money", "message": "Top up", "type": "quota"}}
    assert len(door.engine.account.tasks) == 2
    door.engine.account.ledger.add(2.5)
    assert door.post(CLIPS, CLIP).status_code == 200


def test_the_same_seed_makes_the_same_ids(open_door: Callable[..., Door], invented: Contract) -> None:
    first, again, other = (made(open_door(contract=invented, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_reset_begins_anew(door: Door) -> None:
    made(door)
    door.engine.faults.add(Fault(status=500))
    door.engine.account.outcomes.add("failed")
    door.engine.keys.issue("second")
    now = door.engine.clock.now()
    door.engine.reset()
    assert len(door.engine.account.tasks) == len(door.engine.requests) == len(door.engine.faults.waiting) == 0
    assert len(door.engine.account.outcomes) == 0
    assert door.engine.account.ledger.balance == 1000
    assert door.post(CLIPS, CLIP, key="second").status_code == 401
    assert door.engine.clock.now() == now


def test_a_replay_of_an_idempotency_key_creates_nothing(door: Door) -> None:
    headers = {"Idempotency-Key": "0123456789abcdef"}
    first = door.post(CLIPS, CLIP, headers=headers)
    again = door.post(CLIPS, dict(reversed(CLIP.items())), headers=headers)
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(door.engine.account.tasks) == 1
    assert door.engine.requests[-1].task_id == first.json()["id"]


def test_another_body_under_the_same_idempotency_key_is_refused(door: Door) -> None:
    headers = {"Idempotency-Key": "0123456789abcdef"}
    door.post(CLIPS, CLIP, headers=headers)
    reply = door.post(CLIPS, CLIP | {"prompt": "A boat"}, headers=headers)
    assert reply.status_code == 409
    assert reply.json()["error"]["code"] == "idempotency_conflict"
    assert reply.json()["error"].keys() == {"code", "message", "type"}
    assert len(door.engine.account.tasks) == 1


def test_an_idempotency_key_belongs_to_an_api_key(door: Door) -> None:
    door.engine.keys.issue("second")
    headers = {"Idempotency-Key": "0123456789abcdef"}
    door.post(CLIPS, CLIP, headers=headers)
    assert door.post(CLIPS, CLIP, headers=headers, key="second").status_code == 200
    assert len(door.engine.account.tasks) == 2


@pytest.fixture(scope="module")
def template(invented: Contract) -> TaskTemplate:
    op = invented.operation("createClip")
    return TaskTemplate(invented, op, invented.operation("getJob"), op.models["toon-1"])


@given(
    moments=st.lists(st.floats(0, 100), min_size=2),
    end=st.sampled_from(["completed", "failed", "cancelled"]),
    seconds=st.floats(0, 60),
    mode=st.sampled_from(["time", "immediate"]),
    started=st.booleans(),
)
def test_progress_only_grows_and_an_end_is_an_end(
    template: TaskTemplate, moments: list[float], end: End, seconds: float, mode: ProgressMode, started: bool
) -> None:
    task = MockTask("job-1", template, Outcome(end, started=started), {}, 2, "", 0.0, seconds, 1)
    states = [task.state(moment, mode) for moment in sorted(moments)]
    assert all(a.progress <= b.progress for a, b in itertools.pairwise(states))
    assert all(b == a for a, b in itertools.pairwise(states) if a.is_ended)
    assert all(0 <= one.progress <= 100 for one in states)
    assert all((one.progress == 100) == (one.status == "completed") for one in states)


@given(st.lists(st.tuples(st.sampled_from(["charge", "refund"]), st.decimals(0, 50, places=2)), max_size=60))
def test_no_credit_is_lost(moves: Any) -> None:
    ledger = Ledger(10_000)
    for number, (move, credits_) in enumerate(moves):
        ledger.reserve(str(number), float(credits_), 0)
        getattr(ledger, move)(str(number), float(credits_), 0)
    spent = sum(float(credits_) for move, credits_ in moves if move == "charge")
    assert ledger.reserved == 0
    assert ledger.charged == pytest.approx(spent)
    assert ledger.balance + ledger.charged == pytest.approx(10_000, abs=1e-9)


def test_a_ledger_of_whole_credits_shows_whole_numbers() -> None:
    ledger = Ledger(1000)
    ledger.reserve("job-1", 7, 0)
    assert repr(ledger) == "Ledger(balance=993, reserved=7, charged=0, refunded=0)"


def test_a_clock_never_goes_back() -> None:
    clock = VirtualClock()
    for wrong in (-1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="finite"):
            clock.advance(wrong)
