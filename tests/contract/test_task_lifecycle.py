"""The life cycle of a task in the mock, for every model: documented replies, credits, links and callbacks."""

import itertools
import json
from typing import Any, Literal

import httpx
import pytest
from contract import api_requests, catalog, replies
from contract.catalog import Model
from contract.reply_checker import ReplyChecker

from evolink_mock import EvoLinkMock

MODELS = catalog.models()
# Fields that differ from task to task.
VARYING = {"id", "created", "model", "video_duration"}
REFUSALS = {"401": {"key": "no-such-key"}, "403": {"key": "key-of-another-model"}}
RECEIVER = "https://receiver.example.com/done"


def by_name(value: object) -> str | None:
    return value.name if isinstance(value, Model) else None


pytestmark = pytest.mark.parametrize("model", MODELS, ids=by_name)


def create(mock: EvoLinkMock, model: Model, **options: Any) -> httpx.Response:
    return api_requests.send(mock, model.operation, **{"body": model.example, **options})


def create_task(mock: EvoLinkMock, model: Model) -> str:
    """The id of a new task."""
    reply = create(mock, model)
    assert reply.is_success
    return str(reply.json()["id"])


def status_of(mock: EvoLinkMock, model: Model, task_id: str) -> dict[str, Any]:
    reply = api_requests.query(mock, model.operation, task_id)
    assert reply.status_code == 200
    body: dict[str, Any] = reply.json()
    return body


def without_varying(value: Any) -> Any:
    """The value without the fields that differ from task to task."""
    if isinstance(value, dict):
        return {name: without_varying(item) for name, item in value.items() if name not in VARYING}
    return value


def first_replies(model: Model) -> list[Any]:
    """The documented replies to a creation."""
    return catalog.documented(model.operation, str(catalog.success_of(model.operation)), model.name)


def price(model: Model) -> float:
    """The documented credits of a task."""
    [shown, *_] = first_replies(model) or [{}]
    return float((shown.get("usage") or {}).get("credits_reserved", 0))


def callback_of(model: Model) -> tuple[str, dict[str, Any]] | None:
    """The parameter that takes a callback address, and the documented callback policy."""
    found = ((name, one.get("x-evolink-callback")) for name, one in model.schema["properties"].items())
    return next(((name, policy) for name, policy in found if policy), None)


def test_first_reply_matches_example(evolink_mock: EvoLinkMock, model: Model) -> None:
    reply = create(evolink_mock, model)
    shown = first_replies(model)
    assert reply.status_code == catalog.success_of(model.operation)
    assert replies.fields(reply.json()) in [replies.fields(one) for one in shown] or not shown
    assert without_varying(reply.json()) in [without_varying(one) for one in shown] or not shown
    assert reply.json().get("model", model.name) == model.name


def test_task_passes_documented_states(evolink_mock: EvoLinkMock, model: Model) -> None:
    first = create(evolink_mock, model).json()
    task_id, fields_of_first = first["id"], replies.fields(first)
    query = catalog.INDEX["operations"][model.operation]["generation"]["query"]
    shown: dict[str, list[Any]] = {}
    for one in catalog.documented(query, "200", ""):
        shown.setdefault(one["status"], []).append(one)
    seen = [status_of(evolink_mock, model, task_id)]
    while seen[-1]["status"] not in ("completed", "failed") and len(seen) < 100:
        seen.append(status_of(evolink_mock, model, task_id))
    progress = [one["progress"] for one in seen]
    assert list(dict.fromkeys(one["status"] for one in seen)) == ["pending", "processing", "completed"]
    assert progress == sorted(progress)
    assert len(set(progress)) > 3
    assert (progress[0], progress[-1]) == (0, 100)
    assert {one["id"] for one in seen} == {task_id}
    for one in seen:
        assert bool(one.get("results")) == (one["status"] == "completed")
        # Examples may belong to other models: only fields of the task's first reply are expected.
        documented = [replies.fields(body) & fields_of_first for body in shown.get(one["status"], [])]
        assert not documented or any(replies.fields(one) >= fields for fields in documented)
    flags = [body.get("task_info") for body in shown.get("completed", [])]
    assert not any(flags) or seen[-1].get("task_info") in flags or "task_info" not in first


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_credits_are_reserved_then_charged_or_refunded(
    evolink_mock: EvoLinkMock,
    reply_checker: ReplyChecker,
    model: Model,
    end: Literal["completed", "failed", "cancelled"],
) -> None:
    reply_checker.is_disabled = end == "cancelled"  # not every document has this status
    evolink_mock.outcome(end)
    ledger = evolink_mock.ledger
    before = ledger.balance
    create_task(evolink_mock, model)
    assert (ledger.reserved, ledger.balance) == (price(model), before - price(model))
    evolink_mock.clock.advance(100_000)
    ledger = evolink_mock.ledger
    charged = price(model) if end == "completed" else 0
    assert (ledger.reserved, ledger.charged) == (0, charged)
    assert ledger.balance == before - charged
    assert ledger.refunded == price(model) - charged


