"""`client.models`: what the contract says of each model, and tasks that are started from it."""

import inspect
import json
import pydoc
from collections.abc import Mapping
from typing import Any

import pytest
from contract import catalog
from wrapper.fakes import Api, World

import evolink
from evolink import AsyncModel, InvalidRequest, Model, ModelInfo
from evolink._contract import models
from evolink._contract.index import contract
from evolink._contract.models import model_infos
from evolink._resources import signatures

TASK = {"id": "task-1", "status": "pending"}
DONE = {"id": "task-1", "status": "completed", "results": []}
KEY = "0123456789abcdef"
MODELS = {model.name: model for model in catalog.models()}


def without_model(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "model"}


def test_models_are_a_mapping_of_the_contract(world: World) -> None:
    catalogue = world.client(Api(TASK)).models

    assert isinstance(catalogue, Mapping)
    assert set(catalogue) == MODELS.keys()
    assert len(catalogue) == len(MODELS)
    assert "no-such-model" not in catalogue
    for model_id, model in catalogue.items():
        assert model.id == model_id
        assert catalogue[model_id] is model  # noqa: PLR1733 - each is made once
        assert isinstance(model, AsyncModel if world.is_async else Model)
        assert model.kind == MODELS[model_id].resource.rstrip("_").removesuffix("s")
        assert model.schema == MODELS[model_id].schema


@pytest.mark.parametrize("name", MODELS)
def test_model_knows_what_its_document_says(name: str) -> None:
    model = model_infos()[name]
    schema = MODELS[name].schema
    properties = schema.get("properties", {})

    is_composed = bool({"allOf", "anyOf", "oneOf"} & schema.keys())
    assert list(model.parameters) == [one for one in properties if one != "model"] or is_composed
    assert model.documentation == MODELS[name].schema.get("description", "")
    assert all(example["model"] == name for example in model.examples)
    for parameter in model.parameters.values():
        if "$ref" not in properties.get(parameter.name, {"$ref": ""}):
            assert parameter.description == properties[parameter.name].get("description", "")
        assert parameter.required == (parameter.name in schema["required"]) or is_composed


def test_credits_are_those_of_the_documented_reply() -> None:
    stated = {
        name: usage["credits_reserved"]
        for name, model in MODELS.items()
        for reply in catalog.documented(model.operation, "200", name)
        if reply.get("model") == name and (usage := reply.get("usage")) and "credits_reserved" in usage
    }

    assert stated
    assert {name: model_infos()[name].credits for name in MODELS} == {**dict.fromkeys(MODELS), **stated}


def test_listing_models_reads_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    shard = contract().shard

    def recorded(name: str) -> Mapping[str, Any]:
        read.append(name)
        return shard(name)

    monkeypatch.setattr(contract(), "shard", recorded)
    first, *_ = infos = [ModelInfo(**models.arguments(name)) for name in model_infos()]

    assert all(model.kind and model.status and repr(model) for model in infos)
    assert read == []
    assert first.parameters
    assert set(read) == {f"models/{first.id}.json"}


def test_unknown_model_suggests_near_ones(world: World, example: dict[str, Any]) -> None:
    client = world.client(Api(TASK))
    name = example["model"]

    for find in (client.models.__getitem__, client.model, evolink.models.__getitem__):
        with pytest.raises(KeyError, match=f"did you mean .*'{name}'"):
            find(f"{name}x")
    assert client.model(name) is client.models[name]
    assert client.models.get("no such") is evolink.models.get("no such") is None


@pytest.mark.parametrize("method", ["create", "generate"])
def test_a_model_starts_its_own_tasks(world: World, any_example: dict[str, Any], method: str) -> None:
    server = Api(TASK, DONE)
    client = world.client(server)
    start = getattr(client.models[any_example["model"]], method)

    task = world.do(
        start(
            **without_model(any_example), idempotency_key=KEY, extra_headers={"X-A": "1"}, extra_body={"b": 2}
        )
    )

    sent = server.requests[0]
    assert task.request == {**any_example, "b": 2}
    assert sent.headers["idempotency-key"] == KEY
    assert sent.headers["x-a"] == "1"
    assert sent.url.path == MODELS[any_example["model"]].path


