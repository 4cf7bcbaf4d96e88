"""One interface for sync and async clients."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from evolink import AsyncEvoLink, EvoLink

# Loading certificates takes most of the time of making a client.
CERTIFICATES = ssl.create_default_context()


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


@contextlib.contextmanager
def client_factory(kind: str) -> Iterator[MakeClient]:
    """Makes clients of one kind and closes them.

    With `own` they create their own httpx client; `prefer` chooses the replies of a mock.
    """
    opened: list[Any] = []
    runner = asyncio.Runner() if kind == "async" else None

    def make(
        *arguments: Any, transport: Any = None, prefer: str | None = None, own: bool = False, **options: Any
    ) -> Client:
        if not own:
            http = (httpx.AsyncClient if runner else httpx.Client)(
                transport=transport, verify=CERTIFICATES, headers={} if prefer is None else {"prefer": prefer}
            )
            opened.append(http)
            options["http_client"] = http
        client = Client((AsyncEvoLink if runner else EvoLink)(*arguments, **options), runner)
        opened.append(client)
        return client

    yield make
    for client in opened:
        if runner:
            runner.run(client.aclose())
        else:
            client.close()
    if runner:
        runner.close()
