"""Serves a mock of a test over HTTP, for other processes and languages."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from .._serving.server import BackgroundServer
from .environment import KEY_VARIABLE, URL_VARIABLE, set_environment, without_proxies
from .guard import ConnectionGuard
from .server import EngineApplication

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._engine.engine import Engine


@contextmanager
def serve_on_loopback(engine: Engine) -> Iterator[str]:
    """Serve an engine on a free port; yields the address, which is in the environment too.

    Links of results lead there, and connections of this process to the hosts of the contract are stopped.
    """
    guard = ConnectionGuard(engine.contract.hosts, engine.note_refused)
    links_at = engine.links_at
    engine.set_links_at(None)
    try:
        with BackgroundServer(EngineApplication(engine)) as server:
            variables = {KEY_VARIABLE: engine.api_key, URL_VARIABLE: server.url}
            restore = set_environment(**variables, **without_proxies(["127.0.0.1"]))
            guard.start()
            try:
                yield server.url
            finally:
                guard.stop()
                restore()
    finally:
        engine.set_links_at(links_at)
