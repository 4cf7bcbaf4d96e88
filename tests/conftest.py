"""What holds for all tests."""

from hypothesis import settings

# Timing belongs into benchmarks; the same examples on every machine keep a failure where it was found.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")
