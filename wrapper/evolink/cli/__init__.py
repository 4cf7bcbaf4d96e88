"""The command `evolink-client`."""

from __future__ import annotations

__all__ = ["main"]


def main() -> int:
    """Run the command with the arguments of the process and return its exit code."""
    import signal
    import sys

    try:
        # As Ctrl-C: what is being paid for must not end without a word.
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it
                signal.signal(number, signal.default_int_handler)
        from .app import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before anything was begun, or after all was said
        return 130
