"""Credits, and the list of tasks."""

import copy
import pickle
from typing import Any

import httpx
import pytest
from wrapper.fakes import Api, World
from wrapper.hosts import LINK, Host
from written_documents import needs_written

import evolink
from evolink._contract.index import contract

pytestmark = needs_written("get-credits", "list-tasks")


def credits_reply(**token: Any) -> dict[str, Any]:
    known = {"remaining_credits": 420.5, "used_credits": 79.5, "unlimited_credits": False, **token}
    account = {"remaining_credits": 2500, "used_credits": 1200}
    return {"success": True, "message": "", "data": {"token": known, "user": account}}


def test_credits_are_those_of_account_and_key(world: World) -> None:
    api = Api(credits_reply())
    found = world.do(world.client(api).credits(extra_headers={"X-Trace": "1"}))

    assert (found.remaining, found.used) == (2500, 1200)
    assert (found.key_remaining, found.key_used) == (420.5, 79.5)
    assert found.raw == credits_reply()
    assert api.last.headers["x-trace"] == "1"
    assert "raw" not in repr(found)


def test_a_key_without_a_limit_has_none(world: World) -> None:
    found = world.do(world.client(Api(credits_reply(unlimited_credits=True, remaining_credits=0))).credits())

    assert found.key_remaining is None


@pytest.mark.parametrize(
    "reply",
    [{"success": True}, *({"data": {"user": {"remaining_credits": one}}} for one in ("many", True, 10**400))],
)
def test_a_reply_without_credits_is_an_error(world: World, reply: dict[str, Any]) -> None:
    with pytest.raises(evolink.APIResponseError):
        world.do(world.client(Api(reply), max_retries=0).credits())


class TaskListAPI:
    """Pages of tasks, newest first."""

    def __init__(self, count: int) -> None:
        self.tasks = [
            {"id": f"task-{number}", "status": "completed", "model": "m", "created": 1_700_000_000}
            for number in range(count)
        ]
        self.pages: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.pages.append(dict(request.url.params))
        page, size = int(request.url.params["page"]), 20
        tasks = self.tasks[(page - 1) * size : page * size]
        return httpx.Response(200, json={"data": tasks, "total": len(self.tasks), "page": page})


@pytest.mark.parametrize(("limit", "found", "pages"), [(100, 45, 3), (20, 20, 1), (21, 21, 2), (1, 1, 1)])
def test_tasks_are_listed_page_by_page(world: World, limit: int, found: int, pages: int) -> None:
    api = TaskListAPI(45)

    tasks = world.do(world.client(api).tasks.list(limit=limit))

    assert [task.id for task in tasks] == [f"task-{number}" for number in range(found)]
    assert len(api.pages) == pages


def test_filters_go_to_the_api(world: World) -> None:
    api = TaskListAPI(0)

    tasks = world.do(
        world.client(api).tasks.list("completed", model="m", type="video", extra_query={"x": "1"})
    )

    assert tasks == []
    assert api.pages == [{"status": "completed", "model": "m", "type": "video", "page": "1", "x": "1"}]


def test_a_list_that_moves_or_repeats_itself_ends(world: World) -> None:
    page = [{"id": "one", "status": "pending"}, {"id": "two", "status": "pending"}, {"no": "id"}]
    api = Api({"data": page}, {"data": [page[1], {"id": "three", "status": "pending"}]}, {"data": page})

    tasks = world.do(world.client(api).tasks.list())

    assert [task.id for task in tasks] == ["one", "two", "three"]
    assert len(api.requests) == 3


def test_a_document_without_pages_and_filters(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract().required_role("task-list"), "request", {"status": "gone", "page": "gone"})
    api = Api({"data": [{"id": "task-1"}], "total": 9})
    tasks = world.client(api).tasks

    assert [task.id for task in world.do(tasks.list())] == ["task-1"]
    assert (len(api.requests), api.last.content, api.last.url.query) == (1, b"", b"")
    for filters in ({"status": "failed"}, {"model": "m"}):
        with pytest.raises(evolink.InvalidRequest, match="the contract has nothing for"):
            world.do(tasks.list(**filters))
    assert len(api.requests) == 1


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_missing_list_says_what_to_do(world: World, status: int) -> None:
    client = world.client(Api(status), max_retries=0)

    with pytest.raises(
        evolink.APIStatusError, match=r"not offered to every account: client\.tasks\.get\(ID\)"
    ):
        world.do(client.tasks.list())


@pytest.mark.parametrize(
    "arguments", [{"limit": 0}, {"limit": 1.5}, {"status": 3}, {"model": ["m"]}], ids=repr
)
def test_wrong_arguments_are_refused(world: World, arguments: dict[str, Any]) -> None:
    api = TaskListAPI(1)

    with pytest.raises(evolink.InvalidRequest):
        world.do(world.client(api).tasks.list(**arguments))

    assert api.pages == []


@pytest.mark.parametrize("convert", [lambda task: task, copy.copy], ids=["itself", "copy"])
@pytest.mark.parametrize("how", ["download", "wait", "refresh"])
def test_a_listed_task_gets_its_results(
    world: World, host: Host, tmp_path: Any, how: str, convert: Any
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "page" in request.url.params:
            return httpx.Response(200, json={"data": [{"id": host.states[0]["id"], "status": "completed"}]})
        response: httpx.Response = host(request)
        return response

    host.states = [{"id": "task-1", "status": "completed", "results": [LINK]}]
    client = world.client(answer)
    (task,) = map(convert, world.do(client.tasks.list()))
    assert task.done
    assert task.results == []

    if how == "download":
        paths = world.do(task.download(tmp_path / "out"))
        assert [path.exists() for path in paths] == [True]
    else:
        world.do(getattr(task, how)())

    assert task.results == [LINK]
    assert host.queries == 1


@pytest.mark.parametrize("how", ["download", "wait"])
def test_the_timeout_covers_the_query_of_a_listed_task(world: World, tmp_path: Any, how: str) -> None:
    limits: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "page" in request.url.params:
            return httpx.Response(200, json={"data": [{"id": "task-1", "status": "completed"}]})
        limits.append(request.extensions["timeout"]["read"])
        return httpx.Response(503)

    (task,) = world.do(world.client(answer).tasks.list())
    began = world.clock.now()

    arguments = [tmp_path] if how == "download" else []
    with pytest.raises(evolink.ServerError, match=r"client\.tasks\.get\('task-1'\)"):
        world.do(getattr(task, how)(*arguments, timeout=0.2))

    assert limits == [1.0]  # the least that a request gets
    assert world.clock.now() == began


def test_a_pickled_task_remembers_that_it_was_listed(world: World) -> None:
    (task,) = world.do(world.client(TaskListAPI(1)).tasks.list())

    assert pickle.loads(pickle.dumps(task))._lacks_results
