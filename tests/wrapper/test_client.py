import math
import pickle
import threading
from typing import Any

import httpx
import pytest
from wrapper.fakes import KEY, Api, World, state
from wrapper.http_libraries import async_http, sync_http

import evolink
from evolink import AsyncEvoLink, EvoLink
from evolink._contract import index
from evolink_codegen._openapi import naming

BOTH = pytest.mark.parametrize("kind", [EvoLink, AsyncEvoLink])


@BOTH
@pytest.mark.parametrize("bad", ["", "   ", "sk-line\nbreak", "sk-\u00e9", "two words", f"{KEY}\n{KEY}"])
def test_an_invalid_key_is_reported_without_showing_it(
    kind: Any, clean: pytest.MonkeyPatch, bad: Any
) -> None:
    with pytest.raises(evolink.MissingAPIKey) as caught:
        kind(bad)

    assert not bad.strip() or bad not in repr(caught.value)
    assert KEY not in repr(caught.value)


def test_key_and_base_url_come_from_the_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVOLINK_API_KEY", " sk-from-environment\n")
    monkeypatch.setenv("EVOLINK_BASE_URL", " http://127.0.0.1:9/prefix/\n")
    server = Api(state())

    world.do(world.client(server, api_key=None).tasks.get("task-1"))

    assert server.last.headers["authorization"] == "Bearer sk-from-environment"
    assert server.last.url == "http://127.0.0.1:9/prefix/v1/tasks/task-1"


def test_the_documented_host_is_the_default(world: World) -> None:
    server = Api(state())

    world.do(world.client(server).tasks.get("task-1"))

    assert str(server.last.url).startswith(index.contract().server)


@BOTH
@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com",
        "example.com",
        "http://",
        "http://[::1",
        5,
        "http://127.0.0.1:99999",
        "http://a..b",
        "http://xn--/",
        "http://example.com?region=eu",
        "http://example.com#api",
    ],
)
def test_an_invalid_base_url_is_rejected(kind: Any, clean: pytest.MonkeyPatch, url: Any) -> None:
    with pytest.raises(evolink.InvalidRequest, match="base_url"):
        kind("k" * 20, url)


@BOTH
def test_a_base_url_with_a_password_is_rejected_without_showing_it(
    kind: Any, clean: pytest.MonkeyPatch
) -> None:
    with pytest.raises(evolink.InvalidRequest, match="user or password") as caught:
        kind("k" * 20, "https://me:secret@example.com")

    assert "secret" not in str(caught.value)


@BOTH
def test_a_client_cannot_be_pickled(kind: Any) -> None:
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(kind("k" * 20))


@BOTH
@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": "5"},
        {"timeout": httpx.Timeout(5, read=0)},
        {"timeout": httpx.Timeout(math.nan)},
        {"max_retries": -1},
        {"max_retries": 1.5},
    ],
)
def test_invalid_options_are_rejected(kind: Any, clean: pytest.MonkeyPatch, options: Any) -> None:
    with pytest.raises(evolink.InvalidRequest, match=next(iter(options))):
        kind("k" * 20, **options)


@BOTH
def test_parts_of_a_timeout_that_no_system_counts_are_no_limit(kind: Any, clean: pytest.MonkeyPatch) -> None:
    client = kind("k" * 20, timeout=httpx.Timeout(math.inf, connect=3, pool=0))

    assert client._config.timeout == httpx.Timeout(None, connect=3, pool=0)


@BOTH
def test_an_http_client_of_the_wrong_kind_is_rejected(kind: Any, clean: pytest.MonkeyPatch) -> None:
    other: Any = async_http() if kind is EvoLink else sync_http()

    with pytest.raises(evolink.InvalidRequest, match="http_client"):
        kind("k" * 20, http_client=other)


@BOTH
def test_no_repr_shows_the_key(kind: Any, clean: pytest.MonkeyPatch) -> None:
    assert repr(kind("sk-very-secret", "http://x.test")) == f"{kind.__name__}(base_url='http://x.test')"
    assert "secret" not in repr(vars(kind("sk-very-secret")))


