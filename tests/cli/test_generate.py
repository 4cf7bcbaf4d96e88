"""`evolink-client generate`."""

from pathlib import Path
from typing import Any

import pytest
from cli.conftest import request_words
from contract import catalog

from evolink_mock import EvoLinkMock

MODELS = {one.name: one for one in catalog.keyword_models()}


@pytest.mark.parametrize("model", MODELS)
def test_options_make_the_documented_example(cli: Any, model: str) -> None:
    body = dict(MODELS[model].example)
    ended = cli(*request_words(body), "--dry-run", "--json")
    assert ended.code == 0
    assert ended.record("job")["request"] == body


def test_result_is_downloaded(cli: Any, words: list[str], tmp_path: Path) -> None:
    ended = cli("--mock", *words, "-o", f"{tmp_path}/")
    assert ended.code == 0
    assert Path(ended.out.strip()).stat().st_size > 1000
    assert "completed 100 %" in ended.err
    assert "\x1b" not in ended.out + ended.err


def test_json_tells_everything(cli: Any, words: list[str], tmp_path: Path) -> None:
    ended = cli(*words, "--mock", "--json", "-o", str(tmp_path / "cat.mp4"))
    kinds = [record["type"] for record in ended.records]
    assert kinds[:2] == ["task", "task"]
    assert kinds[-2:] == ["file", "summary"]
    assert ended.record("task")["status"] == "completed"
    assert ended.record("file")["path"] == str(tmp_path / "cat.mp4")
    assert ended.record("summary")["exit_code"] == 0
    assert ended.err == ""


def test_without_wait_the_id_is_printed(cli: Any, words: list[str], evolink_mock: EvoLinkMock) -> None:
    ended = cli(*words, "--no-wait", "--yes")
    assert ended.out == f"{evolink_mock.tasks[0].id}\n"
    assert f"evolink-client tasks download {evolink_mock.tasks[0].id} -o ." in ended.err


def test_common_options_count_anywhere(cli: Any, words: list[str], no_key: None) -> None:
    before = cli("--json", "--mock", *words, "--no-wait")
    between = cli("generate", "--json", words[1], "--mock", *words[2:], "--no-wait")
    assert before.record("task")["status"] == between.record("task")["status"]
