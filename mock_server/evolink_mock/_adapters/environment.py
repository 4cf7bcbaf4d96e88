"""The environment variables of a test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

KEY_VARIABLE = "EVOLINK_API_KEY"
URL_VARIABLE = "EVOLINK_BASE_URL"


def set_environment(**values: str | None) -> Callable[[], None]:
    """Set or unset variables; returns what restores them."""
    before = {name: os.environ.get(name) for name in values}

    def put(new: Mapping[str, str | None]) -> None:
        for name, value in new.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    put(values)
    return lambda: put(before)


def without_proxies(hosts: Iterable[str]) -> dict[str, str | None]:
    """The variables that keep clients from asking a proxy for some hosts; none if there is no proxy.

    A connection to a proxy does not tell where it leads, so nothing could stop it.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return {}
    names = [*filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY")]), *sorted(hosts)]
    return dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join(names))
