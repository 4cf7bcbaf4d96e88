"""Run Schemathesis as a command and read its reports."""

import base64
import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import tomlkit

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
PHASES = ("examples", "coverage", "fuzzing", "stateful")

Tree = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """The result of a run.

    Attributes:
        code: The exit code: 0 if there are no failures.
        text: The output.
        summary: The JSON report.
        events: The report of each case.
    """

    code: int
    text: str
    summary: Tree = field(repr=False)
    events: Path = field(repr=False)

    @property
    def phases(self) -> dict[str, str]:
        """How each phase ended."""
        return {name: phase["status"] for name, phase in self.summary["phases"].items()}

    @property
    def failures(self) -> set[str]:
        """The kinds of failures."""
        return {failure["type"] for failure in self.summary["failures"]}

    @cached_property
    def followed(self) -> dict[str, Counter[str]]:
        """The documented links that were followed successfully, with the statuses of the tasks found."""
        found: dict[str, Counter[str]] = {}
        for transition, response in self._transitions():
            if response["status_code"] == 200 and not transition["is_inferred"]:
                body = json.loads(base64.b64decode(response["content"]["$base64"]))
                found.setdefault(transition["id"], Counter())[body["status"]] += 1
        return found

    def _transitions(self) -> Iterator[tuple[Tree, Tree]]:
        with self.events.open(encoding="utf-8") as lines:
            for line in lines:
                scenario = json.loads(line).get("ScenarioFinished")
                recorder = scenario["recorder"] if scenario is not None else {}
                for name, case in recorder.get("cases", {}).items():
                    response = recorder["interactions"].get(name, {}).get("response")
                    if case["is_transition_applied"] and response is not None:
                        yield case["transition"], response


def run(contract: Tree, base_url: str, key: str, folder: Path, *, examples: int) -> Result:
    """Test a server against a contract: all checks, all phases, the same cases each time.

    Args:
        contract: The contract.
        base_url: The address of the server.
        key: A valid key.
        folder: The folder for settings and reports.
        examples: Cases per operation in each phase that generates them.
    """
    document, settings, summary, events = (
        folder / name for name in ("contract.json", "schemathesis.toml", "summary.json", "events.ndjson")
    )
    document.write_text(json.dumps(contract), encoding="utf-8")
    settings.write_text(tomlkit.dumps(_settings(contract, key)), encoding="utf-8")
    command = (
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(settings)),
        *("run", str(document), "--url", base_url, "--phases", ",".join(PHASES), "--checks", "all"),
        *("--seed", "1", "--max-examples", str(examples), "--generation-database", "none", "--no-color"),
        *("--continue-on-failure", "--report", "json,ndjson"),
        *("--report-json-path", str(summary), "--report-ndjson-path", str(events)),
    )
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert summary.exists(), done.stdout + done.stderr
    return Result(done.returncode, done.stdout, json.loads(summary.read_text(encoding="utf-8")), events)


def adapt(contract: Tree) -> Tree:
    """The contract in a form that Schemathesis can use, with rules that it cannot know or read."""
    return _with_readable_names(_with_form_semantics(_with_refusals(_with_lenient_values(contract))))


def operations(contract: Tree) -> Iterator[tuple[str, str, Tree]]:
    """Path, method and operation of each operation."""
    for path, item in contract["paths"].items():
        for method in sorted(METHODS & item.keys()):
            yield path, method, item[method]


def links(contract: Tree) -> set[str]:
    """The documented links, by the names that Schemathesis gives them."""
    paths = {operation["operationId"]: (path, method) for path, method, operation in operations(contract)}
    found = set()
    for path, method, operation in operations(contract):
        for status, reply in operation["responses"].items():
            for name, link in reply.get("links", {}).items():
                target, verb = paths[link["operationId"]]
                found.add(f"{method.upper()} {path} -> [{status}] {name} -> {verb.upper()} {target}")
    return found


def _settings(contract: Tree, key: str) -> Tree:
    schemes = contract["components"]["securitySchemes"]
    return {
        "auth": {
            "openapi": {
                name: {"api_key" if scheme["type"] == "apiKey" else "bearer": key}
                for name, scheme in schemes.items()
            }
        },
        "operations": [
            {"include-name": f"{method.upper()} {path}", **settings}
            for path, method, operation in operations(contract)
            if (settings := _operation_settings(operation))
        ],
    }


