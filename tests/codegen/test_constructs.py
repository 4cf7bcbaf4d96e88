"""Whatever a document is made of compiles, types, validates and travels unchanged."""

import ast
import inspect
import json
import keyword
import re
from typing import Any

import httpx
import pytest
from codegen.builders import JSON
from codegen.conftest import Package
from codegen.rule_violations import broken
from openapi_spec_validator import OpenAPIV31SpecValidator

MODELS = [
    "agent-1", "aurora-video", "brush-1", "brush-1-fast", "brush/2", "klang-audio", "mosaic-large",
    "mosaic-small", "nombres-video", "pensees-video",
]  # fmt: skip


class Wire:
    """A client that answers every call with one reply and keeps what was asked."""

    raise_on_unexpected_status = False

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.sent: dict[str, Any] = {}

    def get_httpx_client(self) -> "Wire":
        return self

    def request(self, **kwargs: Any) -> httpx.Response:
        self.sent = kwargs
        return self._response


def plain(parsed: Any) -> Any:
    """JSON, whether it was read into a class or, for want of a schema, left as it is."""
    return parsed.to_dict() if hasattr(parsed, "to_dict") else parsed


def replies(package: Package) -> list[tuple[str, str, Any]]:
    """Every documented JSON reply: operation, status and value."""
    return [
        (operation["operationId"], status, example["value"])
        for item in package.built.contract["paths"].values()
        for operation in item.values()
        for status, response in operation["responses"].items()
        for kind, media in response.get("content", {}).items()
        for example in media.get("examples", {}).values()
        if kind == "application/json"
    ]


def arguments(package: Package, operation: str, **given: Any) -> dict[str, Any]:
    """What a generated function must be given at least, and what a test gives it besides."""
    function = package.load(package.index[operation]["module"]).sync_detailed
    needed = {
        name: "x"
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is parameter.empty and name not in ("client", "body")
    }
    return needed | given


def test_the_contract_is_valid(constructs: Package) -> None:
    assert list(OpenAPIV31SpecValidator(constructs.built.contract).iter_errors()) == []


def test_every_module_imports(constructs: Package) -> None:
    modules = constructs.modules()
    assert len(modules) > 100
    for module in modules:
        constructs.load(module.removesuffix(".__init__").removesuffix("__init__"))
    models = constructs.load("models")
    assert all(getattr(models, name) is not None for name in models.__all__)
    ast.parse((constructs.folder / "params.py").read_text("utf-8"))


def test_every_name_is_an_ascii_identifier(constructs: Package) -> None:
    for path in constructs.folder.rglob("*.py"):
        names = [*path.relative_to(constructs.folder).with_suffix("").parts]
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names.append(node.name)
            elif isinstance(node, ast.arg):
                names.append(node.arg)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names.append(node.target.id)
        for name in names:
            assert name.isidentifier(), path
            assert name.isascii(), path
            assert not keyword.iskeyword(name), path
        classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        assert not [name for name in [path.stem, *classes] if re.search(r"[Tt]ype_?\d", name)]


POST = "POST /v1/videos/generations"
TILES = "mosaic-video.yaml: components/schemas/Tiles/properties"
PENSEES = f"pensees-video.yaml: {POST}"
WARNINGS = f"""
{TILES}/broken: '[' is not a valid pattern; left out
{TILES}/broken: 'many' is not a valid maxLength; left out
{TILES}/flag: the default breaks its own schema: "yes" is not of type "boolean"; left out
{TILES}/level: the default has 1, of another type; written as "1"
{TILES}/level: the enum has 1, 2, 3, of another type; written as "1", "2", "3"
{TILES}/strange: 'file' is not a valid type; left out
{TILES}/tiles: the default breaks its own schema: 5 is not one of 4, 16 or 64; left out
{PENSEES}/requestBody/{JSON}/examples/mauvaise: the example breaks its schema: "pensée" is a required property
{PENSEES}/requestBody/{JSON}/properties/durée: the example breaks its own schema: 60 is greater than the \
maximum of 10; left out
{PENSEES}/responses/200/{JSON}/examples/mauvaise: the example breaks its schema: id: 5 is not of type \
"string"; left out
{PENSEES}/responses/200/{JSON}/properties/progress: the example breaks its own schema: "aucun" is not of \
type "integer"; left out
{PENSEES}/responses/429/{JSON}/examples/default: the example breaks its schema: error/code: "trop" is not \
of type "integer"; left out
"""


def test_warnings_name_the_place(constructs: Package) -> None:
    expected = [f"openapi/vendor/{line}" for line in WARNINGS.strip().split("\n")]
    assert sorted(constructs.built.warnings) == sorted(expected)


def test_every_model_is_generated(constructs: Package) -> None:
    found = [model for entry in constructs.index.values() for model in entry.get("models", {})]
    assert sorted(found) == MODELS


