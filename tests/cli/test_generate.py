"""`evolink-client generate`."""

import re
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import request_words
from cli.test_account import model_with_pictures
from contract import catalog

from evolink import ModelInfo, models
from evolink_mock import EvoLinkMock

OWN_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Our own",
    "required": ["model"],
    "properties": {
        "model": {"const": "own"},
        "timeout": {"type": "integer", "description": "Called like a common option"},
        "output": {"type": "string"},
        "o": {"type": "string"},
        "param": {"type": "string"},
        "a_b": {"type": "integer"},
        "a-b": {"type": "integer"},
        "two words": {"type": "string"},
        "loud": {"type": "boolean"},
        "no_loud": {"type": "string"},
        "numbers": {"type": "array", "items": {"type": "integer"}},
    },
}
MODELS = {one.name: one for one in catalog.keyword_models()}


@pytest.mark.parametrize("model", MODELS)
def test_options_make_the_documented_example(cli: Any, model: str) -> None:
    body = dict(MODELS[model].example)
    ended = cli(*request_words(body), "--dry-run", "--json")
    assert ended.code == 0
    assert ended.record("job")["request"] == body


def test_text_is_utf_8_whatever_the_locale_says(cli: Any) -> None:
    given = "Käse".encode().decode("ascii", "surrogateescape")  # as Python passes it on in the C locale
    ended = cli("generate", "sora-2", "--prompt", given, "--dry-run", "--json")
    assert ended.record("job")["request"]["prompt"] == "Käse"


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


def test_warning_of_the_contract_is_shown(cli: Any, evolink_mock: EvoLinkMock) -> None:
    words = [
        "generate",
        model_with_pictures(),
        "--prompt",
        "A cat",
        "--image-urls",
        "https://example.com/cat.tiff",
    ]
    ended = cli(*words, "--yes", "--no-wait", "--json")
    assert (ended.code, ended.err.count("Warning: image_urls[0]")) == (0, 1)


def test_word_without_an_option_is_refused_with_the_name_of_one(cli: Any, words: list[str]) -> None:
    record = cli("generate", words[1], "A cat", "--json").record("error")
    assert (record["code"], record["exit_code"]) == ("wrong_use", 2)
    assert re.match("'A cat' belongs to no option; .* such as --[a-z-]+$", record["message"])


@pytest.mark.parametrize("path", ["file/out/", "file/cat.mp4", "file.txt/cat.mp4", "n" * 300])
def test_path_that_cannot_be_written_is_refused_before_anything_is_spent(
    cli: Any, words: list[str], evolink_mock: EvoLinkMock, tmp_path: Path, path: str
) -> None:
    for name in ("file", "file.txt"):
        (tmp_path / name).write_bytes(b"")
    ended = cli(*words, "--yes", "--json", "-o", str(tmp_path / path) + "/" * path.endswith("/"))
    assert (ended.code, ended.record("error")["field"]) == (2, "--output")
    assert len(evolink_mock.requests) == 0


class TestModelOfOurOwn:
    """Parameters that no model of the contract has."""

    @pytest.fixture(autouse=True)
    def own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        info = ModelInfo(
            "own", "video", None, lambda: {"schema": OWN_SCHEMA, "examples": [], "credits": None}
        )
        monkeypatch.setattr("evolink.models", {"own": info})
        monkeypatch.setattr("evolink.check_request", lambda body: body, raising=False)

    def request(self, cli: Any, *arguments: str) -> dict[str, Any]:
        ended = cli("generate", "own", *arguments, "--dry-run", "--json")
        assert ended.code == 0, ended
        request: dict[str, Any] = ended.record("job")["request"]
        return request

    def test_names_that_are_taken_are_set_by_param(self, cli: Any) -> None:
        pairs = ["timeout=7", "output=x", "param=y=z", "a-b=2", "two words=t"]
        given = [word for pair in pairs for word in ("--param", pair)]
        assert self.request(cli, "--timeout", "9", *given, "--a-b", "1", "--o", "v") == {
            "model": "own",
            "timeout": 7,
            "output": "x",
            "o": "v",
            "param": "y=z",
            "a_b": 1,
            "a-b": 2,
            "two words": "t",
        }

    def test_help_says_which_names_need_param(self, cli: Any) -> None:
        shown = cli("generate", "own", "--help").out
        for label in (
            "--param timeout= INTEGER",
            "--param two words= TEXT",
            "  --a-b INTEGER",
            "--param a-b=",
        ):
            assert label in shown

    @pytest.mark.parametrize(
        ("arguments", "value"),
        [
            (["--loud"], True),
            (["--loud", "false"], False),
            (["--loud", "-o", "x"], True),
            (["--loud", "--no-loud", "text"], True),
        ],
    )
    def test_switch(self, cli: Any, arguments: list[str], value: bool) -> None:
        assert self.request(cli, *arguments)["loud"] is value

    @pytest.mark.parametrize(
        "arguments",
        [["--numbers", "1", "-2"], ["--numbers=1", "--numbers=-2"], ["--numbers", "[1, -2]"]],
        ids=["words", "options", "json"],
    )
    def test_list(self, cli: Any, arguments: list[str]) -> None:
        assert self.request(cli, *arguments)["numbers"] == [1, -2]


def test_switch_of_the_contract_can_be_turned_off(cli: Any) -> None:
    for body in (dict(one.example) for one in MODELS.values()):
        switches = [name for name, one in models[body["model"]].parameters.items() if one.type == "boolean"]
        for name in switches:
            ended = cli(*request_words(body), f"--no-{name.replace('_', '-')}", "--dry-run", "--json")
            assert ended.record("job")["request"][name] is False
