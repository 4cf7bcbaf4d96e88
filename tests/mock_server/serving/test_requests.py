"""Requests as RFC 9112 has them, byte by byte: what is understood and what is refused."""

import pytest

from .conftest import RawClient, Serving, get, post


def refusal(client: RawClient) -> int:
    """The status that refuses a request; the connection is closed after it (RFC 9112, 9.6)."""
    response = client.response()
    assert response.headers["connection"] == "close"
    assert response.json["error"]["message"]
    assert client.is_closed()
    return response.status


def test_a_request_is_understood(serving: Serving) -> None:
    """RFC 9112, 2.1."""
    said = serving.send(post(b"abc", "X-Name:  some value \t", target="/a/b?c=%20d")).response().json
    assert said["method"] == "POST"
    assert said["target"] == "/a/b?c=%20d"
    assert said["host"] == "mock.test"
    assert said["body"] == "abc"
    assert said["headers"]["x-name"] == "some value"


def test_empty_lines_before_a_request_are_ignored(serving: Serving) -> None:
    """RFC 9112, 2.2."""
    assert serving.send(b"\r\n\r\n", get()).response().status == 200


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", 400, id="bare LF (2.2)"),
        pytest.param(b"GET /\r\n\r\n", 505, id="HTTP/0.9 (2.3)"),
        pytest.param(get(version="2.0"), 505, id="HTTP/2 (2.3)"),
        pytest.param(get(version="1.9"), 400, id="a version that does not exist (2.3)"),
        pytest.param(get(method="FETCH"), 501, id="an unknown method (3.1)"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, id="TLS"),
        pytest.param(get("/a b"), 400, id="space in the target (3.2)"),
        pytest.param(get("nopath"), 400, id="no path (3.2)"),
        pytest.param(get("ftp://a/b"), 400, id="another scheme (3.2.2)"),
        pytest.param(get("http:///b"), 400, id="no authority (3.2.2)"),
        pytest.param(get("a.test:443", method="CONNECT"), 501, id="CONNECT (3.2.3)"),
        pytest.param(get("*"), 400, id="asterisk without OPTIONS (3.2.4)"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no host (3.2)"),
        pytest.param(get("/", "Host: b"), 400, id="two hosts (3.2)"),
        pytest.param(get("/", "host: mock.test"), 400, id="the same host twice (3.2)"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, id="not a host (3.2)"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, id="a host with a space (3.2)"),
        pytest.param(get("/", "X : a"), 400, id="space before the colon (5.1)"),
        pytest.param(get("/", "X(y): a"), 400, id="not a name (5.1)"),
        pytest.param(get("/", ": a"), 400, id="no name (5.1)"),
        pytest.param(get("/", "X: a", " b"), 400, id="a folded line (5.2)"),
        pytest.param(
            b"GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n", 400, id="space before the first field (2.2)"
        ),
        pytest.param(get("/", "X: a\0b"), 400, id="NUL in a value (RFC 9110, 5.5)"),
        pytest.param(get("/", "X: a\rb"), 400, id="CR in a value (2.2)"),
    ],
)
def test_a_malformed_head_is_refused(serving: Serving, raw: bytes, status: int) -> None:
    """RFC 9112, as each case says."""
    client = serving.send(raw)
    assert refusal(client) == status
    assert serving.app.requests == []


@pytest.mark.parametrize(
    ("target", "host", "path"),
    [
        ("http://other.test:81/p?q", "other.test:81", "/p?q"),
        ("HTTPS://other.test", "other.test", "/"),
        ("http://other.test?q", "other.test", "/?q"),
    ],
)
def test_the_absolute_form_names_the_host(serving: Serving, target: str, host: str, path: str) -> None:
    """RFC 9112, 3.2.2."""
    said = serving.send(get(target)).response().json
    assert (said["host"], said["target"]) == (host, path)


def test_the_asterisk_form_is_for_options(serving: Serving) -> None:
    """RFC 9112, 3.2.4."""
    assert serving.send(get("*", method="OPTIONS")).response().json["target"] == "*"


@pytest.mark.parametrize("host", ["a.test:8080", "127.0.0.1", "[::1]:80", ""])
def test_a_host_may_be_a_name_an_address_or_empty(serving: Serving, host: str) -> None:
    """RFC 9112, 3.2."""
    assert serving.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).response().json["host"] == host


def test_fields_of_one_name_are_one_list(serving: Serving) -> None:
    """RFC 9110, 5.3."""
    said = serving.send(get("/", "X-A: 1", "x-a: 2", "X-B:")).response().json
    assert said["headers"]["x-a"] == "1, 2"
    assert said["headers"]["x-b"] == ""


CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(
            get("/", "Content-Length: 3", CHUNKED, method="POST") + b"0\r\n\r\n", 400, id="both (6.1)"
        ),
        pytest.param(
            get("/", CHUNKED, "Content-Length: 3", method="POST") + b"0\r\n\r\n", 400, id="both (6.1)"
        ),
        pytest.param(
            get("/", "Content-Length: 3", "Content-Length: 3", method="POST"), 400, id="twice (6.3)"
        ),
        pytest.param(
            get("/", "Content-Length: 3", "Content-Length: 4", method="POST"), 400, id="differ (6.3)"
        ),
        pytest.param(get("/", "Content-Length: 3, 3", method="POST"), 400, id="a list (6.3)"),
        pytest.param(get("/", "Content-Length: +3", method="POST"), 400, id="a sign (6.2)"),
        pytest.param(get("/", "Content-Length: 0x3", method="POST"), 400, id="hexadecimal (6.2)"),
        pytest.param(get("/", "Content-Length:", method="POST"), 400, id="empty (6.2)"),
        pytest.param(get("/", f"Content-Length: {'9' * 30}", method="POST"), 400, id="too many digits (6.2)"),
        pytest.param(get("/", "Transfer-Encoding: gzip, chunked", method="POST"), 501, id="gzip (6.1)"),
        pytest.param(
            get("/", "Transfer-Encoding: chunked, gzip", method="POST"), 400, id="not the last (6.1)"
        ),
        pytest.param(get("/", CHUNKED, CHUNKED, method="POST"), 400, id="chunked twice (6.1)"),
        pytest.param(get("/", CHUNKED, method="POST", version="1.0"), 400, id="HTTP/1.0 (6.1)"),
        pytest.param(get("/", CHUNKED, method="POST") + b"x\r\n", 400, id="not a size (7.1)"),
        pytest.param(get("/", CHUNKED, method="POST") + b"-1\r\n", 400, id="a negative size (7.1)"),
        pytest.param(get("/", CHUNKED, method="POST") + b"f" * 17 + b"\r\n", 400, id="a huge size (7.1)"),
        pytest.param(get("/", CHUNKED, method="POST") + b"1\nx\n", 400, id="bare LF (7.1)"),
        pytest.param(get("/", CHUNKED, method="POST") + b"1\r\nxy\r\n", 400, id="longer than its size (7.1)"),
    ],
)
def test_framing_that_could_be_read_in_two_ways_is_refused(serving: Serving, raw: bytes, status: int) -> None:
    """RFC 9112, as each case says; the request after it is never read (11.2)."""
    client = serving.send(raw + get("/smuggled"))
    assert refusal(client) == status
    assert serving.app.requests == []


def test_a_chunked_body_is_put_together(serving: Serving) -> None:
    """RFC 9112, 7.1: extensions and trailers are read and ignored."""
    body = b'3;a=b\r\nabc\r\n2;c="d"\r\nde\r\n0\r\nHost: other\r\nX-Trailer: x\r\n\r\n'
    said = serving.send(get("/", "Transfer-Encoding: Chunked", method="POST") + body).response().json
    assert said["body"] == "abcde"
    assert said["host"] == said["headers"]["host"] == "mock.test"
    assert "x-trailer" not in said["headers"]


def test_a_body_is_asked_for(serving: Serving) -> None:
    """RFC 9110, 10.1.1."""
    client = serving.send(get("/", "Content-Length: 3", "Expect: 100-Continue", method="POST"))
    assert client.response().status == 100
    assert client.send(b"abc").response().json["body"] == "abc"
    assert client.send(get()).response().status == 200


def test_a_body_that_is_there_already_is_not_asked_for(serving: Serving) -> None:
    """RFC 9110, 10.1.1."""
    client = serving.send(post(b"abc", "Expect: 100-continue"), post(b"", "Expect: 100-continue"))
    assert [client.response().status, client.response().status] == [200, 200]


def test_a_body_that_is_too_large_is_not_asked_for(serving: Serving) -> None:
    """RFC 9110, 10.1.1 and 15.5.14."""
    raw = get("/", f"Content-Length: {10**9}", "Expect: 100-continue", method="POST")
    assert refusal(serving.send(raw)) == 413


def test_http_1_0_knows_no_expectation(serving: Serving) -> None:
    """RFC 9110, 10.1.1."""
    raw = get("/", "Content-Length: 3", "Expect: 100-continue", method="POST", version="1.0")
    assert serving.send(raw, b"abc").response().status == 200


def test_another_expectation_fails(serving: Serving) -> None:
    """RFC 9110, 10.1.1."""
    assert refusal(serving.send(get("/", "Expect: a-miracle"))) == 417


@pytest.mark.parametrize("body", [b"", b"abc"])
def test_an_upgrade_is_ignored(serving: Serving, body: bytes) -> None:
    """RFC 9110, 7.8: the request is answered in HTTP/1.1, and so is the next one."""
    upgrade = post(body, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAAA")
    client = serving.send(upgrade + get("/next"))
    assert client.response().json["body"] == body.decode()
    assert client.response().json["target"] == "/next"
