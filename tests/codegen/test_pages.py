"""The vendored documents say what their pages say: all of it, and nothing else."""

import copy
import functools
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evolink_codegen._openapi import yaml_io

OPENAPI = Path(__file__).parents[2] / "openapi"
VENDOR = OPENAPI / "vendor"
PROVENANCE = tomllib.loads((OPENAPI / "provenance.toml").read_text("utf-8"))["documents"]
TRANSCRIBED = [slug for slug, entry in PROVENANCE.items() if entry["kind"] == "transcribed"]
FENCED = [slug for slug, entry in PROVENANCE.items() if entry["kind"] == "verbatim" and "page" in entry]
FENCE = re.compile(
    rb"^(?P<fence>`{3,})(?:ya?ml|json)\b[^\n]*\n(?P<document>.*?)^(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE
)

KOREAN = {
    "인증": "Authorizations",
    "본문": "Body",
    "응답": "Response",
    "필수": "required",
    "예시:": "Example:",
    "사용 가능한 옵션:": "Available options:",
}
KOREAN_PREFIXES = {"기본값:": "default:", "필수 범위:": "Required range:"}
CALL = re.compile(
    r"curl --request (?P<method>\S+) \\\n  --url (?P<url>\S+) \\\n(?P<headers>(?:  --header '[^']*' \\\n)+)"
    r"  --data '\n(?P<request>\{.*?\n\})\n'\n(?P<reply>\{.*?\n\})\n",
    re.DOTALL,
)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TYPE = re.compile(
    r"(?P<enum>enum<)?(?P<type>string|integer|number|boolean|object)(?:<(?P<format>\w+)>)?>?(?P<many>\[\])?"
)
LIMITS = {
    r"Maximum string length: (\d+)": ["maxLength"],
    r"Maximum array length: (\d+)": ["maxItems"],
    r"Required array length: (\d+) elements?": ["minItems", "maxItems"],
    r"Required range: (\d+) <= x <= (\d+)": ["minimum", "maximum"],
}


def _english(line: str) -> str:
    for korean, english in KOREAN_PREFIXES.items():
        if line.startswith(korean):
            return english + line.removeprefix(korean)
    return KOREAN.get(line, line)


def _plain(text: str) -> list[str]:
    """The lines of a text without its markup, which a rendered page does not show."""
    lines = (re.sub(r"\*\*|`|^- |^• ", "", line.strip()).strip() for line in text.split("\n"))
    return [line for line in lines if line]


def _is_field(lines: list[str]) -> bool:
    return len(lines) > 1 and bool(NAME.fullmatch(lines[0]) and TYPE.fullmatch(lines[1]))


def _read_field(lines: list[str]) -> tuple[str, dict[str, Any]]:
    """Take one field off the lines. A line of no known kind is description: no line is passed over."""
    name, kind = lines.pop(0), TYPE.fullmatch(lines.pop(0))
    assert kind
    single = {"type": kind["type"]} | ({"format": kind["format"]} if kind["format"] else {})
    field: dict[str, Any] = {"type": "array", "items": single} if kind["many"] else single
    description = []
    while lines and not _is_field(lines):
        line = lines.pop(0)
        limit = next(((m, keys) for p, keys in LIMITS.items() if (m := re.fullmatch(p, line))), None)
        if line == "required":
            field["required"] = True
        elif line == "header":
            field["in"] = line
        elif line.startswith("default:"):
            field["default"] = line.removeprefix("default:")
        elif line == "Available options:":
            field["enum"] = [lines.pop(0)]
            while field["enum"][-1].endswith(","):
                field["enum"][-1] = field["enum"][-1].removesuffix(",")
                field["enum"].append(lines.pop(0))
        elif line == "Example:":
            field["example"] = json.loads(lines.pop(0))
        elif limit:
            match, keys = limit
            field |= dict(zip(keys, map(int, match.groups() * 2), strict=False))
        else:
            description += _plain(line)
    assert bool(kind["enum"]) == ("enum" in field), name
    return name, field | ({"description": description} if description else {})


