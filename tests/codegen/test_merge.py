"""All documents as one contract: nothing collides, what is equal is shared, and order means nothing."""

import copy
import itertools
from dataclasses import replace
from typing import Any

import pytest
from codegen.builders import JSON, SERVER, contract, generation, normalized, operation, outline
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from evolink_codegen._emit.shards import contract_shards
from evolink_codegen._merge.contract import merge_documents
from evolink_codegen._openapi.document import Document

VIDEOS = "/v1/videos/generations"
TEXT = {"type": "string"}
OK: dict[str, Any] = {"type": "object", "properties": {"id": TEXT, "status": TEXT}}


def post(found: dict[str, Any], path: str = VIDEOS) -> dict[str, Any]:
    operation: dict[str, Any] = found["paths"][path]["post"]
    return operation


def request(found: dict[str, Any], path: str = VIDEOS) -> dict[str, Any]:
    schema: dict[str, Any] = post(found, path)["requestBody"]["content"][JSON]["schema"]
    return schema


def reply(found: dict[str, Any], status: str = "200", path: str = VIDEOS) -> dict[str, Any]:
    schema: dict[str, Any] = post(found, path)["responses"][status]["content"][JSON]["schema"]
    return schema


def replying(model: str, schema: dict[str, Any], name: str = "Reply", /, **schemas: Any) -> dict[str, Any]:
    """A generation whose reply is a schema of the components."""
    tree = generation({"const": model}, schemas={name: schema, **schemas})
    response = tree["paths"][VIDEOS]["post"]["responses"]["200"]
    response["content"][JSON] = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return tree


def test_documents_of_one_path_become_one_operation() -> None:
    found = contract(
        one=generation({"const": "one-1"}, a=TEXT), two={**generation({"enum": ["two-1", "two-2"]}, b=TEXT)}
    )
    assert request(found) == {
        "oneOf": [{"$ref": "#/components/schemas/OneRequest"}, {"$ref": "#/components/schemas/TwoRequest"}],
        "discriminator": {
            "propertyName": "model",
            "mapping": {
                "one-1": "#/components/schemas/OneRequest",
                "two-1": "#/components/schemas/TwoRequest",
                "two-2": "#/components/schemas/TwoRequest",
            },
        },
    }
    assert found["components"]["schemas"]["TwoRequest"]["properties"]["model"]["enum"] == ["two-1", "two-2"]
    assert found["components"]["schemas"]["TwoRequest"]["required"] == ["model"]


def test_single_document_has_the_same_form() -> None:
    assert list(request(contract(one=generation({"const": "one-1"})))) == ["oneOf", "discriminator"]
    assert "oneOf" not in request(contract(one=generation(None, a=TEXT)))


def test_overview_keeps_remaining_models() -> None:
    found = contract(
        overview=generation({"enum": ["a", "b"]}, p=TEXT), page=generation({"const": "a"}, p=TEXT)
    )
    schemas = found["components"]["schemas"]
    assert schemas["OverviewRequest"]["properties"]["model"]["enum"] == ["b"]
    assert schemas["PageRequest"]["properties"]["model"]["enum"] == ["a"]
    found = contract(overview=generation({"enum": ["a"]}, p=TEXT), page=generation({"const": "a"}, p=TEXT))
    assert list(found["components"]["schemas"]) == ["OverviewRequest", "VideosGenerationsResponse"]


def test_model_default_is_kept_if_own() -> None:
    found = contract(
        one=generation({"enum": ["a", "b"], "default": "a"}), two=generation({"const": "a", "default": "a"})
    )
    schemas = found["components"]["schemas"]
    assert "default" not in schemas["OneRequest"]["properties"]["model"]
    assert schemas["TwoRequest"]["properties"]["model"]["default"] == "a"


def test_equal_names_do_not_collide() -> None:
    trees = {
        f"d{number}": replying(
            f"m-{number}",
            {**OK, "properties": {**OK["properties"], "extra": {"$ref": "#/components/schemas/Extra"}}},
            Extra={"type": "object", "properties": {"n": {"maximum": number}}},
        )
        for number in range(3)
    }
    found = contract(**trees)
    extras = [schema for name, schema in found["components"]["schemas"].items() if "Extra" in name]
    assert sorted(one["properties"]["n"]["maximum"] for one in extras) == [0, 1, 2]
    assert len(reply(found)["anyOf"]) == 3


