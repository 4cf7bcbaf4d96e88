"""`drift`: an overlay for the entries of a report."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from evolink_codegen import cli
from evolink_codegen._drift import propose
from evolink_codegen._drift.entry import read_report

REQUEST = {
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string", "maxLength": 5},
        "size": {"anyOf": [{"type": "string", "enum": ["s"]}, {"type": "integer", "enum": [1]}]},
        "style": {"$ref": "#/components/schemas/Style"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "it's": {"type": "array", "items": {"type": "integer", "maximum": 9}},
    },
}
CODE = {"type": "string", "x-evolink-task-errors": {"tired": {"retryable": True}}}
REPLY = {
    "type": "object",
    "properties": {
        "state": {"type": "string", "enum": ["on"]},
        "error": {"anyOf": [{"type": "object", "properties": {"code": CODE}}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
    },
}
CONTRACT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/v1/things": {
            "post": {
                "operationId": "createThing",
                "x-evolink-operation-ids": ["makeThing"],
                "security": [{"key": []}],
                "requestBody": {"content": {"application/json": {"schema": REQUEST}}},
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"schema": REPLY}}},
                    "4XX": {
                        "description": "",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    "204": {"description": ""},
                },
            },
            "get": {"operationId": "readThing", "responses": {"200": {"description": ""}}},
        }
    },
    "components": {
        "schemas": {"Style": {"type": "object", "properties": {"lines": {"type": "string", "format": "uri"}}}}
    },
}


def report(path: str, rule: str, message: str, operation: str = "createThing", count: int = 1) -> bytes:
    entry = {
        "operation": operation,
        "direction": "request" if message.startswith("request") else "response",
        "level": "breaking",
        "path": path,
        "rule": rule,
        "message": message,
        "count": count,
    }
    return json.dumps({"drift": [entry], "exchanges": 1}).encode()


@pytest.mark.parametrize(
    ("path", "rule", "message", "target", "change"),
    [
        (
            "prompt",
            "maxLength",
            "request: prompt: has 6 characters; the API takes it",
            ".properties.prompt.maxLength",
            None,
        ),
        (
            "size",
            "enum",
            'request: size: "m" is not one of "s" or 1',
            ".properties.size.anyOf[0].enum",
            ["m"],
        ),
        ("size", "enum", "request: size: 2 is not one of 1", ".properties.size.anyOf[1].enum", [2]),
        (
            "it's[3]",
            "maximum",
            "request: it's[3]: 11 is more than 9",
            ".properties['it\\'s'].items.maximum",
            None,
        ),
        (
            "labels.a",
            "type",
            "request: labels.a: 1.5 is not a string",
            ".properties.labels.additionalProperties",
            {"type": ["string", "number"]},
        ),
        (
            "prompt",
            "type",
            "request: prompt: {…} is not a string",
            ".properties.prompt",
            {"type": ["string", "object"]},
        ),
        (
            "prompt",
            "type",
            "request: prompt: null is not a string",
            ".properties.prompt",
            {"type": ["string", "null"]},
        ),
        ("prompt", "type", "request: invalid body: the API takes it (200)", ".properties.prompt.type", None),
        (
            "prompt",
            "required",
            "request: prompt: is required; the API takes it",
            ".required[?@ == 'prompt']",
            None,
        ),
        (
            "size",
            "required",
            "request: the API refuses it with 400, saying: size: is required",
            "",
            {"required": ["size"]},
        ),
    ],
)
def test_request_rules(path: str, rule: str, message: str, target: str, change: Any) -> None:
    proposal = propose(CONTRACT, read_report(report(path, rule, message), "r"))
    [action] = proposal.actions
    schema = "$.paths['/v1/things'].post.requestBody.content['application/json'].schema"
    assert action["target"] == f"{schema}{target}"
    assert action.get("update") == change
    assert action.get("remove", False) == (change is None)
    assert action["description"] == f"Seen once: {message}"


@pytest.mark.parametrize(
    ("path", "rule", "message", "target", "change"),
    [
        (
            "state",
            "enum",
            'reply 200: state: "off" is not "on"',
            ".content['application/json'].schema.properties.state.enum",
            ["off"],
        ),
        (
            "parts[2].m",
            "unknown",
            "reply 200: parts[2].m: an object that is not documented",
            ".content['application/json'].schema.properties.parts.items.properties",
            {"m": {"type": "object"}},
        ),
        (
            "error.code",
            "error_code",
            'reply 200: "bored" is not one of tired',
            ".content['application/json'].schema.properties.error.anyOf[0].properties.code",
            {"x-evolink-task-errors": {"bored": {"retryable": False, "advice": "Seen, and not documented."}}},
        ),
        (
            "",
            "media_type",
            'reply 200: "application/hal+json" is not application/json',
            ".content",
            {"application/hal+json": {"schema": REPLY}},
        ),
    ],
)
def test_response_rules(path: str, rule: str, message: str, target: str, change: Any) -> None:
    proposal = propose(CONTRACT, read_report(report(path, rule, message, "makeThing", 3), "r"))
    [action] = proposal.actions
    assert action["target"] == f"$.paths['/v1/things'].post.responses['200']{target}"
    assert action["update"] == change
    assert action["description"].startswith("Seen 3 times: ")


def test_errors_of_a_range_get_an_example() -> None:
    message = 'reply 418 for m-1: "teapot" is not one of none'
    proposal = propose(CONTRACT, read_report(report("error.code", "error_code", message), "r"))
    [action] = proposal.actions
    assert action["target"] == "$.paths['/v1/things'].post.responses['4XX'].content['application/json']"
    [example] = action["update"]["examples"].values()
    assert (example["value"], example["x-evolink-models"]) == ({"error": {"code": "teapot"}}, ["m-1"])


def test_security_of_the_operation_is_removed() -> None:
    found = read_report(report("", "security", "request: it carries no key; the API takes it"), "r")
    assert propose(CONTRACT, found).contract["paths"]["/v1/things"]["post"]["security"] == []
    found = read_report(report("", "security", "request: it carries no key", "readThing"), "r")
    assert propose(CONTRACT, found).contract["paths"]["/v1/things"]["get"]["security"] == []


def test_list_that_the_api_does_not_keep_is_removed() -> None:
    found = read_report(report("size", "enum", "request: invalid body: the API takes it (200)"), "r")
    targets = [action["target"] for action in propose(CONTRACT, found).actions]
    assert [target.rsplit("size", 1)[1] for target in targets] == [".anyOf[0].enum", ".anyOf[1].enum"]


def test_entries_of_one_action_give_it_once() -> None:
    entries = read_report(report("prompt", "maxLength", "request: prompt: has 6 characters"), "r")
    for text in ("1", "2", "null"):
        entries += read_report(report("prompt", "type", f"request: prompt: {text} is not a string"), "r")
    proposal = propose(CONTRACT, entries * 2)
    assert (len(proposal.actions), proposal.skipped) == (3, [])
    schema = proposal.contract["paths"]["/v1/things"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert schema["properties"]["prompt"] == {"type": ["string", "integer", "null"]}


@pytest.mark.parametrize(
    ("path", "rule", "message", "reason"),
    [
        ("size", "enum", 'request: size: "…" is not one of "s"', "does not have the value"),
        (
            "prompt",
            "body",
            "request: Malformed JSON; the API takes it",
            "no schema of the contract has this rule",
        ),
        (
            "nothing",
            "maxLength",
            "request: nothing: has 6 characters",
            "no schema of the contract has this rule",
        ),
        ("prompt", "refused", "request: the API refuses it with 400; the contract allows it", "does not say"),
        ("prompt", "enum", "request: the API refuses it with 400, saying: no", "does not have the value"),
        ("", "status", "reply 200: the mock answers 400", "has this status"),
        ("", "json", "reply 204: no JSON", "no JSON for this status"),
        ("", "media_type", 'reply 200: "" is not application/json', "no media type"),
        (
            "a.b",
            "unknown",
            "reply 200: a.b: a string that is not documented",
            "no schema of the contract has this object",
        ),
        ("error.code", "error_code", "reply 200: something else", "does not have the code"),
        ("x", "maxLength", "something else", "no JSON for this status"),
    ],
)
def test_what_a_report_does_not_tell_is_skipped(path: str, rule: str, message: str, reason: str) -> None:
    proposal = propose(CONTRACT, read_report(report(path, rule, message), "r"))
    assert proposal.actions == []
    [(_, why)] = proposal.skipped
    assert reason in why


def test_operations_of_no_document_are_skipped() -> None:
    for operation, reason in (("GET /v9", "needs a document"), ("readThing", "no JSON schema")):
        found = read_report(report("x", "type", "request: x: 1 is not a string", operation), "r")
        [(_, why)] = propose(CONTRACT, found).skipped
        assert reason in why


def test_command_prints_the_overlay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "openapi" / "vendor").mkdir(parents=True)
    (tmp_path / "openapi" / "openapi.yaml").write_text(yaml.safe_dump(CONTRACT))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "r.json"
    path.write_bytes(report("prompt", "maxLength", "request: prompt: has 6 characters"))
    assert cli.main(["drift", str(path)]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["actions"][0]["remove"] is True
    path.write_bytes(report("", "json", "reply 204: no JSON"))
    assert cli.main(["drift", str(path)]) == 0
    assert capsys.readouterr().out == (
        "# Not proposed: createThing response json: the contract describes no JSON for this status.\n"
        "# There is nothing to propose.\n"
    )
    for text in ("{}", "["):
        path.write_text(text)
        assert cli.main(["drift", str(path)]) == 2
        assert "not a report" in capsys.readouterr().err
    assert cli.main(["drift", str(tmp_path / "none")]) == 2
