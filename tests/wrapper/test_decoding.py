"""Compressed replies: decoded as the header says, in bounded memory."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from wrapper.fakes import World, state
from wrapper.hosts import Pieces

import evolink
from evolink._http import response
from evolink._http.decoding import BodyDecoder


def bare_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": bare_deflate,
    "identity": bytes,
    "identity, gzip": gzip.compress,
    "deflate, gzip": lambda data: gzip.compress(zlib.compress(data)),
}


def answering(content: bytes, encoding: str) -> Callable[[Any], httpx.Response]:
    return lambda _: httpx.Response(200, headers={"content-encoding": encoding}, stream=Pieces(content))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_compressed_reply_is_decoded(world: World, encoding: str) -> None:
    # Long enough for several pieces, compressed and not.
    body = json.dumps(state(filler=[str(number**5) for number in range(20_000)])).encode()

    task = world.do(world.client(answering(ENCODINGS[encoding](body), encoding)).tasks.get("task-1"))

    assert task.raw == json.loads(body)


@pytest.mark.parametrize("encoding", ["br", "gzip, br", "gzip, gzip, gzip"])
def test_an_encoding_that_nobody_asked_for_is_an_error(world: World, encoding: str) -> None:
    client = world.client(answering(b"anything", encoding), max_retries=0)

    with pytest.raises(evolink.APIConnectionError, match=r"the encoding .* was not requested"):
        world.do(client.tasks.get("task-1"))


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(b"{}" * 1000, mtime=0)[:-20] + b"x" * 20], ids=["other", "broken"]
)
def test_a_reply_that_is_not_compressed_as_it_says_is_an_error(
    world: World, example: dict[str, Any], content: bytes
) -> None:
    with pytest.raises(evolink.SubmitOutcomeUnknown):
        world.do(world.client(answering(content, "gzip")).videos.create(**example))


def test_a_small_reply_cannot_fill_the_memory(
    world: World, example: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = 2**20
    monkeypatch.setattr(response, "_LONGEST_BODY", longest)
    bomb = gzip.compress(gzip.compress(bytes(2**25), 9), 9)
    assert len(bomb) < 1_000
    client = world.client(answering(bomb, "gzip, gzip"))

    tracemalloc.start()
    with pytest.raises(evolink.SubmitOutcomeUnknown, match="longer than any"):
        world.do(client.videos.create(**example))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 3 * longest


def test_pieces_are_short_and_made_when_taken() -> None:
    pieces = BodyDecoder("gzip").decode(gzip.compress(bytes(2**24)))

    assert all(len(next(pieces)) <= 64 * 2**10 for _ in range(100))
