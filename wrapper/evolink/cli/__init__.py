"""The command `evolink-client`."""

from __future__ import annotations

__all__ = ["main"]


def main() -> int:
    """Run the command with the arguments of the process and return its exit code."""
    import sys

    from .app import run

    return run(sys.argv[1:])
