"""What the page is told of changes."""

import threading
from typing import Any

import httpx
import pytest

from evolink_mock import Contract, EvoLinkMock
from evolink_mock._ui.events import MAX_TASKS, Changes

from .conftest import CLIP, CLIPS, client_of


def post(client: httpx.Client, times: int = 1, **body: Any) -> list[str]:
    return [client.post(CLIPS, json=CLIP | body).json().get("id") for _ in range(times)]


def test_nothing_new_is_no_event(mock: EvoLinkMock, client: httpx.Client) -> None:
    changes = Changes(mock._engine)
    assert changes.take()["reset"]
    assert changes.take() == {}
    post(client)
    assert "reset" not in changes.take()
    assert changes.take() == {}


def test_each_request_is_reported_once_and_newest_first(mock: EvoLinkMock, client: httpx.Client) -> None:
    changes = Changes(mock._engine)
    post(client, 3)
    first = changes.take()
    assert [row["id"] for row in first["requests"]] == ["mock-00000003", "mock-00000002", "mock-00000001"]
    assert [row["number"] for row in first["tasks"]] == [3, 2, 1]
    post(client)
    second = changes.take()
    assert [row["id"] for row in second["requests"]] == ["mock-00000004"]
    assert [row["number"] for row in second["tasks"]] == [4]
    assert [(row["kind"], row["credits"]) for row in second["entries"]] == [("reserved", 2.5)]


@pytest.mark.parametrize(
    ("prompt", "text"), [("A cat", "A cat"), ("https://x.example", "https://longer.example")]
)
def test_task_is_shown_with_its_longest_text_that_is_no_link(
    mock: EvoLinkMock, client: httpx.Client, prompt: str, text: str
) -> None:
    changes = Changes(mock._engine)
    post(client, prompt=prompt, other="https://longer.example")
    [row] = changes.take()["tasks"]
    assert row["text"] == text


def test_many_changes_are_one_bounded_event(synthetic: Contract) -> None:
    mock = EvoLinkMock(contract=synthetic, credits=10_000)
    changes = Changes(mock._engine)
    with client_of(mock, transport=mock.transport()) as client:
        post(client, MAX_TASKS + 50, comment="x" * 10_000)
    event = changes.take()
    assert (len(event["tasks"]), event["task_count"]) == (100, MAX_TASKS + 50)
    assert (len(event["requests"]), event["request_count"]) == (50, MAX_TASKS + 50)
    assert len(event["entries"]) == 50
    assert max(len(row["text"]) for row in event["tasks"]) <= 201
    numbers = [row["number"] for row in event["tasks"]]
    while event := changes.take():
        numbers += [row["number"] for row in event["tasks"]]
    assert numbers == list(range(MAX_TASKS + 50, 50, -1))
    mock.clock.advance(20)
    assert set(changes.take()["tasks"][0]) == {"id", "status", "progress", "ended"}


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_end_of_a_task_is_reported_once(mock: EvoLinkMock, client: httpx.Client, end: Any) -> None:
    mock.outcome(end)
    [task_id] = post(client)
    changes = Changes(mock._engine)
    changes.take()
    mock.clock.advance(1000)
    [row] = changes.take()["tasks"]
    assert (row["id"], row["status"], row["ended"]) == (task_id, end, True)
    mock.clock.advance(1000)
    assert changes.take() == {}


def test_faults_outcomes_and_callbacks_are_reported(mock: EvoLinkMock, client: httpx.Client) -> None:
    mock.router.post("https://my-app.example/done").respond(204)
    changes = Changes(mock._engine)
    changes.take()
    mock.fault(status=503, times=2)
    mock.outcome("failed")
    event = changes.take()
    assert event["faults"][0]["times"] == 2
    assert event["outcomes"][0]["end"] == "failed"
    post(client)
    event = changes.take()
    assert event["faults"][0]["times"] == 1
    assert event["requests"][0]["fault"]
    mock._engine.faults.clear()
    post(client, notify="https://my-app.example/done")
    mock.clock.advance(1000)
    event = changes.take()
    assert event["faults"] == event["outcomes"] == []
    assert [(row["status"], row["delivered"]) for row in event["callbacks"]] == [(204, True)]


def test_busy_mock_is_looked_at_later(mock: EvoLinkMock) -> None:
    changes = Changes(mock._engine)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with mock._engine.lock:
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    assert changes.take() == {}
    done.set()
    thread.join()
    assert changes.take()["reset"]
