"""Waits for what another thread or process does, however busy the machine is."""

import time
from collections.abc import Callable

import pytest


def wait_until(is_true: Callable[[], object]) -> None:
    """Wait until something is true, leaving the processor to others."""
    deadline = time.monotonic() + 60
    while not is_true():
        if time.monotonic() > deadline:
            pytest.fail("it does not happen")
        time.sleep(0.002)
