"""Schemas that extend one with a discriminator: a reference to this one stands for all of them."""

from typing import Any

import pytest
from codegen.builders import contract, generation, normalized, schema

from evolink_codegen._emit.shards import contract_shards
from evolink_codegen._openapi.text import InputError
from evolink_codegen.runtime.validation import Validator

TEXT = {"type": "string"}


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


SUBTYPES = {
    "Effect": {"type": "object", "properties": {"kind": TEXT}, "discriminator": {"propertyName": "kind"}},
    "Blur": {"allOf": [reference("Effect"), {"properties": {"radius": {"type": "integer"}}}]},
    "Soft": {"allOf": [reference("Blur")], "properties": {"sigma": {"type": "number"}}},
    "Same": {"allOf": [reference("Effect")], "description": "The same"},
}
FORMS = {"anyOf": [reference("Blur"), reference("Soft"), reference("Effect")]}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (reference("Effect"), FORMS),
        ({**reference("Effect"), "description": "d"}, {"description": "d", **FORMS}),
        ({**reference("Effect"), "nullable": True}, {"anyOf": [FORMS, {"type": "null"}]}),
        ({"allOf": [reference("Effect")], "title": "t"}, {"allOf": [FORMS], "title": "t"}),
        ({"allOf": [reference("Effect"), {}]}, {"allOf": [reference("Effect"), {}]}),
        (reference("Blur"), reference("Blur")),
        (reference("Same"), reference("Same")),
    ],
)
def test_reference_stands_for_all_subtypes(given: dict[str, Any], found: dict[str, Any]) -> None:
    assert schema(given, SUBTYPES) == (found, [])


def test_subtypes_are_checked_as_such() -> None:
    document = generation({"const": "m"}, schemas=SUBTYPES, effect=reference("Effect"))
    shard = contract_shards(contract(a=document))["models/m.json"]
    validator = Validator(shard["schema"], unknown=True)
    assert validator.violations({"model": "m", "effect": {"kind": "Blur", "radius": 3}}) == []
    (wrong,) = validator.violations({"model": "m", "effect": {"kind": "Blur", "width": 3}})
    assert (wrong.path, wrong.rule) == ("effect.width", "unknown")


def test_subtypes_that_multiply_are_refused() -> None:
    many = {f"S{number}": {"allOf": [reference("Effect"), {}]} for number in range(300)}
    uses: dict[str, Any] = {f"p{number}": reference("Effect") for number in range(300)}
    tree = generation({}, schemas=SUBTYPES | many, **uses)
    with pytest.raises(InputError, match=r"more than 50000 references .* subtypes"):
        normalized(tree)
