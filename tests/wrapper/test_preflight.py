import importlib
import json
import re
import warnings
from typing import Any

import httpx
import pytest
from contract import catalog
from wrapper.fakes import Api, World

import evolink
from evolink._contract import index
from evolink._core import overrides
from evolink._http import validation
from evolink._http.bodies import as_json

TASK = {"id": "task-1", "status": "pending"}


def schema_of(body: Any) -> Any:
    contract = index.contract()
    for operation in contract.operations.values():
        if body["model"] in (operation.models or ()):
            return operation.resource, operation.body_schema(body["model"])
    raise LookupError(body["model"])


def create(world: World, client: Any, body: Any, **options: Any) -> Any:
    return world.do(getattr(client, schema_of(body)[0]).create(**body, **options))


def wrong_values(schema: Any) -> Any:
    """For each property, a value that breaks each rule it states."""
    for name, rule in schema.get("properties", {}).items():
        if name == "model":
            continue
        if "enum" in rule:
            yield name, "enum", "no such value"
        if rule.get("type") == "integer" and "enum" in rule:
            yield name, "enum", max(rule["enum"]) + 1
        if rule.get("type") == "boolean":
            yield name, "type", "yes"
        if "maxLength" in rule:
            limit = rule["maxLength"]
            yield name, "maxLength", ("https://example.com/" + "x" * limit)[: limit + 1]
        if "maxItems" in rule:
            yield name, "maxItems", ["https://example.com/a.mp4"] * (rule["maxItems"] + 1)
        if rule.get("minItems"):
            yield name, "minItems", []
        if rule.get("x-evolink-url", {}).get("schemes") == ["https"]:
            yield name, "x-evolink-url", "http://example.com/hook"
        if rule.get("x-evolink-url", {}).get("public"):
            for host in ("10.0.0.1", "127.0.0.1", "192.168.0.1", "172.16.0.1", "localhost", "[::1]"):
                yield name, "x-evolink-url", f"https://{host}/"


def test_every_documented_example_is_sent_unchanged(world: World, any_example: dict[str, Any]) -> None:
    server = Api(TASK)

    task = create(world, world.client(server), any_example)

    assert server.body == any_example
    assert task.id == "task-1"


def test_documented_rules_are_checked_before_sending(world: World, any_example: dict[str, Any]) -> None:
    server = Api(TASK)
    client = world.client(server)
    cases = list(wrong_values(schema_of(any_example)[1]))

    for name, _, value in cases:
        with pytest.raises(evolink.InvalidRequest) as caught:
            create(world, client, {**any_example, name: value})
        assert {violation.path.partition("[")[0] for violation in caught.value.violations} == {name}
        assert name in str(caught.value)
        assert (caught.value.param or "").startswith(name)
    assert server.requests == []


def test_required_parameters_are_reported(world: World, any_example: dict[str, Any]) -> None:
    client = world.client(Api(TASK))
    resource, schema = schema_of(any_example)

    for name in schema["required"]:
        body = {key: value for key, value in any_example.items() if key != name}
        with pytest.raises(evolink.InvalidRequest) as caught:
            world.do(getattr(client, resource).create(**body))
        assert [(violation.path, violation.rule) for violation in caught.value.violations] == [
            (name, "required")
        ]


def test_all_violations_are_reported_together(world: World, any_example: dict[str, Any]) -> None:
    client = world.client(Api(TASK))
    broken = {name: value for name, _, value in wrong_values(schema_of(any_example)[1])}

    with pytest.raises(evolink.InvalidRequest) as caught:
        create(world, client, {**any_example, **broken, "no_such_thing": 1})

    paths = {violation.path.partition("[")[0] for violation in caught.value.violations}
    assert paths == {*broken, "no_such_thing"}


