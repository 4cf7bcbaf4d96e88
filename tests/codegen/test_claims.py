"""Which model ids a document claims, and whose they are."""

from typing import Any

import pytest
from codegen.making import JSON, job, normalised, operation, outline

from evolink_codegen._merge.operation_source import document_slug, operation_sources, resolve_models
from evolink_codegen._openapi.text import InputError

PROMPT = {"type": "string"}


def models(model: Any, **more: Any) -> list[str]:
    (claim,) = operation_sources(normalised(job(model, **more)))
    return list(claim.models)


def settled(**documents: Any) -> dict[str, str]:
    claims = [
        claim for slug, tree in documents.items() for claim in operation_sources(normalised(tree, slug))
    ]
    return {model: claim.document.slug for model, claim in resolve_models(claims).items()}


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ({"type": "string", "enum": ["a", "b"]}, ["a", "b"]),
        ({"enum": ["a"], "const": "b", "default": "c", "example": "d"}, ["a"]),
        ({"type": "string", "const": "b", "default": "b", "example": "d"}, ["b"]),
        ({"type": "string", "default": "c", "example": "d"}, ["c"]),
        ({"type": "string", "example": "d"}, ["d"]),
        ({"type": "string", "examples": ["d", "e"]}, ["d", "e"]),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, ["a", "b"]),
        ({"anyOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "string"}]}, ["a", "b"]),
        ({"allOf": [{"$ref": "#/components/schemas/M"}], "description": "d"}, ["m-1", "m-2"]),
        ({"$ref": "#/components/schemas/M"}, ["m-1", "m-2"]),
        ({"type": ["string", "null"], "enum": ["a", None]}, ["a"]),
        ({"type": "string", "enum": [" ", "a"]}, ["a"]),
        ({"type": "integer", "enum": [1, 2]}, []),
        ({"type": "string"}, []),
        ({}, []),
    ],
)
def test_model_ids_come_from_enum_const_default_or_example_in_this_order(
    model: Any, found: list[str]
) -> None:
    assert models(model, schemas={"M": {"type": "string", "enum": ["m-1", "m-2"]}}) == found


def test_a_schema_that_tells_no_id_is_told_by_its_example() -> None:
    tree = job({"type": "string"}, prompt=PROMPT)
    media = tree["paths"]["/v1/videos/generations"]["post"]["requestBody"]["content"][JSON]
    media["examples"] = {
        "x": {"value": {"model": "seen-1"}},
        "y": {"value": {"model": "seen-2"}},
        "z": {"value": 1},
    }
    (claim,) = operation_sources(normalised(tree))
    assert claim.models == ("seen-1", "seen-2")


def test_branches_of_a_request_each_bring_their_ids() -> None:
    branches = [{"type": "object", "properties": {"model": {"const": name}}} for name in ("a", "b")]
    nested = {"oneOf": [branches[0], {"allOf": [branches[1]]}]}
    (claim,) = operation_sources(normalised(outline({"/x": {"post": operation(nested)}})))
    assert claim.models == ("a", "b")


def test_a_request_that_is_no_json_knows_no_models() -> None:
    body = {"content": {"multipart/form-data": {"schema": {"properties": {"model": {"const": "a"}}}}}}
    (claim,) = operation_sources(
        normalised(outline({"/x": {"post": {"requestBody": body, "responses": {}}}}))
    )
    assert claim.models == ()


def test_the_page_of_a_model_wins_over_an_overview() -> None:
    overview = job({"enum": ["a", "b", "c"]}, prompt=PROMPT)
    pair = job({"enum": ["b", "c"]}, prompt=PROMPT, size={"type": "string"})
    single = job({"const": "c"}, prompt={"type": "string", "maxLength": 5})
    assert settled(overview=overview, pair=pair, single=single) == {
        "a": "overview",
        "b": "pair",
        "c": "single",
    }
    assert settled(single=single, pair=pair, overview=overview) == settled(
        overview=overview, pair=pair, single=single
    )


def test_equal_pages_merge_whatever_their_words() -> None:
    one = job({"const": "a"}, prompt={"type": "string", "description": "x", "example": "y"})
    other = job({"const": "a"}, prompt={"type": "string"})
    assert settled(one=one, two=other) == {"a": "one"}


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        (job({"const": "a"}, p={"type": "string"}), job({"const": "a"}, p={"type": "integer"}), "p"),
        (job({"const": "a"}, p=PROMPT), job({"const": "a"}, p=PROMPT, q=PROMPT), "q"),
        (job({"const": "a"}, p={"maxLength": 1}), job({"const": "a"}, p={"maxLength": 2}), "p"),
        (job({"const": "a"}, p={"type": "array"}), job({"enum": ["a", "b"]}, p={"type": "object"}), "p"),
        (job({"const": "a"}, p={"enum": [1]}), job({"enum": ["a", "b"]}, p={"enum": [2, 3]}), "p"),
    ],
)
def test_contradictions_are_refused_and_named(one: Any, other: Any, name: str) -> None:
    with pytest.raises(
        InputError, match=f"contradicts one.yaml on the model 'a': the property '{name}' differs"
    ):
        settled(one=one, two=other)


@pytest.mark.parametrize(
    ("page", "overview"),
    [
        ({"type": "integer"}, {"type": "number"}),
        ({"enum": [1, 2]}, {"enum": [2, 3]}),
        ({"type": "string", "maxLength": 5}, {"type": "string"}),
        ({"type": ["string", "null"]}, {"type": "string"}),
        ({}, {"type": "string"}),
    ],
)
def test_an_overview_may_say_less_or_something_near(page: Any, overview: Any) -> None:
    assert settled(one=job({"const": "a"}, p=page), two=job({"enum": ["a", "b"]}, p=overview)) == {
        "a": "one",
        "b": "two",
    }


@pytest.mark.parametrize(
    ("tree", "slug"),
    [
        (job({"const": "Sora 2/Pro"}), "sora-2-pro"),
        (job({"enum": ["a", "b"]}), "the-page"),
        (job({"const": "../../etc"}), "etc"),
        (outline({"/x": {"get": operation()}}), "the-page"),
    ],
)
def test_a_document_is_kept_under_its_model_or_its_page(tree: Any, slug: str) -> None:
    assert document_slug(normalised(tree), "the page") == slug