def _read_fields(lines: list[str]) -> dict[str, Any]:
    fields = {}
    while lines:
        name, field = _read_field(lines)
        assert name not in fields
        fields[name] = field
    return fields


def _read_page(text: str) -> dict[str, Any]:
    call = CALL.search(text)
    assert call
    _skip_link, method, *head = filter(None, text[: call.start()].split("\n"))
    path = ""
    while head and head[0] == "/":
        path, head = f"{path}/{head[1]}", head[2:]
    lines = [_english(line) for line in text[call.end() :].split("\n") if line]
    body, response = lines.index("Body"), lines.index("Response")
    assert lines[0] == "Authorizations"
    reply = json.loads(call["reply"])
    assert method == call["method"]
    return {
        "title": " ".join(head),
        "method": method,
        "path": path,
        "url": call["url"],
        "headers": re.findall(r"--header '([^']*)'", call["headers"]),
        "request": json.loads(call["request"]),
        "reply": reply,
        "collapsed": {name: value for name, value in reply.items() if isinstance(value, dict)},
        "authorizations": _read_fields(lines[1:body]),
        "media type": lines[body + 1],
        "body": _read_fields(lines[body + 2 : response]),
        "response description": lines[response + 1],
        "response": _read_fields(lines[response + 2 :]),
    }


def _dig(node: Any, *keys: str | int) -> Any:
    """What lies there, or an empty mapping: a document may lack anything."""
    for key in keys:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            return {}
    return node


def _first(mapping: Any) -> tuple[str, Any]:
    return next(iter(mapping.items()), ("", {}))


def _resolved(document: Any, schema: Any) -> Any:
    return _dig(document, *schema["$ref"].removeprefix("#/").split("/")) if "$ref" in schema else schema


def _shown_fields(document: Any, schema: Any) -> dict[str, Any]:
    schema = _resolved(document, schema)
    fields = {}
    for name, field in _dig(schema, "properties").items():
        # Of an object the page shows the type and the description beside the reference alone.
        shown = {key: value for key, value in field.items() if key not in {"$ref", "properties"}}
        if "type" in (target := _resolved(document, field)):
            shown["type"] = target["type"]
        if "description" in field:
            shown["description"] = _plain(field["description"])
        if name in _dig(schema, "required"):
            shown["required"] = True
        fields[name] = shown
    return fields


def _shown(document: Any) -> dict[str, Any]:
    path, operations = _first(_dig(document, "paths"))
    method, operation = _first(operations)
    media_type, content = _first(_dig(operation, "requestBody", "content"))
    _, reply = _first(_dig(operation, "responses", "200", "content"))
    scheme = _dig(document, "components", "securitySchemes", _first(_dig(document, "security", 0))[0])
    bearer = (scheme.get("type"), scheme.get("scheme")) == ("http", "bearer")
    titles = {_dig(document, "info", "title") or "", _dig(operation, "summary") or ""}
    properties = _dig(_resolved(document, _dig(reply, "schema")), "properties")
    collapsed = {
        name: _dig(target, "properties")
        for name, field in properties.items()
        if "properties" in (target := _resolved(document, field))
    }
    return {
        "title": titles.pop() if len(titles) == 1 else titles,
        "method": method.upper(),
        "path": path,
        "url": f"{_dig(document, 'servers', 0, 'url')}{path}",
        "headers": ["Authorization: Bearer <token>"] * bearer + [f"Content-Type: {media_type}"],
        "request": _dig(_first(_dig(content, "examples"))[1], "value"),
        "reply": _dig(reply, "example"),
        "collapsed": {
            name: {key: field["example"] for key, field in fields.items() if "example" in field}
            for name, fields in collapsed.items()
        },
        "authorizations": {
            "Authorization": {
                "type": "string",
                "in": "header",
                "required": True,
                "description": _plain(_dig(scheme, "description") or ""),
            }
        }
        if bearer
        else {},
        "media type": media_type,
        "body": _shown_fields(document, _dig(content, "schema")),
        "response description": _dig(operation, "responses", "200", "description"),
        "response": _shown_fields(document, _dig(reply, "schema")),
    }


