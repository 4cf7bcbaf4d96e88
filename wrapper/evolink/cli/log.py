"""The log of the SDK, as the command shows it."""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .output import Output

_log = logging.getLogger("evolink")
_VARIABLE = "EVOLINK_LOG"
# It tells how to go on in Python; the command says it in its own words.
_RECOVERY = "recovery"


@contextlib.contextmanager
def shown(level: str | None, output: Output) -> Iterator[None]:
    """Show what the SDK logs: all from a level, or else its warnings alone.

    Args:
        level: As for `EVOLINK_LOG`.
        output: The output of the command.
    """
    before = os.environ.get(_VARIABLE, "")
    os.environ[_VARIABLE] = before if level is None else level
    handler = _Warnings(output)
    _log.addHandler(handler)
    try:
        yield
    finally:
        _log.removeHandler(handler)
        os.environ[_VARIABLE] = before


class _Warnings(logging.Handler):
    """Shows warnings as those of the command."""

    def __init__(self, output: Output) -> None:
        super().__init__(logging.WARNING)
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        """Show a warning."""
        # With a level, the SDK writes to stderr by itself.
        if record.module != _RECOVERY and _log.level == logging.NOTSET:
            self._output.warn(f"Warning: {record.getMessage()}")
