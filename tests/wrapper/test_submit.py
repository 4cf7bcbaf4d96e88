"""A submission costs credits: what is sent, how often, and which error the caller gets."""

import json
import logging
import re
import ssl
import subprocess
import sys
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wrapper.fakes import KEY, Api, FakeClock, World
from wrapper.http_libraries import sync_http

import evolink
from evolink import EvoLink
from evolink._contract import index

TASK = {"id": "task-1", "status": "pending"}
BROKEN = [
    httpx.Response(200, content=b'{"id": "task-1", "sta'),
    httpx.Response(200, content=b"<html>welcome</html>", headers={"content-type": "text/html"}),
    httpx.Response(200, content=b""),
    httpx.Response(200, json=["task-1"]),
    httpx.Response(200, json={"status": "pending"}),
    httpx.Response(200, json={"id": ""}),
    httpx.Response(200, json={"id": 5}),
    httpx.Response(200, content=b"\xff\xfe\xfd"),
    httpx.Response(204),
    httpx.Response(200, json={"success": False, "msg": "hm"}),
]
UNSENT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("busy"),
    httpx.ProxyError("no tunnel"),
]
LOST = [
    httpx.ReadTimeout("hang"),
    httpx.WriteTimeout("hang"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.CloseError("odd"),
    httpx.DecodingError("gzip"),
    ConnectionResetError("raw"),
]


def name(value: Any) -> Any:
    return type(value).__name__ if isinstance(value, Exception) else repr(value.content[:20])


def create(world: World, client: Any, example: dict[str, Any], **options: Any) -> Any:
    return world.do(client.videos.create(**example, **options))


@pytest.mark.parametrize("fault", UNSENT, ids=name)
def test_a_submission_that_was_not_sent_is_sent_again(
    world: World, example: dict[str, Any], fault: Any
) -> None:
    server = Api(fault, fault, TASK)

    task = create(world, world.client(server), example)

    assert task.id == "task-1"
    assert len(server.requests) == 3
    assert len(world.clock.sleeps) == 2
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1


@pytest.mark.parametrize("fault", UNSENT, ids=name)
def test_exhausted_retries_raise_a_connection_error(
    world: World, example: dict[str, Any], fault: Any
) -> None:
    server = Api(fault)

    with pytest.raises(evolink.APIConnectionError) as caught:
        create(world, world.client(server, max_retries=1), example)

    assert isinstance(caught.value, TimeoutError) == isinstance(fault, httpx.TimeoutException)
    assert not caught.value.outcome_unknown
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", LOST, ids=name)
def test_a_submission_that_may_have_arrived_is_not_sent_again(
    world: World, example: dict[str, Any], fault: Any
) -> None:
    server = Api(fault)

    with pytest.raises(evolink.SubmitOutcomeUnknown) as caught:
        create(world, world.client(server), example)

    assert len(server.requests) == 1
    assert caught.value.outcome_unknown
    assert caught.value.idempotency_key == server.last.headers["idempotency-key"]
    assert f"idempotency key {caught.value.idempotency_key}" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("reply", BROKEN, ids=name)
def test_an_unreadable_success_leaves_the_outcome_unknown(
    world: World, example: dict[str, Any], reply: Any
) -> None:
    reply.headers["x-request-id"] = "r-1"
    server = Api(reply)

    with pytest.raises(evolink.SubmitOutcomeUnknown) as caught:
        create(world, world.client(server), example)

    assert len(server.requests) == 1
    assert caught.value.request_id == "r-1"
    assert caught.value.idempotency_key == server.last.headers["idempotency-key"]
    assert caught.value.body == reply.content.decode("utf-8", "replace")


@pytest.mark.parametrize("reply", BROKEN, ids=name)
def test_an_unreadable_success_of_call_leaves_the_outcome_unknown(
    world: World, example: dict[str, Any], reply: Any
) -> None:
    server = Api(reply)
    operations = index.contract().resources["videos"]
    operation = next(one for one in operations if example["model"] in (one.models or ()))

    with pytest.raises(evolink.SubmitOutcomeUnknown) as caught:
        world.do(world.client(server).call(operation.id, body=example))

    assert len(server.requests) == 1
    assert caught.value.idempotency_key == server.last.headers["idempotency-key"]
    assert str(caught.value.idempotency_key) in str(caught.value)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 599])
