"""Whatever links a task has and whatever a host replies: a download ends with files or an `EvoLinkError`."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anyio
import httpcore
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wrapper.fakes import CERTIFICATES, KEY, AsyncFakeClock, FakeClock
from wrapper.hosts import LINK
from wrapper.http_libraries import async_http, sync_http

import evolink

HTTP_BYTES = st.binary(max_size=12).map(lambda data: data.translate(None, b"\r\n\0"))
DIGITS = st.sampled_from(
    [b"0", b"5", b"10", b"9" * 18, b"9" * 19, b"9" * 5000, b"-1", b"+5", b"1_0", "٣".encode()]
)
ODD_LINKS = st.sampled_from(
    [
        *(
            "https://[x/a",
            "//[",
            "https://a..b/",
            "https://xn--/",
            "https://xn--a/",
            f"https://{'a' * 64}.test/",
        ),
        *(
            "https://a.test:99999/",
            "https://a.test:x",
            "https://%41.test/",
            "http:",
            "?",
            "#",
            "//",
            "\\",
            "/b",
        ),
        *(
            "file:///etc/passwd",
            "https://user:pass@files.test/",
            "https://files.test/\ud800",
            "https://\ud800/",
        ),
        *("https://[::1]/", "https://1.2.3.4.5/", "https://☃.net/", "https://files.test/" + "a" * 70_000),
    ]
)
RANGES = st.builds(b"bytes %b-%b/%b".__mod__, st.tuples(DIGITS, DIGITS, DIGITS | st.just(b"*")))
LINKS = ODD_LINKS | st.text(max_size=20) | st.text(max_size=20).map("https://{}".format) | st.just(LINK)
VALUES = {
    b"location": LINKS.map(lambda link: link.encode("utf-8", "replace").translate(None, b"\r\n\0")[:20_000]),
    b"content-range": RANGES,
    b"content-length": DIGITS,
    b"content-encoding": st.sampled_from(
        [b"identity", b"gzip", b"gzip, gzip", b"br", b"aws-chunked", b"\xff"]
    ),
    b"content-type": st.sampled_from([b"video/mp4", b"text/html", b"\xe9/\xff", b"x/" + b"y" * 300, b";;"]),
    b"etag": st.sampled_from([b'"v1"', b'W/"v1"', b'"caf\xe9"', b'"\xe2\x98\x83"', b'"', b'"a\tb"']),
    b"last-modified": st.sampled_from([b"yesterday", b"f\xe9vrier", b"Thu, 01 Jan 1970 00:00:00 GMT"]),
    b"retry-after": DIGITS | st.sampled_from([b"nan", b"1e999", b"Thu, 99 Jan 99999 00:00:00 GMT", b"\xff"]),
    b"date": st.sampled_from([b"Thu, 01 Jan 1970 00:00:00 GMT", b"Thu, 01 Jan 0000 00:00:00 -9999", b"x"]),
    b"set-cookie": st.sampled_from([b"a=b; domain=[", b"=", b"\xff=\xff; expires=\xff", b"a=b; max-age=1e9"]),
    b"transfer-encoding": st.sampled_from([b"chunked", b"gzip"]),
}
HEADERS = st.fixed_dictionaries(
    {}, optional={name: value | HTTP_BYTES for name, value in VALUES.items()}
).map(lambda headers: dict(list(headers.items())[:2]))
STATUSES = st.sampled_from([200, 206, 302, 307, 403, 404, 416, 429, 503, 204, 304, 451, 999])


def response(status: int, headers: dict[bytes, bytes], body: bytes) -> bytes:
    lines = [b"HTTP/1.1 %d X" % status, *(b"%b: %b" % header for header in headers.items())]
    return b"\r\n".join([*lines, b"connection: close", b"", body])


BODIES = st.sampled_from([b"", b"12345", b"1234567890", b"5\r\n12345\r\n0\r\n\r\n"])
RESPONSES = st.one_of(
    st.builds(response, STATUSES, HEADERS, BODIES),
    st.builds(response, st.just(302), st.fixed_dictionaries({b"location": VALUES[b"location"]}), BODIES),
    st.builds(response, st.just(206), st.fixed_dictionaries({b"content-range": RANGES}), BODIES),
    st.builds(
        response,
        st.just(206),
        st.fixed_dictionaries({b"content-range": st.just(b"bytes 0-9/10"), b"etag": VALUES[b"etag"]}),
        BODIES,
    ),
)
GOOD = b"the result"
GOOD_RESPONSE = response(200, {b"etag": b'"good"', b"content-length": b"%d" % len(GOOD)}, GOOD)


class Network(httpcore.NetworkBackend):
    """Sends a raw response for each connection, the last again and again; encodes names as `socket` does."""

    def __init__(self, responses: Iterable[bytes]) -> None:
        self.responses = list(responses)

    def next(self, host: str) -> bytes:
        host.encode("idna")
        return self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]

    def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore.MockStream:
        return httpcore.MockStream([self.next(host)])


class AsyncNetwork(httpcore.AsyncNetworkBackend):
    """The same for coroutines."""

    def __init__(self, responses: Iterable[bytes]) -> None:
        self._network = Network(responses)

    async def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore.AsyncMockStream:
        return httpcore.AsyncMockStream([self._network.next(host)])


def download(kind: str, links: list[str], responses: list[bytes], folder: Path, **options: Any) -> list[Path]:
    """Download from a host with these responses, over the real HTTP parser."""
    state = {"id": "task-1", "status": "completed", "results": links}
    if kind == "sync":
        transport = httpx.HTTPTransport(verify=CERTIFICATES)
        transport._pool = httpcore.ConnectionPool(
            ssl_context=CERTIFICATES, network_backend=Network(responses)
        )
        with sync_http(transport=transport, trust_env=False) as http:
            client = evolink.EvoLink(KEY, http_client=http, clock=FakeClock())
            return evolink.Task(client, state).download(folder, **options)

    async def run() -> list[Path]:
        transport = httpx.AsyncHTTPTransport(verify=CERTIFICATES)
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=CERTIFICATES, network_backend=AsyncNetwork(responses)
        )
        async with async_http(transport=transport, trust_env=False) as http:
            client = evolink.AsyncEvoLink(KEY, http_client=http, clock=AsyncFakeClock())
            return await evolink.AsyncTask(client, state).download(folder, **options)

    return anyio.run(run)


@pytest.mark.parametrize("kind", ["sync", "async"])
@given(
    links=st.lists(LINKS, min_size=1, max_size=2),
    responses=st.lists(RESPONSES, min_size=1, max_size=4),
    allow_unknown_size=st.booleans(),
    timeout=st.none() | st.sampled_from([0, 1, 100]),
)
@settings(max_examples=40)
def test_a_download_ends_with_files_or_an_error_of_ours(
    kind: str, links: list[str], responses: list[bytes], allow_unknown_size: bool, timeout: float | None
) -> None:
    options = {"allow_unknown_size": allow_unknown_size, "timeout": timeout}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths: list[Path] = []
        error: evolink.EvoLinkError | None = None
        try:
            paths = download(kind, links, responses, folder, **options)
        except evolink.EvoLinkError as caught:
            error = caught
        if error is None:
            assert [path.exists() for path in paths] == [True] * len(links)
        else:
            assert "task-1" in str(error)
            assert any("call download again" in note for note in error.__notes__)

        # Nothing that was left keeps the next call from its results.
        has_parts = any(folder.glob("*.part"))
        again = download(kind, [LINK] * len(links), [GOOD_RESPONSE], folder)
        assert len(again) == len(links)
        assert has_parts or all(path.read_bytes() == GOOD for path in again)
