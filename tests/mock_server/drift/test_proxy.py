"""The proxy: what it passes on, what it keeps to itself, and what it writes."""

import asyncio
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from evolink import EvoLink
from evolink_mock import Contract, EvoLinkMock, Request, Response
from evolink_mock._drift import proxy as proxy_module
from evolink_mock._drift.har import read_har
from evolink_mock._drift.proxy import ProxyApplication
from evolink_mock._drift.recorder import Recorder
from evolink_mock._drift.redaction import Redactor
from evolink_mock._drift.upstream import Upstream
from evolink_mock._serving.server import BackgroundServer

from .conftest import CLIP, CLIPS, KEY, Proxy


class Scripted(httpx.AsyncBaseTransport):
    """An API that answers with one response, and keeps what it was asked."""

    def __init__(self, answer: Any = None, content: bytes | None = None) -> None:
        self.answer = answer
        self.content = content
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        answer = self.answer or httpx.Response(200, json={"id": "job-1"})
        stream = httpx.ByteStream(answer.content if self.content is None else self.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)


async def never(_: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


def test_requests_and_responses_pass_unchanged(open_proxy: Callable[..., Proxy]) -> None:
    headers = {"X-Request-Id": "abc", "Connection": "close, X-Hop", "X-Hop": "1", "Keep-Alive": "5"}
    api = Scripted(httpx.Response(207, headers=headers, content=b'{"a":  1}'))
    proxy = open_proxy(transport=api, upstream="https://gateway.test/evolink")
    sent = {"Idempotency-Key": "k" * 20, "Connection": "X-Mine", "X-Mine": "1", "TE": "trailers"}
    reply = proxy.client.post(f"{CLIPS}?a=%2F&b=c+d", content=b'{"n":  1.0}', headers=sent)
    [request] = api.requests
    assert (request.method, str(request.url)) == (
        "POST", f"https://gateway.test/evolink{CLIPS}?a=%2F&b=c+d"
    )  # fmt: skip
    assert request.content == b'{"n":  1.0}'
    assert (request.headers["authorization"], request.headers["idempotency-key"]) == (
        f"Bearer {KEY}",
        "k" * 20,
    )
    assert (request.headers["host"], request.headers["accept-encoding"]) == ("gateway.test", "identity")
    assert not {"x-mine", "te", "connection", "transfer-encoding"} & request.headers.keys()
    assert (reply.status_code, reply.content) == (207, b'{"a":  1}')
    assert reply.headers["x-request-id"] == "abc"
    assert not {"x-hop", "keep-alive"} & reply.headers.keys()


def test_redirects_and_cookies_are_left_to_the_client(open_proxy: Callable[..., Proxy]) -> None:
    cookies = ["session=secret-session; Expires=Wed, 21 Oct 2099 07:28:00 GMT", "other=1"]
    headers = [("Location", "https://elsewhere.test/"), *(("Set-Cookie", one) for one in cookies)]
    api = Scripted(httpx.Response(302, headers=headers))
    proxy = open_proxy(transport=api)
    reply = proxy.get("/v2/balance")
    assert (reply.status_code, reply.headers["location"]) == (302, "https://elsewhere.test/")
    assert reply.headers.get_list("set-cookie") == cookies
    proxy.client.cookies.clear()
    proxy.get("/v2/balance")
    assert len(api.requests) == 2
    assert "cookie" not in api.requests[1].headers


@pytest.mark.parametrize(
    ("upstream", "path", "address"),
    [
        ("https://api.clips.test", CLIPS, f"https://api.clips.test{CLIPS}"),
        ("https://api.clips.test", "/api/up/files", "https://files.clips.test/api/up/files"),
        ("https://api.clips.test", "/v9", "https://api.clips.test/v9"),
        ("https://api.clips.test", "/v2/balance", "https://api.clips.test/v2/balance"),  # takes no POST
        ("http://127.0.0.1:9", "/api/up/files", "http://127.0.0.1:9/api/up/files"),
    ],
)
def test_operations_go_to_their_own_server(
    open_proxy: Callable[..., Proxy], upstream: str, path: str, address: str
) -> None:
    api = Scripted()
    open_proxy(transport=api, upstream=upstream).post(path=path)
    assert str(api.requests[0].url) == address


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectError("refused"), "the request was not sent"),
        (httpx.ConnectTimeout("late"), "the request was not sent"),
        (httpx.ReadTimeout("late"), "the outcome is unknown"),
        (httpx.ReadError("reset"), "the outcome is unknown"),
        (httpx.WriteError("reset"), "the outcome is unknown"),
        (httpx.RemoteProtocolError("no HTTP"), "the outcome is unknown"),
        (RuntimeError(f"with {KEY}"), "the outcome is unknown"),
    ],
)
def test_failure_is_a_502_that_says_what_is_known(
    open_proxy: Callable[..., Proxy], tmp_path: Path, error: Exception, words: str
) -> None:
    api = Scripted(error)
    har = tmp_path / "t.har"
    reply = open_proxy(transport=api, har=har).post()
    assert reply.status_code == 502
    assert words in reply.json()["error"]["message"]
    assert KEY not in reply.text
    assert len(api.requests) == 1
    [entry] = json.loads(har.read_text())["log"]["entries"]
    assert entry["response"]["status"] == 0
    assert words in entry["comment"]


