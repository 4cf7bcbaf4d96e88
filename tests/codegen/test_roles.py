"""Operations keep their roles when published pages replace the documents written here."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from evolink_codegen._emit.shards import contract_shards
from evolink_codegen._openapi.document import Document
from evolink_codegen.project import Project
from evolink_codegen.runtime.extensions import ROLE

PROJECT = Project(Path(__file__).parents[2])


def roles(documents: list[Document]) -> dict[str, Any]:
    found: dict[str, Any] = contract_shards(PROJECT.build(documents).contract)["index.json"]["roles"]
    return found


def published(document: Document, number: int) -> Document:
    """A page about the same operation in other words, of another name, with other nesting and server."""
    (path, item), *_ = document.data["paths"].items()
    (method, operation), *_ = item.items()
    first, *rest = path.strip("/").split("/")
    operation = {**operation, "operationId": f"operation{number}", "summary": "Words", "description": "Words"}
    properties = {"result": {"type": "object", "properties": {"payload": {"type": "object"}}}}
    reply = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    operation["responses"] = {"200": {"description": "", "content": reply}}
    server = document.data["servers"][0]["url"] + f"/{first}"
    data = {
        **document.data,
        "servers": [{"url": server}],
        "paths": {"/" + "/".join(rest): {method: operation}},
    }
    return replace(document, slug=f"page-{number}", source=f"page-{number}", data=data, is_written=False)


def test_every_role_is_in_the_contract() -> None:
    assert set(roles(PROJECT.documents())) == set(ROLE.value["enum"])


def test_every_value_is_in_the_contract() -> None:
    assert [line for line in PROJECT.build().warnings if "x-evolink-role-values" in line] == []


def test_published_pages_keep_the_roles() -> None:
    documents = PROJECT.documents()
    written = [one for one in documents if one.is_written and one.slug != "get-task-detail"]
    pages = [published(one, number) for number, one in enumerate(written)]
    built = PROJECT.build([*documents, *pages])
    assert contract_shards(built.contract)["index.json"]["roles"] == roles(documents)
    assert (
        "GET /v1/credits: x-evolink-role-values: reply: remaining: data.user.remaining_credits leads nowhere;"
        " correct openapi/overlays/roles.yaml"
    ) in built.warnings
    assert not any("x-evolink-role-values: request" in line for line in built.warnings)
