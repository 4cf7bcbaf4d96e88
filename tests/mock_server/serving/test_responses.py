"""Responses as RFC 9110 and 9112 have them, and what becomes of the connection after each."""

import re
from typing import Any

import pytest
from conditions import wait_until

from evolink_mock._http.messages import Response

from .conftest import Serving, get, post

JSON = {"content-type": "application/json", "content-length": "2"}


def response(**how: Any) -> Response:
    given: dict[str, Any] = {"status": 200, "headers": JSON, "body": b"{}"}
    return Response(**given | how)


def test_a_response_has_a_date(serving: Serving) -> None:
    """RFC 9110, 6.6.1."""
    date = serving.send(get()).response().headers["date"]
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", date)


def test_a_connection_is_used_again(serving: Serving) -> None:
    """RFC 9112, 9.3."""
    client = serving.connect()
    for number in range(20):
        answer = client.send(get(f"/{number}")).response()
        assert answer.json["target"] == f"/{number}"
        assert "connection" not in answer.headers


def test_a_connection_is_closed_on_request(serving: Serving) -> None:
    """RFC 9112, 9.6: what is sent after it is not answered."""
    client = serving.send(get("/", "Connection: Close") + get("/next"))
    assert client.response().headers["connection"] == "close"
    assert client.is_closed()
    assert len(serving.app.requests) == 1


def test_http_1_0_closes_the_connection(serving: Serving) -> None:
    """RFC 9112, 9.3."""
    client = serving.send(b"GET / HTTP/1.0\r\n\r\n")
    assert client.response().status == 200
    assert client.is_closed()


def test_http_1_0_may_keep_the_connection(serving: Serving) -> None:
    """RFC 9112, 9.3 and C.2.2."""
    client = serving.connect()
    for _ in range(2):
        answer = client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").response()
        assert answer.headers["connection"] == "keep-alive"


def test_responses_come_in_the_order_of_the_requests(serving: Serving) -> None:
    """RFC 9112, 9.3.2: also while an earlier one is held up or handled beside the event loop."""
    serving.app.responses["/late"] = response(delay=0.05)
    client = serving.send(get("/late") + get("/slow") + post(b"abc") + get("/last"))
    serving.app.go.set()
    assert client.response().body == b"{}"
    assert [client.response().json["target"] for _ in range(3)] == ["/slow", "/", "/last"]


def test_thousands_of_requests_in_a_row_are_answered(serving: Serving) -> None:
    """RFC 9112, 9.3.2."""
    client = serving.send(b"".join(get(f"/{number}") for number in range(3000)))
    assert [client.response().json["target"] for _ in range(3000)] == [f"/{number}" for number in range(3000)]


def test_a_client_that_has_ended_its_side_is_answered(serving: Serving) -> None:
    """RFC 9112, 9.6."""
    serving.app.responses["/late"] = response(delay=0.05)
    client = serving.send(get("/late") + get())
    client.socket.shutdown(1)
    assert [client.response().status, client.response().status] == [200, 200]
    assert client.is_closed()


def test_head_has_the_fields_of_get_and_no_body(serving: Serving) -> None:
    """RFC 9110, 9.3.2."""
    client = serving.connect()
    length = client.send(get()).response().headers["content-length"]
    headers = client.send(get(method="HEAD")).response("HEAD").headers
    assert int(headers["content-length"]) == int(length) + 1  # the method is one letter longer
    serving.app.responses["/proxied"] = response(headers={}, body=b"")
    assert "content-length" not in client.send(get("/proxied", method="HEAD")).response("HEAD").headers
    assert client.send(get()).response().status == 200


@pytest.mark.parametrize("body", [b"", b"{}"])
@pytest.mark.parametrize(
    "status", [200, 201, 204, 205, 206, 226, 299, 300, 304, 400, 404, 418, 451, 500, 503, 599]
)
def test_the_connection_outlives_every_status(serving: Serving, status: int, body: bytes) -> None:
    """RFC 9110, 6.4.1: 204 and 304 have no content; a byte of it would be the start of the next response."""
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    serving.app.responses["/status"] = Response(status, headers, body)
    client = serving.connect()
    for method in ("GET", "HEAD", "POST", "GET"):
        answer = client.send(get("/status", method=method)).response(method)
        assert answer.status == status
        if status in {204, 304}:
            assert "content-length" not in answer.headers  # RFC 9110, 8.6
        elif status == 205:
            assert answer.headers["content-length"] == "0"  # RFC 9110, 15.3.6
        elif method != "HEAD":
            assert answer.body == body
    assert client.send(get()).response().json["target"] == "/"