@pytest.mark.parametrize("model", MODELS)
def test_documented_request_round_trips(constructs: Package, model: str) -> None:
    slice_ = constructs.model(model)
    cls = getattr(constructs.load("models"), slice_["request_class"])
    assert slice_["examples"] or model in ("brush-1", "brush/2")
    for example in slice_["examples"]:
        request = cls.from_dict(example)
        assert request.to_dict() == example
        module = constructs.load(constructs.index[slice_["operation"]]["module"])
        kwargs = module.build_request(body=request)
        assert json.loads(json.dumps(kwargs["json"])) == example
        assert kwargs["headers"]["Content-Type"] == "application/json"


def test_invalid_example_stays_in_contract_only(constructs: Package) -> None:
    media = constructs.built.contract["paths"]["/v1/videos/generations"]["post"]["requestBody"]["content"]
    wrong = media["application/json"]["examples"]["pensees-video.mauvaise"]["value"]
    slice_ = constructs.model("pensees-video")
    validator = constructs.load("validation").Validator(slice_["schema"])
    assert {one.rule for one in validator.violations(wrong)} == {"required", "maximum"}
    assert wrong not in slice_["examples"]


@pytest.mark.parametrize("model", MODELS)
def test_every_broken_rule_is_found(constructs: Package, model: str) -> None:
    slice_ = constructs.model(model)
    validator = constructs.load("validation").Validator(slice_["schema"], unknown=True)
    for example in slice_["examples"]:
        assert validator.violations(example) == []
        faults = list(broken(slice_["schema"], example))
        assert len(faults) >= len(example)
        for fault in faults:
            found = validator.violations(fault.body)
            assert found, fault
            if fault.rule not in ("anyOf", "oneOf", "not"):
                places = {(one.path, one.rule) for one in found}
                assert (fault.path, fault.rule) in places or {one.rule for one in found} & {
                    "oneOf",
                    "anyOf",
                }, (fault, found)


