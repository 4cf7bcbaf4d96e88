"""The contract in small files: using one model reads one model."""

import json
from typing import Any

from codegen.builders import JSON, contract, generation, operation, outline

from evolink_codegen._emit.shards import contract_shards

TEXT = {"type": "string"}
TASK = {"type": "object", "properties": {"id": TEXT, "status": TEXT}}
PATH = "/v1/videos/generations"


def slices(**documents: Any) -> dict[str, Any]:
    return contract_shards(contract(**documents))


def example(tree: dict[str, Any], *values: Any) -> dict[str, Any]:
    media = tree["paths"][PATH]["post"]["requestBody"]["content"][JSON]
    media["examples"] = {f"e{number}": {"value": value} for number, value in enumerate(values)}
    return tree


def test_model_shard_is_self_contained() -> None:
    settings = {"$ref": "#/components/schemas/Settings"}
    schemas = {
        "Settings": {
            "type": "object",
            "properties": {"again": settings, "of": {"$ref": "#/components/schemas/Odd~1Name"}},
        },
        "Odd/Name": {"type": "object"},
    }
    tree = example(generation({"const": "m-1"}, schemas=schemas, settings=settings), {"model": "m-1"})
    files = slices(a=tree, other=generation({"const": "other-1"}))
    found = files["models/m-1.json"]
    assert found["model"] == "m-1"
    assert found["operation"] == "createVideosGenerations"
    assert found["request_class"] == "ARequest"
    assert found["examples"] == [{"model": "m-1"}]
    assert set(found["schema"]["$defs"]) == {"AOddName", "ASettings"}
    assert "#/components/" not in json.dumps(found)
    assert "other" not in json.dumps(found)


def test_errors_shard_holds_what_is_known_of_error_replies() -> None:
    tree = contract(a=generation({"const": "a-1"}))
    assert contract_shards(tree)["errors.json"] == {"api_keys": None, "codes": {}}
    codes = {"no_credits": {"charged": False, "advice": "Pay."}}
    tree |= {"x-evolink-api-keys": "https://example.com/keys", "x-evolink-error-codes": codes}
    assert contract_shards(tree)["errors.json"] == {"api_keys": "https://example.com/keys", "codes": codes}


def test_index_lists_operations_and_models() -> None:
    query = outline({"/v1/tasks/{task_id}": {"get": operation(None, TASK, operationId="getTaskDetail")}})
    upload = outline(
        {"/v1/import": {"post": operation(TEXT, TEXT)}}, servers=[{"url": "https://files.example.com"}]
    )
    index = slices(a=generation({"const": "a-1"}), query=query, upload=upload)["index.json"]
    assert index == {
        "server": "https://api.example.com",
        "task_query": "getTask",
        "roles": {},
        "operations": {
            "createImport": {
                "method": "post",
                "path": "/v1/import",
                "resource": "import_",
                "module": "evolink_api.api.import_.create_import",
                "server": "https://files.example.com",
                "request": "operations/createImport.json",
            },
            "getTask": {
                "method": "get",
                "path": "/v1/tasks/{task_id}",
                "resource": "tasks",
                "module": "evolink_api.api.tasks.get_task",
                "aliases": ["getTaskDetail"],
            },
            "createVideosGenerations": {
                "method": "post",
                "path": PATH,
                "resource": "videos",
                "module": "evolink_api.api.videos.create_videos_generations",
                "generation": {"query": "getTask", "parameter": "task_id"},
                "models": {"a-1": "models/a-1.json"},
            },
        },
    }


def test_similar_model_ids_have_own_files() -> None:
    files = slices(a=generation({"enum": ["a/b", "a-b", "A-B", "../a-b", "비디오"]}))
    models = files["index.json"]["operations"]["createVideosGenerations"]["models"]
    assert len({name.lower() for name in models.values()}) == 5
    for model, name in models.items():
        assert files[name]["model"] == model
        assert name.count("/") == 1
        assert ".." not in name


