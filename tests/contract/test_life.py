"""The life of a task in the mock, for every model: replies, credits, links, callbacks as documented."""

import itertools
import json
from typing import Any

import httpx
import pytest
from contract import asking, catalog, replies
from contract.catalog import Model
from contract.watch import Watch

from evolink_mock import EvoLinkMock

MODELS = catalog.models()
# What differs from one task to the next.
OWN = {"id", "created", "model", "video_duration"}
REFUSALS = {"401": {"key": "no-such-key"}, "403": {"key": "key-of-another-model"}}
RECEIVER = "https://receiver.example.com/told"


def by_name(value: object) -> str | None:
    return value.name if isinstance(value, Model) else None


pytestmark = pytest.mark.parametrize("model", MODELS, ids=by_name)


def create(mock: EvoLinkMock, model: Model, **options: Any) -> httpx.Response:
    return asking.ask(mock, model.operation, **{"body": model.example, **options})


def started(mock: EvoLinkMock, model: Model) -> str:
    """The id of a new task."""
    reply = create(mock, model)
    assert reply.status_code == 200
    return str(reply.json()["id"])


def told(mock: EvoLinkMock, model: Model, task_id: str) -> dict[str, Any]:
    reply = asking.query(mock, model.operation, task_id)
    assert reply.status_code == 200
    body: dict[str, Any] = reply.json()
    return body


def shared(value: Any) -> Any:
    """What is the same for every task."""
    if isinstance(value, dict):
        return {name: shared(item) for name, item in value.items() if name not in OWN}
    return value


def price(model: Model) -> float:
    """The documented credits of a task."""
    [shown, *_] = catalog.documented(model.operation, "200", model.name) or [{}]
    return float((shown.get("usage") or {}).get("credits_reserved", 0))


def callback_of(model: Model) -> tuple[str, dict[str, Any]] | None:
    """The parameter that takes a callback address, and what is documented of callbacks."""
    found = ((name, one.get("x-evolink-callback")) for name, one in model.schema["properties"].items())
    return next(((name, policy) for name, policy in found if policy), None)


def test_the_first_reply_is_as_shown(evolink_mock: EvoLinkMock, model: Model) -> None:
    reply = create(evolink_mock, model)
    shown = catalog.documented(model.operation, "200", model.name)
    assert reply.status_code == 200
    assert replies.fields(reply.json()) in [replies.fields(one) for one in shown] or not shown
    assert shared(reply.json()) in [shared(one) for one in shown] or not shown
    assert reply.json().get("model", model.name) == model.name


def test_it_goes_through_the_documented_states_and_says_in_each_what_is_shown(
    evolink_mock: EvoLinkMock, model: Model
) -> None:
    first = create(evolink_mock, model).json()
    task_id, told_first = first["id"], replies.fields(first)
    query = catalog.INDEX["operations"][model.operation]["generation"]["query"]
    shown: dict[str, list[Any]] = {}
    for one in catalog.documented(query, "200", ""):
        shown.setdefault(one["status"], []).append(one)
    seen = [told(evolink_mock, model, task_id)]
    while seen[-1]["status"] not in ("completed", "failed") and len(seen) < 100:
        seen.append(told(evolink_mock, model, task_id))
    progress = [one["progress"] for one in seen]
    assert list(dict.fromkeys(one["status"] for one in seen)) == ["pending", "processing", "completed"]
    assert progress == sorted(progress)
    assert len(set(progress)) > 3
    assert (progress[0], progress[-1]) == (0, 100)
    assert {one["id"] for one in seen} == {task_id}
    for one in seen:
        assert bool(one.get("results")) == (one["status"] == "completed")
        # Of what documents of other models show, a task has what its first reply had.
        documented = [replies.fields(body) & told_first for body in shown.get(one["status"], [])]
        assert not documented or any(replies.fields(one) >= fields for fields in documented)
    flags = [body.get("task_info") for body in shown.get("completed", [])]
    assert not any(flags) or seen[-1].get("task_info") in flags or "task_info" not in first


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_credits_are_reserved_then_charged_or_given_back(
    evolink_mock: EvoLinkMock, watch: Watch, model: Model, end: Any
) -> None:
    watch.is_off = end == "cancelled"  # which not every document knows
    evolink_mock.outcome(end)
    ledger = evolink_mock.ledger
    before = ledger.balance
    started(evolink_mock, model)
    assert (ledger.reserved, ledger.balance) == (price(model), before - price(model))
    evolink_mock.clock.advance(100_000)
    ledger = evolink_mock.ledger
    charged = price(model) if end == "completed" else 0
    assert (ledger.reserved, ledger.charged) == (0, charged)
    assert ledger.balance == before - charged
    assert ledger.refunded == price(model) - charged


