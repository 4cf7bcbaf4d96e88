import copy
import pickle
from typing import Any

import httpx
import pytest
from wrapper.fakes import KEY, Api, World, state

import evolink
from evolink._core import errors
from evolink._tasks.task import Task

TREE = {
    "MissingAPIKey": "EvoLinkError",
    "InvalidRequest": "EvoLinkError",
    "ArgumentTypeError": "InvalidRequest",
    "APIError": "EvoLinkError",
    "APIConnectionError": "APIError",
    "APITimeoutError": "APIConnectionError",
    "SubmitOutcomeUnknown": "APIError",
    "APIResponseError": "APIError",
    "APIStatusError": "APIError",
    "BadRequest": "APIStatusError",
    "AuthenticationError": "APIStatusError",
    "InsufficientCredits": "APIStatusError",
    "PermissionDenied": "APIStatusError",
    "NotFound": "APIStatusError",
    "Conflict": "APIStatusError",
    "PayloadTooLarge": "APIStatusError",
    "RateLimited": "APIStatusError",
    "ServerError": "APIStatusError",
    "TaskError": "EvoLinkError",
    "TaskFailed": "TaskError",
    "TaskCancelled": "TaskError",
    "TaskTimeout": "TaskError",
    "DownloadError": "EvoLinkError",
    "ResultExpired": "DownloadError",
    "IncompleteDownload": "DownloadError",
    "DownloadTimeout": "IncompleteDownload",
    "CallbackInvalid": "EvoLinkError",
}
ERRORS = [getattr(evolink, name) for name in TREE]


@pytest.mark.parametrize(("name", "parent"), TREE.items())
def test_the_class_hierarchy(name: Any, parent: Any) -> None:
    error = getattr(evolink, name)

    assert error.__bases__[0] is getattr(evolink, parent)
    assert error.__module__ == "evolink"


def test_every_error_is_in_the_hierarchy() -> None:
    every = {
        value.__name__
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, evolink.EvoLinkError)
    }

    assert every == {*TREE, "EvoLinkError"}


@pytest.mark.parametrize("name", ["APITimeoutError", "TaskTimeout"])
def test_timeouts_are_timeout_errors(name: Any) -> None:
    assert issubclass(getattr(evolink, name), TimeoutError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, evolink.BadRequest),
        (401, evolink.AuthenticationError),
        (402, evolink.InsufficientCredits),
        (403, evolink.PermissionDenied),
        (404, evolink.NotFound),
        (409, evolink.Conflict),
        (413, evolink.PayloadTooLarge),
        (429, evolink.RateLimited),
        (500, evolink.ServerError),
        (520, evolink.ServerError),
        (418, evolink.APIStatusError),
        (302, evolink.APIStatusError),
    ],
)
def test_each_status_has_one_class(status: Any, kind: Any) -> None:
    assert errors.class_of_status(status) is kind


@pytest.mark.parametrize("kind", [evolink.EvoLinkError, *ERRORS])
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_errors_survive_copying_and_pickling(kind: Any, again: Any) -> None:
    task = Task(None, {"id": "task-1", "status": "failed", "extra": [1]}, query=None)
    error = kind("it broke", status=418, code="teapot", request_id="r-1", task=task)
    error.add_note("a note")

    twin = again(error)

    assert type(twin) is kind
    assert (str(twin), twin.status, twin.code, twin.request_id) == (str(error), 418, "teapot", "r-1")
    assert twin.task.id == "task-1"
    assert twin.task.raw == task.raw
    assert twin.args == error.args
    assert twin.__notes__ == ["a note"]


def test_an_error_of_a_live_client_can_be_pickled_without_client_and_key(world: World) -> None:
    client = world.client(Api(state("failed", error={"code": "oops", "message": "no"})))
    task = world.do(client.tasks.get("task-unified-1"))
    with pytest.raises(evolink.TaskFailed) as caught:
        world.do(task.wait())

    data = pickle.dumps(caught.value)
    twin = pickle.loads(data)

    assert KEY.encode() not in data
    assert twin.task.error.code == "oops"
    with pytest.raises(evolink.EvoLinkError, match="has no client"):
        world.do(twin.task.refresh())


def test_the_message_has_the_details() -> None:
    error = evolink.BadRequest("too long", status=400, code="invalid", param="prompt", request_id="r-1")

    assert str(error) == "400 invalid: too long (parameter prompt, request id r-1)"


def test_unknown_details_are_none() -> None:
    error = evolink.EvoLinkError("?")

    assert [
        getattr(error, name)
        for name in ("status", "code", "type", "param", "suggestion", "request_id", "task")
    ] == [None] * 7


def test_an_unknown_detail_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="colour"):
        evolink.EvoLinkError("?", colour="red")


def test_the_hint_for_a_failed_task_is_shown() -> None:
    error = evolink.TaskFailed("refused", code="policy", advice="change the prompt")

    assert "change the prompt" in str(error)


@pytest.mark.parametrize("reply", [httpx.Response(429, headers={"retry-after": "7"}), httpx.Response(429)])
def test_rate_limited_has_retry_after(world: World, reply: Any) -> None:
    client = world.client(Api(reply), max_retries=0)

    with pytest.raises(evolink.RateLimited) as caught:
        world.do(client.tasks.get("task-unified-1"))

    assert caught.value.retry_after == (7.0 if reply.headers.get("retry-after") else None)