def test_reply_examples_are_valid(constructs: Package) -> None:
    """A mock answers with these and checks its own replies."""
    validation = constructs.load("validation")
    contract = constructs.built.contract
    for item in contract["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values():
                for media in response.get("content", {}).values():
                    validator = validation.Validator(validation.closure(contract, media["schema"]))
                    for example in media.get("examples", {}).values():
                        assert validator.violations(example["value"]) == []


def test_documented_reply_round_trips(constructs: Package) -> None:
    documented = replies(constructs)
    assert len(documented) > 15
    for operation, status, value in documented:
        module = constructs.load(constructs.index[operation]["module"])
        code = int(status.replace("XX", "00")) if status != "default" else 500
        client = Wire(httpx.Response(code, json=value))
        body = {"body": Body()} if "requestBody" in _operation(constructs, operation) else {}
        parsed = module.sync_detailed(client=client, **arguments(constructs, operation), **body).parsed
        again = [plain(one) for one in parsed] if isinstance(parsed, list) else plain(parsed)
        assert again == value


class Body:
    """Any request, for calls whose reply is what matters."""

    def to_dict(self) -> dict[str, Any]:
        return {}

    def to_multipart(self) -> list[Any]:
        return []


def _operation(package: Package, operation_id: str) -> dict[str, Any]:
    for item in package.built.contract["paths"].values():
        for operation in item.values():
            if operation["operationId"] == operation_id:
                found: dict[str, Any] = operation
                return found
    raise AssertionError(operation_id)


@pytest.mark.parametrize(
    "value",
    [
        {"status": "no such state", "progress": "half", "results": None, "error": 5, "new": {"x": 1}},
        {"error": {"code": 5, "message": None, "extra": [1]}, "result_data": "text", "created": "today"},
        {},
    ],
)
def test_undocumented_reply_is_kept(constructs: Package, value: Any) -> None:
    module = constructs.load(constructs.index["getTask"]["module"])
    parsed = module.sync_detailed("x", client=Wire(httpx.Response(200, json=value))).parsed
    assert parsed.to_dict() == value


def test_parameters_are_sent_as_documented(constructs: Package) -> None:
    module = constructs.load(constructs.index["getTasks"]["module"])
    file = constructs.data("operations/getTasks.json")
    names = {one["name"]: one["argument"] for one in file["parameters"]}
    assert set(names.values()) == set(inspect.signature(module.sync_detailed).parameters) - {"client"}
    filters = constructs.load("models").AccountTasksFilter(model="brush-1")
    given = {
        "status": ["pending", "completed"],
        "limit": 5,
        "created[from]": "2026-01-02T03:04:05Z",
        "before": "x",
        "class": "c",
        "headers": True,
        "页": 2,
        "filter": filters,
        "X-Request-Id": "123e4567-e89b-12d3-a456-426614174000",
        "X-Retries": 3,
        "session": "s",
    }
    client = Wire(httpx.Response(200, json=[]))
    module.sync_detailed(client=client, **{names[name]: value for name, value in given.items()})
    sent = client.sent
    assert sent["method"] == "get"
    assert sent["url"] == "/v1/tasks"
    assert sent["headers"] == {"X-Request-Id": given["X-Request-Id"], "X-Retries": "3"}
    assert sent["cookies"] == {"session": "s"}
    query = {
        name: given[name] for name in ("status", "limit", "created[from]", "before", "class", "headers", "页")
    }
    assert {name: sent["params"][name] for name in query} == query
    assert sent["params"]["filter[model]"] == "brush-1"
    assert "Authorization" not in json.dumps(file)


def test_path_parameters_are_quoted(constructs: Package) -> None:
    module = constructs.load(constructs.index["replaceTaskNote"]["module"])
    names = {
        one["name"]: one["argument"]
        for one in constructs.data("operations/replaceTaskNote.json")["parameters"]
    }
    client = Wire(httpx.Response(204))
    found = module.sync_detailed(
        **{names["task-id"]: "a/../{b}", names["1st.note"]: "ü?#"}, client=client, body="hello", dry=True
    )
    assert client.sent["url"] == "/v1/tasks/a%2F..%2F%7Bb%7D/notes/%C3%BC%3F%23/"
    assert client.sent["json"] == "hello"
    assert client.sent["params"] == {"dry": True}
    assert found.parsed is None


def test_multipart_has_files_and_fields(constructs: Package) -> None:
    entry = constructs.index["createFilesUploadStream"]
    assert entry["server"] == "https://files-api.evolink.ai"
    models, types = constructs.load("models"), constructs.load("types")
    file = types.File(payload=b"bytes", file_name="a.png", mime_type="image/png")
    cls = next(getattr(models, name) for name in models.__all__ if name.endswith("StreamRequest"))
    body = cls(
        file=file,
        upload_path="x",
        public=True,
        size=3,
        tags=["a", "b"],
        kind="image",
        ratio=1.5,
        previews=[file],
    )
    client = Wire(httpx.Response(200, json={"success": True, "code": 200}))
    parsed = constructs.load(entry["module"]).sync_detailed(client=client, body=body).parsed
    assert parsed.to_dict() == {"success": True, "code": 200}
    assert [(name, part[0], part[1]) for name, part in client.sent["files"]] == [
        ("file", "a.png", b"bytes"),
        ("previews", "a.png", b"bytes"),
        ("upload_path", None, b"x"),
        ("public", None, b"True"),
        ("size", None, b"3"),
        ("tags", None, b"a"),
        ("tags", None, b"b"),
        ("kind", None, b"image"),
        ("ratio", None, b"1.5"),
    ]
    assert "Content-Type" not in client.sent["headers"]


def test_class_of_body_decides_media_type(constructs: Package) -> None:
    models, types = constructs.load("models"), constructs.load("types")
    module = constructs.load(constructs.index["replaceFilesUploadRaw"]["module"])
    json_class, form_class = (
        next(getattr(models, name) for name in models.__all__ if name.endswith(end))
        for end in ("UploadRawRequest", "UploadRawXWwwFormUrlencodedRequest")
    )
    for body, key, value, kind in (
        (json_class(url="u"), "json", {"url": "u"}, "application/json"),
        (
            form_class(url="u", again=True),
            "data",
            {"url": "u", "again": True},
            "application/x-www-form-urlencoded",
        ),
        (types.File(payload=b"png"), "content", b"png", "image/png"),
    ):
        kwargs = module.build_request(body=body)
        assert kwargs[key] == value
        assert kwargs["headers"]["Content-Type"] == kind


def test_other_replies_are_bytes_or_text(constructs: Package) -> None:
    read = constructs.load(constructs.index["getFileContent"]["module"])
    for status in (200, 206):
        parsed = read.sync_detailed("x", client=Wire(httpx.Response(status, content=b"mp4"))).parsed
        assert parsed.payload.read() == b"mp4"
    for status in (302, 520):  # of which the latter is not a status of any standard
        reply = read.sync_detailed("x", client=Wire(httpx.Response(status)))
        assert (reply.status_code, reply.parsed) == (status, None)
    words = constructs.load(constructs.index["getFileWords"]["module"])
    for status in (200, 500):
        assert words.sync_detailed("x", client=Wire(httpx.Response(status, text="hé"))).parsed == "hé"


def test_optional_body_is_omitted(constructs: Package) -> None:
    memo = constructs.load(constructs.index["createMemo"]["module"])
    assert "json" not in memo.build_request()
    assert [memo.build_request(body=body)["json"] for body in ("later", 5)] == ["later", 5]


def test_every_generation_task_has_the_same_query(constructs: Package) -> None:
    found = {name: entry["generation"] for name, entry in constructs.index.items() if "generation" in entry}
    assert set(found) == {
        "createAudiosGenerations",
        "createImagesGenerations",
        "createTasks",
        "createVideosGenerations",
    }
    assert all(one == {"query": "getTask", "parameter": "id"} for one in found.values())
    assert constructs.data("index.json")["task_query"] == "getTask"


def test_documented_operation_ids_are_aliases(constructs: Package) -> None:
    assert constructs.index["createVideosGenerations"]["aliases"] == sorted(
        ["创建极光视频", "crear_video_con_nombres", "postMosaic", 'créer "une" vidéo']
    )
    assert constructs.index["getCredits"]["aliases"] == ["get_credits"]
    assert constructs.index["getCredits"]["module"] == "evolink_api.api.credits.get_credits"
