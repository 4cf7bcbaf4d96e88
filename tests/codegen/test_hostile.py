"""Texts that try to get out of where they stand end up as harmless text, and as the text they are."""

import ast
import builtins
import itertools
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from codegen.builders import JSON, SERVER
from codegen.conftest import Package, generate
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from evolink_codegen._openapi.document import parse_document
from evolink_codegen._openapi.text import InputError

ATTACK = "import builtins; builtins.ESCAPED = 1"
HOSTILE = [
    "",
    " ",
    '"',
    "'",
    '""',
    '"""',
    '""""',
    '"' * 50,
    "'''",
    "\\",
    "\\\\",
    "\\" * 51,
    '\\"',
    '\\"""',
    '"""\\',
    'x"',
    "x\\",
    "\\N{DASH}\\u1\\x",
    "\n",
    "\r\n\t",
    "\f\v",
    "\x00\x01\x1b[2J\x7f\x85",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "{# comment #}",
    "{0.__class__}",
    "{",
    "}",
    "}}{{",
    "%s%(x)s",
    "$(touch escaped)`touch escaped`",
    "..",
    "../../escaped",
    "/etc/passwd",
    "C:\\escaped",
    "~/.escaped",
    "CON",
    "a/b",
    "a~b~0~1",
    "%2e%2e%2f",
    "\u202eevil\u202c",
    "\u2066\u2069\u200b\u200d\ufeff",
    "\u2028\u2029",
    "\uff46\uff55\uff4c\uff4c",
    "ﬁ ligature ª º",
    "비디오",
    "😀👩‍👩‍👧",
    "\U000e0001\U0010ffff",
    "\ufffe\uffff",
    "class",
    "None",
    "True",
    "import",
    "self",
    "__init__",
    "__class__",
    "_",
    "0",
    "-1",
    "1e3",
    "on",
    "null",
    "~",
    "<<",
    "!!python/object:os.system",
    "*alias",
    "&anchor",
    "# comment",
    "---",
    "- item",
    "key: value",
    "constructor.prototype",
    "<script>alert(1)</script>",
    "'; DROP TABLE models; --",
    f'"""\n{ATTACK}\n"""',
    f"'''\n{ATTACK}\n'''",
    f'"\n{ATTACK}\n#',
    f"'\n{ATTACK}\n#",
    f"\\\n{ATTACK}",
    f'\\"""\n{ATTACK}\n#',
    f"\x0c{ATTACK}",
    f"\r{ATTACK}",
    f"\u2028{ATTACK}",
    f"x) -> None: pass\n{ATTACK}\ndef f(",
    f"x\n{ATTACK}\ny: int",
    f"]\n{ATTACK}\n[",
    f"# -*- coding: utf-7 -*-\n+AGkAbQBwAG8AcgB0- {ATTACK}",
    "{__import__('builtins').ESCAPED}",
    "{client.__init__.__globals__}",
    "x" * 10_000,
    "\\" * 9_999,
    '"' * 10_000,
    "é" * 10_000,
    "word " * 2_000,
    ("\\x" * 40 + " ") * 100,
]
# Text of any kind, with a liking for what means something to a reader of code.
TEXTS = st.text(
    st.sampled_from("\"'\\{}%#\n\r\t _.-/:ab0é비😀\u202e\u2028\x00")
    | st.characters(exclude_categories=["Cs"]),
    max_size=40,
)


# What the document below calls properties of its own.
OWN_NAMES = re.compile(r"model|nested|choices|references|(default|const)\d+")