@BOTH
def test_resources_come_from_the_contract(kind: Any, clean: pytest.MonkeyPatch) -> None:
    client = kind("k" * 20)
    resources = {
        operation.resource for operation in index.contract().operations.values() if operation.is_generation
    }

    assert resources
    for name in resources:
        assert name in dir(client)
        assert callable(getattr(client, name).create)
        assert getattr(client, name) is getattr(client, name)


@BOTH
def test_an_unknown_resource_is_an_attribute_error_that_lists_the_known(
    kind: Any, clean: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'poems'; the contract knows .*videos"):
        _ = kind("k" * 20).poems
    assert not hasattr(kind("k" * 20), "_private")


def test_a_closed_client_says_so(world: World) -> None:
    client = world.client()
    world.do(client._io.http.aclose() if world.is_async else client._io.http.close())

    with pytest.raises(evolink.EvoLinkError, match="closed"):
        world.do(client.tasks.get("task-1"))


def test_a_client_is_a_context_manager() -> None:
    with EvoLink("k" * 20) as client:
        assert not client._io.http.is_closed
    assert client._io.http.is_closed


def test_an_async_client_is_a_context_manager(async_world: World) -> None:
    async def use() -> Any:
        async with AsyncEvoLink("k" * 20) as client:
            assert not client._io.http.is_closed
        return client

    assert async_world.do(use())._io.http.is_closed


def test_a_callers_http_client_is_used_unchanged(world: World) -> None:
    server = Api(state())
    seen = []

    def hook(request: Any) -> None:
        seen.append(str(request.url))

    async def ahook(request: Any) -> None:
        hook(request)

    http = world.http(
        transport=httpx.MockTransport(server),
        base_url="http://proxy.test/api",
        headers={"X-Team": "blue", "Authorization": "Basic no"},
        timeout=7,
        event_hooks={"request": [ahook if world.is_async else hook]},
    )
    before = (http.base_url, dict(http.headers), http.timeout, dict(http.event_hooks))

    client = world.client(http_client=http)
    world.do(client.tasks.get("task-1"))
    world.do(client.close())

    assert server.last.url == "http://proxy.test/api/v1/tasks/task-1"
    assert server.last.headers["x-team"] == "blue"
    assert server.last.headers["authorization"].startswith("Bearer ")
    assert server.last.extensions["timeout"]["read"] == 7
    assert seen == [str(server.last.url)]
    assert (http.base_url, dict(http.headers), http.timeout, dict(http.event_hooks)) == before
    assert not http.is_closed


def test_an_error_of_a_raise_for_status_hook_is_mapped(world: World) -> None:
    def check(response: Any) -> None:
        response.raise_for_status()

    async def acheck(response: Any) -> None:
        response.raise_for_status()

    http = world.http(
        transport=httpx.MockTransport(Api(httpx.Response(404, json={"error": {"code": "task_not_found"}}))),
        event_hooks={"response": [acheck if world.is_async else check]},
    )

    with pytest.raises(evolink.NotFound) as caught:
        world.do(world.client(http_client=http).tasks.get("task-1"))

    assert caught.value.code == "task_not_found"


def test_base_url_wins_over_that_of_the_callers_http_client(world: World) -> None:
    server = Api(state())
    http = world.http(transport=httpx.MockTransport(server), base_url="http://one.test")

    world.do(world.client(http_client=http, base_url="http://two.test").tasks.get("task-1"))

    assert server.last.url.host == "two.test"


def test_every_request_has_our_user_agent(world: World) -> None:
    server = Api(state())

    world.do(world.client(server).tasks.get("task-1"))

    assert server.last.headers["user-agent"] == f"evolink-client/{evolink.__version__}"


def test_with_options_shares_the_connections(world: World) -> None:
    server = Api(state())
    client = world.client(server)
    _ = client.tasks, client.videos

    other = client.with_options(
        timeout=3, max_retries=0, base_url="http://other.test", api_key="sk-other", validate=False
    )
    world.do(other.tasks.get("task-1"))
    theirs = server.last
    world.do(other.close())
    world.do(client.tasks.get("task-1"))

    assert theirs.url.host == "other.test"
    assert theirs.headers["authorization"] == "Bearer sk-other"
    assert theirs.extensions["timeout"]["read"] == 3
    assert server.last.url.host != "other.test"
    assert server.last.headers["authorization"] != "Bearer sk-other"
    assert other.videos is not client.videos


def test_with_options_keeps_what_is_left_out(world: World) -> None:
    client = world.client(Api(500), max_retries=1, timeout=9)

    other = client.with_options()

    for name in ("api_key", "base_url", "timeout", "max_retries", "validate", "has_own_http"):
        assert getattr(other._config, name) == getattr(client._config, name)


def test_one_client_serves_many_threads() -> None:
    server = Api(state())
    client = EvoLink("k" * 20, http_client=sync_http(transport=httpx.MockTransport(server)))
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(client.tasks.get("task-1").id)) for _ in range(16)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == len(server.requests) == 16


