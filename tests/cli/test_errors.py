"""Each error says what is wrong, and what to do next, for people and for programs."""

import math
import sys
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import SCHEMA

from evolink import APIConnectionError, Event, ModelInfo, TaskSubmitted
from evolink.cli.app import run
from evolink.cli.commands import tasks
from evolink.cli.explain import failure_of
from evolink.cli.failures import ERROR_CODES, Failure, Problem
from evolink.cli.output import Output
from evolink.cli.settings import Settings
from evolink.cli.state import RunState
from evolink_mock import EvoLinkMock


def test_schema_names_every_code() -> None:
    assert SCHEMA["$defs"]["error"]["properties"]["code"]["enum"] == list(ERROR_CODES)
    assert SCHEMA["$defs"]["exit_code"]["enum"] == sorted({0, *map(int, ERROR_CODES.values())})


@pytest.mark.parametrize(
    ("arguments", "code", "suggestion"),
    [
        (["task"], "unknown_command", "tasks"),
        (["tasks", "gte"], "unknown_command", "get"),
        (["tasks", "get"], "wrong_use", None),
        (["--timeout", "soon", "models"], "wrong_use", None),
        (["generate"], "wrong_use", None),
        (["tasks"], "wrong_use", None),
        (["--jsn", "models"], "unknown_option", "--json"),
        (["models", "show", "soar-2"], "unknown_model", "sora-2"),
        (["generate", "soar-2"], "unknown_model", "sora-2"),
        (["generate", "sora-2", "--promt", "x"], "unknown_option", "--prompt"),
        (["generate", "--prompt", "x", "sora-2"], "unknown_option", None),
        (["generate", "sora-2", "--param", "prompt"], "wrong_use", None),
        (["generate", "sora-2", "--param", "model=other"], "wrong_use", None),
        (["generate", "sora-2", "extra"], "wrong_use", None),
        (["generate", "sora-2", "--prompt", "\udcff"], "wrong_use", None),
        (["--base-url", "localhost:80", "models"], "wrong_use", None),
        (["--mock", "--base-url", "http://localhost", "tasks", "get", "x"], "wrong_use", None),
    ],
)
def test_wrong_use(cli: Any, no_key: None, arguments: list[str], code: str, suggestion: str | None) -> None:
    ended = cli(*arguments, "--json")
    error = ended.record("error")
    assert (ended.code, error["code"], error["suggestion"]) == (2, code, suggestion)
    assert error["next"]
    people = cli(*arguments)
    assert people.code == 2
    assert people.out == ""
    assert "Error: " in people.err


def test_all_violations_are_reported(cli: Any) -> None:
    error = cli("generate", "sora-2", "--duration", "7", "--json", "--dry-run").record("error")
    assert [(one["field"], one["rule"]) for one in error["problems"]] == [
        ("prompt", "required"),
        ("duration", "enum"),
    ]
    assert error["next"] == ["evolink-client generate sora-2 --help"]


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["generate", "sora-2", "--image-urls"], "generate sora-2"),
        (["models", "show"], "models show"),
        (["tasks", "--unknown"], "tasks"),
        (["--timeout", "0", "models"], ""),
    ],
)
def test_error_names_the_help_of_its_command(cli: Any, arguments: list[str], command: str) -> None:
    error = cli("--json", *arguments).record("error")
    assert error["next"] == [" ".join(["evolink-client", *command.split(), "--help"])]


@pytest.mark.parametrize("key", ["", " ", "two words"])
def test_key_that_is_none(cli: Any, no_key: None, key: str) -> None:
    error = cli("--api-key", key, "credits", "--json").record("error")
    assert (error["code"], error["exit_code"]) == ("no_api_key", 2)
    assert ("characters" in error["message"]) == bool(key.strip())


def test_missing_key_says_where_keys_are_made(cli: Any, words: list[str], no_key: None) -> None:
    ended = cli(*words, "--yes", "--json")
    assert (ended.code, ended.record("error")["code"]) == (2, "no_api_key")
    assert "https://" in ended.record("error")["next"][0]


@pytest.mark.parametrize(
    ("fault", "exit_code", "code"),
    [
        ({"status": 402}, 3, "api_error"),
        ({"status": 401}, 3, "api_error"),
        ({"status": 500}, 5, "outcome_unknown"),
        ({"disconnect": "after"}, 5, "outcome_unknown"),
    ],
)
def test_error_of_a_submission(
    cli: Any, words: list[str], evolink_mock: EvoLinkMock, fault: dict[str, Any], exit_code: int, code: str
) -> None:
    evolink_mock.fault(**fault, operation="create", times=9)
    ended = cli(*words, "--yes", "--json")
    error = ended.record("error")
    assert (ended.code, error["code"]) == (exit_code, code)
    if code == "outcome_unknown":
        assert f"--idempotency-key {error['idempotency_key']}" in error["next"][-1]