def in_names(texts: list[str]) -> dict[str, Any]:
    """A document that has texts as its names and values."""
    names = [text for text in dict.fromkeys(texts) if not OWN_NAMES.fullmatch(text)]
    nested = {name: {"type": "object", "properties": {"x": {"type": "string"}}} for name in names[::3]}
    schemas = {
        f"{name}{index}": {"type": "object", "description": name, "properties": {name: {"type": "integer"}}}
        for index, name in enumerate(names)
    }
    references = {
        f"r{index}": {"$ref": f"#/components/schemas/{_pointer(name)}"} for index, name in enumerate(schemas)
    }
    request = {
        "type": "object",
        "title": texts[0],
        "description": "\n".join(texts),
        "required": ["model", *names[:3]],
        "properties": {
            "model": {
                "type": "string",
                "enum": [*names, "plain"],
                "default": names[0],
                "description": texts[-1],
            },
            **{
                name: {"type": "string", "description": name, "example": name, "title": name}
                for name in names
            },
            "nested": {"type": "object", "properties": nested},
            "choices": {"type": "array", "items": {"enum": [*names, 1]}},
            "references": {"type": "object", "properties": references},
            **{f"default{index}": {"type": "string", "default": name} for index, name in enumerate(names)},
            **{f"const{index}": {"const": name} for index, name in enumerate(names[:20])},
        },
    }
    reply = {
        "type": "object",
        "description": "\n".join(texts),
        "properties": {
            "id": {"type": "string"},
            "status": {"type": "string"},
            **{
                name: {"type": "string", "enum": [name], "description": name}
                for name in names
                if name != "id"
            },
        },
    }
    example = {"model": "plain", **{name: name for name in names if name not in request["properties"]}}
    operation = {
        "operationId": texts[0],
        "tags": texts[:5],
        "summary": texts[0],
        "description": " ".join(texts),
        "externalDocs": {"url": texts[0], "description": texts[0]},
        "parameters": [
            {
                "name": name,
                "in": place,
                "description": name,
                "schema": {"type": "string", "enum": [name]},
                "example": name,
            }
            for name, place in zip(names, itertools.cycle(["query", "header", "cookie"]), strict=False)
        ],
        "requestBody": {
            "description": texts[0],
            "content": {
                JSON: {
                    "schema": request,
                    "examples": {name: {"summary": name, "value": {"model": name}} for name in names},
                }
            },
        },
        "responses": {
            "200": {
                "description": texts[0],
                "headers": {name: {"description": name} for name in names},
                "content": {JSON: {"schema": reply, "example": example}},
                "links": {name: {"operationId": name, "parameters": {name: name}} for name in names},
            },
            "400": {"description": "\n".join(texts)},
        },
        "security": [{name: []} for name in names],
    }
    task = {"type": "object", "properties": {"id": {"type": "string"}, "status": {"type": "string"}}}
    query = {"responses": {"200": {"description": "", "content": {JSON: {"schema": task}}}}}
    schemes = {name: {"type": "http", "scheme": "bearer", "description": name} for name in names}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": texts[0],
            "version": texts[-1],
            "description": texts[0],
            "license": {"name": texts[0]},
        },
        "servers": [{"url": SERVER, "description": texts[0]}],
        "tags": [{"name": name, "description": name} for name in names],
        "paths": {"/v1/videos/generations": {"post": operation}, "/v1/tasks/{id}": {"get": query}},
        "components": {"schemas": schemas, "securitySchemes": schemes},
    }


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def made(root: Path, texts: list[str], name: str) -> Package:
    return generate(root, {"hostile": json.dumps(in_names(texts)).encode()}, name)


def deceptive(text: str) -> set[str]:
    """Characters that hide, reorder or break the text around them."""
    return {
        char
        for char in set(text) - {"\n", "\t"}
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        or char in "\u200b\u200e\u200f\ufeff"
    }


def imported(package: Package) -> None:
    """Parse and run every module; what a text smuggled in would have left its mark."""
    for path in package.folder.rglob("*.py"):
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        assert not deceptive(text), path
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports = {getattr(node, "module", ""), *(alias.name for alias in node.names)}
                assert "builtins" not in imports
    for module in package.modules():
        package.load(module.removesuffix(".__init__").removesuffix("__init__"))
    assert not hasattr(builtins, "ESCAPED")
    for loaded in [one for one in sys.modules if one.partition(".")[0] == package.name]:
        for name in vars(sys.modules[loaded]):
            assert name.isascii()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    package = made(tmp_path_factory.mktemp("hostile"), HOSTILE, "hostile_api")
    yield package
    package.forget()


@pytest.mark.slow
def test_text_does_not_escape_into_code(hostile: Package) -> None:
    imported(hostile)


