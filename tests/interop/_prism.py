"""Prism, the mock of Stoplight, in its own process."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
from interop import _npm

_TRIES = 8  # after 0, 0.5, 1, 2, 4 … seconds


@contextlib.contextmanager
def prism(contract: Path) -> Iterator[str]:
    """Serve a contract and validate requests; yields the address once it answers."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [*_npm.program("@stoplight/prism-cli"), "mock", "--errors", "--cors=false"]
    with subprocess.Popen(
        [*command, "--port", str(port), "--verboseLevel", "silent", str(contract)],
        env=_npm.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # it logs every invalid request
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            with httpx.Client(transport=httpx.HTTPTransport(retries=_TRIES)) as client:
                client.get(address)
            yield address
        finally:
            process.kill()
