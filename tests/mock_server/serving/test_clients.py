"""Clients that people use, over real connections."""

import asyncio
import urllib.request

import httpx

from .conftest import Serving

BODY = b"a" * 300_000


def test_httpx(serving: Serving) -> None:
    with httpx.Client(trust_env=False, timeout=60) as client:
        for _ in range(3):
            assert len(client.post(serving.url, content=BODY).json()["body"]) == len(BODY)
        parts = (BODY[start : start + 1000] for start in range(0, len(BODY), 1000))
        assert len(client.post(serving.url, content=parts).json()["body"]) == len(BODY)


def test_async_httpx(serving: Serving) -> None:
    async def main() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            responses = await asyncio.gather(*(client.get(f"{serving.url}/{number}") for number in range(50)))
        assert [response.json()["target"] for response in responses] == [f"/{number}" for number in range(50)]

    asyncio.run(main())


def test_urllib(serving: Serving) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(serving.url, data=BODY, timeout=60) as response:
        assert len(response.read()) > len(BODY)
