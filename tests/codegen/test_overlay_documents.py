"""Each overlay of the repository stands on a sentence of its document, and still does something."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonpath
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from evolink_codegen._openapi import structure, yaml_io
from evolink_codegen._openapi.overlay import Overlay, Stale, apply_overlay, read_overlay

OPENAPI = Path(__file__).parents[2] / "openapi"
OVERLAYS = {path.stem: read_overlay(path) for path in sorted((OPENAPI / "overlays").glob("*.yaml"))}
# The others are of the merged contract.
OF_DOCUMENTS = [name for name, overlay in OVERLAYS.items() if overlay.extends is not None]
SLUGS = sorted(path.stem for path in (OPENAPI / "vendor").glob("*.yaml"))
NOT_ENGLISH = re.compile("[\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")


@functools.cache
def _document(slug: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml_io.load((OPENAPI / "vendor" / f"{slug}.yaml").read_bytes(), slug)
    return loaded


def _with(concern: str = "") -> list[str]:
    """The documents that have overlays (of a concern): a document without any makes no claim."""
    names = [name for name in OVERLAYS if name.endswith(f".{concern}" if concern else "")]
    return sorted({name.rsplit(".", 1)[0] for name in names} & set(SLUGS))


def _own(slug: str) -> list[Overlay]:
    return [overlay for overlay in OVERLAYS.values() if overlay.extends == slug]


def _applied(slug: str, overlays: list[Overlay]) -> tuple[dict[str, Any], list[Stale]]:
    document, stale = _document(slug), []
    for overlay in overlays:
        document, new = apply_overlay(document, overlay)
        stale += new
    return document, stale


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _strings(item)


def _quotes(action: dict[str, Any]) -> list[str]:
    return re.findall("“(.+?)”", action.get("description", ""), re.DOTALL)


def _unfounded(overlay: Overlay, document: dict[str, Any]) -> list[str]:
    """Targets of actions that quote nothing, or what the document does not say."""
    texts = list(_strings(document))
    return [
        action["target"]
        for action in overlay.actions
        if not _quotes(action) or not all(any(quote in text for text in texts) for quote in _quotes(action))
    ]


def _replaced(overlay: Overlay, document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each action that puts a text in the place of another, with that other."""
    for action in overlay.actions:
        for match in jsonpath.finditer(action["target"], document):
            for key in action.get("update", {}):
                if isinstance(match.obj, dict) and isinstance(old := match.obj.get(key), str):
                    yield action, old


@pytest.mark.parametrize("name", OF_DOCUMENTS)
def test_overlay_file_is_named_after_its_document(name: str) -> None:
    slug, concern = name.rsplit(".", 1)
    assert concern
    assert OVERLAYS[name].extends == slug
    assert slug in SLUGS


@pytest.mark.parametrize("name", OF_DOCUMENTS)
def test_every_action_quotes_its_document(name: str) -> None:
    assert _unfounded(OVERLAYS[name], _document(name.rsplit(".", 1)[0])) == []


@pytest.mark.parametrize("name", OVERLAYS)
def test_missing_quote_is_found(name: str) -> None:
    assert len(_unfounded(OVERLAYS[name], {})) == len(OVERLAYS[name].actions)


@pytest.mark.parametrize("name", OF_DOCUMENTS)
def test_translation_quotes_the_original(name: str) -> None:
    """A translation of a text that has changed meanwhile would say something else than the document."""
    replaced = list(_replaced(OVERLAYS[name], _document(name.rsplit(".", 1)[0])))
    assert replaced or not name.endswith(".en")
    assert [old for _, old in replaced] == [quote for action, _ in replaced for quote in _quotes(action)]


@pytest.mark.parametrize("slug", _with())
def test_no_action_is_stale_in_any_order(slug: str) -> None:
    document, stale = _applied(slug, _own(slug))
    assert stale == []
    assert _applied(slug, _own(slug)[::-1]) == (document, [])


@pytest.mark.parametrize("slug", _with())
def test_overlaid_document_is_valid(slug: str) -> None:
    document, _ = _applied(slug, _own(slug))
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@pytest.mark.parametrize("slug", _with("en"))
def test_translated_document_is_english(slug: str) -> None:
    document, _ = _applied(slug, _own(slug))
    assert [text for text in _strings(document) if NOT_ENGLISH.search(text)] == []


@pytest.mark.parametrize("slug", _with("limits"))
def test_every_sent_url_has_a_rule(slug: str) -> None:
    document, _ = _applied(slug, _own(slug))
    urls = [
        (name, schema)
        for schemas in document["components"]["schemas"].values()
        if "model" in schemas.get("required", ())
        for name, field in schemas["properties"].items()
        if (schema := field.get("items", field)).get("format") == "uri"
    ]
    assert [name for name, schema in urls if "x-evolink-url" not in schema] == []
    assert [name for name, schema in urls if "x-evolink-callback" in schema] == [
        name for name, schema in urls if schema["x-evolink-url"].get("public") and schema["maxLength"]
    ]


@pytest.mark.parametrize("slug", _with("limits"))
def test_every_task_error_has_advice(slug: str) -> None:
    document, _ = _applied(slug, _own(slug))
    for _, schema in structure.walk(document):
        if advice := schema.get("x-evolink-task-errors"):
            assert list(advice) == re.findall(r"^- `(\w+)`", schema["description"], re.MULTILINE)
            assert all(entry["advice"] for entry in advice.values())


def test_some_document_has_task_errors() -> None:
    """Else the test above would say nothing."""
    assert any("x-evolink-task-errors" in str(overlay.actions) for overlay in OVERLAYS.values())
