"""Settings for all tests."""

import gc
import signal

from hypothesis import settings

# Benchmarks measure time; the same examples on every machine make failures reproducible.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")
# Shells ignore it in commands that run in the background, and so would the processes of the tests.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Keep the thousands of tests, which live to the end, out of every run of the garbage collector."""
    gc.freeze()
