"""What `@file` and `-` stand for on the command line."""

from __future__ import annotations

import os
import sys

from .failures import CommandError

# No parameter of any API is longer: it is a mistake, or a file without an end.
_LONGEST_TEXT = 16 * 1024 * 1024


class TextReader:
    """Reads texts from files and from stdin."""

    def __init__(self) -> None:
        self._stdin_used = False

    def __call__(self, text: str) -> str:
        """A text as meant: `@file`, `-` for stdin, `@@…` for a text that begins with @; else itself.

        Raises:
            CommandError: It cannot be read.
        """
        if text == "-":
            return self._read_stdin()
        if text.startswith("@@"):
            return as_text(text[1:])
        return _read_file(text[1:]) if text.startswith("@") else as_text(text)

    def _read_stdin(self) -> str:
        if self._stdin_used:
            raise CommandError("wrong_use", "only one value can be read from stdin (-)")
        self._stdin_used = True
        return _decoded(sys.stdin.buffer.read(_LONGEST_TEXT + 1), "stdin")


def as_text(word: str) -> str:
    """A word of the command line as text, which is UTF-8 also where the locale does not say so.

    Raises:
        CommandError: It is none.
    """
    try:
        word.encode()
    except UnicodeEncodeError:  # Python has kept bytes that it could not decode
        try:
            return os.fsencode(word).decode()
        except UnicodeError:
            raise CommandError("wrong_use", f"{word!r} is not UTF-8 text") from None
    return word


def _read_file(name: str) -> str:
    try:
        with open(name, "rb") as file:  # noqa: PTH123 - pathlib takes time to load
            data = file.read(_LONGEST_TEXT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(
            "wrong_use",
            f"cannot read {name!r}: {reason}",
            next_steps=("A text that begins with @ is written with @@.",),
        ) from None
    return _decoded(data, repr(name))


def _decoded(data: bytes, name: str) -> str:
    if not data:
        raise CommandError("wrong_use", f"{name} is empty")
    if len(data) > _LONGEST_TEXT:
        raise CommandError("wrong_use", f"{name} is longer than any text of a request")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError("wrong_use", f"{name} is not UTF-8 text") from None
    # Editors and `echo` end a text with one that is not meant.
    return text.removesuffix("\n").removesuffix("\r")