def test_equal_replies_are_shared() -> None:
    other = {
        "type": "object",
        "description": "x",
        "properties": {"status": TEXT, "id": {**TEXT, "title": "y"}},
    }
    found = contract(
        a=replying("a", OK, "Reply"), b=replying("b", other, "Antwort"), c=replying("c", OK, "Reply")
    )
    assert reply(found) == {"$ref": "#/components/schemas/Reply"}
    assert [name for name in found["components"]["schemas"] if "Request" not in name] == ["Reply"]


def test_equal_cycles_are_shared() -> None:
    def tree(limit: int, one: str, two: str) -> tuple[dict[str, Any], dict[str, Any]]:
        def to(name: str) -> dict[str, Any]:
            return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}

        first = {**OK, "properties": {**OK["properties"], "next": to(two)}}
        return first, {two: {"type": "object", "properties": {"back": to(one), "n": {"maximum": limit}}}}

    def document(model: str, limit: int, one: str, two: str) -> dict[str, Any]:
        first, rest = tree(limit, one, two)
        return replying(model, first, one, **rest)

    found = contract(a=document("a", 1, "A", "B"), b=document("b", 1, "X", "Y"), c=document("c", 2, "A", "B"))
    assert len(reply(found)["anyOf"]) == 2
    assert len([name for name in found["components"]["schemas"] if "Request" not in name]) == 4


def test_many_references_are_compared_fast() -> None:
    """Walked again at each reference these would be two to the power of sixty schemas."""
    schemas = {
        f"S{n}": {
            "type": "object",
            "properties": {key: {"$ref": f"#/components/schemas/S{n + 1}"} for key in ("a", "b")},
        }
        for n in range(60)
    }
    found = contract(
        a=replying(
            "a",
            OK | {"properties": {**OK["properties"], "s": {"$ref": "#/components/schemas/S0"}}},
            S60=TEXT,
            **schemas,
        )
    )
    assert len(found["components"]["schemas"]) == 62


def test_names_of_requests_and_replies() -> None:
    found = contract(one_1=generation({"const": "a"}, settings={"type": "object", "properties": {"x": TEXT}}))
    assert list(found["components"]["schemas"]) == [
        "One1Request",
        "One1Settings",
        "VideosGenerationsResponse",
    ]


def test_error_examples_name_their_models() -> None:
    trees = {}
    for slug, model in (("a", "m-1"), ("b", "m-2")):
        trees[slug] = generation({"const": model})
        trees[slug]["paths"][VIDEOS]["post"]["responses"]["400"] = {
            "description": "wrong",
            "content": {JSON: {"schema": {"type": "object"}, "example": {"error": model}}},
        }
    media = post(contract(**trees))["responses"]["400"]["content"][JSON]
    assert media["examples"] == {
        "a": {"x-evolink-models": ["m-1"], "value": {"error": "m-1"}},
        "b": {"x-evolink-models": ["m-2"], "value": {"error": "m-2"}},
    }


def test_overview_examples_belong_to_named_model() -> None:
    overview = generation({"enum": ["a", "b"]}, p=TEXT)
    media = overview["paths"][VIDEOS]["post"]["requestBody"]["content"][JSON]
    media["examples"] = {
        "one": {"value": {"model": "a", "p": "1"}},
        "two": {"value": {"model": "b", "p": "2"}},
        "t w o": {"value": {"model": "b", "p": "3"}},
        "t-w-o": {"value": {"p": "4"}},
    }
    found = contract(overview=overview, page=generation({"const": "a"}, p=TEXT))
    examples = post(found)["requestBody"]["content"][JSON]["examples"]
    assert [(one["x-evolink-models"], one["value"]["p"]) for one in examples.values()] == [
        (["b"], "2"),
        (["b"], "3"),
        (["b"], "4"),
    ]


def test_operation_id_follows_from_path_and_method() -> None:
    first, second = generation({"const": "a"}), generation({"const": "b"})
    first["paths"][VIDEOS]["post"]["operationId"] = "makeA"
    second["paths"][VIDEOS]["post"]["operationId"] = "makeB"
    found = post(contract(a=first, b=second))
    assert found["operationId"] == "createVideosGenerations"
    assert found["x-evolink-operation-ids"] == ["makeA", "makeB"]
    assert found["tags"] == ["videos"]


