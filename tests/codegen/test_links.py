"""From the operation that starts a job to the query of its task."""

from typing import Any

from codegen.making import contract, job, operation, outline

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
    tree = job({"const": "a"})
    tree["paths"][VIDEOS]["post"]["responses"]["200"]["links"] = links
    return tree


def test_a_job_is_linked_to_the_query_that_takes_its_id() -> None:
    assert link(a=job({"const": "a"}), query=QUERY) == LINK


def test_without_a_query_there_is_no_job() -> None:
    assert link(a=job({"const": "a"})) is None


def test_a_documented_link_is_kept_by_the_ids_of_the_contract() -> None:
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


def test_a_link_to_what_no_document_describes_is_replaced() -> None:
    links = {"x": {"operationId": "unknown"}, "y": {"operationRef": "#/paths/~1x/get"}}
    assert link(a=linked(links), query=QUERY) == LINK


def test_a_link_to_something_else_does_not_keep_a_job_from_its_query() -> None:
    links = {"cancel": {"operationId": "cancel", "parameters": {"task_id": "$response.body#/id"}}}
    cancel = outline({"/v1/tasks/{task_id}": {"delete": operation(operationId="cancel")}})
    found = contract(a=linked(links), cancel=cancel, query=QUERY)["paths"][VIDEOS]["post"]
    assert {one["operationId"] for one in found["responses"]["200"]["links"].values()} == {
        "deleteTask",
        "getTask",
    }
    assert link(a=linked(links), cancel=cancel, query=QUERY) == LINK


def test_a_link_from_one_thing_to_another_makes_no_job() -> None:
    get = {"operationId": "getUser", "parameters": {"id": "$response.body#/id"}}
    user = {"type": "object", "properties": {"id": TEXT, "name": TEXT}}
    create = operation(TEXT, user)
    create["responses"]["200"]["links"] = {"user": get}
    tree = outline(
        {"/users": {"post": create}, "/users/{id}": {"get": operation(None, user, operationId="getUser")}}
    )
    assert link("/users", users=tree, query=QUERY) is None


def test_a_query_is_known_by_its_example_where_it_has_no_schema() -> None:
    shown = {"content": {"application/json": {"example": {"id": "task-1", "status": "pending"}}}}
    get = {"operationId": "getTaskDetail", "responses": {"200": {"description": "", **shown}}}
    assert link(a=job({"const": "a"}), query=outline({"/v1/tasks/{task_id}": {"get": get}})) == LINK


def test_of_several_queries_the_one_whose_reply_is_most_like_the_job_s_is_taken() -> None:
    file = outline(
        {
            "/v1/files/{file_id}": {
                "get": operation(None, {"properties": {"id": TEXT, "status": TEXT, "size": TEXT}})
            }
        }
    )
    tree = job({"const": "a"})
    tree["paths"][VIDEOS]["post"]["responses"] = operation(
        None, {"allOf": [TASK, {"properties": {"usage": TEXT}}]}
    )["responses"]
    assert link(a=tree, file=file, query=QUERY) == LINK


LIKER = {"properties": {**TASK["properties"], "usage": TEXT}}


def test_the_query_that_documents_link_to_is_taken_for_all() -> None:
    other = outline({"/v1/a/{id}": {"get": operation(None, LIKER, operationId="other")}})
    links = {"task": {"operationId": "getTaskDetail", "parameters": {"task_id": "$response.body#/id"}}}
    images = job({"const": "i"}, path="/v1/images/generations")
    assert link("/v1/images/generations", a=linked(links), images=images, other=other, query=QUERY) == LINK


def test_operations_that_start_nothing_have_no_link() -> None:
    upload = outline(
        {"/v1/files": {"post": operation(TEXT, {"properties": {"success": TEXT, "data": TEXT}})}}
    )
    assert link("/v1/files", upload=upload, query=QUERY) is None
    put = outline({"/v1/x": {"put": operation(TEXT, TASK)}})
    assert generations(contract(put=put, query=QUERY)) == {}


def test_what_is_done_to_a_task_starts_none() -> None:
    path = "/v1/tasks/{task_id}/cancel"
    cancel = outline({path: {"post": operation(None, TASK, operationId="cancelTask")}})
    assert link(path, cancel=cancel, query=QUERY) is None


def test_a_query_by_two_names_is_no_query() -> None:
    query = outline({"/v1/{user}/tasks/{task_id}": {"get": operation(None, TASK)}})
    assert link(a=job({"const": "a"}), query=query) is None
