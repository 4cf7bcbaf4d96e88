"""Schemathesis as a command, and what it reports."""

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
class Verdict:
    """What came of a run.

    Attributes:
        code: The exit code: 0 if nothing was found.
        text: What it printed.
        summary: Its report in numbers.
        events: Its report case by case.
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
        """Documented links that were followed with success, and the states of the tasks found there."""
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


def judge(contract: Tree, base_url: str, key: str, folder: Path, *, examples: int) -> Verdict:
    """Hold a server against a contract: all checks, all phases, the same cases each time.

    Args:
        contract: What it is held against.
        base_url: Where it answers.
        key: A key that it takes.
        folder: Where files may be left.
        examples: Cases for each operation in each phase that makes them up.
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
    return Verdict(done.returncode, done.stdout, json.loads(summary.read_text(encoding="utf-8")), events)


def judged(contract: Tree) -> Tree:
    """A contract as Schemathesis is to read it: with what it cannot know or cannot read put in its words."""
    return _with_readable_names(_with_texts_in_forms(_with_refusals(_with_forgiveness(contract))))


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
        # Everybody may send further headers, and Schemathesis knows it; but where a documented header is a
        # number, it takes the text of that number for a fault that went unnoticed.
        "operations": [
            {"include-name": f"{method.upper()} {path}", "generation": {"allow-extra-parameters": False}}
            for path, method, operation in operations(contract)
            if any(
                one["in"] == "header" and one["schema"].get("type") != "string"
                for one in operation.get("parameters", ())
            )
        ],
    }


def _with_forgiveness(value: Any) -> Any:
    """Where the API forgives what breaks a rule, as the contract says beside it, anything is right."""
    if isinstance(value, list):
        return [_with_forgiveness(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if "x-evolink-lenient" in value:
        return {"description": value.get("description", "")}
    return {name: _with_forgiveness(one) for name, one in value.items()}


def _with_refusals(contract: Tree) -> Tree:
    """Documents leave out that a wrong request or key is refused; the mock refuses them all the same.

    No document loses a rule by it: one that says anything of a status keeps what it says.
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


def _with_texts_in_forms(contract: Tree) -> Tree:
    """In a form, everything is text, and a list of one is written as its item alone would be.

    No reader can tell them apart: a field that takes any text takes whatever is sent once.
    """
    paths: Tree = {path: dict(item) for path, item in contract["paths"].items()}
    for path, method, operation in operations(contract):
        content = operation.get("requestBody", {}).get("content", {})
        forms = {}
        for kind in FORMS & content.keys():
            schema = _resolved(contract, content[kind]["schema"])
            properties = {name: _in_a_form(prop) for name, prop in schema.get("properties", {}).items()}
            forms[kind] = content[kind] | {"schema": schema | {"properties": properties}}
        if forms:
            body = operation["requestBody"] | {"content": content | forms}
            paths[path][method] = operation | {"requestBody": body}
    return contract | {"paths": paths}


def _in_a_form(prop: Tree) -> Tree:
    if prop.get("type") == "array":
        return {} if _takes_any_text(prop["items"]) else {"anyOf": [prop, prop["items"]]}
    return {"type": "string"} if "type" not in prop and _takes_any_text(prop) else prop


def _takes_any_text(prop: Tree) -> bool:
    choices = [*prop.get("anyOf", ()), *prop.get("oneOf", ())]
    is_bound = bool({"const", "enum", "pattern"} & prop.keys()) or prop.get("format", "binary") != "binary"
    return (prop.get("type") == "string" and not is_bound) or any(map(_takes_any_text, choices))


def _resolved(contract: Tree, schema: Tree) -> Tree:
    if "$ref" not in schema:
        return schema
    found: Tree = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _with_readable_names(contract: Tree) -> Tree:
    """Schemathesis fills paths in as format strings of Python, in which a dot has a meaning of its own.

    The name of a parameter in a path is never sent, so another one does as well.
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


def batches() -> Iterator[Tree]:
    """Orders of lives for the tasks of a run, so that its queries meet every documented state."""
    lives: tuple[Tree, ...] = (
        {"outcome": "completed", "seconds": 0},
        {"outcome": "failed", "seconds": 0},
        {"outcome": "completed", "started": True},
        {"outcome": "completed"},
    )
    for life in itertools.islice(itertools.cycle(lives), 400):
        yield life | {"times": 10}
