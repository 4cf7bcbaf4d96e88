"""HTTP statuses, those that no standard knows too."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

_KNOWN = {status.value: status for status in HTTPStatus}


def status_of(code: int) -> HTTPStatus:
    """A status by its number; one that is not known, as proxies send them, stays a number."""
    return _KNOWN.get(code) or cast(HTTPStatus, code)
