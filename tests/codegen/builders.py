"""Small documents for tests, made from the few things a test is about."""

import json
from typing import Any

from evolink_codegen._merge.contract import merge_documents
from evolink_codegen._normalize.normalizer import normalize
from evolink_codegen._openapi.document import Document, parse_document

JSON = "application/json"
SERVER = "https://api.example.com"

Tree = dict[str, Any]


def outline(paths: Tree, schemas: Tree | None = None, **more: Any) -> Tree:
    """A document with these paths and schemas."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "servers": [{"url": SERVER}],
        "paths": paths,
        "components": {"schemas": schemas or {}},
        **more,
    }


def operation(request: Tree | None = None, reply: Tree | None = None, **more: Any) -> Tree:
    """An operation that takes and gives JSON of these schemas."""
    body = {} if request is None else {"requestBody": {"content": {JSON: {"schema": request}}}}
    content = {} if reply is None else {"content": {JSON: {"schema": reply}}}
    return {**body, "responses": {"200": {"description": "", **content}}, **more}


def generation(
    model: Tree | None, *, path: str = "/v1/videos/generations", schemas: Tree | None = None, **more: Tree
) -> Tree:
    """A document of one generation whose request has `model` and these further properties."""
    request = {"type": "object", "properties": {**({} if model is None else {"model": model}), **more}}
    reply = {"type": "object", "properties": {"id": {"type": "string"}, "status": {"type": "string"}}}
    return outline({path: {"post": operation(request, reply)}}, schemas)


def normalized(tree: Tree, slug: str = "a") -> Document:
    """A document as the pipeline sees it, after everything that reading one does to it."""
    source = f"{slug}.yaml"
    data = parse_document(json.dumps(tree).encode(), source)
    return normalize(Document(slug, source, data))


def contract(**documents: Tree) -> Tree:
    """The contract of documents by slug."""
    return merge_documents([normalized(tree, slug.replace("_", "-")) for slug, tree in documents.items()])


def schema(tree: Tree, schemas: Tree | None = None) -> tuple[Tree, list[str]]:
    """One schema in the words of 3.1, with what was left out of it."""
    document = normalized(outline({"/x": {"post": operation(tree)}}, schemas))
    body = document.data["paths"]["/x"]["post"]["requestBody"]
    found: Tree = body["content"][JSON]["schema"]
    return found, list(document.warnings)


def taking(schema: Tree, **schemas: Tree) -> Document:
    """A document as published, whose one operation takes a body of this schema."""
    return Document("things", "things.yaml", outline({"/v1/things": {"post": operation(schema)}}, schemas))
