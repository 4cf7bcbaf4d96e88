"""Changed documents in `CHANGELOG.md`, and the version that follows from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ._diff import Step
from ._openapi.text import InputError

# The sections of Keep a Changelog, in its order.
SECTIONS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_UNRELEASED = re.compile(r"^## \[Unreleased\]$", re.MULTILINE)
_RELEASE = re.compile(r"^## \[?(\d+\.\d+\.\d+)\]?", re.MULTILINE)
_VERSION = re.compile(r'^__version__ = "(\d+)\.(\d+)\.(\d+)"$', re.MULTILINE)


def with_entries(changelog: str, entries: Mapping[str, Sequence[str]]) -> str:
    """A changelog with further entries under *Unreleased*; those that it has already are not repeated.

    Args:
        changelog: In the form of Keep a Changelog.
        entries: Those of each section, without bullet, one line each.

    Raises:
        InputError: The changelog has no section for what is unreleased.
    """
    start = _UNRELEASED.search(changelog)
    if start is None:
        raise InputError("CHANGELOG.md", "has no heading '## [Unreleased]'")
    following = re.compile(r"^## ", re.MULTILINE).search(changelog, start.end())
    end = following.start() if following else len(changelog)
    before, unreleased, after = changelog[: start.end()], changelog[start.end() : end], changelog[end:]
    for section in SECTIONS:
        unreleased = _with_section(unreleased, section, entries.get(section, ()))
    return f"{before}{unreleased.rstrip()}\n{after and chr(10)}{after}"


def _with_section(unreleased: str, section: str, entries: Iterable[str]) -> str:
    """The text with the entries at the end of their section, which is made where it belongs."""
    present = set(unreleased.splitlines())
    lines = [line for line in dict.fromkeys(f"- {entry}" for entry in entries) if line not in present]
    if not lines:
        return unreleased
    block = "\n".join(lines)
    headings = list(re.finditer(r"^### (\w+)$", unreleased, re.MULTILINE))
    ends = [*(heading.start() for heading in headings[1:]), len(unreleased)]
    for heading, end in zip(headings, ends, strict=False):
        if heading[1] == section:
            return f"{unreleased[:end].rstrip()}\n{block}\n\n{unreleased[end:]}"
    later = SECTIONS[SECTIONS.index(section) + 1 :]
    place = next((heading.start() for heading in headings if heading[1] in later), len(unreleased))
    return f"{unreleased[:place].rstrip()}\n\n### {section}\n\n{block}\n\n{unreleased[place:]}"


def next_version(module: str, changelog: str, step: Step) -> str:
    """The source of the module with the version, raised so that the next release is at least this step.

    The step counts from the last release in the changelog: several changes before one release raise the
    version once. Below 1.0.0 a breaking change raises the second number, and any other the third.

    Args:
        module: A Python module with a line `__version__ = "X.Y.Z"`.
        changelog: Its first version heading is the last release; without one nothing was released yet.
        step: That of the changes.

    Raises:
        InputError: The module has no such line.
    """
    line = _VERSION.search(module)
    if line is None:
        raise InputError("version.py", "has no line '__version__ = \"X.Y.Z\"'")
    released = _RELEASE.search(changelog)
    if released is None:
        return module
    current = (int(line[1]), int(line[2]), int(line[3]))
    wanted = _raised(released[1], step)
    version = ".".join(map(str, max(current, wanted)))
    return f'{module[: line.start()]}__version__ = "{version}"{module[line.end() :]}'


def _raised(version: str, step: Step) -> tuple[int, int, int]:
    major, minor, patch = map(int, version.split("."))
    if major == 0:
        return (0, minor + 1, 0) if step == "major" else (0, minor, patch + 1)
    if step == "major":
        return (major + 1, 0, 0)
    return (major, minor + 1, 0) if step == "minor" else (major, minor, patch + 1)