def test_a_balance_that_is_short_is_refused_in_the_documented_words(model: Model) -> None:
    with EvoLinkMock(credits=1.5 * price(model)) as mock:
        taken, refused = create(mock, model), create(mock, model)
        assert taken.status_code == 200
        assert refused.status_code == (402 if price(model) else 200)
        if price(model):
            assert refused.json() in (
                catalog.documented(model.operation, "402", model.name) or [refused.json()]
            )
        assert len(mock.tasks) == (1 if price(model) else 2)
        assert mock.ledger.balance == 0.5 * price(model)


@pytest.mark.parametrize("status", REFUSALS)
def test_a_key_that_does_not_fit_is_refused_in_the_documented_words(
    evolink_mock: EvoLinkMock, model: Model, status: str
) -> None:
    evolink_mock.issue_key("key-of-another-model", models=["another"])
    reply = create(evolink_mock, model, **REFUSALS[status])
    if status == "401" and not catalog.needs_key(model.operation):
        assert reply.status_code == 200
        return
    assert reply.status_code == int(status)
    assert reply.json() in (catalog.documented(model.operation, status, model.name) or [reply.json()])
    assert len(evolink_mock.tasks) == 0


def test_no_task_is_found_under_an_id_that_none_has(evolink_mock: EvoLinkMock, model: Model) -> None:
    unknown = f"{started(evolink_mock, model)}0"
    reply = asking.query(evolink_mock, model.operation, unknown)
    query = catalog.INDEX["operations"][model.operation]["generation"]["query"]
    assert reply.status_code == 404
    assert reply.json() in catalog.documented(query, "404", "")


def test_an_idempotency_key_makes_one_task(evolink_mock: EvoLinkMock, model: Model) -> None:
    first, again = (create(evolink_mock, model, Idempotency_Key="one-key-for-one-task") for _ in range(2))
    assert (again.status_code, again.json()) == (200, first.json())
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (
        None,
        "true",
    )
    assert len(evolink_mock.tasks) == 1
    assert evolink_mock.ledger.reserved == price(model)
    other = {**model.example, "another": True}
    assert create(evolink_mock, model, body=other, Idempotency_Key="one-key-for-one-task").status_code == 409
    assert create(evolink_mock, model, Idempotency_Key="another-key-another-task").json() != first.json()


def test_links_work_as_long_as_is_documented(evolink_mock: EvoLinkMock, model: Model) -> None:
    task_id = started(evolink_mock, model)
    query = catalog.INDEX["operations"][model.operation]["generation"]["query"]
    schema = replies.schema_of(query, 200) or {}
    ended = evolink_mock.clock.now()
    while not (links := told(evolink_mock, model, task_id).get("results")):
        ended = evolink_mock.clock.now()
    for seconds in replies.values_of(schema, "x-evolink-result-ttl"):
        evolink_mock.clock.advance(ended + seconds - evolink_mock.clock.now() - 1)
        assert [asking.HTTP.get(link).status_code for link in links] == [200] * len(links)
        evolink_mock.clock.advance(100_000)
        assert {asking.HTTP.get(link).status_code for link in links} == {410}


def test_callbacks_come_as_documented(evolink_mock: EvoLinkMock, model: Model) -> None:
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
    assert all(body == told(evolink_mock, model, reply.json()["id"]) for body in received)
    assert received[0]["status"] == "completed"
