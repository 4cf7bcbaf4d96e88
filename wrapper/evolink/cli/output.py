"""Where the command writes: results to stdout, all else to stderr; with --json everything to stdout."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import sys
from typing import IO, TYPE_CHECKING, Any

import click

from . import tables
from .text import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .failures import Failure, Problem
    from .settings import Settings

SCHEMA = "evolink-client/1"
# Shorter ones are words that may appear anywhere.
_SHORTEST_KEY = 8

# What would control the terminal, in a text of the API; our own colours stay.
_CONTROL = re.compile(r"\x1b(?!\[[0-9;]*m)|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
# Longer ones are hard to read.
_LONGEST_LINE = 100


def terminal_width() -> int:
    """The columns of the terminal; as shutil tells them, which takes long to load."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _LONGEST_LINE
    except (OSError, ValueError):  # it is not a terminal
        return _LONGEST_LINE


def as_json(value: Any, indent: int | None = None) -> str:
    """JSON that stdout can take in its encoding."""
    import json

    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    dump = functools.partial(json.dumps, indent=indent, ensure_ascii=not is_unicode, allow_nan=False)
    try:
        return dump(value)
    except ValueError:  # NaN, as Python reads it from a reply, is not JSON
        return dump(json.loads(json.dumps(value), parse_constant=lambda _: None))


class Output:
    """Writes what a command has to say; it never shows the API key, and nobody has to read it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._closed: set[IO[str]] = set()
        self._warned: set[str] = set()
        self._has_status = False
        # Why something could not be written; None if nobody misses it.
        self.write_error: str | None = None

    @property
    def is_json(self) -> bool:
        """Whether programs read it."""
        return self._settings.json

    @property
    def is_terminal(self) -> bool:
        """Whether somebody watches, so that lines may be rewritten."""
        return (
            not self.is_json
            and self._settings.log is None  # whose lines would be mixed with ours
            and os.environ.get("TERM") != "dumb"
            and sys.stdout.isatty()
            and sys.stderr.isatty()
        )

    def record(self, kind: str, fields: dict[str, Any]) -> None:
        """Write one JSON object, if programs read it."""
        if not self.is_json:
            return
        self._write(sys.stdout, as_json({"schema": SCHEMA, "type": kind, **fields}))

    def line(self, text: str) -> None:
        """Write a line of the result, if people read it."""
        if not self.is_json:
            self._write(sys.stdout, text)

    def note(self, text: str) -> None:
        """Write a line beside the result, if people read it."""
        if not self.is_json:
            self._write(sys.stderr, text)

    def result(self, kind: str, fields: dict[str, Any], text: str) -> None:
        """Write a result for whoever reads it."""
        self.record(kind, fields)
        self.line(text)

    def warn(self, text: str) -> None:
        """Write a line to stderr, whoever reads the result; the same line once."""
        if text not in self._warned:
            self._warned.add(text)
            self._write(sys.stderr, text)

    @property
    def width(self) -> int:
        """How long a line of text should be."""
        return min(terminal_width(), _LONGEST_LINE)

    def status(self, text: str) -> None:
        """Write a line to the terminal that lasts until anything else is written."""
        self._has_status = bool(text)
        # A longer line would wrap, and its first part would stay.
        shown = cut(_CONTROL.sub("\ufffd", self._shown(text)), terminal_width() - 1)
        with contextlib.suppress(OSError):  # the terminal has gone
            sys.stderr.write(f"\r\x1b[K{shown}")
            sys.stderr.flush()

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table of columns that are not empty; without titles where a program may read it."""
        used = [number for number, column in enumerate(zip(*rows, strict=True)) if any(column)]
        is_terminal = sys.stdout.isatty()
        shown = [titles, *rows] if is_terminal else rows
        lines = tables.columns(
            [[row[number] for number in used] for row in shown], terminal_width() if is_terminal else None
        )
        if is_terminal:
            lines = itertools.chain([click.style(next(lines), bold=True)], lines)
        self.line("\n".join(lines))

    def failure(self, failure: Failure) -> None:
        """Write an error; to stderr, if stdout takes no more."""
        if self.is_json and sys.stdout not in self._closed:
            from .records import error_record

            self.record("error", error_record(failure))
            return
        self._write(sys.stderr, "\n".join(_failure_lines(failure)))

    def confirm(self, question: str) -> bool:
        """Ask somebody at the terminal; whoever does not answer says no."""
        sys.stderr.write(self._shown(f"{question} [y/N] "))
        sys.stderr.flush()
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):  # Ctrl-D, which leaves the cursor behind the question
            self.note("")
        return answer.strip().lower() in {"y", "yes"}

    def _write(self, stream: IO[str], text: str) -> None:
        """Write a line; once a stream takes no more, drop it, for the work itself goes on."""
        if stream in self._closed:
            return
        if self._has_status:
            self.status("")
        color = False if os.environ.get("NO_COLOR") else None
        try:
            shown = self._shown(text)
            if not (self.is_json and stream is sys.stdout):
                shown = _CONTROL.sub("\ufffd", shown)
            click.echo(shown, file=stream, color=color)
        except OSError as error:
            self._closed.add(stream)
            if not isinstance(error, BrokenPipeError):  # the reader had enough
                self.write_error = f"{str(stream.name).strip('<>')} cannot be written: {error.strerror}"
            # Python flushes it again at its end.
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, stream.fileno())
            os.close(devnull)

    def _shown(self, text: str) -> str:
        for key in (self._settings.api_key, os.environ.get("EVOLINK_API_KEY")):
            if key and len(key) >= _SHORTEST_KEY:
                text = text.replace(key, "***")
        return text


def _failure_lines(failure: Failure) -> list[str]:
    """An error for people: what, field and rule, next step."""
    mark = click.style("Error:", fg="red", bold=True)
    problems = failure.problems
    if len(problems) > 1:
        head, _, list_of_them = failure.message.partition("\n")
        lines = [f"{mark} {head if list_of_them else f'{len(problems)} values are wrong:'}"]
        lines += [f"  - {problem.message}{_facts(problem, problem.message)}" for problem in problems]
    else:
        facts = "".join(_facts(problem, failure.message) for problem in problems)
        lines = [f"{mark} {failure.message}{facts}"]
    # The message of a failed task may be advice itself.
    steps = [step for step in failure.next_steps if step not in failure.message]
    return [*lines, *(f"  {click.style('Next:', bold=True)} {step}" for step in steps)]


def _facts(problem: Problem, message: str) -> str:
    """What is known of a problem beside its message, which names the field if no rule was broken."""
    if problem.rule is None:
        return ""
    known = {"field": problem.field, "rule": problem.rule, "did you mean": problem.suggestion}
    facts = [f"{label} {value}" for label, value in known.items() if value and value not in message]
    return f" ({', '.join(facts)})" if facts else ""
