import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evolink
from evolink import ErrorInfo
from evolink._http.response import APIResponse, error_info, error_status, shown, status_error

ENVELOPES = [
    (
        {"error": {"code": "bad", "message": "no", "type": "t", "param": "p", "fallback_suggestion": "s"}},
        ErrorInfo("bad", "no", "t", "p", "s"),
    ),
    ({"error": {"code": 400, "message": "no"}}, ErrorInfo("400", "no")),
    ({"success": False, "code": 402, "msg": "no money"}, ErrorInfo("402", "no money")),
    ({"error": "denied", "error_description": "no way"}, ErrorInfo("denied", "no way")),
    ({"success": False, "message": "hm"}, ErrorInfo(None, "hm")),
    ({"error": None}, ErrorInfo()),
    ({"error": {"code": {"a": 1}, "message": ["x"], "type": True}}, ErrorInfo()),
    ([1], ErrorInfo()),
    ("text", ErrorInfo()),
    (None, ErrorInfo()),
]


@pytest.mark.parametrize(("body", "info"), ENVELOPES)
def test_every_error_envelope_is_read(body: Any, info: Any) -> None:
    assert error_info(body) == info


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"id": "x"}', None),
        (200, b'{"success": true, "code": 200}', None),
        (200, b'{"success": false, "code": 402}', 402),
        (200, b'{"success": false, "code": "weird"}', 200),
        (204, b"", None),
        (404, b"", 404),
    ],
)
def test_an_error_may_come_with_status_200(status: Any, body: Any, expected: Any) -> None:
    assert error_status(APIResponse(status, {}, body)) == expected


@given(
    status=st.integers(100, 999).filter(lambda status: not 200 <= status <= 299), body=st.binary(max_size=300)
)
def test_any_response_makes_a_readable_error(status: Any, body: Any) -> None:
    error = status_error(status, APIResponse(status, httpx.Headers(), body), now=0.0, secret="sk-secret")

    assert error.status == status
    assert isinstance(error, evolink.APIStatusError) == (300 <= status <= 599)
    assert error.message
    assert str(error)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["error", "code", "message", "msg", "success", "type"]), inner)
        ),
        max_leaves=8,
    )
)
def test_any_json_body_makes_a_readable_error(value: Any) -> None:
    info = error_info(value)
    reply = APIResponse(500, httpx.Headers(), json.dumps(value).encode())

    assert all(part is None or isinstance(part, str) for part in info)
    assert isinstance(status_error(500, reply, now=0.0, secret=""), evolink.ServerError)


def test_an_echoed_key_is_redacted() -> None:
    body = json.dumps({"error": {"code": "sk-secret", "message": "Bearer sk-secret is wrong"}}).encode()

    error = status_error(401, APIResponse(401, httpx.Headers(), body), now=0.0, secret="sk-secret")

    assert "sk-secret" not in f"{error!r} {error} {vars(error)}"


def test_long_bodies_are_shortened() -> None:
    assert len(shown(APIResponse(500, {}, b"x" * 10**6), "")) < 3000


@pytest.mark.parametrize("name", ["x-request-id", "x-oneapi-request-id"])
def test_either_header_holds_the_request_id(name: Any) -> None:
    assert APIResponse(200, httpx.Headers({name: "r-1"}), b"").request_id == "r-1"


def test_deeply_nested_json_does_not_crash() -> None:
    body = b'{"error":' + b"[" * 200_000 + b"]" * 200_000 + b"}"

    assert isinstance(
        status_error(500, APIResponse(500, httpx.Headers(), body), now=0, secret=""), evolink.ServerError
    )
