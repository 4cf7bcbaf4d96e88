import contextlib
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evolink
from evolink._resources.callbacks import _parse

BODY = {"id": "task-1", "status": "completed", "results": ["https://evil.test/a.mp4"]}


@pytest.mark.parametrize("form", [json.dumps, lambda body: json.dumps(body).encode(), dict])
def test_a_delivery_is_read_in_any_form(world: Any, api: Any, form: Any) -> None:
    server = api(500)

    task = world.client(server).callbacks.parse(form(BODY))

    assert (task.id, task.status, task.results) == ("task-1", "completed", BODY["results"])
    assert server.requests == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", {}, {"id": ""}, {"id": 5}, {"id": " "}, b'"task-1"', b"[" * 200_000],
)
def test_what_shows_no_task_is_refused(world: Any, api: Any, body: Any) -> None:
    callbacks = world.client(api(500)).callbacks

    with pytest.raises(evolink.CallbackInvalid):
        callbacks.parse(body)
    with pytest.raises(evolink.CallbackInvalid):
        world.do(callbacks.verify(body))


def test_an_endless_delivery_is_not_even_read(world: Any, api: Any) -> None:
    with pytest.raises(evolink.CallbackInvalid, match="bytes"):
        world.client(api(500)).callbacks.parse(b" " * 2_000_000)


@given(st.binary() | st.text() | st.dictionaries(st.text(), st.text() | st.integers()))
def test_any_delivery_is_a_task_or_refused(body: Any) -> None:
    with contextlib.suppress(evolink.CallbackInvalid):
        assert _parse(body)["id"]


def test_verifying_believes_the_api_and_nothing_else(world: Any, api: Any, state: Any) -> None:
    server = api({"id": "task-1", "status": "processing"})

    task = world.do(world.client(server).callbacks.verify(BODY))

    assert (task.status, task.results) == ("processing", [])
    assert server.last.url.path.endswith("/task-1")


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_task_that_the_api_does_not_know_is_a_forgery(world: Any, api: Any, status: Any) -> None:
    server = api(httpx.Response(status, json={"error": {"code": "task_not_found"}}))

    with pytest.raises(evolink.CallbackInvalid) as caught:
        world.do(world.client(server).callbacks.verify(BODY))

    assert (caught.value.status, caught.value.code) == (status, "task_not_found")


def test_an_api_that_cannot_be_asked_says_nothing_of_the_delivery(world: Any, api: Any) -> None:
    with pytest.raises(evolink.ServerError):
        world.do(world.client(api(503), max_retries=0).callbacks.verify(BODY))


def test_a_delivered_task_can_be_gone_on_with(world: Any, api: Any, state: Any) -> None:
    server = api(state("completed"))

    task = world.client(server).callbacks.parse({"id": "task-1", "status": "processing"})
    world.do(task.wait())

    assert task.done
