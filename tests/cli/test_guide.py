"""The guide shows what the command writes, and has every command and option.

Its screens are those of the documents that it was made with. After a change, write everything:

    EVOLINK_UPDATE=1 python -m pytest tests/cli/test_guide.py
"""

import hashlib
import io
import os
import random
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from cli.test_account import PNG
from rich.console import Console
from rich.text import Text

from evolink import EvoLink
from evolink.cli.app import cli as root
from evolink.cli.bars import BarProgress
from evolink.cli.commands.generate import OWN_OPTIONS, generate
from evolink.cli.failures import ERROR_CODES, ExitCode
from evolink.cli.session import Session
from evolink.cli.settings import COMMON_OPTIONS
from evolink.cli.spending import Cost
from evolink_mock import EvoLinkMock

GUIDE = Path(__file__).parents[2] / "docs" / "cli.md"
PICTURE = GUIDE.with_suffix(".svg")
SCREEN = re.compile(r"^```console\n(?=\$ evolink-client)(.*?)^```", re.DOTALL | re.MULTILINE)
# When a task is polled is chance, within limits.
POLL = re.compile(r"^task-\S+: processing .*\n", re.MULTILINE)
PROMPT = "A cat playing piano"
MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.TASK_FAILED: "a task failed or was cancelled",
    ExitCode.WRONG_USE: "wrong use, invalid request, no key, or refused to spend: nothing was sent",
    ExitCode.API_ERROR: "an error of the API, no connection, or results or output that could not be written",
    ExitCode.TIMEOUT: "not done within `--timeout`, or no reply in time",
    ExitCode.OUTCOME_UNKNOWN: "the outcome of a submission is unknown: it may have been charged",
    ExitCode.INTERRUPTED: "interrupted",
}
IS_UPDATE = bool(os.environ.get("EVOLINK_UPDATE"))


def between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)


def agree(pattern: re.Pattern[str], wanted: Callable[[re.Match[str]], str], *, always: bool = True) -> None:
    """The parts of the guide that match are as wanted, or become so.

    Args:
        pattern: The pattern of the parts.
        wanted: What they should be.
        always: Whether they are the same for all documents, not only for those that the guide was made with.
    """
    text = GUIDE.read_text("utf-8")
    updated = pattern.sub(wanted, text)
    if IS_UPDATE:
        updated = between("documents").sub(f"<!-- {documents()} -->\n", updated)
        GUIDE.write_text(updated, "utf-8")
    if always or documents() in text:
        assert POLL.sub("", updated) == POLL.sub("", GUIDE.read_text("utf-8"))


def documents() -> str:
    """A digest of the vendored documents."""
    pages = sorted((GUIDE.parents[1] / "openapi" / "vendor").glob("*.yaml"))
    return hashlib.sha256(b"".join(page.read_bytes() for page in pages)).hexdigest()


@pytest.fixture
def utc() -> Iterator[None]:
    """Times as a machine shows them that is in no other zone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def test_screens_are_what_the_command_writes(
    utc: None, cli: Any, evolink_mock: EvoLinkMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "96")
    monkeypatch.setattr("sys.stderr", sys.stdout)  # in the order in which a terminal shows it
    random.seed(0)
    monkeypatch.setattr("time.time", evolink_mock.clock.now)
    (tmp_path / "cat.png").write_bytes(PNG)
    (tmp_path / "prompt.txt").write_text(f"{PROMPT}\n", "utf-8")

    def screen(match: re.Match[str]) -> str:
        commands = [line for line in match[1].splitlines() if line.startswith("$ ")]
        shown = []
        for line in commands:
            ended = cli(*shlex.split(line)[2:])
            shown.append("\n".join([line, *ended.out.splitlines()]))
        return "```console\n" + "\n".join(shown) + "\n```"

    agree(SCREEN, screen, always=False)


def commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, but those of the models, which are all alike."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        path = f"{context.command_path} {name}"
        yield path, command
        if isinstance(command, click.Group) and name != "generate":
            inner = click.Context(command, info_name=name, parent=context)
            yield from commands(command, inner)


def options_of(command: click.Command) -> list[click.Option]:
    """Its options, without the common ones and those that are parameters of a model."""
    if command is generate:
        return list(OWN_OPTIONS)
    return [
        option
        for option in command.get_params(click.Context(command))
        if isinstance(option, click.Option) and option not in COMMON_OPTIONS and "--help" not in option.opts
    ]


def table(title: str, options: Sequence[click.Option]) -> list[str]:
    if not options:
        return []
    names = (option.get_help_record(click.Context(root)) for option in options)
    rows = [
        f"| `{_cell(name[0])}` | {option.help} |" for name, option in zip(names, options, strict=True) if name
    ]
    return [f"| {title} | |", "|---|---|", *rows, ""]


def reference() -> str:
    context = click.Context(root, info_name="evolink-client")
    lines = ["", *table("common option, before or after the command", COMMON_OPTIONS)]
    lines += table("without a command", options_of(root))
    for path, command in commands(root, context):
        if isinstance(command, click.Group) and not command.invoke_without_command:
            continue
        usage = command.get_usage(click.Context(command, info_name=path)).removeprefix("Usage: ")
        lines += [f"### `{usage.replace(' [OPTIONS]', '')}`", "", str(command.help), ""]
        lines += table("option", options_of(command))
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def test_reference_has_every_command_and_option() -> None:
    agree(between("reference"), lambda _: reference())


def test_table_of_exit_codes() -> None:
    lines = ["", "| exit code | meaning | codes of errors |", "|---|---|---|"]
    for exit_code, meaning in MEANINGS.items():
        codes = [f"`{code}`" for code, of_code in ERROR_CODES.items() if of_code == exit_code]
        lines.append(f"| {int(exit_code)} | {meaning} | {', '.join(codes)} |")
    assert list(MEANINGS) == list(ExitCode)
    agree(between("exit codes"), lambda _: "\n".join([*lines, "", ""]))


def picture(evolink_mock: EvoLinkMock) -> str:
    """A run at a terminal: the question, the bar while the task runs, and what stays in the end."""
    console = Console(
        record=True, width=96, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    session = Session()
    session.now = evolink_mock.clock.now
    with EvoLink() as client:
        task = client.videos.create(model="sora-2", prompt=PROMPT)
        command = f'$ evolink-client generate {task.model} --prompt "{PROMPT}" -o cat.mp4'
        cost = Cost(task.credits or 0, unknown=0, tasks=1)
        console.print(Text(command, style="bold"))
        console.print(Text(f"A task of {task.model} costs {cost}. Go on? [y/N] y"))
        bar = BarProgress(session, console)
        for seconds in (130, 170):
            evolink_mock.clock.advance(seconds)
            bar.task(task.refresh())
            console.print(bar.renderable)
    console.print(Text("cat.mp4"))
    svg = console.export_svg(title="evolink-client", unique_id="cli")
    # The fonts are those of the reader, and no page of others is asked for them.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def test_picture_is_a_run(evolink_mock: EvoLinkMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    svg = picture(evolink_mock)
    if IS_UPDATE:
        PICTURE.write_text(svg, "utf-8")
    # Other versions of rich draw the same text otherwise.
    if documents() in GUIDE.read_text("utf-8"):
        assert texts(PICTURE.read_text("utf-8")) == texts(svg)


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>(.*?)</text>", svg)
