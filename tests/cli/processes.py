"""The command as a process of its own, piped or at a terminal."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

COMMAND = (sys.executable, "-m", "evolink")
# As if rich were not installed.
WITHOUT_RICH = (
    sys.executable,
    "-c",
    "import sys; sys.modules['rich'] = None; from evolink.cli import main; sys.exit(main())",
)
_PATIENCE = 60
# Seconds of a task that ends only when the clock is moved.
LONG = 80_000
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Api(NamedTuple):
    """A mock server."""

    url: str
    key: str

    @property
    def environment(self) -> dict[str, str]:
        """What makes the command use it."""
        return {"EVOLINK_BASE_URL": self.url, "EVOLINK_API_KEY": self.key}

    def admin(self, command: str, **payload: Any) -> Any:
        """Call the admin API."""
        data = json.dumps(payload).encode() if payload else None
        with urllib.request.urlopen(f"{self.url}/_mock/{command}", data) as reply:
            return json.load(reply)

    def clear(self, what: str) -> None:
        """Forget the faults or outcomes that are waiting."""
        request = urllib.request.Request(f"{self.url}/_mock/{what}", method="DELETE")
        urllib.request.urlopen(request).close()


def environment(extra: dict[str, str]) -> dict[str, str]:
    """That of the tests, without what would change the command."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("EVOLINK_") and name not in {"NO_COLOR", "COLUMNS", "FORCE_COLOR"}
    }
    return {**kept, "TERM": "xterm-256color", **extra}


def piped(
    *arguments: str, env: dict[str, str], stdin: str = "", command: tuple[str, ...] = COMMAND
) -> subprocess.CompletedProcess[str]:
    """Run without a terminal."""
    return subprocess.run(
        [*command, *arguments],
        env=environment(env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


class Terminal:
    """A pseudo-terminal in which the command runs."""

    def __init__(self, fd: int, pid: int) -> None:
        self._fd = fd
        self._pid = pid
        self._output = b""
        self.code: int | None = None

    @property
    def text(self) -> str:
        """Everything that was written so far, with control sequences."""
        return self._output.decode("utf-8", "replace")

    @property
    def frames(self) -> list[str]:
        """What stood in each line, one after the other, without control sequences."""
        return [_CONTROL.sub("", line) for line in re.split(r"[\r\n]+", self.text)]

    def expect(self, text: str) -> None:
        """Wait until a text has been written."""
        self._read(lambda: text in self.text)
        assert text in self.text, self.text

    def expect_frames(self, count: int) -> None:
        """Wait until so many lines have been written."""
        self._read(lambda: len(self.frames) >= count)
        assert len(self.frames) >= count, self.text

    def type(self, text: str) -> None:
        """Type on the keyboard."""
        os.write(self._fd, text.encode())

    def resize(self, columns: int) -> None:
        """Make the window wider or narrower."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def wait(self) -> int:
        """Wait until the command has ended; its exit code."""
        self._read(lambda: False)
        _, status = os.waitpid(self._pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def _read(self, is_enough: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE
        while not is_enough() and time.monotonic() < end:
            if not select.select([self._fd], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # Linux's way to say that nobody writes any more
                return
            if not data:
                return
            self._output += data


@contextmanager
def terminal(
    *arguments: str, env: dict[str, str], columns: int = 100, command: tuple[str, ...] = COMMAND
) -> Iterator[Terminal]:
    """Run at a terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execve(command[0], [*command, *arguments], environment(env))
    shown = Terminal(fd, pid)
    try:
        yield shown
        if shown.code is None:
            shown.wait()
    finally:
        if shown.code is None:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        os.close(fd)