def test_an_unknown_parameter_suggests_the_nearest(world: World, any_example: dict[str, Any]) -> None:
    name = max(any_example, key=len)

    with pytest.raises(evolink.InvalidRequest) as caught:
        create(world, world.client(Api(TASK)), {**any_example, name + "s": 1})

    (violation,) = caught.value.violations
    assert (violation.rule, violation.suggestion) == ("unknown", name)


def test_defaults_from_prose_are_not_sent(world: World, any_example: dict[str, Any]) -> None:
    server = Api(TASK)

    create(world, world.client(server), any_example)

    defaults = {
        name for name, rule in schema_of(any_example)[1]["properties"].items() if "x-evolink-default" in rule
    }
    assert defaults.isdisjoint(set(server.body) - set(any_example))


def test_values_that_the_api_coerces_are_rejected(world: World) -> None:
    """A wrong value that silently becomes another is not what was asked for."""
    found = 0
    for model in catalog.keyword_models():
        for path in lenient(model.schema, model.schema):
            found += 1
            body = json.loads(json.dumps(model.example))
            inner = body
            for step in path[:-1]:
                inner = inner.setdefault(step, {})
            inner[path[-1]] = "certainly not"
            with pytest.raises(evolink.InvalidRequest):
                create(world, world.client(Api(TASK)), body)
    assert found


def lenient(schema: Any, root: Any, path: Any = ()) -> Any:
    if len(path) > 4:  # a schema may contain itself
        return
    for name, stated in schema.get("properties", {}).items():
        rule = root["$defs"][stated["$ref"].rsplit("/", 1)[-1]] if "$ref" in stated else stated
        if "x-evolink-lenient" in rule:
            yield (*path, name)
        yield from lenient(rule, root, (*path, name))


def test_validation_can_be_disabled(world: World, any_example: dict[str, Any]) -> None:
    server = Api(TASK)

    create(world, world.client(server, validate=False), {**any_example, "no_such_thing": 1})

    assert server.body["no_such_thing"] == 1


def test_an_unknown_model_is_sent_with_a_warning_at_the_callers_line(
    world: World, example: dict[str, Any]
) -> None:
    server = Api(TASK)
    resource = schema_of(example)[0]
    client = world.client(server)

    with pytest.warns(evolink.UnknownModelWarning, match=f"did you mean .*{example['model']}") as caught:
        world.do(getattr(client, resource).create(**{**example, "model": example["model"] + "x"}, anything=1))

    assert server.body["anything"] == 1
    assert not caught[0].filename.endswith(("_requests.py", "_base.py", "_resources.py", "_effects.py"))


def test_deprecated_model_is_warned_of_once(
    world: World, example: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Api(TASK)
    client, model = world.client(server, validate=False), example["model"]
    (operation,) = [one for one in index.contract().operations.values() if model in (one.models or ())]
    lifecycle = {"status": "retired", "since": "2026-05-01", "replacement": "another"}
    monkeypatch.setattr(operation, "lifecycles", {model: lifecycle})
    monkeypatch.setattr(validation, "_warned_of", set())

    text = f"the model '{model}' is retired since 2026-05-01; use 'another' instead"
    with pytest.warns(evolink.DeprecatedModelWarning, match=re.escape(text)) as caught:
        create(world, client, example)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        create(world, client, example)

    assert "evolink/_" not in caught[0].filename
    assert server.body == example


def test_of_many_models_an_error_names_the_near_ones_only() -> None:
    few, many = ["cat-1", "dog-1"], [f"cat-{number}" for number in range(170)]

    assert index.model_hint("x", few) == index.model_hint(None, few) == "known are cat-1, dog-1"
    assert index.model_hint("x", many) == "list(evolink.models) shows all 170"
    assert index.model_hint("cat-17x", many) == "did you mean 'cat-17' or 'cat-167' or 'cat-157'?"


@pytest.mark.parametrize("model", [None, 5, ["x"]])
def test_a_model_must_be_a_string(world: World, example: dict[str, Any], model: Any) -> None:
    resource = schema_of(example)[0]

    with pytest.raises(evolink.InvalidRequest) as caught:
        world.do(getattr(world.client(Api(TASK)), resource).create(**{**example, "model": model}))

    assert caught.value.param == "model"


def test_a_generated_request_object_replaces_keywords(world: World, any_example: dict[str, Any]) -> None:
    contract = index.contract()
    resource, _ = schema_of(any_example)
    operation = contract.resources[resource][0]
    name = contract.shard((operation.models or {})[any_example["model"]])["request_class"]
    models = importlib.import_module("evolink_api.models")
    server = Api(TASK)
    client = world.client(server)

    request = getattr(models, name).from_dict(any_example)
    world.do(getattr(client, resource).create(request))
    assert server.body == any_example

    with pytest.raises(evolink.InvalidRequest, match="not both"):
        world.do(getattr(client, resource).create(request, prompt="x"))


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), "\ud800", b"bytes"])
def test_values_without_json_form_are_rejected(world: World, example: dict[str, Any], value: Any) -> None:
    server = Api(TASK)

    with pytest.raises(evolink.InvalidRequest, match="JSON"):
        create(world, world.client(server, validate=False), {**example, "odd": value})

    assert server.requests == []


