"""The command `evolink-client`."""

from __future__ import annotations

__all__ = ["main"]


def main() -> int:
    """Run the command with the arguments of the process and return its exit code."""
    import sys

    try:
        from .app import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before anything was begun, or after all was said
        return 130