def test_a_server_error_leaves_the_outcome_unknown(
    world: World, example: dict[str, Any], status: Any
) -> None:
    server = Api(httpx.Response(status, text="<html>bad gateway</html>"))

    with pytest.raises(evolink.ServerError) as caught:
        create(world, world.client(server), example)

    assert len(server.requests) == 1
    assert caught.value.outcome_unknown
    assert caught.value.status == status
    assert caught.value.idempotency_key


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 418, 422, 302, 304])
def test_a_4xx_is_raised_and_not_sent_again(world: World, example: dict[str, Any], status: Any) -> None:
    server = Api(httpx.Response(status, json={"error": {"code": "why", "message": "because"}}))

    with pytest.raises(evolink.APIStatusError) as caught:
        create(world, world.client(server), example)

    assert len(server.requests) == 1
    assert (caught.value.status, caught.value.code, caught.value.message) == (status, "why", "because")
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize("status", [199, 600, 799, 999])
def test_an_invalid_status_leaves_the_outcome_unknown(
    world: World, example: dict[str, Any], status: Any
) -> None:
    server = Api(httpx.Response(status, text="?"))

    with pytest.raises(evolink.SubmitOutcomeUnknown):
        create(world, world.client(server), example)

    assert len(server.requests) == 1


def test_an_error_with_status_200_is_raised(world: World, example: dict[str, Any]) -> None:
    server = Api({"success": False, "code": 402, "msg": "no credits"})

    with pytest.raises(evolink.InsufficientCredits, match="no credits"):
        create(world, world.client(server), example)


def test_a_429_is_sent_again_later(world: World, example: dict[str, Any]) -> None:
    server = Api(httpx.Response(429, headers={"retry-after": "7"}), 429, TASK)

    create(world, world.client(server), example)

    assert world.clock.sleeps[0] == 7
    assert 0 < world.clock.sleeps[1] <= 2
    assert len(server.requests) == 3


def test_retries_after_429_are_capped(world: World, example: dict[str, Any]) -> None:
    server = Api(httpx.Response(429, headers={"retry-after": "86400"}))

    with pytest.raises(evolink.RateLimited) as caught:
        create(world, world.client(server, max_retries=3), example)

    assert world.clock.sleeps == [60, 60, 60]
    assert caught.value.retry_after == 86400


def test_generate_does_not_retry_past_its_deadline(world: World, example: dict[str, Any]) -> None:
    server = Api(httpx.Response(429, headers={"retry-after": "30"}))

    with pytest.raises(evolink.RateLimited):
        world.do(world.client(server, max_retries=9).videos.generate(**example, timeout=70))

    assert world.clock.sleeps == [30, 30]


def test_an_invalid_certificate_is_not_retried(world: World, example: dict[str, Any]) -> None:
    fault = httpx.ConnectError("certificate verify failed")
    fault.__cause__ = ssl.SSLCertVerificationError("self-signed")
    server = Api(fault)

    with pytest.raises(evolink.APIConnectionError):
        create(world, world.client(server), example)

    assert len(server.requests) == 1


def test_redirects_are_never_followed(world: World, example: dict[str, Any]) -> None:
    server = Api(httpx.Response(307, headers={"location": "http://elsewhere.test/"}))
    http = world.http(transport=httpx.MockTransport(server), follow_redirects=True)

    with pytest.raises(evolink.APIStatusError):
        create(world, world.client(http_client=http), example)

    assert len(server.requests) == 1


class TestIdempotencyKey:
    def test_a_new_key_for_each_submission(self, world: World, example: dict[str, Any]) -> None:
        server = Api(TASK)
        client = world.client(server)

        create(world, client, example)
        create(world, client, example)

        keys = [request.headers["idempotency-key"] for request in server.requests]
        assert len(set(keys)) == 2
        assert all(re.fullmatch(r"[A-Za-z0-9._-]{16,96}", key) for key in keys)

    @pytest.mark.parametrize("given", ["a" * 16, "Z9._-" * 19])
    def test_the_callers_key_is_sent(self, world: World, example: dict[str, Any], given: Any) -> None:
        server = Api(TASK)

        create(world, world.client(server), example, idempotency_key=given)

        assert server.last.headers["idempotency-key"] == given

    @pytest.mark.parametrize("given", ["", "a" * 15, "a" * 97, "a b" * 8, "a" * 16 + "\n", "\u0660" * 16, 5])
    def test_an_invalid_key_is_rejected(self, world: World, example: dict[str, Any], given: Any) -> None:
        server = Api(TASK)

        with pytest.raises(evolink.InvalidRequest, match="idempotency_key"):
            create(world, world.client(server), example, idempotency_key=given)

        assert server.requests == []


NOT_SENT = st.sampled_from(UNSENT)
ARRIVED = st.sampled_from(
    [*LOST, httpx.Response(429), httpx.Response(502), httpx.Response(503), httpx.Response(500)]
)