def test_response_without_bounds_is_cut_off(
    open_proxy: Callable[..., Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_module, "MAX_REPLY", 1000)
    reply = open_proxy(transport=Scripted(httpx.Response(200, content=b"x" * 1001))).post()
    assert reply.status_code == 502
    assert "more than 1000 bytes" in reply.text


def test_response_without_end_is_given_up(
    open_proxy: Callable[..., Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_module, "MAX_SECONDS", 0.001)
    reply = open_proxy(transport=httpx.MockTransport(never)).post()
    assert reply.status_code == 502
    assert "takes more than 0.001 seconds): the outcome is unknown" in reply.text


def test_compressed_response_is_compared_and_passed_on(
    open_proxy: Callable[..., Proxy], tmp_path: Path
) -> None:
    body = gzip.compress(b'{"id": "job-1", "status": "lost"}')
    answer = httpx.Response(200, headers={"Content-Type": "application/json"})
    answer.headers["Content-Encoding"] = "gzip"
    har = tmp_path / "t.har"
    proxy = open_proxy(transport=Scripted(answer, body), har=har)
    assert proxy.post().json()["status"] == "lost"
    assert [(one["path"], one["rule"]) for one in proxy.drift] == [("status", "enum")]
    assert "lost" in har.read_text()


def test_compression_that_is_not_known_is_no_drift_and_not_recorded(
    open_proxy: Callable[..., Proxy], tmp_path: Path
) -> None:
    answer = httpx.Response(200, headers={"Content-Type": "application/json", "Content-Encoding": "zz"})
    har = tmp_path / "t.har"
    proxy = open_proxy(transport=Scripted(answer, b"compressed"), har=har)
    assert proxy.post().content == b"compressed"
    assert proxy.drift == []
    [entry] = json.loads(har.read_text())["log"]["entries"]
    assert entry["response"]["content"]["comment"] == "10 bytes are left out"
    assert read_har(har)[0].response == Response(200, {"content-type": "application/json"})


def test_files_are_written_with_each_exchange(open_proxy: Callable[..., Proxy], tmp_path: Path) -> None:
    har, report = tmp_path / "t.har", tmp_path / "r.json"
    proxy = open_proxy(har=har, report=report)
    assert json.loads(report.read_text()) == {"drift": [], "exchanges": 0}
    for number in range(1, 4):
        proxy.post()
        assert len(json.loads(har.read_text())["log"]["entries"]) == number
        assert json.loads(report.read_text())["exchanges"] == number


def test_record_that_cannot_be_written_does_not_cost_the_response(
    open_proxy: Callable[..., Proxy], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    proxy = open_proxy()

    def add(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(proxy.recorder, "add", add)
    assert proxy.post().status_code == 200
    assert "No space left" in caplog.text


def test_keys_are_in_no_record(open_proxy: Callable[..., Proxy], tmp_path: Path) -> None:
    har, report = tmp_path / "t.har", tmp_path / "r.json"
    other = 'pass"word/+ key-0123456789'
    echo = {"key": KEY, "nested": json.dumps({"key": other}), "auth": f"Bearer {KEY}", "id": "job-1"}
    headers = {"Set-Cookie": "a=cookie-0123456789abcdef", "X-Echo": KEY, "Location": f"/?key={KEY}"}
    proxy = open_proxy(
        transport=Scripted(httpx.Response(200, json=echo, headers=headers)), har=har, report=report
    )
    sent = {
        "Cookie": "b=cookie-fedcba9876543210; c=1",
        "X-Api-Key": "header-key-0123456789",
        "Proxy-Authorization": "Basic YTpi",
        "X-Trace": KEY,
        f"X-{KEY}": "1",
        "Content-Type": f"application/json; boundary={KEY}",
    }
    proxy.client.post(
        CLIPS,
        params={"api_key": other, "q": KEY},
        json=CLIP | {"api_key": "body-key-0123456789"},
        headers=sent,
    )
    proxy.get(f"/v2/{KEY}/{KEY[:9]}")
    proxy.client.post(CLIPS, content=KEY.encode() + b"\xff\x00", headers={"Content-Type": "application/json"})
    recorded = har.read_text() + report.read_text()
    for secret in (
        KEY, other, json.dumps(other)[1:-1], "0123456789abcdef", "fedcba9876543210", "0123456789", "YTpi"
    ):  # fmt: skip
        assert secret not in recorded
    assert "***" in recorded
    assert CLIP["prompt"] in recorded


def test_number_of_known_keys_is_bounded(documented: Contract) -> None:
    redactor = Redactor(documented)
    for number in range(1100):
        redactor.learn(Request("GET", "/", headers={"authorization": f"Bearer {number:05}-secret-key"}))
    assert len(redactor.secrets) == 1000
    assert redactor.text("01099-secret-key 00001-secret-key") == "*** 00001-secret-key"


def test_keys_are_hidden_in_large_bodies(documented: Contract) -> None:
    redactor = Redactor(documented, [KEY])
    filler = b"x" * 300_000
    assert redactor.content(filler) == filler
    assert redactor.content(filler + KEY.encode() + b"y") == filler + b"***y"
    assert redactor.text(f"{KEY[:14]} and {KEY[:6]}") == f"*** and {KEY[:6]}"


@pytest.mark.parametrize("kind", ["short", "k-1"])
def test_short_keys_are_hidden_as_words(open_proxy: Callable[..., Proxy], tmp_path: Path, kind: str) -> None:
    har = tmp_path / "t.har"
    message = {"error": {"code": "who", "message": f"No such key: {kind}", "type": f"{kind}er"}}
    proxy = open_proxy(transport=Scripted(httpx.Response(401, json=message)), har=har)
    proxy.post(headers={"Authorization": f"Bearer {kind}"})
    text = json.loads(har.read_text())["log"]["entries"][0]["response"]["content"]["text"]
    assert json.loads(text)["error"] == {"code": "who", "message": "No such key: ***", "type": f"{kind}er"}


def test_client_of_the_sdk_works_through_the_proxy(tmp_path: Path) -> None:
    shipped = Contract.load()
    mock = EvoLinkMock(api_key=KEY, progress="immediate")
    har = tmp_path / "t.har"
    with Recorder(shipped, har=har) as recorder:
        application = ProxyApplication(
            Upstream(shipped, "https://api.real.test"), recorder, transport=mock.transport()
        )
        generation = shipped.generations[0]
        assert generation.body is not None
        with BackgroundServer(application) as server, EvoLink(api_key=KEY, base_url=server.url) as client:
            task = client.call(generation.id, body=generation.body.example())
            assert client.tasks.get(task.id).status == "completed"
        assert recorder.report.to_dict() == {"drift": [], "exchanges": 2}
    assert KEY not in har.read_text()
    assert mock.ledger.charged > 0


@pytest.mark.parametrize("target", ["/v2/../balance?a=/./b", "/v2//a;b=%7e"])
def test_targets_are_not_normalized(open_proxy: Callable[..., Proxy], target: str) -> None:
    api = Scripted()
    open_proxy(transport=api, upstream="https://gateway.test/evolink").forward("GET", target)
    assert api.requests[0].extensions["target"] == f"/evolink{target}".encode()


@pytest.mark.parametrize("target", ["*", "http://elsewhere.test/"])
def test_other_targets_are_refused(open_proxy: Callable[..., Proxy], target: str) -> None:
    api = Scripted()
    assert open_proxy(transport=api).forward("OPTIONS", target).status == 400
    assert api.requests == []
