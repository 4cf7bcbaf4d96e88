"""Recorded traffic is answered again; the contract answers the rest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evolink_mock import Contract, Engine, Request, Response, VirtualClock
from evolink_mock._drift.har import Exchange, read_har
from evolink_mock._drift.replay import Recording, ReplayApplication
from evolink_mock._serving.interface import HTTPRequest

from .conftest import CLIP, CLIPS, KEY, Proxy

JSON = {"content-type": "application/json"}


def request(method: str = "GET", target: str = "/v2/balance", body: bytes = b"", **headers: str) -> Request:
    path, _, query = target.partition("?")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, path, query, JSON | named, body, "https://api.test")


def recording(contract: Contract, *pairs: tuple[Request, int]) -> Recording:
    return Recording(contract, [Exchange(sent, Response(status, {}, b"x"), 0, 0) for sent, status in pairs])


def status(recorded: Recording, sent: Request) -> int | None:
    response = recorded.take(sent)
    return None if response is None else response.status


def test_recorded_response_is_for_pages_of_any_origin(documented: Contract) -> None:
    replay = ReplayApplication(Engine(documented, VirtualClock()), recording(documented, (request(), 200)))
    for target in ("/v2/balance", "/v2/jobs/none"):  # recorded, and not
        sent = HTTPRequest("GET", target, "localhost", {"origin": "http://app.test"})
        assert replay.handle(sent).headers["access-control-allow-origin"] == "*"


def test_equal_requests_get_their_responses_in_order(documented: Contract) -> None:
    recorded = recording(documented, (request(), 201), (request(), 202), (request("PUT"), 203))
    assert [status(recorded, request()) for _ in range(4)] == [201, 202, 202, 202]
    assert status(recorded, request("PUT")) == 203
    assert status(recorded, request("POST")) is None


@pytest.mark.parametrize(
    ("recorded", "sent", "is_equal"),
    [
        (request(body=b'{"a": 1, "b": [2]}'), request(body=b'{"b":[2],"a":1}'), True),
        (request(body=b'{"a": 1}'), request(body=b'{"a": "1"}'), False),
        (request(body=b'{"a": [1, 2]}'), request(body=b'{"a": [2, 1]}'), False),
        (request(body=b"a"), request(body=b"a"), True),
        (request(body=b"a"), request(body=b"b"), False),
        (request(), request(body=b"{}"), False),
        (request(target="/v2/balance?b=1&a=2"), request(target="/v2/balance?a=2&b=1"), True),
        (request(target="/v2/balance?a=1"), request(target="/v2/balance"), False),
        (request(target="/v2/balance?api_key=***"), request(target="/v2/balance?api_key=mine"), True),
        (request(target="/gateway/v2/balance"), request(), True),
        (request(target="/v9/x"), request(target="/v9/x"), True),
        (
            request(body=b'{"seen": "***"}', authorization="***"),
            request(body=b'{"seen": "sk-0123456789abcdef"}', authorization="Bearer sk-0123456789abcdef"),
            True,
        ),
        (
            request(body=b"--one\r\nx--one--", content_type="multipart/form-data; boundary=one"),
            request(body=b"--two\r\nx--two--", content_type='multipart/form-data; boundary="two"'),
            True,
        ),
    ],
)
def test_requests_that_mean_the_same_are_equal(
    documented: Contract, recorded: Request, sent: Request, *, is_equal: bool
) -> None:
    assert (status(recording(documented, (recorded, 201)), sent) == 201) == is_equal


def test_recorded_session_is_replayed(
    open_proxy: Callable[..., Proxy], documented: Contract, tmp_path: Path
) -> None:
    har = tmp_path / "t.har"
    proxy = open_proxy(har=har)
    task = proxy.post().json()
    query = f"/v2/jobs/{task['id']}"
    states = [proxy.get(query).json()]
    proxy.mock.clock.advance(1000)
    states.append(proxy.get(query).json())
    assert [one["status"] for one in states] == ["pending", "completed"]

    engine = Engine(documented, VirtualClock(), api_key="another-key", seed=1)
    application = ReplayApplication(engine, Recording(documented, read_har(har)))

    def send(method: str, target: str, body: Any = None) -> Response:
        headers = {"content-type": "application/json", "authorization": "Bearer another-key"}
        content = b"" if body is None else json.dumps(body).encode()
        return application.handle(HTTPRequest(method, target, "127.0.0.1:8080", headers, content))

    assert json.loads(send("POST", CLIPS, dict(reversed(CLIP.items()))).body) == task
    assert [json.loads(send("GET", query).body) for _ in range(3)] == [states[0], states[1], states[1]]
    assert engine.requests[:] == []
    other = send("POST", CLIPS, CLIP | {"seconds": 4})
    assert json.loads(other.body)["id"] != task["id"]
    assert send("GET", f"/v2/jobs/{json.loads(other.body)['id']}").status == 200
    assert KEY not in har.read_text()
