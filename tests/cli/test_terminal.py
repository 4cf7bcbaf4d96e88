"""The command at a terminal: bars, questions, Ctrl-C, resizing, colours."""

import re
from pathlib import Path

import pytest
from cli.processes import COMMAND, LONG, WITHOUT_RICH, Api, piped, terminal

pytestmark = pytest.mark.slow

COLOR = re.compile(r"\x1b\[[0-9;]*?\b(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")


@pytest.mark.parametrize("command", [COMMAND, WITHOUT_RICH], ids=["rich", "plain"])
def test_progress_is_redrawn_in_one_line(
    api: Api, words: list[str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    with terminal(*words, "-o", str(tmp_path), env=api.environment, command=command) as shown:
        shown.expect("[y/N]")
        shown.type("y\n")
        assert shown.wait() == 0
    assert ("━" in shown.text) == (command is COMMAND)
    bars = [frame for frame in shown.frames if "of about" in frame and "credits" in frame]
    assert len(bars) > 3
    assert {"processing", "completed"} <= {word for bar in bars for word in bar.replace(":", " ").split()}
    # What stays is one line for the task, and one for its file.
    assert "completed 100 %" in shown.frames[-3]
    assert shown.frames[-2].startswith(str(tmp_path))


def test_answer_no_spends_nothing(api: Api, words: list[str]) -> None:
    with terminal(*words, env=api.environment) as shown:
        shown.expect("[y/N]")
        shown.type("n\n")
        assert shown.wait() == 2
    assert api.admin("tasks") == []


@pytest.mark.parametrize("command", [COMMAND, WITHOUT_RICH], ids=["rich", "plain"])
def test_control_c_prints_the_command_that_goes_on(
    api: Api, words: list[str], command: tuple[str, ...]
) -> None:
    api.admin("outcomes", outcome="completed", seconds=LONG)
    with terminal(*words, "--yes", "-o", "out/", env=api.environment, command=command, columns=200) as shown:
        shown.expect("of about")
        shown.type("\x03")
        assert shown.wait() == 130
    task_id = api.admin("tasks")[-1]["id"]
    assert f"Next: evolink-client tasks download {task_id} -o out/" in "\n".join(shown.frames)
    assert "client." not in shown.text  # no advice for Python
    assert shown.text.rfind("\x1b[?25h") >= shown.text.rfind("\x1b[?25l")  # the cursor is back


@pytest.mark.parametrize("command", [COMMAND, WITHOUT_RICH], ids=["rich", "plain"])
def test_commands_in_errors_are_not_wrapped(api: Api, words: list[str], command: tuple[str, ...]) -> None:
    api.admin("outcomes", outcome="completed", seconds=LONG)
    with terminal(
        *words, "--yes", "--timeout", "0.5", "-o", "a/", env=api.environment, command=command, columns=50
    ) as shown:
        assert shown.wait() == 4
    task_id = api.admin("tasks")[-1]["id"]
    assert shown.frames[-2] == f"  Next: evolink-client tasks download {task_id} -o a/"


def test_cursor_is_shown_while_a_task_runs(api: Api, words: list[str], tmp_path: Path) -> None:
    with terminal(*words, "--yes", "-o", str(tmp_path), env=api.environment) as shown:
        shown.expect("of about")
        assert shown.text.rfind("\x1b[?25h") >= shown.text.rfind("\x1b[?25l")


@pytest.mark.parametrize("command", [COMMAND, WITHOUT_RICH], ids=["rich", "plain"])
def test_narrower_window_is_respected(
    api: Api, words: list[str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    api.admin("outcomes", outcome="completed", seconds=LONG)
    with terminal(*words, "--yes", "-o", str(tmp_path), env=api.environment, command=command) as shown:
        shown.expect("of about")
        shown.resize(50)
        begin = len(shown.frames)
        shown.expect_frames(begin + 4)
        api.admin("clock", advance=LONG)
        shown.wait()
    drawn = [frame for frame in shown.frames[begin + 2 :] if "of about" in frame]
    bars = drawn[: drawn.index(next(frame for frame in drawn if "completed 100 %, " in frame))] or drawn[:1]
    assert max(map(len, bars)) <= 50


def test_no_color(api: Api, words: list[str], tmp_path: Path) -> None:
    for variables, has_color in (({}, True), ({"NO_COLOR": "1"}, False)):
        env = {**api.environment, **variables}
        with terminal(*words, "--yes", "-o", str(tmp_path), env=env) as shown:
            shown.wait()
        with terminal("unknown", env=env) as error:
            error.wait()
        assert bool(COLOR.search(shown.text)) == has_color
        assert bool(COLOR.search(error.text)) == has_color


def test_terminal_without_control_sequences(api: Api, words: list[str], tmp_path: Path) -> None:
    with terminal(*words, "--yes", "-o", str(tmp_path), env={**api.environment, "TERM": "dumb"}) as shown:
        assert shown.wait() == 0
    assert "\x1b[2K" not in shown.text
    assert "\x1b[K" not in shown.text


@pytest.mark.parametrize("command", [COMMAND, WITHOUT_RICH], ids=["rich", "plain"])
def test_tables_have_titles_at_a_terminal_only(command: tuple[str, ...]) -> None:
    with terminal("models", env={}, command=command) as shown:
        assert shown.wait() == 0
    assert shown.frames[0].split()[:2] == ["MODEL", "KIND"]
    lines = piped("models", env={}, command=command).stdout.splitlines()
    assert [line.split()[0] for line in lines] == [frame.split()[0] for frame in shown.frames[1:] if frame]