def _operation_settings(operation: Tree) -> Tree:
    """What Schemathesis cannot know of an operation."""
    settings: Tree = {}
    # Additional headers are allowed, but Schemathesis reports the text of a numeric header as an invalid
    # value that was accepted.
    if any(
        one["in"] == "header" and one["schema"].get("type") != "string"
        for one in operation.get("parameters", ())
    ):
        settings["generation"] = {"allow-extra-parameters": False}
    # No schema says which bytes are a picture.
    if operation.get("x-evolink-role", "").startswith("upload-"):
        refusals = ["2XX", "400", "401", "403", "404", "409", "413", "415", "429", "5XX"]
        settings["checks"] = {"positive_data_acceptance": {"expected-statuses": refusals}}
    return settings


def _with_lenient_values(value: Any) -> Any:
    """Accept any value where the contract says that the API replaces invalid values."""
    if isinstance(value, list):
        return [_with_lenient_values(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if "x-evolink-lenient" in value:
        return {"description": value.get("description", "")}
    return {name: _with_lenient_values(one) for name, one in value.items()}


def _with_refusals(contract: Tree) -> Tree:
    """Add the refusals of invalid requests and keys that documents omit; the mock sends them anyway.

    Documented replies keep precedence.
    """
    paths: Tree = {path: dict(item) for path, item in contract["paths"].items()}
    for path, method, operation in operations(contract):
        refusals = {"400": {"description": "Refused"}}
        if operation.get("security", contract.get("security")):
            refusals["401"] = {"description": "Refused"}
        documented = operation["responses"]
        if "default" not in documented:
            paths[path][method] = operation | {"responses": refusals | documented}
    return contract | {"paths": paths}


def _with_form_semantics(contract: Tree) -> Tree:
    """Accept text for form fields, and a single item for a list, which forms cannot distinguish.

    A field that accepts any text accepts every value that is sent once.
    """
    paths: Tree = {path: dict(item) for path, item in contract["paths"].items()}
    for path, method, operation in operations(contract):
        content = operation.get("requestBody", {}).get("content", {})
        forms = {}
        for kind in FORMS & content.keys():
            schema = _resolved(contract, content[kind]["schema"])
            properties = {name: _form_property(prop) for name, prop in schema.get("properties", {}).items()}
            forms[kind] = content[kind] | {"schema": schema | {"properties": properties}}
        if forms:
            body = operation["requestBody"] | {"content": content | forms}
            paths[path][method] = operation | {"requestBody": body}
    return contract | {"paths": paths}


def _form_property(prop: Tree) -> Tree:
    if prop.get("type") == "array":
        return {} if _accepts_any_text(prop["items"]) else {"anyOf": [prop, prop["items"]]}
    return {"type": "string"} if "type" not in prop and _accepts_any_text(prop) else prop


def _accepts_any_text(prop: Tree) -> bool:
    choices = [*prop.get("anyOf", ()), *prop.get("oneOf", ())]
    is_bound = bool({"const", "enum", "pattern"} & prop.keys()) or prop.get("format", "binary") != "binary"
    return (prop.get("type") == "string" and not is_bound) or any(map(_accepts_any_text, choices))


def _resolved(contract: Tree, schema: Tree) -> Tree:
    if "$ref" not in schema:
        return schema
    found: Tree = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _with_readable_names(contract: Tree) -> Tree:
    """Replace dots in path parameters: Schemathesis fills paths in as Python format strings.

    The name of a path parameter is never sent, so any other name works.
    """
    paths = {}
    for path, item in contract["paths"].items():
        changed = {
            method: item[method]
            | {
                "parameters": [
                    one | ({"name": one["name"].replace(".", "-")} if one["in"] == "path" else {})
                    for one in item[method].get("parameters", ())
                ]
            }
            for method in METHODS & item.keys()
            if "." in path
        }
        readable = re.sub(r"{[^{}]*}", lambda match: match[0].replace(".", "-"), path)
        paths[readable] = item | changed
    return contract | {"paths": paths}


def outcome_commands() -> Iterator[Tree]:
    """Outcomes for the tasks of a run, so that its queries find every documented status."""
    outcomes: tuple[Tree, ...] = (
        {"outcome": "completed", "seconds": 0},
        {"outcome": "failed", "seconds": 0},
        {"outcome": "completed", "started": True},
        {"outcome": "completed"},
    )
    for outcome in itertools.islice(itertools.cycle(outcomes), 400):
        yield outcome | {"times": 10}
