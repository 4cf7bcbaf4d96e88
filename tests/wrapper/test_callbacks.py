import contextlib
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wrapper.fakes import Api, World, state

import evolink
from evolink._resources.callbacks import _parse

BODY = {"id": "task-1", "status": "completed", "results": ["https://evil.test/a.mp4"]}


@pytest.mark.parametrize("form", [json.dumps, lambda body: json.dumps(body).encode(), dict])
def test_parse_takes_text_bytes_and_mappings(world: World, form: Any) -> None:
    server = Api(500)

    task = world.client(server).callbacks.parse(form(BODY))

    assert (task.id, task.status, task.results) == ("task-1", "completed", BODY["results"])
    assert server.requests == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", {}, {"id": ""}, {"id": 5}, {"id": " "}, b'"task-1"', b"[" * 200_000],
)
def test_parse_rejects_a_body_without_a_task(world: World, body: Any) -> None:
    callbacks = world.client(Api(500)).callbacks

    with pytest.raises(evolink.CallbackInvalid):
        callbacks.parse(body)
    with pytest.raises(evolink.CallbackInvalid):
        world.do(callbacks.verify(body))


def test_parse_rejects_a_huge_body(world: World) -> None:
    with pytest.raises(evolink.CallbackInvalid, match="bytes"):
        world.client(Api(500)).callbacks.parse(b" " * 2_000_000)


@given(st.binary() | st.text() | st.dictionaries(st.text(), st.text() | st.integers()))
def test_parse_never_crashes(body: Any) -> None:
    with contextlib.suppress(evolink.CallbackInvalid):
        assert _parse(body)["id"]


def test_verify_uses_only_the_id_of_the_body(world: World) -> None:
    server = Api({"id": "task-1", "status": "processing"})

    task = world.do(world.client(server).callbacks.verify(BODY))

    assert (task.status, task.results) == ("processing", [])
    assert server.last.url.path.endswith("/task-1")


@pytest.mark.parametrize("status", [400, 403, 404])
def test_verify_rejects_a_task_unknown_to_the_api(world: World, status: Any) -> None:
    server = Api(httpx.Response(status, json={"error": {"code": "task_not_found"}}))

    with pytest.raises(evolink.CallbackInvalid) as caught:
        world.do(world.client(server).callbacks.verify(BODY))

    assert (caught.value.status, caught.value.code) == (status, "task_not_found")


def test_verify_raises_api_errors_as_they_are(world: World) -> None:
    with pytest.raises(evolink.ServerError):
        world.do(world.client(Api(503), max_retries=0).callbacks.verify(BODY))


def test_a_parsed_task_can_be_waited_for(world: World) -> None:
    server = Api(state("completed"))

    task = world.client(server).callbacks.parse(state())
    world.do(task.wait())

    assert task.done
