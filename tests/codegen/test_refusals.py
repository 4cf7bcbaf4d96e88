"""What cannot be used is refused on one line that names file, place and reason, and nothing is written."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from codegen.builders import generation, operation, outline
from document_tree import files_of

from evolink_codegen._openapi.document import parse_document
from evolink_codegen._openapi.text import InputError
from evolink_codegen.cli import main

ROOT = Path(__file__).parents[2]
GET = {"get": operation()}


def refused(tree: Any) -> tuple[str, str]:
    data = tree if isinstance(tree, bytes) else yaml.safe_dump(tree, sort_keys=False).encode()
    with pytest.raises(InputError) as caught:
        parse_document(data, "page.yaml")
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 700
    assert message.startswith("page.yaml: ")
    return caught.value.place, caught.value.reason


@pytest.mark.parametrize(
    ("tree", "place", "reason"),
    [
        ([1, 2], "", "not an OpenAPI document: no mapping at the top"),
        ("just text", "", "not an OpenAPI document: no mapping at the top"),
        (b"", "", "not an OpenAPI document: no mapping at the top"),
        ({"swagger": "2.0", "paths": {}}, "", "not an OpenAPI document: it has no key 'openapi'"),
        ({"openapi": "2.0", "paths": {}}, "openapi", "OpenAPI 3.0 and 3.1 are known, not '2.0'"),
        ({"openapi": ["3.1.0"], "paths": {}}, "openapi", "OpenAPI 3.0 and 3.1 are known, not ['3.1.0']"),
        ({"openapi": "3.1.0"}, "", "it has no key 'paths'"),
        (outline({}), "paths", "it describes no operation"),
        (outline({"/x": {}}), "paths", "it describes no operation"),
        (outline({"/x": {"summary": "s"}}), "paths", "it describes no operation"),
        ({"openapi": "3.1.0", "paths": []}, "paths", "must be a mapping"),
        (outline({"x": GET}), "paths/x", "a path begins with '/'"),
        (outline({"/a{b": GET}), "paths//a{b", "a path has its parameters in pairs of braces, and no spaces"),
        (outline({"/a}b": GET}), "paths//a}b", "a path has its parameters in pairs of braces, and no spaces"),
        (
            outline({"/{{a}}": GET}),
            "paths//{{a}}",
            "a path has its parameters in pairs of braces, and no spaces",
        ),
        (outline({"/{}": GET}), "paths//{}", "a path has its parameters in pairs of braces, and no spaces"),
        (outline({"/a b": GET}), "paths//a b", "a path has its parameters in pairs of braces, and no spaces"),
        (outline({"/{a}/{a}": GET}), "paths//{a}/{a}", "a path names each of its parameters once"),
        (outline({"/x": {"get": []}}), "paths//x/get", "must be a mapping"),
        (outline({"/x": {"get": {"parameters": {}}}}), "paths//x/get/parameters", "must be a list"),
        (outline({"/x": {"get": {"responses": []}}}), "paths//x/get/responses", "must be a mapping"),
        (
            outline({"/x": {"get": operation(parameters=[{"in": "query"}])}}),
            "paths//x/get/parameters/0",
            "it has no key 'name'",
        ),
        (
            outline({"/x": {"get": operation(parameters=[{"name": "a", "in": "body"}])}}),
            "paths//x/get/parameters/0/in",
            "'body' is not one of query, header, path, cookie",
        ),
        (
            outline({"/x": {"post": operation({"properties": ["a"]})}}),
            "paths//x/post/requestBody/content/application/json/schema/properties",
            "must be a mapping",
        ),
        (outline({"/x": GET}, {"A": "string"}), "components/schemas/A", "must be true or false or a mapping"),
        (outline({"/x": GET}, {"A": {"allOf": {}}}), "components/schemas/A/allOf", "must be a list"),
        (outline({"/x": GET}, servers="https://a"), "servers", "must be a list"),
    ],
)
def test_wrong_structure_is_refused_with_its_place(tree: Any, place: str, reason: str) -> None:
    assert refused(tree) == (place, reason)


def test_reason_is_one_short_line() -> None:
    place, reason = refused(outline({"/x": GET, "/\u202e\n" + "y" * 9000: {"get": "\n" * 900}}))
    assert len(place) <= 300
    assert reason == "must be a mapping"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout, as the current folder."""
    (tmp_path / "openapi" / "vendor").mkdir(parents=True)
    (tmp_path / "openapi" / "overlays").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def generate(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that `generate` says; it exits with 2."""
    assert main(["generate"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    return output.err.removeprefix("evolink_codegen: ").rstrip()


def put(project: Path, **trees: Any) -> None:
    for slug, tree in trees.items():
        path = project / "openapi" / "vendor" / f"{slug}.yaml"
        path.write_bytes(tree if isinstance(tree, bytes) else yaml.safe_dump(tree).encode())


def test_refused_document_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(project, good=outline({"/y": GET}), bad=b"<!doctype html><title>Not found</title>")
    before = files_of(project)
    assert generate(capsys) == ("openapi/vendor/bad.yaml: not an OpenAPI document: no mapping at the top")
    assert files_of(project) == before


def test_contradicting_documents_are_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(project, a=generation({"const": "m"}, p={"type": "integer"}))
    put(project, b=generation({"const": "m"}, p={"type": "string"}))
    assert generate(capsys) == (
        "openapi/vendor/b.yaml: POST /v1/videos/generations: contradicts openapi/vendor/a.yaml on the model"
        " 'm': the property 'p' differs"
    )


def test_overlay_that_breaks_its_document_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(project, a=outline({"/x": GET}))
    overlay = {
        "overlay": "1.0.0",
        "extends": "../vendor/a.yaml",
        "actions": [{"target": "$.paths['/x'].get", "update": {"requestBody": {"$ref": "#/nothing"}}}],
    }
    (project / "openapi" / "overlays" / "a.x.yaml").write_text(yaml.safe_dump(overlay))
    assert generate(capsys) == (
        "openapi/overlays/a.x.yaml: paths//x/get/requestBody: the $ref '#/nothing' points to nothing"
    )


@pytest.mark.parametrize("length", [60, 120, 400, 3000])
def test_long_chain_compiles_or_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], length: int
) -> None:
    schemas: dict[str, Any] = {
        f"S{n}": {"type": "object", "properties": {"next": {"$ref": f"#/components/schemas/S{n + 1}"}}}
        for n in range(length)
    }
    schemas[f"S{length}"] = {"type": "string"}
    put(project, a=generation({"const": "m"}, schemas=schemas, first={"$ref": "#/components/schemas/S0"}))
    code = main(["generate"])
    said = capsys.readouterr().err
    assert (code, said) == (0, "") or (code == 2 and said.count("\n") == 1 and "too deeply" in said)
    assert code == (0 if length < 100 else code)


def test_outside_a_checkout_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no openapi/vendor here or in a folder above" in generate(capsys)


def test_output_stays_on_failure(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "generated" / "evolink_api", project / "generated" / "evolink_api")
    put(project, bad=b"openapi: 3.1.0\npaths: {}")
    before = files_of(project)
    generate(capsys)
    assert files_of(project) == before