def test_insufficient_credits_get_documented_error(model: Model) -> None:
    with EvoLinkMock(credits=1.5 * price(model)) as mock:
        accepted, refused = create(mock, model), create(mock, model)
        assert accepted.is_success
        assert refused.status_code == (402 if price(model) else accepted.status_code)
        if price(model):
            assert refused.json() in (
                catalog.documented(model.operation, "402", model.name) or [refused.json()]
            )
        assert len(mock.tasks) == (1 if price(model) else 2)
        assert mock.ledger.balance == 0.5 * price(model)


@pytest.mark.parametrize("status", REFUSALS)
def test_invalid_key_gets_documented_error(evolink_mock: EvoLinkMock, model: Model, status: str) -> None:
    evolink_mock.issue_key("key-of-another-model", models=["another"])
    reply = create(evolink_mock, model, **REFUSALS[status])
    if status == "401" and not catalog.needs_key(model.operation):
        assert reply.is_success
        return
    assert reply.status_code == int(status)
    assert reply.json() in (catalog.documented(model.operation, status, model.name) or [reply.json()])
    assert len(evolink_mock.tasks) == 0


def test_unknown_task_gets_documented_error(evolink_mock: EvoLinkMock, model: Model) -> None:
    unknown = f"{create_task(evolink_mock, model)}0"
    reply = api_requests.query(evolink_mock, model.operation, unknown)
    query = catalog.INDEX["operations"][model.operation]["generation"]["query"]
    assert reply.status_code == 404
    assert reply.json() in catalog.documented(query, "404", "")


def test_idempotency_key_creates_one_task(evolink_mock: EvoLinkMock, model: Model) -> None:
    first, again = (create(evolink_mock, model, Idempotency_Key="one-key-for-one-task") for _ in range(2))
    assert first.is_success
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (
        None,
        "true",
    )
    assert len(evolink_mock.tasks) == 1
    assert evolink_mock.ledger.reserved == price(model)
    other = create(
        evolink_mock, model, body={**model.example, "another": True}, Idempotency_Key="one-key-for-one-task"
    )
    is_closed = False in (model.schema.get("additionalProperties"), model.schema.get("unevaluatedProperties"))
    assert other.status_code == (400 if is_closed else 409)
    assert create(evolink_mock, model, Idempotency_Key="another-key-another-task").json() != first.json()


def test_links_expire_after_documented_time(evolink_mock: EvoLinkMock, model: Model) -> None:
    task_id = create_task(evolink_mock, model)
    query = catalog.INDEX["operations"][model.operation]["generation"]["query"]
    schema = replies.schema_of(query, 200) or {}
    ended = evolink_mock.clock.now()
    while not (links := status_of(evolink_mock, model, task_id).get("results")):
        ended = evolink_mock.clock.now()
    for seconds in replies.values_of(schema, "x-evolink-result-ttl"):
        evolink_mock.clock.advance(ended + seconds - evolink_mock.clock.now() - 1)
        assert [api_requests.HTTP.get(link).status_code for link in links] == [200] * len(links)
        evolink_mock.clock.advance(100_000)
        assert {api_requests.HTTP.get(link).status_code for link in links} == {410}


def test_callbacks_follow_documented_retries(evolink_mock: EvoLinkMock, model: Model) -> None:
    found = callback_of(model)
    if found is None:
        return
    parameter, policy = found
    received: list[Any] = []

    def receive(request: httpx.Request) -> httpx.Response:
        received.append(json.loads(request.content))
        assert "authorization" not in request.headers
        return httpx.Response(500)

    evolink_mock.router.post(RECEIVER).mock(side_effect=receive)
    reply = create(evolink_mock, model, body={**model.example, parameter: RECEIVER})
    evolink_mock.clock.advance(100_000)
    times = [attempt.time for attempt in evolink_mock.callbacks]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert pauses == pytest.approx(policy["retries"])
    assert len(received) == 1 + len(policy["retries"])
    assert all(body == status_of(evolink_mock, model, reply.json()["id"]) for body in received)
    assert received[0]["status"] == "completed"
