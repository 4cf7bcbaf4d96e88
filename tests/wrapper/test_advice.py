"""What errors say to do next."""

import io
import re
from typing import Any

import httpx
import pytest
from wrapper.fakes import Api, Server, World, state

import evolink
from evolink import AsyncEvoLink, EvoLink
from evolink._contract import index

BOTH = pytest.mark.parametrize("kind", [EvoLink, AsyncEvoLink])
PAGE = index.contract().api_keys_page
TASK = {"id": "task-1", "status": "pending"}


def failed(code: Any, status: int) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "No."}})


@BOTH
def test_a_missing_key_names_the_page_for_keys_and_the_mock(kind: Any, clean: Any) -> None:
    with pytest.raises(evolink.MissingAPIKey) as caught:
        kind()

    assert PAGE
    for text in ("EVOLINK_API_KEY", "api_key=", PAGE, "evolink-mock serve", "evolink_mock"):
        assert text in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_names_its_target(world: World, status: int) -> None:
    moved = httpx.Response(status, headers={"Location": "https://new.test/v1/tasks?token=1"})

    with pytest.raises(evolink.APIStatusError, match=r"redirects to https://new\.test/v1/tasks, ") as caught:
        world.do(world.client(Api(moved), base_url="http://old.test").tasks.get("task-1"))

    assert "base_url" in str(caught.value)


def test_a_proxy_that_asks_for_a_password_names_the_setting(world: World) -> None:
    with pytest.raises(evolink.APIStatusError, match="HTTPS_PROXY=http://USER:PASSWORD@") as caught:
        world.do(world.client(Api(httpx.Response(407))).tasks.get("task-1"))

    assert str(caught.value.advice) in str(caught.value)


@pytest.mark.parametrize(
    ("given", "source"),
    [(None, "the environment variable EVOLINK_API_KEY"), ("sk-argument-0123456789", "the argument api_key")],
)
def test_a_refused_key_names_its_source_and_the_page_for_keys(
    world: World, monkeypatch: pytest.MonkeyPatch, given: Any, source: str
) -> None:
    monkeypatch.setenv("EVOLINK_API_KEY", "sk-variable-0123456789")
    client = world.client(Api(failed("unauthorized", 401)), api_key=given)

    for one, expected in (
        (client, source),
        (client.with_options(timeout=3), source),
        (client.with_options(api_key="sk-other-0123456789"), "the argument api_key"),
    ):
        with pytest.raises(evolink.AuthenticationError) as caught:
            world.do(one.tasks.get("task-1"))
        assert f"The API key came from {expected}" in str(caught.value)
        assert str(PAGE) in str(caught.value)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("insufficient_quota", "The account has too few credits"),
        ("insufficient_token_quota", "its own limit"),
        ("token_daily_quota_exceeded", "its daily limit"),
    ],
)
def test_the_causes_of_402_are_told_apart(
    world: World, example: dict[str, Any], code: str, advice: str
) -> None:
    with pytest.raises(evolink.InsufficientCredits, match=advice) as caught:
        world.do(world.client(Api(failed(code, 402))).videos.create(**example))

    assert not caught.value.outcome_unknown


@pytest.mark.parametrize(
    "code", [code for code, facts in index.contract().error_codes.items() if "charged" in facts]
)
@pytest.mark.parametrize("status", [402, 409, 429, 500])
def test_the_contract_says_which_codes_may_have_been_charged(
    world: World, example: dict[str, Any], code: str, status: int
) -> None:
    server = Api(failed(code, status))
    may_be_charged = index.contract().error_codes[code]["charged"] is None

    with pytest.raises(evolink.APIStatusError) as caught:
        world.do(world.client(server, max_retries=0).videos.create(**example))

    assert caught.value.outcome_unknown == may_be_charged
    assert ("may have been charged" in str(caught.value)) == may_be_charged


