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
for number, default in [(signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)]:
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, default)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the thousands of tests, which live to the end, out of every run of the garbage collector."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
