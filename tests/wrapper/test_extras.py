"""`extra_headers`, `extra_query` and `extra_body` of single calls, through both clients."""

from typing import Any

import httpx
import pytest
from wrapper.fakes import KEY, Api, World, state
from wrapper.hosts import TASK_ID

import evolink
from evolink._contract.index import contract

EXTRA: dict[str, Any] = {
    "extra_headers": {"X-Trace": "1", "user-agent": "mine"},
    "extra_query": {"region": "eu", "tag": ["a", "b"]},
}


@pytest.fixture
def api() -> Api:
    return Api(state("pending"), state(progress=10), state("completed"))


def assert_extra(request: httpx.Request) -> None:
    assert request.headers["x-trace"] == "1"
    assert request.headers["user-agent"] == "mine"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.url.params.multi_items() == [("region", "eu"), ("tag", "a"), ("tag", "b")]


def assert_plain(request: httpx.Request) -> None:
    assert "x-trace" not in request.headers
    assert request.headers["user-agent"].startswith("evolink-client/")
    assert request.url.query == b""


def queried(client: Any, **options: Any) -> Any:
    query = contract().task_query
    return client.call(query.id, **{query.path_parameters[0]: TASK_ID}, **options)


# Each method that sends requests to the API, of a client, of its videos or of a task.
CALLS: dict[str, Any] = {
    "create": lambda client, _, example: client.videos.create(**example, **EXTRA),
    "generate": lambda client, _, example: client.videos.generate(**example, **EXTRA),
    "call": lambda client, *_: queried(client, **EXTRA),
    "get": lambda client, *_: client.tasks.get(TASK_ID, **EXTRA),
    "refresh": lambda _, task, __: task.refresh(**EXTRA),
    "wait": lambda _, task, __: task.wait(**EXTRA),
    "updates": lambda _, task, __: task.updates(**EXTRA),
    "wait_all": lambda client, task, _: client.tasks.wait_all([task], **EXTRA),
    "as_completed": lambda client, task, _: client.tasks.as_completed([task], **EXTRA),
    "verify": lambda client, *_: client.callbacks.verify({"id": TASK_ID}, **EXTRA),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_request_of_a_call_has_the_extras(
    world: World, api: Api, example: dict[str, Any], name: str
) -> None:
    client = world.client(api)
    result = CALLS[name](client, client.callbacks.parse({"id": TASK_ID}), example)
    (world.all if name in {"updates", "as_completed"} else world.do)(result)

    assert api.requests
    for request in api.requests:
        assert_extra(request)


def test_extras_are_for_one_call(world: World, api: Api, example: dict[str, Any]) -> None:
    client = world.client(api)
    task = world.do(client.videos.create(**example, **EXTRA, extra_body={"seed": 7}))
    world.do(task.refresh(**EXTRA))
    world.do(task.wait())

    first, second, *others = api.requests
    assert_extra(first)
    assert_extra(second)
    assert others
    for request in others:
        assert_plain(request)


def test_an_extra_header_replaces_those_of_the_client_in_any_case(world: World, api: Api) -> None:
    world.do(world.client(api).tasks.get(TASK_ID, extra_headers={"ACCEPT": "application/problem+json"}))

    assert api.last.headers.get_list("accept") == ["application/problem+json"]


def test_extra_body_is_merged_unchecked_and_replaces(world: World, api: Api, example: dict[str, Any]) -> None:
    extra = {"seed": 7, "prompt": "another", "model_params": {"x": [1]}}
    task = world.do(world.client(api).videos.create(**example, extra_body=extra))

    assert api.body == {**example, **extra}
    assert task.request == api.body


def test_extra_body_does_not_excuse_a_wrong_parameter(
    world: World, api: Api, example: dict[str, Any]
) -> None:
    with pytest.raises(evolink.InvalidRequest, match="promt"):
        world.do(world.client(api).videos.create(**example, promt="a", extra_body={"seed": 7}))
    assert api.requests == []


def test_call_merges_extra_body(world: World, api: Api, example: dict[str, Any]) -> None:
    client = world.client(api)

    world.do(client.call("createVideosGenerations", body=example, extra_body={"seed": 7}))
    assert api.body == {**example, "seed": 7}
    world.do(client.call("createVideosGenerations", extra_body=example))
    assert api.body == example


def test_extra_body_needs_a_body_with_fields(world: World, api: Api) -> None:
    with pytest.raises(evolink.InvalidRequest, match="extra_body"):
        world.do(world.client(api).call("createVideosGenerations", body=b"text", extra_body={"seed": 7}))
    assert api.requests == []


def test_each_attempt_has_the_extras(world: World) -> None:
    api = Api(503, state())
    world.do(world.client(api).tasks.get(TASK_ID, **EXTRA))

    assert len(api.requests) == 2
    for request in api.requests:
        assert_extra(request)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("Authorization", "Bearer other", "api_key"),
        ("authorization", "", "api_key"),
        ("Idempotency-Key", "0123456789abcdef", "idempotency_key"),
        ("Host", "other.test", "follows from the request"),
        ("Content-Length", "5", "follows from the request"),
        ("transfer-encoding", "chunked", "follows from the request"),
        ("X-Trace", "1\r\nAuthorization: Bearer other", "characters"),
        ("X Trace", "1", "characters"),
        ("", "1", "characters"),
        ("X-Trace", "ü", "characters"),
    ],
)
def test_headers_that_are_not_the_callers_are_refused(
    world: World, api: Api, name: str, value: str, hint: str
) -> None:
    with pytest.raises(evolink.InvalidRequest, match=hint) as caught:
        world.do(world.client(api).tasks.get(TASK_ID, extra_headers={name: value}))
    assert caught.value.param == "extra_headers"
    assert api.requests == []


@pytest.mark.parametrize(
    "extra",
    [
        {"extra_headers": {"X-Trace": 1}},
        {"extra_headers": ["X-Trace"]},
        {"extra_headers": {1: "1"}},
        {"extra_query": "region=eu"},
        {"extra_query": {"region": {"a": 1}}},
        {"extra_query": {"region": [b"eu"]}},
        {"extra_body": "text"},
        {"extra_body": {1: 1}},
    ],
)
def test_extras_of_a_wrong_type_are_a_type_error(
    world: World, api: Api, example: dict[str, Any], extra: Any
) -> None:
    with pytest.raises(TypeError, match=next(iter(extra))):
        world.do(world.client(api).videos.create(**example, **extra))
    assert api.requests == []


def test_extra_body_must_be_json(world: World, api: Api, example: dict[str, Any]) -> None:
    with pytest.raises(evolink.InvalidRequest, match="JSON"):
        world.do(world.client(api).videos.create(**example, extra_body={"seed": {1, 2}}))


def test_extras_keep_documented_query_parameters(world: World, api: Api) -> None:
    http = world.http(params={"a": "1"}, transport=httpx.MockTransport(api))
    client = world.client(http_client=http)
    world.do(client.tasks.get(TASK_ID, extra_query={"b": None}))

    assert api.last.url.params.multi_items() == [("a", "1"), ("b", "")]
