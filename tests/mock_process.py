"""Commands of `evolink-mock` that serve, in processes of their own."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

COMMAND = (sys.executable, "-c", "import sys; from evolink_mock.cli import main; sys.exit(main())")


@contextlib.contextmanager
def serving(*options: str, command: str = "serve") -> Iterator[tuple[Any, str]]:
    """Run a command on a free port; yields the process and its address once it listens."""
    with subprocess.Popen(
        [*COMMAND, command, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            match = re.fullmatch(r"EvoLink (?:proxy|mock) listening on (http://127\.0\.0\.1:\d+)\n", line)
            assert match, line + process.stderr.read()
            yield process, match[1]
        finally:
            process.kill()