def test_a_model_checks_before_it_sends(world: World, example: dict[str, Any]) -> None:
    server = Api(TASK)
    model = world.client(server).model(example["model"])

    with pytest.raises(InvalidRequest, match="no such parameter"):
        world.do(model.create(**without_model(example), promtp="x"))
    with pytest.raises(InvalidRequest, match="this is") as caught:
        world.do(model.create({**example, "model": "another"}))
    assert caught.value.param == "model"
    assert server.requests == []


@pytest.mark.parametrize("method", ["create", "generate"])
def test_signature_has_the_parameters_of_the_model(
    world: World, any_example: dict[str, Any], method: str
) -> None:
    client = world.client(Api(TASK))
    model = client.models[any_example["model"]]
    function = getattr(model, method)
    shown = inspect.signature(function).parameters

    assert inspect.iscoroutinefunction(function) == world.is_async
    assert list(shown)[: len(model.parameters)] == list(model.parameters)
    assert {one.kind for one in shown.values()} == {inspect.Parameter.KEYWORD_ONLY}
    for name, parameter in model.parameters.items():
        assert (shown[name].default is inspect.Parameter.empty) == parameter.required
        assert (".Path" in str(shown[name])) == parameter.takes_files
        if parameter.default is not None:
            assert shown[name].default == parameter.default
    general = inspect.signature(getattr(client.videos, method)).parameters
    options = {name for name, one in general.items() if one.kind is inspect.Parameter.KEYWORD_ONLY}
    assert set(shown) == options | model.parameters.keys()


def test_help_says_which_parameters_cannot_be_arguments() -> None:
    names = ("prompt", "timeout", "class", "a b")
    shard = {"schema": {"properties": {name: {"type": "string"} for name in names}}, "examples": []}
    text = signatures._docstring(Model.create, ModelInfo("a", "video", None, lambda: shard))

    entries = text.partition("Args:\n")[2].replace("\n        ", " ").splitlines()[: len(names)]
    assert [entry.split(":")[0].strip() for entry in entries] == list(names)
    assert ["request that is a dict" in entry for entry in entries] == [False, True, True, True]


def test_help_reads_like_documentation(world: World, any_example: dict[str, Any]) -> None:
    model = world.client(Api(TASK)).models[any_example["model"]]
    text = " ".join(pydoc.plain(pydoc.render_doc(model.create)).split())

    assert "Submit a task; it costs credits." in text
    for parameter in model.parameters.values():
        assert f"{parameter.name}: {' '.join(parameter.description.splitlines()[:1])}" in text
        assert all(" ".join(rule.split()) in text for rule in parameter.rules)
        assert all(limit in text for limit in parameter.limit_texts())
    assert f".models[{model.id!r}].create( {next(iter(without_model(any_example)))}=" in text
    assert "SubmitOutcomeUnknown:" in text
    if model.credits is not None:
        assert f"costs {model.credits:g} credits" in text


def test_body_is_a_mapping_that_keywords_add_to(world: World, example: dict[str, Any]) -> None:
    server = Api(TASK, DONE)
    client = world.client(server)
    (name, value), *_ = without_model(example).items()
    rest = {key: one for key, one in example.items() if key != name}

    created = world.do(client.videos.create(example, timeout=5))
    world.do(client.videos.generate(rest, **{name: value}))
    world.do(client.model(example["model"]).create(without_model(example)))

    assert created.request == example
    sent = [json.loads(request.content) for request in server.requests if request.content]
    assert sent == [example] * 3


def test_a_field_that_is_given_twice_is_refused(world: World, example: dict[str, Any]) -> None:
    server = Api(TASK)
    client = world.client(server)

    for method in (client.videos.create, client.videos.generate):
        with pytest.raises(InvalidRequest, match="model: is in the body and a keyword too") as caught:
            world.do(method(example, model=example["model"]))
        assert caught.value.param == "model"
    with pytest.raises(TypeError, match="request"):
        world.do(client.videos.create([1]))
    assert server.requests == []


def test_deprecated_model_says_what_replaces_it() -> None:
    lifecycle = {"status": "retired", "since": "2026-01", "replacement": "b"}
    model = ModelInfo("a", "video", lifecycle, dict)

    assert (model.status, model.since, model.replacement) == ("retired", "2026-01", "b")
    assert evolink.ModelInfo is ModelInfo


def test_models_are_read_without_a_client(clean: pytest.MonkeyPatch) -> None:
    assert evolink.models.keys() == MODELS.keys()
