"""A planted key goes to the API in one header, and nowhere else."""

import io
import json
import logging
import pickle
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from key_leaks import full_text
from wrapper.fakes import Api, World, state
from wrapper.hosts import Pieces

import evolink
from evolink._core.redaction import redact
from evolink._http.response import without_key

KEY = "sk-planted-7f3a9c1e5b8d2f60"
LINK = "https://files.test/clip.mp4"


def echo(request: Any, status: Any = 500) -> Any:
    """A careless server, or proxy, that shows what it was sent."""
    text = str(dict(request.headers))
    return httpx.Response(
        status,
        json={"error": {"code": text, "message": text, "type": text, "param": text, "suggestion": text}},
        headers={"x-request-id": request.headers["authorization"]},
    )


def leaky(request: Any) -> None:
    raise httpx.ReadError(f"failed with {request.headers['authorization']}", request=request)


def broken(request: Any) -> Any:
    return httpx.Response(200, text=f"<html>{request.headers['authorization']}</html>")


ANSWERS: dict[str, Any] = {
    "echo 400": lambda request: echo(request, 400),
    "echo 401": lambda request: echo(request, 401),
    "echo 500": echo,
    "echo 999": lambda request: echo(request, 999),
    "echo 200": broken,
    "network": leaky,
}


@pytest.fixture
def planted(world: World) -> Any:
    def make(answer: Any, **options: Any) -> Any:
        return world.client(Api(answer), api_key=KEY, **options)

    return make


@pytest.mark.parametrize("name", ANSWERS)
def test_no_error_shows_the_key(
    world: World, planted: Any, example: dict[str, Any], name: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = planted(ANSWERS[name], max_retries=1)
    calls: list[Any] = [
        lambda: client.videos.create(**example),
        lambda: client.videos.generate(**example),
        lambda: client.tasks.get("task-1"),
        lambda: client.callbacks.verify({"id": "task-1"}),
        lambda: client.callbacks.parse({"id": "task-1", "status": "x"}).wait(30),
    ]

    for call in calls:
        with pytest.raises(evolink.EvoLinkError) as caught:
            world.do(call())
        assert KEY not in full_text(caught.value)
        assert KEY not in repr(pickle.dumps(caught.value))
    logged = [record.getMessage() for record in caplog.records]
    logged += [repr(record.__dict__) for record in caplog.records]
    assert KEY not in "\n".join(logged)


def test_no_repr_of_client_task_or_error_shows_the_key(world: World, planted: Any) -> None:
    client = planted(state())
    task = world.do(client.tasks.get("task-1"))

    assert KEY not in f"{client!r} {client.tasks!r} {client.videos!r} {task!r} {vars(task)!r}"
    with pytest.raises(evolink.InvalidRequest) as caught:
        world.do(client.videos.create(model=5))
    assert KEY not in full_text(caught.value)


def test_only_the_api_receives_the_key(world: World, tmp_path: Path) -> None:
    def answer(request: Any) -> Any:
        hosts.append(
            (request.url.host, KEY in str(request.headers.raw) + str(request.url) + str(request.content))
        )
        if request.url.host == "files.test":
            return httpx.Response(302, headers={"location": "https://cdn.test/clip.mp4"})
        if request.url.host == "cdn.test":
            return httpx.Response(200, content=b"video")
        return httpx.Response(200, json=state("completed", results=[LINK]))

    hosts: list[tuple[str, bool]] = []
    client = world.client(answer, api_key=KEY)

    world.do(world.do(client.tasks.get("task-1")).download(tmp_path / "cat.mp4"))
    world.do(world.do(client.tasks.get("task-1")).download(io.BytesIO()))

    assert {host for host, is_sent in hosts if is_sent} == {"api.evolink.ai"}
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"video"]


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


def encoded(text: str) -> str:
    return "".join(f"%{ord(character):02x}" for character in text)


def plain(text: str) -> str:
    """A text with its escaped characters undone, as a reader could undo them."""
    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    return unquote(text)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "escaped in JSON": escaped,
    "percent-encoded": encoded,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("field", ["status", "id", "error", "model", "results"])
def test_no_task_shows_a_key_that_the_api_echoes(
    world: World, spelling: str, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = f"Bearer {KEY}!"
    fields: dict[str, Any] = {field: text}
    if field == "error":
        fields = {"error": dict.fromkeys(("code", "message", "type", "param", "suggestion"), text)}
    if field == "results":
        fields = {"results": [f"https://files.test/a.mp4?key={KEY}"]}
    status = "failed" if field == "error" else "processing"
    body = json.dumps({**state(status), **fields})
    body = body.replace(KEY, SPELLINGS[spelling](KEY))
    client = world.client(lambda _: httpx.Response(200, text=body), api_key=KEY)
    caplog.set_level(logging.DEBUG)

    task = world.do(client.tasks.get("task-1"))
    shown = [repr(task), repr(task.raw), repr(pickle.dumps(task))]
    with pytest.raises(evolink.EvoLinkError) as caught:
        world.do(task.wait(30))

    shown += [full_text(caught.value), repr(pickle.dumps(caught.value)), caplog.text]
    assert KEY not in plain("\n".join(shown))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("breaks_off", [True, False])
def test_a_body_that_is_cut_within_the_key_shows_little_of_it(
    world: World, example: dict[str, Any], spelling: str, status: int, breaks_off: bool
) -> None:
    content = f'{{"error": {{"message": "x{SPELLINGS[spelling](KEY)}"}}}}'.encode()
    start = content.index(b"x") + 1
    step = 2 if spelling == "plain" else 7
    break_off = httpx.ReadError("reset") if breaks_off else None
    for length in range(start, len(content) - 4, step):
        pieces = Pieces(content[:length], break_off)
        client = world.client(
            lambda _, pieces=pieces: httpx.Response(status, stream=pieces), api_key=KEY, max_retries=0
        )
        with pytest.raises(evolink.APIError) as caught:
            world.do(client.videos.create(**example))
        text = plain(full_text(caught.value))
        assert KEY[:5] not in text


def test_very_short_keys_are_removed_as_words_only() -> None:
    text = 'task-a-1: a cat, {"key": "a", "b": "Bearer a"}'

    assert redact(text, "a") == 'task-a-1: *** cat, {"key": "***", "b": "Bearer ***"}'
    assert redact("my-key2 my-key1", "my-key1") == "my-key2 ***"
    assert redact("xlong-keyx", "long-key") == "x***x"


@pytest.mark.parametrize("unit", ["\\", "%25", "\\u005c", "\\u0073", KEY[:5], KEY[0]])
def test_no_reply_takes_long_to_search(unit: str) -> None:
    content = f'{{"message": "{unit * (100_000 // len(unit))}{KEY}"}}'.encode()
    began = time.process_time()

    assert without_key(content, KEY) == content.replace(KEY.encode(), b"***")
    assert time.process_time() - began < 2


def test_keys_that_are_words_do_not_change_data(world: World) -> None:
    client = world.client(Api(state(model="pending-model")), api_key="pending")

    task = world.do(client.tasks.get("task-1"))

    assert task.model == "pending-model"