def test_a_status_without_a_name_has_an_empty_one(serving: Serving) -> None:
    """RFC 9112, 4: the space before it stays."""
    serving.app.responses["/"] = response(status=599)
    client = serving.send(get("/", "Connection: close"))
    assert client.rest().startswith(b"HTTP/1.1 599 \r\n")


def test_a_body_without_a_length_is_given_one(serving: Serving) -> None:
    """RFC 9112, 6.3."""
    serving.app.responses["/"] = response(headers={})
    assert serving.send(get()).response().headers["content-length"] == "2"


@pytest.mark.parametrize(
    "headers",
    [
        {"content-length": "9"},
        {"content-length": "1"},
        {"content-length": "nonsense"},
        {"transfer-encoding": "chunked"},
        JSON | {"connection": "x, Close"},
    ],
)
def test_a_response_of_wrong_length_is_the_last(serving: Serving, headers: dict[str, str]) -> None:
    """RFC 9112, 6.3: a fault wants it so, and nobody could tell where the next response begins."""
    serving.app.responses["/"] = response(headers=headers)
    client = serving.send(get() + get())
    sent = client.rest()
    assert sent.count(b"HTTP/1.1 200 OK") == 1
    assert sent.endswith(b"\r\n\r\n{}")
    assert serving.send(get("/next")).response().status == 200


def test_a_field_with_a_line_break_is_never_sent(serving: Serving, caplog: pytest.LogCaptureFixture) -> None:
    """RFC 9110, 5.5."""
    serving.app.responses["/"] = response(headers=JSON | {"x": "a\r\nset-cookie: b"})
    assert serving.send(get()).response().status == 500
    assert "line break" in caplog.text


def test_an_application_that_fails_is_a_500(serving: Serving, caplog: pytest.LogCaptureFixture) -> None:
    client = serving.send(get("/broken?key=secret"))
    assert client.response().json["error"]["code"] == "internal_server_error"
    assert client.send(get()).response().status == 200
    assert "KeyError" in caplog.text
    assert "no answer to GET /broken\n" in caplog.text


def test_a_connection_is_dropped_after_the_responses_before_it(serving: Serving) -> None:
    serving.app.responses["/drop"] = response(drop=True)
    client = serving.send(get() + get("/drop") + get())
    assert client.response().status == 200
    assert client.is_closed()
    assert len(serving.app.requests) == 2


@pytest.mark.parametrize("cut", [0, 1])
def test_a_body_breaks_off(serving: Serving, cut: int) -> None:
    serving.app.responses["/"] = response(cut=cut)
    client = serving.send(get())
    _, headers = client.head()
    assert (headers["content-length"], client.rest()) == ("2", b"{}"[:cut])


def test_a_body_that_is_shorter_than_its_cut_is_complete(serving: Serving) -> None:
    serving.app.responses["/"] = response(cut=2)
    client = serving.send(get() + get("/next"))
    assert [client.response().body, client.response().json["target"]] == [b"{}", "/next"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_large_body_comes_whole(serving: Serving, method: str) -> None:
    body = bytes(range(256)) * 40_000
    serving.app.responses["/large"] = response(headers={}, body=body)
    client = serving.send(get("/large", method=method) + get())
    assert client.response(method).body == (body if method == "GET" else b"")
    assert client.response().json["target"] == "/"


def test_a_large_body_breaks_off(serving: Serving) -> None:
    serving.app.responses["/"] = response(headers={}, body=b"a" * 10**6, cut=10**6 - 1)
    client = serving.send(get())
    client.head()
    assert len(client.rest()) == 10**6 - 1


def test_a_response_that_hangs_is_let_go_with_its_client(serving: Serving) -> None:
    hanging = serving.app.responses["/hang"] = response(hang=True)
    client = serving.send(get("/hang") + get())
    assert serving.send(get("/other")).response().status == 200
    assert serving.app.released_responses == []
    client.close()
    wait_until(lambda: serving.app.released_responses)
    assert serving.app.released_responses == [hanging]
    assert "/" not in [request.target for request in serving.app.requests]


def test_a_late_response_is_released_when_it_is_sent(serving: Serving) -> None:
    late = serving.app.responses["/late"] = response(delay=0.01)
    assert serving.send(get("/late")).response().status == 200
    assert serving.app.released_responses == [late]


def test_a_slow_request_holds_nobody_up(serving: Serving) -> None:
    slow = serving.send(get("/slow"))
    for _ in range(5):
        assert serving.send(get()).response().status == 200
    serving.app.go.set()
    assert slow.response().json["target"] == "/slow"