def test_lost_submission_names_the_links_of_its_files(
    cli: Any, words: list[str], evolink_mock: EvoLinkMock, tmp_path: Path
) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    evolink_mock.fault(operation="create", disconnect="after")
    ended = cli(*words, "--image-urls", str(picture), "--yes", "--json")
    assert ended.code == 5
    assert any("image_urls[0]: 'https://" in step for step in ended.record("error")["next"])


def test_failed_task_says_why(cli: Any, words: list[str], evolink_mock: EvoLinkMock) -> None:
    evolink_mock.outcome("failed", code="content_policy_violation")
    ended = cli(*words, "--yes", "--json")
    error = ended.record("error")
    assert (ended.code, error["code"], error["api_code"]) == (1, "task_failed", "content_policy_violation")
    assert error["next"][0].endswith(".")
    evolink_mock.outcome("failed", code="content_policy_violation")
    assert cli(*words, "--yes").err.count(error["next"][0]) == 1
    assert ended.record("summary")["exit_code"] == 1


def test_timeout_says_how_to_go_on(cli: Any, words: list[str], evolink_mock: EvoLinkMock) -> None:
    ended = cli(*words, "--yes", "--json", "--timeout", "1", "-o", "a b/")
    error = ended.record("error")
    assert (ended.code, error["code"]) == (4, "timeout")
    assert error["next"] == [f"evolink-client tasks download {evolink_mock.tasks[0].id} -o 'a b/'"]


def test_key_is_never_shown(cli: Any, evolink_mock: EvoLinkMock) -> None:
    # Short enough for the check of all tests, which looks into the arguments of functions too.
    key = "sk-0123456789ab"
    for arguments in (
        ["tasks", "get", key],
        ["generate", key],
        [key],
        ["tasks", "get", f"task-unified-{key}"],
    ):
        ended = cli("--api-key", key, *arguments)
        assert ended.code != 0
        assert key not in ended.out + ended.err


@pytest.mark.parametrize(
    ("option", "variable", "text"),
    [
        (None, "", "HTTPS_PROXY"),
        (None, "http://a", "EVOLINK_BASE_URL"),
        ("http://b", "http://a", "--base-url"),
    ],
)
def test_address_without_a_server_is_named_with_its_source(
    monkeypatch: pytest.MonkeyPatch, option: str | None, variable: str, text: str
) -> None:
    monkeypatch.setenv("EVOLINK_BASE_URL", variable)
    state = RunState()
    state.settings.base_url = option
    state.submission_key = "key-of-the-submission"
    failure = failure_of(APIConnectionError("no connection"), state)
    assert failure.code == "no_connection"
    assert text in failure.next_steps[0]
    assert failure.next_steps[1].startswith("Nothing was charged")


