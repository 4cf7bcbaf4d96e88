"""Which model ids a document claims, and whose they are."""

from typing import Any

import pytest
from codegen.builders import JSON, generation, normalized, operation, outline

from evolink_codegen._merge.operation_source import document_slug, operation_sources, resolve_models
from evolink_codegen._openapi.text import InputError

PROMPT = {"type": "string"}


def models(model: Any, **more: Any) -> list[str]:
    (claim,) = operation_sources(normalized(generation(model, **more)))
    return list(claim.models)


def owners(**documents: Any) -> dict[str, str]:
    claims = [
        claim for slug, tree in documents.items() for claim in operation_sources(normalized(tree, slug))
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
def test_model_id_comes_from_enum_const_default_or_example(model: Any, found: list[str]) -> None:
    assert models(model, schemas={"M": {"type": "string", "enum": ["m-1", "m-2"]}}) == found


def test_model_id_comes_from_request_example() -> None:
    tree = generation({"type": "string"}, prompt=PROMPT)
    media = tree["paths"]["/v1/videos/generations"]["post"]["requestBody"]["content"][JSON]
    media["examples"] = {
        "x": {"value": {"model": "seen-1"}},
        "y": {"value": {"model": "seen-2"}},
        "z": {"value": 1},
    }
    (claim,) = operation_sources(normalized(tree))
    assert claim.models == ("seen-1", "seen-2")


def test_every_branch_adds_its_model_ids() -> None:
    branches = [{"type": "object", "properties": {"model": {"const": name}}} for name in ("a", "b")]
    nested = {"oneOf": [branches[0], {"allOf": [branches[1]]}]}
    (claim,) = operation_sources(normalized(outline({"/x": {"post": operation(nested)}})))
    assert claim.models == ("a", "b")


def test_form_request_has_no_models() -> None:
    body = {"content": {"multipart/form-data": {"schema": {"properties": {"model": {"const": "a"}}}}}}
    (claim,) = operation_sources(
        normalized(outline({"/x": {"post": {"requestBody": body, "responses": {}}}}))
    )
    assert claim.models == ()


def test_page_of_one_model_wins_over_overview() -> None:
    overview = generation({"enum": ["a", "b", "c"]}, prompt=PROMPT)
    pair = generation({"enum": ["b", "c"]}, prompt=PROMPT, size={"type": "string"})
    single = generation({"const": "c"}, prompt={"type": "string", "maxLength": 5})
    assert owners(overview=overview, pair=pair, single=single) == {
        "a": "overview",
        "b": "pair",
        "c": "single",
    }
    assert owners(single=single, pair=pair, overview=overview) == owners(
        overview=overview, pair=pair, single=single
    )


def test_equal_pages_merge() -> None:
    one = generation({"const": "a"}, prompt={"type": "string", "description": "x", "example": "y"})
    other = generation({"const": "a"}, prompt={"type": "string"})
    assert owners(one=one, two=other) == {"a": "one"}


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        (
            generation({"const": "a"}, p={"type": "string"}),
            generation({"const": "a"}, p={"type": "integer"}),
            "p",
        ),
        (generation({"const": "a"}, p=PROMPT), generation({"const": "a"}, p=PROMPT, q=PROMPT), "q"),
        (generation({"const": "a"}, p={"maxLength": 1}), generation({"const": "a"}, p={"maxLength": 2}), "p"),
        (
            generation({"const": "a"}, p={"type": "array"}),
            generation({"enum": ["a", "b"]}, p={"type": "object"}),
            "p",
        ),
        (
            generation({"const": "a"}, p={"enum": [1]}),
            generation({"enum": ["a", "b"]}, p={"enum": [2, 3]}),
            "p",
        ),
    ],
)
def test_contradiction_is_refused(one: Any, other: Any, name: str) -> None:
    with pytest.raises(
        InputError, match=f"contradicts one.yaml on the model 'a': the property '{name}' differs"
    ):
        owners(one=one, two=other)


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
def test_overview_may_say_less(page: Any, overview: Any) -> None:
    assert owners(
        one=generation({"const": "a"}, p=page), two=generation({"enum": ["a", "b"]}, p=overview)
    ) == {"a": "one", "b": "two"}


@pytest.mark.parametrize(
    ("tree", "slug"),
    [
        (generation({"const": "Sora 2/Pro"}), "sora-2-pro"),
        (generation({"enum": ["a", "b"]}), "the-page"),
        (generation({"const": "../../etc"}), "etc"),
        (outline({"/x": {"get": operation()}}), "the-page"),
    ],
)
def test_slug_is_model_or_page(tree: Any, slug: str) -> None:
    assert document_slug(normalized(tree), "the page") == slug