def test_the_body_is_copied() -> None:
    body = {"list": [1]}
    taken = as_json(body)
    body["list"].append(2)

    assert taken == {"list": [1]}


def test_unusual_suffixes_are_logged_as_warnings(world: World, caplog: pytest.LogCaptureFixture) -> None:
    found = 0
    contract = index.contract()
    for operation in contract.operations.values():
        for name in (operation.models or {}).values():
            shard = contract.shard(name)
            for field, rule in shard["schema"]["properties"].items():
                if (rule.get("items") or {}).get("x-evolink-url", {}).get("suffixes"):
                    found += 1
                    body = {**shard["examples"][0], field: ["https://example.com/file.xyz"]}
                    with warnings.catch_warnings(), caplog.at_level("WARNING", "evolink"):
                        warnings.simplefilter("error")
                        create(world, world.client(Api(TASK)), body)
    assert found
    assert len([record for record in caplog.records if "file.xyz" in record.getMessage()]) == found


def test_local_callbacks_need_an_override(world: World) -> None:
    server = Api(TASK)
    client = world.client(server)
    example = next(
        model.example
        for model in catalog.keyword_models()
        if "callback_url" in model.schema.get("properties", {})
    )
    body = {**example, "callback_url": "http://127.0.0.1:8000/hook"}

    with pytest.raises(evolink.InvalidRequest):
        create(world, client, body)
    undo = overrides.install(clock=world.clock, async_clock=world.clock, allow_local_callbacks=True)
    try:
        create(world, client, body)
    finally:
        undo()
    with pytest.raises(evolink.InvalidRequest):
        create(world, client, body)

    assert json.loads(server.last.content) == body
    assert len(server.requests) == 1


@pytest.mark.parametrize("task_id", ["", " ", ".", "..", "\n"])
def test_an_id_that_changes_the_path_is_rejected(world: World, task_id: Any) -> None:
    server = Api(TASK)

    with pytest.raises(evolink.InvalidRequest, match="must not be empty"):
        world.do(world.client(server).tasks.get(task_id))

    assert server.requests == []


def test_slashes_in_an_id_are_escaped(world: World) -> None:
    server = Api(TASK)

    world.do(world.client(server).tasks.get("a/../../b?c=d#e"))

    assert server.last.url.raw_path.endswith(b"/a%2F..%2F..%2Fb%3Fc%3Dd%23e")
    assert server.last.url.query == b""


def test_large_integers_and_text_of_all_languages_arrive_unchanged(
    world: World, example: dict[str, Any]
) -> None:
    server = Api(TASK)
    body = {**example, "prompt": '고양이 🐈 \u2028 \\ "', "number": 2**80}

    create(world, world.client(server, validate=False), body)

    assert server.body == body
    assert isinstance(server.last, httpx.Request)
