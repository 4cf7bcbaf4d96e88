"""What a task knows beside its state: its request, its credits, and results in undocumented fields."""

import copy
import json
import pickle
from typing import Any

import httpx
import pytest
from wrapper.fakes import KEY, Api, World, state
from wrapper.hosts import LINK, TASK_ID


def created(world: World, api: Any, example: dict[str, Any]) -> Any:
    return world.do(world.client(api).videos.create(**example))


@pytest.fixture
def task(world: World) -> Any:
    """Makes a task that has been queried once for each reply."""

    def make(*replies: dict[str, Any]) -> Any:
        scripted = Api(*(state(**reply) for reply in replies))
        task = world.do(world.client(scripted).tasks.get(TASK_ID))
        for _ in replies[1:]:
            world.do(task.refresh())
        return task

    return make


def test_request_is_the_body_that_was_sent(world: World, example: dict[str, Any]) -> None:
    api = Api(state("pending"), state())
    task = created(world, api, example)

    assert task.request == json.loads(api.requests[0].content) == example
    world.do(task.refresh())
    for again in (task, pickle.loads(pickle.dumps(task)), copy.copy(task)):
        assert again.request == example


def test_a_retrieved_task_has_no_request(task: Any) -> None:
    assert task({}).request is None


def test_request_id_is_that_of_the_submission(world: World, example: dict[str, Any]) -> None:
    ids = iter(["request-1", "request-2"])
    api = Api(lambda _: httpx.Response(200, json=state(), headers={"x-request-id": next(ids)}))
    task = created(world, api, example)
    world.do(task.refresh())

    assert task.request_id == "request-1"
    assert pickle.loads(pickle.dumps(task)).request_id == "request-1"


def test_a_retrieved_task_has_the_request_id_of_its_query(world: World) -> None:
    api = Api(httpx.Response(200, json=state(), headers={"x-oneapi-request-id": "request-1"}))

    assert world.do(world.client(api).tasks.get(TASK_ID)).request_id == "request-1"


def test_a_request_id_does_not_show_the_key(world: World) -> None:
    api = Api(httpx.Response(200, json=state(), headers={"x-request-id": f"for-{KEY}"}))

    assert world.do(world.client(api).tasks.get(TASK_ID)).request_id == "for-***"


@pytest.mark.parametrize(
    ("usages", "expected"),
    [
        ([{"credits_reserved": 10}], 10),
        ([{"credits_reserved": 10}, None], 10),
        ([{"credits_reserved": 10}, {"credits_used": 8.5}], 8.5),
        ([{"credits_reserved": 10}, {"cost": {"credits": 8, "usd": 0.1}}], 8),
        ([{"credits_used": 8}, {"credits_used": None}], 8),
        ([{"credits_used": "8"}], None),
        ([None], None),
        ([[1]], None),
    ],
)
def test_credits_are_those_charged_else_reserved(task: Any, usages: Any, expected: Any) -> None:
    assert task(*({"usage": usage} for usage in usages)).credits == expected


def test_usage_and_estimate_survive_later_replies(task: Any) -> None:
    seen = task(
        {"usage": {"credits_reserved": 10}, "task_info": {"estimated_time": 90}},
        {"usage": {"credits_used": 8}, "task_info": {"estimated_time": None, "can_cancel": True}},
        {"usage": [], "task_info": "gone"},
        {},
    )

    assert seen.usage == {"credits_reserved": 10, "credits_used": 8}
    assert seen.estimated_time == 90


@pytest.mark.parametrize(
    ("result_data", "links"),
    [
        ([{"video_url": LINK}, {"video_url": LINK + "2"}], [LINK, LINK + "2"]),
        ({"image_url": LINK}, [LINK]),
        ({"audio_url": [LINK, LINK]}, [LINK]),
        ([{"video_url": LINK, "image_url": None}, "text", 5, {"video_url": 7}], [LINK]),
        (None, []),
        ("text", []),
    ],
)
@pytest.mark.parametrize("results", [[], None])
def test_results_are_found_in_result_data(task: Any, result_data: Any, links: Any, results: Any) -> None:
    seen = task({"status": "completed", "result_data": result_data, "results": results})

    assert seen.results == links
    assert seen.raw["result_data"] == result_data


def test_documented_results_come_first(task: Any) -> None:
    seen = task({"status": "completed", "results": [LINK], "result_data": {"video_url": LINK + "2"}})

    assert seen.results == [LINK]


def test_a_running_task_has_no_results(task: Any) -> None:
    assert task({"result_data": {"image_url": LINK}}).results == []


def test_to_dict_has_the_reply_and_what_is_known(task: Any) -> None:
    seen = task(
        {"usage": {"credits_reserved": 10}, "created": 1_800_000_000},
        {"status": "failed", "error": {"code": "a", "message": "b"}, "billing": {"x": 1}},
    ).to_dict()

    assert json.loads(json.dumps(seen)) == seen
    assert seen["id"] == TASK_ID
    assert seen["status"] == "failed"
    assert seen["credits"] == 10
    assert seen["usage"] == {"credits_reserved": 10}
    assert seen["error"]["code"] == "a"
    assert seen["billing"] == {"x": 1}
    assert seen["request"] is None
