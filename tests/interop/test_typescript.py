"""A TypeScript client generated from the contract runs a task against the mock."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from interop import _npm
from interop.conftest import CONTRACT
from mock_process import serving

SOURCES = Path(__file__).with_name("typescript")
KEY = "a-key-for-typescript"


@pytest.fixture(scope="module")
def project() -> Path:
    """A folder with the script and its generated types, where Node.js finds the packages."""
    folder = _npm.installed() / "typescript"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCES, folder)
    done = _npm.run("openapi-typescript", str(CONTRACT), "--output", str(folder / "schema.ts"))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def compiled(project: Path) -> subprocess.CompletedProcess[str]:
    return _npm.run("typescript", "--project", str(project))


def test_types_accept_only_documented_calls(compiled: subprocess.CompletedProcess[str]) -> None:
    assert compiled.returncode == 0, compiled.stdout


@pytest.mark.usefixtures("compiled")
def test_task_runs_from_request_to_file(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "result.mp4"
    with serving("--api-key", KEY, "--speed", "600") as (_, address):
        done = _npm.node(str(project / "task.mjs"), address, KEY, str(file))
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout)
    assert output["model"] == "sora-2"
    assert output["seen"][-1] == "completed"
    assert set(output["seen"]) <= {"pending", "processing", "completed"}
    assert output["refused"] == [[400, "invalid_request"]] * 3 + [[404, "task_not_found"]]
    assert file.stat().st_size > 1000
    assert file.read_bytes()[4:8] == b"ftyp"
