"""`evolink-client models`."""

import shlex
from typing import Any

import pytest
from contract import catalog

import evolink
from evolink import ModelInfo

NAMES = [model.name for model in catalog.models()]


def test_models_are_listed(cli: Any, no_key: None) -> None:
    assert [line.split()[0] for line in cli("models").out.splitlines()] == NAMES
    assert [record["id"] for record in cli("models", "--json").records] == NAMES


@pytest.mark.parametrize(
    "arguments", [["models", "--kind", "video"], ["--json", "models", "--kind", "video"]]
)
def test_kind_selects(cli: Any, arguments: list[str]) -> None:
    videos = [model.name for model in catalog.models() if model.resource == "videos"]
    assert len(cli(*arguments).out.splitlines()) == len(videos)
    assert cli("models", "--kind", "no-such-kind").out == ""


@pytest.mark.parametrize("name", NAMES)
def test_text_selects(cli: Any, name: str) -> None:
    found = [record["id"] for record in cli("models", name.upper(), "--json").records]
    assert {one for one in NAMES if name in one} <= set(found)  # others may mention it


def test_nothing_found_names_the_kinds(cli: Any) -> None:
    ended = cli("models", "no such thing")
    assert (ended.code, ended.out) == (0, "")
    assert "video" in ended.err


@pytest.mark.parametrize("name", NAMES)
def test_page_of_a_model(cli: Any, name: str) -> None:
    parameters = evolink.models[name].parameters
    people = cli("models", "show", name).out
    record = cli("models", "show", name, "--json").record("model")
    assert [one["name"] for one in record["parameters"]] == list(parameters)
    for one in record["parameters"]:
        assert f"\n  {one['name']} " in people
        assert (one["option"] or f"--param {one['name']}=") in cli("generate", name, "--help").out
    has_example = bool(evolink.models[name].examples)
    assert (f"evolink-client generate {shlex.quote(name)} " in people) == has_example


def test_lifecycle_is_shown(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lifecycle = {"status": "deprecated", "since": "2026-05-01", "replacement": "new"}
    shard: dict[str, Any] = {"schema": {}, "examples": [], "credits": None}
    models = {"old": ModelInfo("old", "video", lifecycle, lambda: shard)}
    monkeypatch.setattr("evolink.models", models)
    for arguments in (
        ["models"],
        ["models", "show", "old"],
        ["generate", "old", "--help"],
        ["generate", "--help"],
    ):
        assert "deprecated since 2026-05-01; use new" in cli(*arguments).out
    assert cli("models", "--json").record("model")["replacement"] == "new"