def test_equal_operation_ids_are_lengthened() -> None:
    trees = {
        "a": outline({"/v1/tasks/{id}": {"get": operation(None, OK)}}),
        "b": outline({"/v2/tasks/{id}": {"get": operation(None, OK)}}),
    }
    ids = [item["get"]["operationId"] for item in contract(**trees)["paths"].values()]
    assert ids[0] == "getTask"
    assert ids[1].startswith("getV2TasksByIdX")


def test_paths_with_other_parameter_names_are_one() -> None:
    trees = {
        "a": outline({"/v1/tasks/{id}": {"get": operation(None, OK)}}),
        "b": outline({"/v1/tasks/{task_id}": {"get": operation(None, OK)}}),
        "c": outline({"/v1/tasks/{task_id}": {"delete": operation(None, OK)}}),
    }
    found = contract(**trees)["paths"]
    assert list(found) == ["/v1/tasks/{task_id}"]
    assert [one["name"] for one in found["/v1/tasks/{task_id}"]["get"]["parameters"]] == ["task_id"]


def test_parameters_are_merged() -> None:
    def tree(**parameters: Any) -> dict[str, Any]:
        given = [
            {"name": name, "in": "query", "schema": schema, "required": True}
            for name, schema in parameters.items()
        ]
        return outline({"/v1/tasks": {"get": operation(None, OK, parameters=given)}})

    found = contract(a=tree(x=TEXT, y=TEXT), b=tree(x={"type": "integer"}))["paths"]["/v1/tasks"]["get"]
    assert found["parameters"] == [
        {"name": "x", "in": "query", "required": True, "schema": {"anyOf": [TEXT, {"type": "integer"}]}},
        {"name": "y", "in": "query", "schema": TEXT},
    ]


def test_other_host_keeps_its_server() -> None:
    away = outline({"/v1/files": {"post": operation(TEXT)}}, servers=[{"url": "https://files.example.com"}])
    found = contract(a=generation({"const": "a"}), b=generation({"const": "b"}), c=away)
    assert found["servers"] == [{"url": SERVER}]
    assert "servers" not in post(found)
    assert post(found, "/v1/files")["servers"] == [{"url": "https://files.example.com"}]


def test_common_security_is_written_once() -> None:
    bearer: dict[str, Any] = {"security": [{"bearerAuth": []}]}
    scheme = {"type": "http", "scheme": "bearer", "description": "words"}
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    trees: dict[str, Any] = {
        "a": generation({"const": "a"}) | bearer,
        "b": outline({"/v1/b": {"get": operation()}}) | bearer,
        "c": outline({"/v1/c": {"get": operation()}}) | bearer,
        "d": outline({"/v1/open": {"get": operation()}}),
    }
    for slug in ("a", "b"):
        trees[slug]["components"]["securitySchemes"] = {"bearerAuth": scheme}
    trees["c"]["components"]["securitySchemes"] = {"bearerAuth": key}
    found = contract(**trees)
    named = found["components"]["securitySchemes"]
    other = next(name for name in named if name != "bearerAuth")
    assert found["security"] == [{"bearerAuth": []}]
    assert named == {"bearerAuth": {"type": "http", "scheme": "bearer"}, other: key}
    assert "security" not in found["paths"]["/v1/b"]["get"]
    assert found["paths"]["/v1/c"]["get"]["security"] == [{other: []}]
    assert found["paths"]["/v1/open"]["get"]["security"] == []


def test_reply_media_types_are_merged() -> None:
    tree = generation({"const": "a"})
    tree["paths"][VIDEOS]["post"]["responses"] |= {
        "204": {"description": "none"},
        "500": {"description": "bad", "content": {"text/plain": {}, JSON: {"schema": TEXT}}},
    }
    responses = post(contract(a=tree))["responses"]
    assert responses["204"] == {"description": "none"}
    assert list(responses["500"]["content"]) == [JSON, "text/plain"]