def _differences(page: Any, document: Any, place: str) -> Iterator[str]:
    if isinstance(page, dict) and isinstance(document, dict):
        for key in page | document:
            yield from _differences(page.get(key), document.get(key), f"{place}/{key}")
    elif type(page) is not type(document) or page != document:
        yield f"{place}: the page says {page!r}, the document {document!r}"


def _faults(page: dict[str, Any], document: Any) -> list[str]:
    shown = _shown(document)
    if not page["title"]:
        shown["title"] = ""  # a page without a heading leaves the title to us
    return list(_differences(page, shown, ""))


@functools.cache
def _page(slug: str) -> dict[str, Any]:
    return _read_page((OPENAPI / PROVENANCE[slug]["page"]).read_text("utf-8"))


@functools.cache
def _document(slug: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml_io.load((VENDOR / f"{slug}.yaml").read_bytes(), slug)
    return loaded


NOT_ON_A_PAGE = re.compile(
    r"/openapi|/info/(license|version).*|/servers/0/description|/tags.*|.*/post/(tags|operationId).*"
    r"|.*/requestBody/required|.*/examples/\w+/summary|.*/responses/[45].*"
    r"|/components/schemas/(ErrorResponse.*|VideoGeneration\w+/type)"
    r"|/components/schemas/Video(TaskInfo|Usage)/(description|properties/\w+/(?!example).*)"
    r"|.*/model_params/properties.*"
)
NOT_ON_A_PAGE_WITHOUT_HEADING = re.compile(r"/info(/title)?|.*/post/summary")


def _places(node: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield from _places(node[key], *path, key)


def _cuts(slug: str) -> Iterator[tuple[str | int, ...]]:
    for path in _places(_document(slug)):
        pointer = "".join(f"/{key}" for key in path)
        hidden = NOT_ON_A_PAGE.fullmatch(pointer) or (
            not _page(slug)["title"] and NOT_ON_A_PAGE_WITHOUT_HEADING.fullmatch(pointer)
        )
        if not hidden:
            yield path


def _changed(slug: str, path: tuple[str | int, ...], change: Any) -> Any:
    """A copy of the document in which `change(holder, key)` was done at a place."""
    document = copy.deepcopy(_document(slug))
    change(_dig(document, *path[:-1]), path[-1])
    return document


def _cut(holder: Any, key: str | int) -> None:
    del holder[key]


def _alter(holder: Any, key: str | int) -> None:
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
    else:
        holder[key] = f"{value}0" if isinstance(value, str) else value + 1


def _leaves(slug: str) -> Iterator[tuple[str | int, ...]]:
    for path in _cuts(slug):
        if not isinstance(_dig(_document(slug), *path), dict | list):
            yield path


def _description_lines(slug: str) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where descriptions are, each with its text without one of its lines."""
    for path in _leaves(slug):
        if path[-1] == "description":
            lines = _dig(_document(slug), *path).split("\n")
            for number, line in enumerate(lines):
                if _plain(line):
                    yield path, "\n".join(lines[:number] + lines[number + 1 :])


def _unreported(slug: str, path: tuple[str | int, ...], change: Any) -> bool:
    """Whether the page and a document that was changed at a place do not differ."""
    return not _faults(_page(slug), _changed(slug, path, change))


@pytest.mark.parametrize("slug", TRANSCRIBED)
def test_transcribed_document_equals_its_page(slug: str) -> None:
    assert _faults(_page(slug), _document(slug)) == []


@pytest.mark.parametrize("slug", TRANSCRIBED)
def test_removed_value_is_reported(slug: str) -> None:
    paths = list(_cuts(slug))
    assert len(paths) > 20
    assert [path for path in paths if _unreported(slug, path, _cut)] == []


@pytest.mark.parametrize("slug", TRANSCRIBED)
def test_altered_value_is_reported(slug: str) -> None:
    paths = list(_leaves(slug))
    assert len(paths) > 20
    assert [path for path in paths if _unreported(slug, path, _alter)] == []


@pytest.mark.parametrize("slug", TRANSCRIBED)
def test_removed_description_line_is_reported(slug: str) -> None:
    lines = list(_description_lines(slug))
    assert len(lines) > 20

    def is_unreported(path: tuple[str | int, ...], rest: str) -> bool:
        return _unreported(slug, path, lambda holder, key: holder.update({key: rest}))

    assert [(path, rest) for path, rest in lines if is_unreported(path, rest)] == []


@pytest.mark.parametrize("slug", TRANSCRIBED)
def test_every_line_of_a_page_is_compared(slug: str) -> None:
    """Without any one of its lines the page is unreadable or says something else than its document."""
    lines = (OPENAPI / PROVENANCE[slug]["page"]).read_text("utf-8").split("\n")
    unread = []
    for number, line in enumerate(lines):
        try:
            faults = _faults(_read_page("\n".join(lines[:number] + lines[number + 1 :])), _document(slug))
        except (AssertionError, AttributeError, LookupError, ValueError):
            continue
        if line and not faults:
            unread.append(line)
    heading = _page(slug)["title"]
    assert unread == ([heading] if heading else []), "a page may lack its heading, nothing else"


@pytest.mark.parametrize("slug", TRANSCRIBED)
def test_gaps_of_a_page_follow_the_complete_document(slug: str) -> None:
    """The rendered pages show no error replies and collapse nested objects."""
    document, path = _document(slug), _page(slug)["path"]
    complete = next(_document(other) for other in FENCED if path in _document(other)["paths"])
    written, asked = (doc["paths"][path][_page(slug)["method"].lower()] for doc in (document, complete))
    assert written["operationId"] == asked["operationId"]
    assert list(written["responses"]) == list(asked["responses"])
    model, other = (
        doc["components"]["schemas"]["VideoGenerationRequest"]["properties"]["model"]["default"]
        for doc in (document, complete)
    )
    for status, reply in asked["responses"].items():
        content = written["responses"][status]["content"]["application/json"]
        if "examples" not in content and status != "200":
            expected = json.dumps(reply["content"]["application/json"]["example"]).replace(other, model)
            assert json.dumps(content["example"]) == expected
    for name, schema in complete["components"]["schemas"].items():
        if not name.startswith("VideoGeneration"):
            assert _bare(document["components"]["schemas"][name]) == _bare(schema)


def _bare(schema: Any) -> Any:
    """A schema without its texts and examples."""
    return {
        key: _bare(value) if isinstance(value, dict) else value
        for key, value in schema.items()
        if key not in {"description", "example"}
    }


@pytest.mark.parametrize("slug", FENCED)
def test_verbatim_document_equals_its_fence(slug: str) -> None:
    fence = FENCE.search((OPENAPI / PROVENANCE[slug]["page"]).read_bytes())
    assert fence
    assert (VENDOR / f"{slug}.yaml").read_bytes() == fence["document"]


def test_every_document_has_provenance() -> None:
    assert list(PROVENANCE) == sorted(path.stem for path in VENDOR.glob("*.yaml"))


def test_every_page_belongs_to_a_document() -> None:
    pages = {OPENAPI / entry["page"] for entry in PROVENANCE.values() if "page" in entry}
    assert pages == set((VENDOR / "pages").iterdir())


@pytest.mark.parametrize("slug", PROVENANCE)
def test_provenance_is_true(slug: str) -> None:
    entry, document = PROVENANCE[slug], (VENDOR / f"{slug}.yaml").read_bytes()
    assert entry["sha256"] == hashlib.sha256(document).hexdigest()
    assert entry["kind"] in {"verbatim", "transcribed", "written"}
    assert (entry["kind"] == "written") <= ("page" not in entry)
    assert (entry["kind"] == "transcribed") <= ("page" in entry)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(entry["date"]))
    if "language" in entry:  # a document without page does not say
        assert (entry["language"] == "ko") == bool(re.search("[가-힣]", document.decode()))
