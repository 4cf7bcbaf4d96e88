"""A client in TypeScript, generated from the contract, does a job at the mock."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from interop import _npm
from mock_process import serving

CONTRACT = _npm.ROOT / "openapi" / "openapi.yaml"
SOURCES = Path(__file__).with_name("typescript")
KEY = "a-key-for-typescript"


@pytest.fixture(scope="module")
def project() -> Path:
    """The script beside the types that are generated for it, where Node.js finds the packages."""
    folder = _npm.installed() / "typescript"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCES, folder)
    done = _npm.run("openapi-typescript", str(CONTRACT), "--output", str(folder / "schema.ts"))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def compiled(project: Path) -> subprocess.CompletedProcess[str]:
    return _npm.run("typescript", "--project", str(project))


def test_the_types_accept_what_is_documented_and_nothing_else(
    compiled: subprocess.CompletedProcess[str],
) -> None:
    assert compiled.returncode == 0, compiled.stdout


@pytest.mark.usefixtures("compiled")
def test_a_job_runs_from_request_to_file(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "result.mp4"
    with serving("--api-key", KEY, "--speed", "600") as (_, address):
        done = _npm.node(str(project / "job.mjs"), address, KEY, str(file))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["model"] == "sora-2"
    assert told["seen"][-1] == "completed"
    assert set(told["seen"]) <= {"pending", "processing", "completed"}
    assert told["refused"] == [[400, "invalid_request"]] * 3 + [[404, "task_not_found"]]
    assert file.stat().st_size > 1000
    assert file.read_bytes()[4:8] == b"ftyp"
