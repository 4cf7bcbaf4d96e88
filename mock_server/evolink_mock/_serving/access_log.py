"""One line for each request, written without making the event loop wait."""

from __future__ import annotations

import functools
import json
import os
import queue
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MAX_WAITING = 10_000
_MAX_TEXT = 300
_BATCH_TIME = 0.02


class AccessLog:
    """Writes `METHOD PATH STATUS MS` and what is wrong with a request.

    A thread writes, since whoever reads the lines may be slow or asleep. Lines that come faster than
    they are read are left out, and counted.

    Args:
        write: Writes bytes and returns how many it wrote, as `os.write` does. It must not hold a lock
            that the end of the process waits for, as the streams of `sys` do.
        as_json: Whether each line is a JSON object.
        secrets: Gives the texts that must not be seen, such as API keys.
    """

    def __init__(
        self,
        write: Callable[[bytes], int],
        *,
        as_json: bool = False,
        secrets: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._put = write
        self._format = _as_json if as_json else _as_text
        self._secrets = secrets
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._left_out = 0
        self._thread = threading.Thread(target=self._write, name="evolink-mock-log", daemon=True)
        self._thread.start()

    def add(self, method: str, target: str, status: int | None, seconds: float, note: str) -> None:
        """Log a request.

        Args:
            method: The method of the request.
            target: The target of the request; its query, which may hold a key, is left out.
            status: The status of the response; None if there was none.
            seconds: From the end of the request to the response.
            note: What is wrong with the request; empty if nothing is.
        """
        if self._lines.qsize() >= _MAX_WAITING:
            self._left_out += 1
            return
        path = target.partition("?")[0]
        for secret in self._secrets():
            path, note = path.replace(secret, "***"), note.replace(secret, "***")
        line = self._format(_shorten(method), _shorten(path), status, seconds * 1000, _shorten(note))
        if self._left_out:
            left_out, self._left_out = self._left_out, 0
            self._lines.put(f"({left_out} lines left out: they were not read in time)\n")
        self._lines.put(line)

    def close(self) -> None:
        """Write what waits, if it is read soon."""
        self._lines.put(None)
        self._thread.join(timeout=1)

    def _write(self) -> None:
        is_open = True
        while is_open:
            lines = [self._lines.get()]
            time.sleep(_BATCH_TIME)  # one switch of threads for many lines
            while not self._lines.empty():
                lines.append(self._lines.get())
            is_open = None not in lines
            text = "".join([line for line in lines if line is not None]).encode()
            try:
                while text:
                    text = text[self._put(text) :]
            except OSError:
                return  # nobody reads it any more


def log_to_stderr(*, as_json: bool, secrets: Callable[[], Iterable[str]]) -> AccessLog | None:
    """A log on stderr; None if the process was started without one.

    Args:
        as_json: Whether each line is a JSON object.
        secrets: Gives the texts that must not be seen.
    """
    if sys.stderr is None:
        return None
    return AccessLog(functools.partial(os.write, sys.stderr.fileno()), as_json=as_json, secrets=secrets)


def _as_text(method: str, path: str, status: int | None, milliseconds: float, note: str) -> str:
    line = f"{method} {path} {'-' if status is None else status} {milliseconds:.1f}"
    return f"{_escape(f'{line} {note}' if note else line)}\n"


def _as_json(method: str, path: str, status: int | None, milliseconds: float, note: str) -> str:
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": method,
        "path": path,
        "status": status,
        "ms": round(milliseconds, 1),
        "violation": note or None,
    }
    return f"{json.dumps(entry)}\n"


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"


def _escape(text: str) -> str:
    """Text without what a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
