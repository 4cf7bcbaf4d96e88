"""The examples of every model's page run against the mock: in Python, on the command line and with curl."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from mock_process import serving

from evolink.cli.app import run
from evolink_codegen._site.assembly import read_catalogue
from evolink_codegen._site.catalogue import CatalogueModel
from evolink_codegen._site.snippets import as_command, as_curl, as_python
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
    program, *words = shlex.split(as_command(model.info.id, model.body or {}).replace("\\\n", ""))
    assert program == "evolink-client"
    assert run([*words, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["request"] == model.body
    assert run([*words, "--mock"]) == 0
    assert list((tmp_path / "results").iterdir()) != []


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
