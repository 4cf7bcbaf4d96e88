"""One interface for sync and async clients."""

import asyncio
from collections.abc import Callable
from typing import Any


class Client:
    """A client of either kind: `run` returns the value of a call, awaited if necessary.

    Attributes:
        poll_options: Options for calls that wait, if the default polling would be slow.
    """

    def __init__(self, inner: Any, runner: asyncio.Runner | None) -> None:
        self.poll_options: dict[str, Any] = {}
        self._inner = inner
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def run(self, value: Any) -> Any:
        if self._runner is None:
            return value

        async def await_value() -> Any:
            return await value

        return self._runner.run(await_value())


MakeClient = Callable[..., Client]