@pytest.mark.parametrize("text", ["-", "@empty"])
def test_empty_text_that_is_read_is_refused(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evolink_mock: EvoLinkMock, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").touch()
    ended = cli("generate", "sora-2", "--prompt", text, "--yes")
    assert (ended.code, len(evolink_mock.requests)) == (2, 0)
    assert "is empty" in ended.err


def test_names_with_spaces_are_quoted(cli: Any, monkeypatch: pytest.MonkeyPatch, no_key: None) -> None:
    shard: dict[str, Any] = {"schema": {}, "examples": [], "credits": None}
    monkeypatch.setattr("evolink.models", {"a b": ModelInfo("a b", "video", {}, lambda: shard)})
    error = cli("generate", "a b", "--unknown", "--json").record("error")
    assert error["next"] == ["evolink-client generate 'a b' --help"]


def test_facts_that_the_message_has_are_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [Problem("size: 7 is too large; did you mean 6?", "size", "maximum", "6"), Problem("no JSON")]
    Output(Settings()).failure(Failure("invalid_request", "jobs: 2 faults\n  and so on", problems))
    assert capsys.readouterr().err.splitlines() == [
        "Error: jobs: 2 faults",
        "  - size: 7 is too large; did you mean 6? (rule maximum)",
        "  - no JSON",
    ]


def test_cancelled_task(cli: Any, words: list[str], evolink_mock: EvoLinkMock) -> None:
    evolink_mock.outcome("cancelled")
    ended = cli(*words, "--yes", "--json")
    assert (ended.code, ended.record("error")["code"]) == (1, "task_cancelled")


def test_missing_extra_says_what_to_install(
    cli: Any, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "evolink_mock", None)
    error = cli("--mock", *words, "--json").record("error")
    assert (error["code"], error["next"]) == ("missing_extra", ["pip install 'evolink-client[mock]'"])


def test_fault_of_the_command_itself(
    cli: Any, monkeypatch: pytest.MonkeyPatch, evolink_mock: EvoLinkMock
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"no good: {evolink_mock.api_key}")

    monkeypatch.setattr("evolink.EvoLink.credits", fail)
    ended = cli("credits", "--json")
    assert (ended.code, ended.record("error")["code"]) == (3, "internal_error")
    assert "Traceback" in cli("credits", "--log", "debug").err


def test_interrupt_names_the_tasks_that_go_on(
    cli: Any, words: list[str], monkeypatch: pytest.MonkeyPatch, evolink_mock: EvoLinkMock
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("evolink.cli.progress._JSONProgress.task", interrupt)
    ended = cli(*words, "--yes", "--json", "-o", "out/")
    error = ended.record("error")
    task_id = evolink_mock.tasks[0].id
    assert (ended.code, error["code"], error["task_ids"]) == (130, "interrupted", [task_id])
    assert error["next"] == [f"evolink-client tasks download {task_id} -o out/"]


def test_interrupt_at_the_reply_names_the_task(
    cli: Any, words: list[str], monkeypatch: pytest.MonkeyPatch, evolink_mock: EvoLinkMock
) -> None:
    def interrupt(_: object, event: Event) -> None:
        if isinstance(event, TaskSubmitted):
            raise KeyboardInterrupt

    monkeypatch.setattr("evolink.cli.session.Session._note", interrupt)
    ended = cli(*words, "--yes", "--json")
    assert ended.code == 130
    assert evolink_mock.tasks[0].id in ended.record("error")["next"][0]


def test_interrupt_at_the_question_spends_nothing(
    cli: Any, words: list[str], monkeypatch: pytest.MonkeyPatch, evolink_mock: EvoLinkMock
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("evolink.cli.output.Output.confirm", interrupt)
    ended = cli(*words, answer="y")
    assert (ended.code, len(evolink_mock.requests)) == (130, 0)


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_full_disk_ends_no_task(
    cli: Any,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stream: str,
    options: list[str],
) -> None:
    with Path("/dev/full").open("w", buffering=1, encoding="utf-8") as full:
        monkeypatch.setattr(sys, stream, full)
        ended = cli("--mock", *words, "-o", f"{tmp_path}/", *options)
    assert len(list(tmp_path.iterdir())) == 1
    is_lost = stream == "stdout" or not options
    assert ended.code == (3 if is_lost else 0)
    if stream == "stdout":
        assert "cannot be written: No space left on device" in ended.err


def test_closed_streams_end_no_task(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    code = run(["--mock", *words, "-o", f"{tmp_path}/", "--json"])
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()
    assert code == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_second_interrupt_hides_no_charge() -> None:
    state = RunState()
    state.submission_key = "key-of-the-submission"
    only = KeyboardInterrupt()
    assert failure_of(only, state).message == "interrupted; nothing was charged"
    second = KeyboardInterrupt()
    second.__context__ = only  # before the SDK could note that it may be charged
    failure = failure_of(second, state)
    assert "may have been charged" in failure.next_steps[0]
    assert failure.details == {"idempotency_key": "key-of-the-submission"}


def test_interrupt_of_the_message_of_an_interrupt(
    cli: Any, words: list[str], monkeypatch: pytest.MonkeyPatch, evolink_mock: EvoLinkMock
) -> None:
    presses = iter([True, True, False])
    write = Output.failure

    def interrupt(*_: object) -> None:
        next(presses)
        raise KeyboardInterrupt

    def failure(output: Output, one: Any) -> None:
        if next(presses):
            raise KeyboardInterrupt
        write(output, one)

    monkeypatch.setattr("evolink.cli.progress._LineProgress.task", interrupt)
    monkeypatch.setattr(Output, "failure", failure)
    ended = cli(*words, "--yes", "-o", "out/")
    assert ended.code == 130
    assert f"Next: evolink-client tasks download {evolink_mock.tasks[0].id} -o out/" in ended.err


def test_texts_of_the_api_do_not_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Output(Settings()).line("a\x1b]0;title\x07b\x9bc\rd\te\r\nf")
    assert capsys.readouterr().out == "a\ufffd]0;title\ufffdb\ufffdc\ufffdd\te\r\nf\n"


def test_numbers_that_json_has_not_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings()
    settings.json = True
    Output(settings).record("credits", {"raw": [math.nan, math.inf, 1.5]})
    assert capsys.readouterr().out.endswith('"raw": [null, null, 1.5]}\n')


@pytest.mark.parametrize("created", [None, 1e18, math.nan, -1e12])
def test_times_that_people_do_not_know_are_left_out(created: float | None) -> None:
    assert tasks._time(created) == ""