class TestCall:
    def test_an_operation_is_found_by_each_of_its_names(self, world: World) -> None:
        query = index.contract().task_query
        parameter = query.path_parameters[0]
        names = [query.id, *query._data["aliases"]]
        client = world.client(Api(state("completed", progress=100)))

        for name in names:
            reply = world.do(client.call(name, **{parameter: "task-1"}))
            assert reply.status == "completed"
            assert type(reply).__module__.startswith("evolink_api.models.")

    def test_parameters_take_documented_and_generated_names(self, world: World) -> None:
        query = index.contract().task_query
        server = Api(state())

        first, *rest = query.path_parameters[0].split("_")
        world.do(world.client(server).call(query.id, **{first + "".join(map(str.title, rest)): "task-1"}))

        assert server.last.url.path.endswith("/task-1")

    def test_a_generation_task_is_validated_and_has_an_idempotency_key(
        self, world: World, example: dict[str, Any]
    ) -> None:
        generations = [op for op in index.contract().operations.values() if op.is_generation]
        generation = next(op for op in generations if example["model"] in (op.models or ()))
        server = Api(state())
        client = world.client(server)

        world.do(client.call(generation.id, body=example))
        with pytest.raises(evolink.InvalidRequest):
            world.do(client.call(generation.id, body={**example, "no_such_thing": 1}))

        assert server.body == example
        assert server.last.headers["idempotency-key"]
        assert len(server.requests) == 1

    def test_an_unknown_operation_suggests_known_ones(self, world: World) -> None:
        query = index.contract().task_query

        with pytest.raises(evolink.InvalidRequest) as caught:
            world.do(world.client(Api(200)).call(query.id + "x"))

        assert query.id in (caught.value.suggestion or "")

    def test_an_unknown_parameter_suggests_known_ones(self, world: World) -> None:
        query = index.contract().task_query

        with pytest.raises(evolink.InvalidRequest) as caught:
            world.do(world.client(Api(200)).call(query.id, **{query.path_parameters[0] + "x": 1}))

        assert caught.value.suggestion == query.path_parameters[0]

    def test_a_missing_parameter_is_named(self, world: World) -> None:
        query = index.contract().task_query

        with pytest.raises(evolink.InvalidRequest, match=query.path_parameters[0]):
            world.do(world.client(Api(200)).call(query.id))

    def test_a_response_of_another_shape_is_an_error(self, world: World) -> None:
        query = index.contract().task_query
        client = world.client(Api(httpx.Response(200, json=["no", "task"])), max_retries=0)

        with pytest.raises(evolink.APIResponseError, match="what the contract says"):
            world.do(client.call(query.id, **{query.path_parameters[0]: "task-1"}))

    def test_an_ambiguous_name_is_rejected(self) -> None:
        known = index.ContractIndex()
        first, second = list(known.operations.values())[:2]
        known._named["both"] = [first, second]

        with pytest.raises(evolink.InvalidRequest) as caught:
            known.find("both")

        assert first.id in str(caught.value)
        assert second.id in str(caught.value)

    def test_a_contract_without_task_query_works_otherwise(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = index.ContractIndex()
        known._task_query = None
        monkeypatch.setattr(index, "contract", lambda: known)
        client = world.client(Api(state("completed")))

        with pytest.raises(evolink.InvalidRequest, match="queries a task"):
            world.do(client.tasks.get("task-1"))
        assert known.result_ttl is None
        assert known.task_errors == {}


def test_no_resource_shadows_an_attribute_of_the_client() -> None:
    own = {name for kind in (EvoLink, AsyncEvoLink) for name in dir(kind) if not name.startswith("_")}

    assert own == naming.OF_CLIENTS