class TestTrustedIdempotency:
    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(faults=st.lists(st.one_of(NOT_SENT, ARRIVED), max_size=6), retries=st.integers(0, 5))
    def test_at_most_two_submissions_arrive_under_one_key(
        self, example: dict[str, Any], faults: list[Any], retries: int
    ) -> None:
        server = Api(*faults, TASK)
        http = sync_http(transport=httpx.MockTransport(server))
        client = EvoLink(
            KEY, http_client=http, clock=FakeClock(), max_retries=retries, trust_idempotency=True
        )

        caught: evolink.APIError | None = None
        try:
            client.videos.create(**example)
        except evolink.APIError as error:
            caught = error

        answers = [*faults, TASK][: len(server.requests)]
        arrived = [answer for answer in answers if answer not in UNSENT]
        assert len(arrived) <= 2
        assert len({request.headers["idempotency-key"] for request in server.requests}) == 1
        lost = [
            answer for answer in arrived if answer is not TASK and getattr(answer, "status_code", 0) != 429
        ]
        if caught is not None and lost:
            assert caught.outcome_unknown
        if caught is not None:
            assert ("nothing was charged" in str(caught)) == (not arrived)

    @pytest.mark.parametrize("last", [400, 402, 429, httpx.ConnectError("refused")])
    def test_the_outcome_stays_unknown_after_a_lost_reply(
        self, world: World, example: dict[str, Any], last: Any
    ) -> None:
        server = Api(httpx.ReadError("reset"), last)

        with pytest.raises(evolink.APIError, match="may have been charged") as caught:
            create(world, world.client(server, trust_idempotency=True), example)

        assert caught.value.outcome_unknown

    def test_a_timeout_is_not_sent_again(self, world: World, example: dict[str, Any]) -> None:
        server = Api(httpx.ReadTimeout("hang"), TASK)

        with pytest.raises(evolink.SubmitOutcomeUnknown):
            create(world, world.client(server, trust_idempotency=True), example)

        assert len(server.requests) == 1

    def test_with_options_sets_it_for_some_calls(self, world: World, example: dict[str, Any]) -> None:
        client = world.client(Api(503, TASK, 503, TASK))

        assert create(world, client.with_options(trust_idempotency=True), example).id == "task-1"
        with pytest.raises(evolink.ServerError):
            create(world, client, example)


def test_create_takes_a_timeout(world: World, example: dict[str, Any]) -> None:
    server = Api(TASK)
    client = world.client(server)

    create(world, client, example, timeout=3)
    assert server.last.extensions["timeout"]["read"] == 3
    create(world, client, example, timeout=httpx.Timeout(None, connect=2))
    assert server.last.extensions["timeout"] == {"connect": 2, "read": None, "write": None, "pool": None}
    create(world, client, example)
    assert server.last.extensions["timeout"]["read"] == 60


def test_the_log_names_task_and_request_but_neither_key_nor_prompt(
    world: World, example: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    server = Api(
        httpx.Response(429, json={"error": {"message": f"{example['prompt']} {KEY}"}}),
        httpx.Response(200, json=TASK, headers={"x-request-id": "r-1"}),
    )
    caplog.set_level(logging.INFO)

    create(world, world.client(server), example)

    text = "\n".join(record.getMessage() for record in caplog.records if record.name == "evolink")
    assert "task-1" in text
    assert "r-1" in text
    assert "RateLimited" in text
    assert example["prompt"] not in text
    assert KEY not in text


def test_a_creation_response_needs_only_an_id(world: World, example: dict[str, Any]) -> None:
    server = Api({"id": "task-1", "status": "processing", "progress": 1, "results": {"odd": 1}, "usage": 5})

    task = create(world, world.client(server), example)

    assert (task.status, task.progress, task.results, task.usage, task.created) == (
        "processing",
        1,
        [],
        None,
        None,
    )
    assert json.loads(json.dumps(task.raw))["results"] == {"odd": 1}


# Opens no file once the first submission has been sent.
CLOSED_DISK = """
import asyncio, json, sys
import httpx
from evolink import AsyncEvoLink, EvoLink, ServerError

is_sent = False

def refuse(event, arguments):
    if is_sent and event == "open":
        raise OSError(24, "Too many open files", arguments[0])

task = {"id": "task-1", "status": "pending"}
replies = iter([(500, {}), (200, task), (200, {**task, "status": "completed"})])

def answer(request):
    global is_sent
    is_sent = True
    status, body = next(replies)
    return httpx.Response(status, json=body)

example = json.loads(sys.argv[1])
sys.addaudithook(refuse)
if sys.argv[2] == "sync":
    client = EvoLink("k" * 20, http_client=httpx.Client(transport=httpx.MockTransport(answer)))
    try:
        client.videos.create(**example)
    except ServerError as error:
        print(error.outcome_unknown)
    print(client.videos.create(**example).refresh().status)
else:
    async def main():
        client = AsyncEvoLink("k" * 20, http_client=httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        try:
            await client.videos.create(**example)
        except ServerError as error:
            print(error.outcome_unknown)
        task = await client.videos.create(**example)
        print((await task.refresh()).status)
    asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_nothing_is_read_from_the_disk_between_a_submission_and_its_task(
    example: dict[str, Any], kind: str
) -> None:
    command = [sys.executable, "-c", CLOSED_DISK, json.dumps(example), kind]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.stdout.split() == ["True", "completed"], done.stderr