@pytest.mark.parametrize("answer", [500, 429, httpx.ReadError("reset"), httpx.Response(200, text="<html>")])
def test_a_lost_submission_says_that_it_may_be_charged_and_under_which_key(
    world: World, example: dict[str, Any], answer: Any
) -> None:
    for call in ("create", "generate"):
        with pytest.raises(evolink.APIError) as caught:
            world.do(getattr(world.client(Api(answer), max_retries=0).videos, call)(**example))
        key = caught.value.idempotency_key
        assert f"may have been charged, under idempotency key {key}" in str(caught.value)
        assert f"idempotency_key={key!r} is not charged twice" in str(caught.value)


def test_a_base_url_with_a_path_too_many_is_explained(world: World) -> None:
    server = Api(failed("not_found", 404))
    first = "/" + index.contract().task_query.path.split("/")[1]

    with pytest.raises(evolink.NotFound, match=f"base_url ends in {first}"):
        world.do(world.client(server, base_url=f"http://api.test{first}/").tasks.get("task-1"))
    with pytest.raises(evolink.NotFound) as caught:
        world.do(world.client(server, base_url="http://api.test").tasks.get("task-1"))
    assert "base_url" not in str(caught.value)


@pytest.mark.parametrize("source", ["the argument base_url", "the environment variable EVOLINK_BASE_URL"])
def test_a_failed_connection_names_the_host_and_where_it_came_from(
    world: World, example: dict[str, Any], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "http://api.test:81"
    monkeypatch.setenv("EVOLINK_BASE_URL", url)
    options = {"base_url": url} if "argument" in source else {}
    client = world.client(Api(httpx.ConnectError("refused")), max_retries=0, **options)

    with pytest.raises(evolink.APIConnectionError) as caught:
        world.do(client.tasks.get("task-1"))
    assert str(caught.value) == f"api.test:81: no connection: refused. The address came from {source}."

    with pytest.raises(evolink.APIConnectionError, match="nothing was charged"):
        world.do(client.videos.create(**example))


def test_a_failed_connection_names_the_proxy_without_its_password(world: World, server: Server) -> None:
    server.script = [b""] * 9
    address = server.url.removeprefix("http://")
    client = world.client(
        base_url="http://api.invalid",
        http_client=world.http(proxy=f"http://user:password@{address}"),
        max_retries=0,
    )

    with pytest.raises(
        evolink.APIConnectionError, match=f"api.invalid through the proxy http://{address}"
    ) as caught:
        world.do(client.tasks.get("task-1"))

    assert "password" not in str(caught.value)


def test_a_timeout_says_how_to_go_on(world: World) -> None:
    client = world.client(Api(state(), httpx.Response(502)))
    task = world.do(client.tasks.get(state()["id"]))

    with pytest.raises(evolink.TaskTimeout) as caught:
        world.do(task.wait(60))

    assert f"client.tasks.get({task.id!r}).wait() continues to wait for it." in str(caught.value)


def test_a_timeout_of_several_names_those_that_are_not_done(world: World) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        return httpx.Response(200, json=state("completed" if name == "task-1" else "processing", id=name))

    client = world.client(answer)
    tasks = [client.callbacks.parse({"id": f"task-{number}", "status": "x"}) for number in range(4)]

    with pytest.raises(evolink.TaskTimeout) as caught:
        world.do(client.tasks.wait_all(tasks, 60))

    assert "3 tasks are not done" in str(caught.value)
    assert str(caught.value).endswith("task-0, task-2, task-3.")


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.ReadTimeout(""),
        httpx.WriteError("x"),
        httpx.PoolTimeout(""),
        httpx.RemoteProtocolError("x"),
        httpx.ProxyError("x"),
        httpx.DecodingError("x"),
        httpx.UnsupportedProtocol("x"),
        ConnectionResetError("x"),
        TimeoutError(),
    ],
)
def test_errors_of_the_connection_name_no_class(
    world: World, example: dict[str, Any], error: Exception
) -> None:
    client = world.client(Api(error), max_retries=0)

    calls: list[Any] = [lambda: client.tasks.get("task-1"), lambda: client.videos.create(**example)]
    for call in calls:
        with pytest.raises(evolink.APIError) as caught:
            world.do(call())
        assert not re.search(r"httpx|[a-z]Error|[a-z]Timeout", str(caught.value))


