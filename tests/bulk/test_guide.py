"""The guide: its commands run, in their order, and print what it shows. EVOLINK_UPDATE=1 writes it anew."""

import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import cli

from evolink_mock import EvoLinkMock

__all__ = ["cli"]

GUIDE = Path(__file__).parents[2] / "docs" / "bulk.md"
BLOCK = re.compile(r"```(python|console)\n(.*?)\n```", re.DOTALL)
# What chance and the speed of the machine decide.
CHANGING = re.compile(r"^\d+ of 20 done.*\n|evolink-[0-9a-f]{32}|cat-\d\d|^(?:rate|left) .*\n", re.MULTILINE)


def test_commands_print_what_the_guide_shows(
    cli: Any, evolink_mock: EvoLinkMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stderr", sys.stdout)  # in the order in which a terminal shows it
    evolink_mock.fault(operation="create", disconnect="before")

    def shown(block: re.Match[str]) -> str:
        language, text = block.groups()
        if language == "python":
            if "jobs.jsonl" in text:
                exec(text, {})
            return block[0]
        lines = []
        for line in [line for line in text.splitlines() if line.startswith("$ ")]:
            ended = cli(*shlex.split(line)[2:])
            lines += [line, *ended.out.splitlines()]
        return "```console\n" + "\n".join(lines) + "\n```"

    before = GUIDE.read_text("utf-8")
    updated = BLOCK.sub(shown, before)
    if os.environ.get("EVOLINK_UPDATE"):
        GUIDE.write_text(updated, "utf-8")
    assert len(evolink_mock.tasks) == 20  # what the guide decides charges no job twice
    assert CHANGING.sub("", GUIDE.read_text("utf-8")) == CHANGING.sub("", updated)
