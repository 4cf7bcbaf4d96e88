"""Settings for all tests."""

from hypothesis import settings

# Benchmarks measure time; the same examples on every machine make failures reproducible.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")