def _documents() -> dict[str, Any]:
    """Documents that overlap in every way that merges."""
    deep = {**OK, "properties": {**OK["properties"], "info": {"type": "object", "properties": {"n": TEXT}}}}
    return {
        "overview": generation(
            {"enum": ["a", "b", "z"]}, p=TEXT, box={"type": "object", "properties": {"x": TEXT}}
        ),
        "page-a": replying("a", deep, "Reply"),
        "page-b": replying("b", OK, "Reply"),
        "page-c": replying("c", {**deep, "description": "same"}, "Antwort"),
        "task": outline({"/v1/tasks/{id}": {"get": operation(None, deep)}}),
        "task-again": outline({"/v1/tasks/{task_id}": {"get": operation(None, OK)}}),
        "images": generation({"const": "i"}, path="/v1/images/generations", p=TEXT),
    }


DOCUMENTS = {slug: normalized(tree, slug) for slug, tree in _documents().items()}
CONTRACT = merge_documents(list(DOCUMENTS.values()))


@given(st.permutations(list(DOCUMENTS)))
def test_order_of_documents_does_not_matter(order: list[str]) -> None:
    found = merge_documents([copy.deepcopy(DOCUMENTS[slug]) for slug in order])
    assert found == CONTRACT
    assert repr(found) == repr(CONTRACT)


@given(st.sets(st.sampled_from(sorted(DOCUMENTS)), min_size=1))
def test_any_subset_of_documents_merges(slugs: set[str]) -> None:
    found = merge_documents([DOCUMENTS[slug] for slug in sorted(slugs)])
    used = set()
    pending: list[Any] = [found["paths"]]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if "$ref" in value and value["$ref"] not in used:
                used.add(value["$ref"])
                pending.append(found["components"]["schemas"][value["$ref"].rsplit("/", 1)[-1]])
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    assert used == {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}


def test_the_contract_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(CONTRACT).iter_errors()) == []


def test_removed_document_leaves_nothing() -> None:
    for slug, document in DOCUMENTS.items():
        rest = [one for other, one in DOCUMENTS.items() if other != slug]
        again = merge_documents([*rest, document])
        assert again == CONTRACT
        alone = merge_documents(rest)
        own = {
            name
            for name in CONTRACT["components"]["schemas"]
            if name.startswith(slug.title().replace("-", ""))
        }
        assert not own & set(alone["components"]["schemas"]) or slug == "page-b"


def test_contract_shares_no_values_with_documents() -> None:
    before = {slug: copy.deepcopy(document) for slug, document in DOCUMENTS.items()}
    found = merge_documents(list(DOCUMENTS.values()))
    for item, key in itertools.product(found["paths"].values(), ("get", "post")):
        item.get(key, {}).clear()
    assert before == DOCUMENTS


class TestLifecycle:
    """Whether the models of a document are still to be used, written into the contract for each."""

    @staticmethod
    def lifecycles(document: Document) -> Any:
        index = contract_shards(merge_documents([document]))["index.json"]
        return index["operations"]["createVideosGenerations"].get("lifecycle", {})

    def test_withdrawn_document_is_deprecated(self) -> None:
        document = normalized(generation({"enum": ["m", "n"]}))
        expected = {"status": "deprecated", "since": "2026-05-01"}
        found = self.lifecycles(replace(document, withdrawn="2026-05-01"))
        assert found == {"m": expected, "n": expected}
        assert self.lifecycles(document) == {}

    @pytest.mark.parametrize("place", ["operation", "schema"])
    @pytest.mark.parametrize("status", ["active", "retired"])
    def test_overlay_has_precedence(self, place: str, status: str) -> None:
        document = normalized(generation({"const": "m"}), "a")
        operation = document.data["paths"]["/v1/videos/generations"]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        lifecycle = {"status": status, "replacement": "n"}
        (operation if place == "operation" else schema)["x-evolink-lifecycle"] = lifecycle
        found = self.lifecycles(replace(document, withdrawn="2026-05-01"))
        assert found == ({} if status == "active" else {"m": lifecycle})


def test_published_operation_replaces_a_written_one() -> None:
    paths = {"/x": {"get": operation(None, {"const": 1})}, "/y": {"get": operation()}}
    written = normalized(outline(paths), "a")
    published = normalized(outline({"/x": {"get": operation(None, {"const": 2})}}), "b")
    merged = merge_documents([replace(written, is_written=True), published])
    assert set(merged["paths"]) == {"/x", "/y"}
    reply = merged["paths"]["/x"]["get"]["responses"]["200"]
    assert reply["content"]["application/json"]["schema"] == {"const": 2}