def test_no_file_is_written_outside(hostile: Package) -> None:
    files = [path for path in hostile.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    top = {path.relative_to(hostile.root).parts[:2] for path in files}
    assert top == {("generated", "evolink_api"), ("openapi", "openapi.yaml"), ("openapi", "vendor")}
    for path in files:
        relative = str(path.relative_to(hostile.root))
        assert relative.isascii()
        assert not set(relative) - set("abcdefghijklmnopqrstuvwxyz0123456789_-./ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        assert len(path.name) < 150


def _model_names(hostile: Package) -> dict[str, str]:
    found: dict[str, str] = hostile.index["createVideosGenerations"]["models"]
    return found


def literals(source: str) -> set[Any]:
    """All constants of a program, those in types that are written as text too."""
    found = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    types = [one for one in found if isinstance(one, str) and one.startswith("Literal[")]
    return found.union(*map(literals, types))


def test_ids_and_enum_values_are_kept(hostile: Package) -> None:
    expected = {text for text in HOSTILE if text.strip()} | {"plain"}
    assert set(_model_names(hostile)) == expected
    slice_ = hostile.data(_model_names(hostile)["plain"])
    assert set(slice_["schema"]["properties"]["model"]["enum"]) == expected
    check = hostile.load("models.hostile_request_model")
    assert set(check.HOSTILE_REQUEST_MODEL_VALUES) == expected
    params = (hostile.folder / "params.py").read_text("utf-8")
    assert expected <= literals(params)
    assert len(set(_model_names(hostile).values())) == len(expected)
    for model, file in _model_names(hostile).items():
        assert hostile.data(file)["model"] == model


def test_property_names_are_kept_on_the_wire(hostile: Package) -> None:
    body = {"model": "plain", **{text: f"value {index}" for index, text in enumerate(HOSTILE)}}
    cls = hostile.load("models").HostileRequest
    request = cls.from_dict(body)
    assert request.additional_properties == {}
    assert request.to_dict() == body
    entry = hostile.index["createVideosGenerations"]
    response = httpx.Response(200, json=dict.fromkeys(HOSTILE, "x"))
    parsed = hostile.load(entry["module"]).parse_response(200, response.headers, response.content)
    assert parsed.additional_properties == {}
    assert parsed.to_dict() == response.json()


def test_parameter_names_are_kept_on_the_wire(hostile: Package) -> None:
    entry = hostile.index["createVideosGenerations"]
    parameters = hostile.data("operations/createVideosGenerations.json")["parameters"]
    assert {one["name"] for one in parameters} == set(HOSTILE)
    kwargs = hostile.load(entry["module"]).build_request(
        body=hostile.load("models").HostileRequest.from_dict(
            {"model": "plain", **dict.fromkeys(HOSTILE[:3], "")}
        ),
        **{one["argument"]: one["name"] for one in parameters},
    )
    sent = {**kwargs["params"], **kwargs["headers"], **kwargs["cookies"]}
    assert {name: sent[name] for name in HOSTILE} == {name: name for name in HOSTILE}


def test_contract_round_trips(hostile: Package) -> None:
    assert json.loads((hostile.folder / "contract.json").read_text("utf-8")) == hostile.built.contract
    source = (hostile.root / "openapi" / "openapi.yaml").read_bytes()
    assert parse_document(source, "openapi.yaml")["paths"].keys() == hostile.built.contract["paths"].keys()


def test_prose_is_cleaned(hostile: Package) -> None:
    text = hostile.built.contract["components"]["schemas"]["HostileRequest"]["description"]
    assert not deceptive(text)


@pytest.mark.slow
@settings(max_examples=3, phases=[Phase.generate])
@given(st.lists(TEXTS, min_size=12, max_size=24, unique=True))
def test_any_text_compiles(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    package = made(tmp_path_factory.mktemp("any"), texts, "any_api")
    try:
        imported(package)
        body = {"model": "plain", **{text: "x" for text in texts if not OWN_NAMES.fullmatch(text)}}
        assert package.load("models").HostileRequest.from_dict(body).to_dict() == body
    finally:
        package.forget()


PATHS = [
    "/v1/{task_id.__class__}/x",
    "/v1/{0}/a",
    "/v1/{비디오}/b",
    "/v1/{class}/import/c",
    "/v1/{a-b}/{a_b}/x",
    "/v1/{client}/{body}/{url}/x",
    '/v1/"/x',
    "/v1/'/x",
    f"/v1/';{ATTACK.replace(' ', '_')};'/x",
    "/v1/../../etc/x",
    "/v1/%7Bx%7D/x",
    "/v1/$(x)/`x`/x",
    "/v1/" + "y" * 3_000 + "/x",
    "//evil.example.com/x",
    "/v1/:x;y=1,z@w/x",
    "/",
    "/v1//x",
]


def test_path_is_sent_as_documented(tmp_path: Path) -> None:
    paths = {path: {"get": {"responses": {"200": {"description": path}}}} for path in PATHS}
    tree = {"openapi": "3.1.0", "info": {}, "paths": paths}
    package = generate(tmp_path, {"paths": json.dumps(tree).encode()}, "paths_api")
    try:
        imported(package)
        assert {entry["path"] for entry in package.index.values()} == set(PATHS)
        for name, entry in package.index.items():
            parameters = package.data(f"operations/{name}.json")["parameters"]
            sent = package.load(entry["module"]).build_request(
                **{one["argument"]: f"{{{one['name']}}}/" for one in parameters}
            )
            expected = entry["path"]
            for one in parameters:
                expected = expected.replace(f"{{{one['name']}}}", quote(f"{{{one['name']}}}/", safe=""))
            assert sent["url"] == expected
    finally:
        package.forget()


@given(st.text("/{}ab.\"'\\%?# \n\u202e\x00", max_size=20))
def test_path_is_a_template_or_refused(text: str) -> None:
    tree = {"openapi": "3.1.0", "paths": {f"/{text}": {"get": {"responses": {}}}}}
    try:
        parse_document(json.dumps(tree).encode(), "a.yaml")
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is fine
    else:
        names = [part.partition("}")[0] for part in text.split("{")[1:]]
        assert all(names)
        assert len(names) == text.count("}")
