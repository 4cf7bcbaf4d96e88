"""Which operations start a generation task, and the query of each."""

from typing import Any

from codegen.builders import contract, generation, operation, outline

from evolink_codegen._merge.links import generations
from evolink_codegen.runtime.extensions import GENERATION

VIDEOS = "/v1/videos/generations"
TEXT = {"type": "string"}
TASK: dict[str, Any] = {
    "type": "object",
    "properties": {"id": TEXT, "status": TEXT, "progress": {"type": "integer"}},
}
QUERY = outline({"/v1/tasks/{task_id}": {"get": operation(None, TASK, operationId="getTaskDetail")}})
LINK = {"query": "getTask", "parameter": "task_id"}


def link(path: str = VIDEOS, **documents: Any) -> dict[str, str] | None:
    generation: dict[str, str] | None = contract(**documents)["paths"][path]["post"].get(GENERATION.name)
    return generation


def linked(links: dict[str, Any]) -> dict[str, Any]:
    tree = generation({"const": "a"})
    tree["paths"][VIDEOS]["post"]["responses"]["200"]["links"] = links
    return tree


def test_generation_has_the_query_that_takes_its_id() -> None:
    assert link(a=generation({"const": "a"}), query=QUERY) == LINK


def test_no_generation_without_query() -> None:
    assert link(a=generation({"const": "a"})) is None


def test_documented_link_uses_ids_of_the_contract() -> None:
    links = {
        "poll": {
            "operationId": "getTaskDetail",
            "parameters": {"path.id": "$response.body#/id"},
            "description": "d",
            "server": {},
        }
    }
    found = contract(a=linked(links), query=QUERY)["paths"][VIDEOS]["post"]["responses"]["200"]["links"]
    assert found == {
        "poll": {
            "description": "d",
            "operationId": "getTask",
            "parameters": {"task_id": "$response.body#/id"},
        }
    }


def test_link_to_unknown_operation_is_replaced() -> None:
    links = {"x": {"operationId": "unknown"}, "y": {"operationRef": "#/paths/~1x/get"}}
    assert link(a=linked(links), query=QUERY) == LINK


def test_other_link_does_not_hide_the_query() -> None:
    links = {"cancel": {"operationId": "cancel", "parameters": {"task_id": "$response.body#/id"}}}
    cancel = outline({"/v1/tasks/{task_id}": {"delete": operation(operationId="cancel")}})
    found = contract(a=linked(links), cancel=cancel, query=QUERY)["paths"][VIDEOS]["post"]
    assert {one["operationId"] for one in found["responses"]["200"]["links"].values()} == {
        "deleteTask",
        "getTask",
    }
    assert link(a=linked(links), cancel=cancel, query=QUERY) == LINK


def test_link_to_no_task_makes_no_generation() -> None:
    get = {"operationId": "getUser", "parameters": {"id": "$response.body#/id"}}
    user = {"type": "object", "properties": {"id": TEXT, "name": TEXT}}
    create = operation(TEXT, user)
    create["responses"]["200"]["links"] = {"user": get}
    tree = outline(
        {"/users": {"post": create}, "/users/{id}": {"get": operation(None, user, operationId="getUser")}}
    )
    assert link("/users", users=tree, query=QUERY) is None


def test_query_is_recognized_by_its_example() -> None:
    shown = {"content": {"application/json": {"example": {"id": "task-1", "status": "pending"}}}}
    get = {"operationId": "getTaskDetail", "responses": {"200": {"description": "", **shown}}}
    assert link(a=generation({"const": "a"}), query=outline({"/v1/tasks/{task_id}": {"get": get}})) == LINK


def test_most_similar_query_is_chosen() -> None:
    file = outline(
        {
            "/v1/files/{file_id}": {
                "get": operation(None, {"properties": {"id": TEXT, "status": TEXT, "size": TEXT}})
            }
        }
    )
    tree = generation({"const": "a"})
    tree["paths"][VIDEOS]["post"]["responses"] = operation(
        None, {"allOf": [TASK, {"properties": {"usage": TEXT}}]}
    )["responses"]
    assert link(a=tree, file=file, query=QUERY) == LINK


LIKER = {"properties": {**TASK["properties"], "usage": TEXT}}


def test_documented_query_is_used_for_all() -> None:
    other = outline({"/v1/a/{id}": {"get": operation(None, LIKER, operationId="other")}})
    links = {"task": {"operationId": "getTaskDetail", "parameters": {"task_id": "$response.body#/id"}}}
    images = generation({"const": "i"}, path="/v1/images/generations")
    assert link("/v1/images/generations", a=linked(links), images=images, other=other, query=QUERY) == LINK


def test_other_operations_are_no_generation() -> None:
    upload = outline(
        {"/v1/files": {"post": operation(TEXT, {"properties": {"success": TEXT, "data": TEXT}})}}
    )
    assert link("/v1/files", upload=upload, query=QUERY) is None
    put = outline({"/v1/x": {"put": operation(TEXT, TASK)}})
    assert generations(contract(put=put, query=QUERY)) == {}


def test_post_to_a_task_is_no_generation() -> None:
    path = "/v1/tasks/{task_id}/cancel"
    cancel = outline({path: {"post": operation(None, TASK, operationId="cancelTask")}})
    assert link(path, cancel=cancel, query=QUERY) is None


def test_post_that_needs_more_than_a_body_starts_no_task() -> None:
    links = {"poll": {"operationId": "getTaskDetail", "parameters": {"task_id": "$response.body#/id"}}}
    header = {"in": "header", "name": "X-Team", "schema": TEXT}
    for is_required, expected in ((False, LINK), (True, None)):
        for tree in (generation({"const": "a"}), linked(links)):
            tree["paths"][VIDEOS]["post"]["parameters"] = [{**header, "required": is_required}]
            assert link(a=tree, query=QUERY) == expected


def test_required_key_that_the_client_sends_is_no_obstacle() -> None:
    tree = generation({"const": "a"})
    key = {"in": "header", "name": "Idempotency-Key", "required": True, "schema": TEXT}
    tree["paths"][VIDEOS]["post"]["parameters"] = [key]
    assert link(a=tree, query=QUERY) == LINK


def test_query_has_one_path_parameter() -> None:
    query = outline({"/v1/{user}/tasks/{task_id}": {"get": operation(None, TASK)}})
    assert link(a=generation({"const": "a"}), query=query) is None
