"""The registry of extensions: overlays are held against it, and the guide shows it.

After a change of the registry:

    EVOLINK_UPDATE=1 python -m pytest tests/codegen/test_extensions.py
"""

import os
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from evolink_codegen._openapi.extensions import extension_table
from evolink_codegen._openapi.overlay import Overlay, apply_overlay
from evolink_codegen._openapi.text import InputError
from evolink_codegen.runtime import extensions
from evolink_codegen.runtime.extensions import EXTENSIONS, Extension

GUIDE = Path(__file__).parents[2] / "docs" / "regenerating.md"
TABLE = re.compile(
    r"(?<=<!-- extensions: made from evolink_api\.extensions -->\n).*?(?=<!-- end of)", re.DOTALL
)
PATH = "$.paths['/x'].post"
SCHEMA = f"{PATH}.requestBody.content['application/json'].schema.properties.size"
TREE: dict[str, Any] = {
    "paths": {
        "/x": {
            "post": {
                "parameters": [],
                "requestBody": {
                    "content": {"application/json": {"schema": {"properties": {"size": {"type": "string"}}}}}
                },
            }
        }
    }
}


def refusal(target: str, update: Any, extends: str | None = "a") -> str | None:
    try:
        apply_overlay(TREE, Overlay("o.yaml", extends, [{"target": target, "update": update}]))
    except InputError as error:
        return str(error)
    return None


def test_registry_is_complete() -> None:
    declared = [one for one in vars(extensions).values() if isinstance(one, Extension)]
    assert list(EXTENSIONS.values()) == declared
    for one in declared:
        jsonschema_rs.meta.validate(dict(one.value))


def test_guide_shows_the_registry() -> None:
    text = GUIDE.read_text("utf-8")
    if os.environ.get("EVOLINK_UPDATE"):
        GUIDE.write_text(TABLE.sub(lambda _: extension_table(), text), "utf-8")
        return
    (found,) = TABLE.findall(text)
    assert found == extension_table()


@pytest.mark.parametrize(
    ("target", "update"),
    [
        (SCHEMA, {"x-evolink-default": "b"}),
        (SCHEMA, {"x-evolink-url": {"schemes": ["https"]}, "x-other": 1}),
        (SCHEMA, {"example": {"x-evolink-none": 1}}),
        (PATH, {"parameters": [{"name": "p", "schema": {"x-evolink-default": 1}}]}),
        (f"{PATH}.parameters", {"name": "p", "schema": {"x-evolink-default": 1}}),
        ("$.paths['/x'].post.requestBody", {"content": {"text/plain": {"schema": {"x-evolink-default": 1}}}}),
        ("$", {"components": {"schemas": {"x-evolink-none": {"x-evolink-lenient": 1}}}}),
        ("$.nowhere", {"x-evolink-default": 1}),
        ("$", {"x-evolink-api-keys": "https://example.com/keys"}),
        ("$", {"x-evolink-error-codes": {"a": {"charged": False, "advice": "Pay."}, "b": {"charged": None}}}),
    ],
)
def test_registered_extension_is_accepted(target: str, update: Any) -> None:
    assert refusal(target, update) is None


@pytest.mark.parametrize(
    ("target", "update", "reason"),
    [
        (
            SCHEMA,
            {"x-evolink-defualt": "b"},
            "there is no extension 'x-evolink-defualt'; did you mean x-evolink-default?",
        ),
        ("$.nowhere", {"x-evolink-qqqq": 1}, "there is no extension 'x-evolink-qqqq'; known are"),
        (PATH, {"x-evolink-url": {"public": True}}, "x-evolink-url stands on a schema, not on an operation"),
        ("$", {"x-evolink-default": 1}, "x-evolink-default stands on a schema, not on a document"),
        (SCHEMA, {"x-evolink-url": {"public": "yes"}}, "x-evolink-url.public: "),
        (
            SCHEMA,
            {"x-evolink-error-codes": {}},
            "x-evolink-error-codes stands on a document, not on a schema",
        ),
        ("$", {"x-evolink-error-codes": {"a": {"charged": True}}}, "x-evolink-error-codes.a.charged: "),
        (SCHEMA, {"items": {"x-evolink-callback": {"retry": []}}}, "x-evolink-callback: "),
        (
            PATH,
            {"x-evolink-generation": {"query": "q", "parameter": "id"}},
            "x-evolink-generation is written by `generate`",
        ),
    ],
)
def test_refusal_names_overlay_action_and_extension(target: str, update: Any, reason: str) -> None:
    found = refusal(target, update)
    assert found is not None
    assert found.startswith(f"o.yaml: actions/0: {reason}")


def test_overlay_of_the_contract_may_set_what_is_generated() -> None:
    assert refusal(PATH, {"x-evolink-generation": {"query": "q", "parameter": "id"}}, None) is None
