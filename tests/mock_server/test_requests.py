"""Which requests the mock accepts, and how it refuses the others."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from evolink_mock import Contract
from evolink_mock._engine.faults import Fault

from .conftest import CLIP, CLIPS, ApiClient


def test_valid_request_creates_a_task(api: ApiClient) -> None:
    reply = api.post(CLIPS, CLIP)
    body = reply.json()
    created = int(api.engine.clock.now())
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert body["id"].startswith(f"job-{created}-")
    assert len(body["id"]) == len("job-1700000000-abcdefgh")
    assert body == {
        "created": created,
        "id": body["id"],
        "model": "toon-1",
        "object": "clip.task",
        "progress": 0,
        "status": "pending",
        "task_info": {"can_cancel": True, "estimated_time": 40, "video_duration": 2},
        "type": "video",
        "usage": {"credits_reserved": 2.5},
    }


@pytest.mark.parametrize(
    "authorization", [None, "Bearer wrong", "Basic evolink-mock-key", "Bearer", "évolink"]
)
def test_invalid_key_is_401(api: ApiClient, authorization: str) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    reply = api.post(CLIPS, CLIP, key=None, headers=headers)
    assert reply.status_code == 401
    assert reply.json() == {"error": {"code": "who_toon", "message": "Who are you", "type": "auth"}}
    assert api.engine.account.ledger.reserved == 0


def test_common_example_of_an_error(api: ApiClient) -> None:
    reply = api.post(CLIPS, {"model": "blow-up", "sources": ["https://files.test/in.mp4"]}, key="wrong")
    assert reply.json()["error"]["code"] == "who"


def test_key_limited_to_models(api: ApiClient) -> None:
    api.engine.keys.issue("clips-only", ["blow-up"])
    assert api.post(CLIPS, CLIP, key="clips-only").status_code == 403
    assert api.post(CLIPS, CLIP, key="clips-only").json()["error"]["code"] == "not_yours"
    body = {"model": "blow-up", "sources": ["https://files.test/in.mp4"]}
    assert api.post(CLIPS, body, key="clips-only").status_code == 200


def test_wrong_method_is_405(api: ApiClient) -> None:
    reply = api.get(CLIPS)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    assert reply.json()["error"]["code"] == "method_not_allowed"


def test_unknown_path_is_404(api: ApiClient) -> None:
    reply = api.post("/v2/nothing", {})
    assert reply.status_code == 404
    assert "GET /v2/jobs/{job_id}" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("content_type", "words"),
    [
        ("text/plain", "application/json"),
        ("application/x-www-form-urlencoded", "application/json"),
        ("application/json; charset=utf-16", "utf-16"),
        ("application/json; charset=iso-8859-1", "iso-8859-1"),
        ('application/json; charset="us-ascii"', '"us-ascii"'),
    ],
)
def test_wrong_content_type_is_415(api: ApiClient, content_type: str, words: str) -> None:
    reply = api.send("POST", CLIPS, content=json.dumps(CLIP), headers={"Content-Type": content_type})
    assert (reply.status_code, words in reply.json()["error"]["message"]) == (415, True), reply.text


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
def test_content_encoding_is_415(api: ApiClient, encoding: Any) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    reply = api.send("POST", CLIPS, content=gzip.compress(json.dumps(CLIP).encode()), headers=headers)
    assert reply.status_code == 415
    assert encoding in reply.json()["error"]["message"]
    assert len(api.engine.account.tasks) == 0


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "Application/JSON"])
def test_content_type_syntax(api: ApiClient, content_type: Any) -> None:
    reply = api.send("POST", CLIPS, content=json.dumps(CLIP), headers={"Content-Type": content_type})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"model": "toon-1", "prompt": NaN}',
        b'{"model": "toon-1", "prompt": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        json.dumps(CLIP).encode("utf-16"),
        b"[" * 100_000,
        b'{"model": "toon-1", "prompt": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "cut", "bytes", "NaN", "surrogate", "BOM", "UTF-16", "deep", "long number"],
)
def test_malformed_json_is_400(api: ApiClient, body: Any) -> None:
    reply = api.send("POST", CLIPS, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid"


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"7"])
def test_body_must_be_an_object(api: ApiClient, body: Any) -> None:
    reply = api.send("POST", CLIPS, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400


def test_all_violations_are_reported(api: ApiClient) -> None:
    wrong = {
        "model": "toon-1",
        "prompt": "x" * 21,
        "seconds": 3,
        "images": ["https://files.test/a.png"] * 3,
        "notify": "https://10.0.0.1/",
    }
    reply = api.post(CLIPS, wrong)
    body = reply.json()
    assert reply.status_code == 400
    assert {key: body["error"][key] for key in ("code", "type")} == {"code": "bad_toon", "type": "invalid"}
    assert body["error"]["message"].startswith("Bad toon: ")
    found = {one["path"]: one["rule"] for one in body["violations"]}
    assert found == {"prompt": "maxLength", "seconds": "enum", "images": "maxItems", "notify": "url"}
    for one in body["violations"]:
        assert one["message"] in body["error"]["message"]
        assert one["value"] == wrong[one["path"]]
    assert api.engine.requests[-1].violations[0].path == "prompt"


def test_error_body_of_the_model(api: ApiClient) -> None:
    reply = api.post(CLIPS, {"model": "blow-up", "sources": []})
    assert reply.json()["error"]["code"] == "bad_blow"
    assert reply.json()["violations"][0]["rule"] == "minItems"


@pytest.mark.parametrize(
    ("model", "suggestion"), [("toon-2", "toon-1"), ("zzz", None), (7, None), (None, None)]
)
def test_unknown_model_is_400(api: ApiClient, model: Any, suggestion: Any) -> None:
    reply = api.post(CLIPS, {"model": model, "prompt": "A kite"})
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "bad_toon"
    [violation] = reply.json()["violations"]
    assert violation["path"] == "model"
    assert violation.get("suggestion") == suggestion


def test_unknown_parameters_are_reported(api: ApiClient) -> None:
    assert api.post(CLIPS, CLIP | {"promt": "A kite"}).status_code == 200
    assert api.engine.requests[-1].unknown == ["promt"]
    assert "prompt" in api.engine.requests[-1].warnings[0]


def test_strict_refuses_unknown_parameters(open_api: Callable[..., ApiClient], synthetic: Contract) -> None:
    api = open_api(contract=synthetic, strict=True)
    reply = api.post(CLIPS, CLIP | {"promt": "A kite"})
    assert reply.status_code == 400
    assert reply.json()["violations"][0]["suggestion"] == "prompt"


def test_coerced_values_are_reported(api: ApiClient) -> None:
    assert api.post(CLIPS, CLIP | {"style": {"lines": "wobbly"}}).status_code == 200
    assert api.engine.requests[-1].warnings == [
        'style.lines: "wobbly" is not documented and taken for "thin"'
    ]


def test_warning_of_a_likely_mistake(api: ApiClient) -> None:
    assert api.post(CLIPS, CLIP | {"images": ["https://files.test/a.gif"]}).status_code == 200
    assert ".png" in api.engine.requests[-1].warnings[0]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "https://localhost/hook",
        "https://hooks.localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0.0.0.0/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1:8443/",
        "https://169.254.169.254/latest",
        "https://100.64.0.1/",
        "https://[::1]/",
        "https://[::]/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://user@127.0.0.1/",
    ],
)
def test_unreachable_callback_is_refused(one_api: ApiClient, address: str) -> None:
    reply = one_api.post(CLIPS, CLIP | {"notify": address})
    assert reply.status_code == 400
    assert [(one["path"], one["rule"]) for one in reply.json()["violations"]] == [("notify", "url")]
    assert len(one_api.engine.account.tasks) == 0


@pytest.mark.parametrize(
    "address", ["https://example.com/", "https://172.32.0.1/", "https://[2606:4700::1]:8443/x"]
)
def test_public_callback_is_accepted(api: ApiClient, address: str) -> None:
    assert api.post(CLIPS, CLIP | {"notify": address}).status_code == 200


def test_local_callback_is_accepted_if_allowed(
    open_api: Callable[..., ApiClient], synthetic: Contract
) -> None:
    api = open_api(contract=synthetic, allow_local_callbacks=True)
    assert api.post(CLIPS, CLIP | {"notify": "http://127.0.0.1:9/x"}).status_code == 200


def test_malformed_task_id_is_400(api: ApiClient) -> None:
    reply = api.get("/v2/jobs/clip-1")
    assert reply.status_code == 400
    assert reply.json()["error"] | {"message": ""} == {
        "code": "bad_job_id",
        "message": "",
        "type": "invalid",
        "param": "job_id",
    }


def test_unknown_task_id_is_404(api: ApiClient) -> None:
    reply = api.get("/v2/jobs/job-1")
    assert reply.status_code == 404
    assert reply.json() == {"error": {"code": "no_job", "message": "No such job", "type": "invalid"}}


@pytest.mark.parametrize(("verbose", "rule"), [("3", "maximum"), ("much", "type"), ("1.5", "type")])
def test_query_parameters_are_checked(api: ApiClient, verbose: Any, rule: Any) -> None:
    reply = api.get(f"/v2/jobs/job-1?verbose={verbose}")
    assert reply.status_code == 400
    assert reply.json()["violations"][0]["rule"] == rule
    assert api.get("/v2/jobs/job-1?verbose=2").status_code == 404


def test_other_operations_return_their_example(api: ApiClient) -> None:
    assert api.get("/v2/balance").json() == {"success": True, "data": {"left": 12}}


def test_error_structures(api: ApiClient) -> None:
    assert api.get("/v2/balance", key="x").json() == {"success": False, "code": 401, "msg": "Who are you"}


def test_body_without_models_is_checked(api: ApiClient) -> None:
    path = "/api/up/files" if api.base_url.startswith("http:") else "https://files.clips.test/api/up/files"
    assert api.post(path, {"name": "a.png"}).json() == {"success": True}
    reply = api.post(path, {"name": "much too long"})
    assert reply.json()["violations"][0]["path"] == "name"
    assert api.send("POST", path, files={"file": b"data"}).status_code == 200


def test_too_large_body_is_413(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evolink_mock._engine.reading.MAX_BODY", 1000)
    monkeypatch.setattr("evolink_mock.asgi.MAX_BODY", 1000)
    assert api.post(CLIPS, CLIP | {"prompt": "x" * 2000}).status_code == 413


def test_too_large_json_is_413(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evolink_mock._engine.reading.MAX_JSON", 1000)
    reply = api.post(CLIPS, CLIP | {"prompt": "x" * 2000})
    assert reply.status_code == 413
    assert "at most 1000 are read" in reply.text
    path = "/api/up/files" if api.base_url.startswith("http:") else "https://files.clips.test/api/up/files"
    assert api.send("POST", path, files={"file": b"x" * 2000}).status_code == 200


def test_request_id_is_logged(api: ApiClient) -> None:
    reply = api.post(CLIPS, CLIP)
    assert api.engine.requests[-1].id == reply.headers["x-request-id"]


def test_requests_are_logged(api: ApiClient) -> None:
    task_id = api.post(CLIPS, CLIP).json()["id"]
    api.get(f"/v2/jobs/{task_id}")
    create, query = api.engine.requests[-2:]
    assert (create.method, create.operation, create.status, create.model) == (
        "POST",
        "createClip",
        200,
        "toon-1",
    )
    assert create.json == CLIP
    assert create.url.endswith(CLIPS)
    assert (query.operation, query.task_id, query.body) == ("getJob", task_id, b"")
    assert query.json == CLIP, "a query shows what the task was created with"


def test_too_many_values_are_413(api: ApiClient) -> None:
    """Each value costs much more than its bytes; they are counted before the body is parsed."""
    reply = api.post(CLIPS, CLIP | {"prompt": [1] * 20_001})
    assert reply.status_code == 413
    assert api.engine.requests[-1].json is None


@pytest.mark.parametrize(
    "wrong",
    [{"model": "m" * 10**6}, {"prompt": "p" * 10**6}, {"prompt": ["p" * 1000] * 1000}],
    ids=["model", "text", "list"],
)
def test_response_to_an_invalid_body_is_short(api: ApiClient, wrong: Any) -> None:
    reply = api.post(CLIPS, CLIP | wrong)
    assert reply.status_code == 400
    assert len(reply.content) < 50_000
    assert reply.json()["violations"]


def test_fault_applies_to_a_large_request(api: ApiClient) -> None:
    api.engine.faults.add(Fault.parse({"status": 503}))
    assert api.post(CLIPS, CLIP | {"prompt": "p" * 10**6}).status_code == 503
