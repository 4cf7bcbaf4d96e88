"""The examples of every model's page run against the mock: in Python, on the command line and with curl."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from mock_process import serving

from evolink.cli.app import run
from evolink.cli.commands import generate
from evolink.cli.settings import COMMON_OPTIONS
from evolink_codegen._site.assembly import read_catalogue
from evolink_codegen._site.catalogue import CatalogueModel
from evolink_codegen._site.snippets import OWN_OPTIONS, as_command, as_curl, as_python
from evolink_codegen.project import Project
from evolink_mock import EvoLinkMock

MODELS = [one for one in read_catalogue(Project.find(Path(__file__))) if one.body is not None]

of_every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.info.id)


@of_every_model
def test_python_of_a_page_runs(
    model: CatalogueModel, evolink_mock: EvoLinkMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(as_python(model.info.id, model.body or {}), {})
    assert evolink_mock.requests[0].json == model.body
    assert list((tmp_path / "results").iterdir()) != []


@of_every_model
def test_command_sends_the_same(
    model: CatalogueModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = as_command(model.info.id, model.body or {}, model.info.parameters)
    program, *words = shlex.split(command.replace("\\\n", ""))
    assert program == "evolink-client"
    assert run([*words, "--dry-run", "--json"]) == 0
    sent = {name: value for name, value in (model.body or {}).items() if value is not None}
    assert json.loads(capsys.readouterr().out)["request"] == sent
    assert run([*words, "--mock"]) == 0
    assert list((tmp_path / "results").iterdir()) != []


def test_options_of_the_command_are_no_parameters() -> None:
    options = [name for one in (*generate.OWN_OPTIONS, *COMMON_OPTIONS) for name in one.opts]
    assert {name for name in options if name.startswith("--")} | {"--help"} == OWN_OPTIONS


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"timeout": 5}, ["--param timeout=5"]),
        ({"a_b": "x", "a-b": "y"}, ["--a-b x", "--param a-b=y"]),
        ({"a b": ["x", "it's"]}, ["--param 'a b=x'", "--param 'a b=it'\"'\"'s'"]),
        ({"a_b": None}, []),
        ({"new": 1}, ["--param new=1"]),
        ({"a_b": [[1, 2], [3]]}, ["--a-b '[1, 2]' '[3]'"]),
        ({"a_b": {"x": 1, "y": "@z"}}, ["--a-b x=1", "--a-b y=@@z"]),
        ({"a_b": {"x.y": 1}}, ["--a-b '{\"x.y\": 1}'"]),
    ],
)
def test_parameter_without_an_option_is_given_by_name(body: dict[str, object], words: list[str]) -> None:
    command = as_command("m", body, ["timeout", "a_b", "a-b", "a b"])
    assert command == " \\\n    ".join(["evolink-client generate m", *words, "-o results/"]) + "\n"


@pytest.mark.slow  # starts a server and a process for each model
@of_every_model
def test_curl_of_a_page_runs(model: CatalogueModel) -> None:
    command = as_curl(model.server, model.method, model.path, model.body or {})
    with serving("--api-key", "key") as (_, url):
        done = subprocess.run(
            ["bash", "-c", command.replace(model.server, url)],
            env={"EVOLINK_API_KEY": "key", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
    assert json.loads(done.stdout)["model"] == model.info.id
