"""Sync and async clients under one face."""

import asyncio
from collections.abc import Callable
from typing import Any


class Client:
    """A client of either kind under one face: `run` gives the value, awaited if need be."""

    def __init__(self, inner: Any, runner: asyncio.Runner | None) -> None:
        self.pace: dict[str, Any] = {}  # how it polls, where the usual pace would be slow
        self._inner = inner
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def run(self, value: Any) -> Any:
        if self._runner is None:
            return value

        async def awaited() -> Any:
            return await value

        return self._runner.run(awaited())


MakeClient = Callable[..., Client]
