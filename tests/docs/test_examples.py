"""The examples run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from example_apps import EXAMPLES, output_of_tests

from evolink_mock import EvoLinkMock


def test_low_level_client_creates_and_queries(
    evolink_mock: EvoLinkMock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVOLINK_BASE_URL", evolink_mock.base_url)
    scope: dict[str, object] = {"__name__": "example"}
    exec(compile((EXAMPLES / "low_level.py").read_text(encoding="utf-8"), "low_level.py", "exec"), scope)
    scope["main"]()  # type: ignore[operator]  # defined by the example
    output = capsys.readouterr().out
    assert "pending" in output
    assert evolink_mock.requests[-1].method == "GET"


@pytest.mark.slow
def test_applications_with_other_libraries_are_tested_offline(tmp_path: Path) -> None:
    patterns = ("bare_httpx_test.py", "requests_app*", "aiohttp_app*")
    output = output_of_tests(tmp_path, *patterns, EVOLINK_API_KEY="read-when-it-was-imported")
    assert "9 passed" in output


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*_app.*")), ids=lambda path: path.name)
def test_applications_have_no_line_for_the_mock(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    assert "evolink_mock" not in code
    assert code.count("mock") == 1, "only the first comment speaks of it"


@pytest.mark.slow
def test_server_works_with_curl(tmp_path: Path) -> None:
    for program in ("bash", "curl"):
        assert shutil.which(program), f"{program} is needed to run examples/server_with_curl.sh: install it"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", str(EXAMPLES / "server_with_curl.sh")],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "cat.mp4").read_bytes()[4:8] == b"ftyp"
    assert "is completed" in done.stdout
    assert done.stderr == ""