def test_a_misspelled_model_is_refused_with_the_right_one(world: World, any_example: dict[str, Any]) -> None:
    server = Api(TASK)
    client = world.client(server)
    model = any_example["model"]

    for wrong in {model.upper(), model.replace("-", "_"), model.replace("-", ""), f" {model} "}:
        with pytest.raises(evolink.InvalidRequest) as caught:
            world.do(client.videos.create(**{**any_example, "model": wrong}))
        assert (caught.value.param, caught.value.suggestion) == ("model", model)
        assert "validate=False" in str(caught.value)
    assert server.requests == []

    world.do(client.with_options(validate=False).videos.create(**{**any_example, "model": model.upper()}))
    assert server.body["model"] == model.upper()


async def never_awaited(*_: object) -> None: ...


class TestWrongTypes:
    @BOTH
    @pytest.mark.parametrize(
        "options",
        [
            {"api_key": 5},
            {"base_url": 5},
            {"timeout": "5"},
            {"max_retries": 1.5},
            {"validate": "no"},
            {"trust_idempotency": 1},
            {"http_client": "client"},
        ],
    )
    def test_of_settings(self, kind: Any, clean: Any, options: dict[str, Any]) -> None:
        for error in (TypeError, evolink.InvalidRequest):
            with pytest.raises(error, match=next(iter(options))):
                kind(**{"api_key": "k" * 20, **options})

    def test_of_arguments(self, world: World, example: dict[str, Any]) -> None:
        server = Api(state())
        client = world.client(server)
        task = client.callbacks.parse(state())
        calls: list[Any] = [
            lambda: client.videos.create(5),
            lambda: client.videos.create(example["model"], prompt="x"),
            lambda: client.files.upload(5),
            lambda: client.files.upload(b"\x89PNG\r\n\x1a\n", on_progress=5),
            lambda: task.download(5),
            lambda: task.download("out", on_progress=5),
            lambda: task.download("out", on_progress=never_awaited),
            lambda: task.download(io.StringIO()),
            lambda: client.videos.create(**example, idempotency_key=5),
            lambda: client.videos.create(**example, timeout="5"),
            lambda: client.videos.generate(**example, on_update="print"),
            lambda: client.videos.generate(**example, poll_interval="5"),
            lambda: client.tasks.get(5),
            lambda: client.call(5),
            lambda: task.wait("5"),
            lambda: task.wait(on_update=5),
            lambda: client.tasks.wait_all(5),
            lambda: client.tasks.wait_all(task),
            lambda: client.tasks.wait_all(["task-1"]),
            lambda: client.tasks.wait_all([task], concurrency="2"),
        ]

        for call in calls:
            with pytest.raises(evolink.ArgumentTypeError):
                world.do(call())
        assert server.requests == []


@BOTH
def test_a_client_that_could_not_be_made_has_a_repr(kind: Any, clean: Any) -> None:
    client = kind.__new__(kind)

    assert repr(client) == f"{kind.__name__}()"


def test_call_takes_an_idempotency_key_where_a_task_is_started(world: World, example: dict[str, Any]) -> None:
    server = Api(state())
    client = world.client(server)
    operation = index.contract().resources["videos"][0]
    query = index.contract().task_query

    world.do(client.call(operation.id, body=example, idempotency_key="k" * 16))
    assert server.last.headers["idempotency-key"] == "k" * 16
    with pytest.raises(evolink.InvalidRequest, match="idempotency_key"):
        world.do(client.call(query.id, **{query.path_parameters[0]: "task-1"}, idempotency_key="k" * 16))
