"""What the command loads before it does anything."""

import json
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from evolink.cli import main

# With these, help would take too long.
HEAVY = {
    "httpx",
    "rich",
    "jsonschema_rs",
    "evolink_mock",
    "evolink_api.models",
    "evolink_api.validation",
    "attrs",
    "evolink_api._addresses",
}
PROGRAM = """
import json, sys
from evolink.cli.app import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""


def test_entry_point_is_the_command() -> None:
    (script,) = entry_points(group="console_scripts", name="evolink-client")
    assert script.load() is main


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["generate", "--help"],
        ["generate", "sora-2", "--help"],
        ["models"],
        ["completion", "bash"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_help_loads_little(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    assert HEAVY.isdisjoint(modules)
    assert done.stderr == ""
