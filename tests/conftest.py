"""Settings for all tests."""

import gc
import signal
from collections.abc import Generator

import pytest
from hypothesis import settings

# Benchmarks measure time; the same examples on every machine make failures reproducible.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")
# Shells ignore SIGINT in commands that run in the background, nohup ignores SIGHUP, and processes inherit it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the thousands of tests, which live to the end, out of every run of the garbage collector."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
