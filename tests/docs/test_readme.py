"""The code of the README runs unchanged, and its first screen stays short."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from evolink import models
from evolink.cli.app import run
from evolink_mock import EvoLinkMock

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKE, TEST, ASYNC = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
MY_APP = """
from evolink import EvoLink

def make_video():
    with EvoLink() as client:
        client.videos.generate(model="sora-2", prompt="A cat playing piano")
"""


def test_first_screen_is_short() -> None:
    screen = README.split("## ")[0]
    sentence = screen.split("\n\n")[1]
    assert sentence.endswith(".")
    assert ". " not in sentence
    assert "pip install evolink-client\n" in screen
    assert len(screen.splitlines()) <= 45
    assert len(MAKE.splitlines()) <= 11
    assert len(TEST.splitlines()) == 4
    assert MAKE in screen
    assert TEST in screen


def test_sync_example_makes_a_video(
    evolink_mock: EvoLinkMock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(MAKE, "README.md", "exec"), {})
    assert (tmp_path / "cat.mp4").stat().st_size > 1000
    assert "cat.mp4" in capsys.readouterr().out


def test_command_makes_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (command,) = re.findall(r"^\$ evolink-client (generate .*)$", README, re.MULTILINE)
    assert run(shlex.split(command)) == 0
    assert (tmp_path / "cat.mp4").stat().st_size > 1000


def test_command_runs_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example, *_) = models["sora-2"].examples
    (tmp_path / "jobs.jsonl").write_text(json.dumps(example), encoding="utf-8")
    (command,) = re.findall(r"^\$ evolink-client (bulk .*)$", README, re.MULTILINE)
    assert run([*shlex.split(command), "--mock"]) == 0
    assert (tmp_path / "out" / "job-1.mp4").exists()


def test_keys_are_made_where_the_contract_says() -> None:
    document: Any = yaml.safe_load((ROOT / "openapi" / "openapi.yaml").read_text(encoding="utf-8"))
    assert f"<{document['x-evolink-api-keys']}>" in README


def test_testing_example_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(my_app=MY_APP, test_my_app=f"import my_app\n\n{TEST}")
    pytester.syspathinsert()
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio").assert_outcomes(passed=1)


def test_async_example_makes_a_video(
    evolink_mock: EvoLinkMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(ASYNC, "README.md", "exec"), {})
    assert len(list((tmp_path / "videos").glob("*.mp4"))) == 1