def test_only_valid_examples_are_kept() -> None:
    tree = generation({"const": "m-1"}, prompt=TEXT)
    example(
        tree, {"model": "m-1", "prompt": 5}, {"model": "m-1", "promt": "x"}, {"model": "m-1", "prompt": "x"}
    )
    assert slices(a=tree)["models/m-1.json"]["examples"] == [{"model": "m-1", "prompt": "x"}]


def test_operation_shard_has_parameters_and_replies() -> None:
    parameters = [
        {
            "name": "class",
            "in": "query",
            "schema": {"type": "array", "items": {"$ref": "#/components/schemas/S"}},
        },
        {"name": "X-Id", "in": "header", "schema": TEXT},
        {"name": "id", "in": "query", "schema": TEXT},
    ]
    tree = outline(
        {"/v1/notes/{id}": {"put": operation({"type": "object"}, TASK, parameters=parameters)}},
        {"S": {"type": "object", "properties": {"x": TEXT}}},
    )
    tree["paths"]["/v1/notes/{id}"]["put"]["responses"]["204"] = {"description": ""}
    found = slices(a=tree)["operations/replaceNote.json"]
    assert {(one["in"], one["name"]): one["argument"] for one in found["parameters"]} == {
        ("path", "id"): "id",
        ("header", "X-Id"): "x_id",
        ("query", "class"): "class_",
        ("query", "id"): "id_in_query",
    }
    assert found["content_types"] == [JSON]
    assert found["request_class"] == "ARequest"
    assert found["replies"]["204"] == {"schema": None}
    assert found["replies"]["200"]["schema"]["$defs"]
    assert "$defs" in next(one for one in found["parameters"] if one["name"] == "class")["schema"]


def test_task_extensions_are_found_at_any_depth() -> None:
    tree = contract(
        a=outline(
            {
                "/v1/tasks/{id}": {
                    "get": operation(
                        None,
                        {
                            "type": "object",
                            "properties": {
                                "results": TEXT,
                                "error": {"type": "object", "properties": {"code": TEXT}},
                            },
                        },
                    )
                }
            }
        )
    )
    schemas = tree["components"]["schemas"]
    reply = schemas["TaskResponse"]["properties"]
    reply["results"]["x-evolink-result-ttl"] = 60
    reply["results"]["x-evolink-task-values"] = {"credits": ["usage.used"]}
    schemas["TaskResponseError"]["properties"]["code"]["x-evolink-task-errors"] = {"a": {"retryable": True}}
    found = contract_shards(tree)["operations/getTask.json"]
    assert found["result_ttl"] == 60
    assert found["task_values"] == {"credits": ["usage.used"]}
    assert found["task_errors"] == {"a": {"retryable": True}}


def test_index_lists_roles() -> None:
    values = {"request": {"id": "file"}, "reply": {"name": "data.name"}}
    role = {"x-evolink-role": "file-delete", "x-evolink-role-values": values}
    tree = contract(a=outline({"/v1/files": {"delete": operation(TEXT, TEXT)}}))
    tree["paths"]["/v1/files"]["delete"] |= role
    assert contract_shards(tree)["index.json"]["roles"] == {
        "file-delete": {"operation": "deleteFiles", **values}
    }


def test_shard_has_the_schema_of_a_form() -> None:
    form = {"content": {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Form"}}}}
    schemas = {"Form": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}}
    document = outline({"/v1/files": {"post": operation(None, TEXT, requestBody=form)}}, schemas)
    shard = slices(a=document)["operations/createFiles.json"]
    (schema,) = shard["forms"].values()
    assert shard["schema"] is None
    assert [one["properties"] for one in schema["$defs"].values()] == [schemas["Form"]["properties"]]


def test_no_task_query_without_generations() -> None:
    assert slices(a=outline({"/x": {"get": operation()}}))["index.json"]["task_query"] is None
