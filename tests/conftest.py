"""Settings for all tests."""

import gc

from hypothesis import settings

# Benchmarks measure time; the same examples on every machine make failures reproducible.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")


def pytest_collection_finish() -> None:
    """Keep the thousands of tests, which live to the end, out of every run of the garbage collector."""
    gc.freeze()
