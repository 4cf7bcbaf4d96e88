"""What the mock accepts and refuses, and in which words."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from evolink_mock import Contract

    from .conftest import Door

CLIPS = "/v2/clips/generations"
CLIP = {"model": "toon-1", "prompt": "A kite"}


def test_a_valid_request_creates_a_task_in_the_documented_form(door: Door) -> None:
    reply = door.post(CLIPS, CLIP)
    body = reply.json()
    created = int(door.engine.clock.now())
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
def test_without_an_issued_key_the_answer_is_the_documented_401_of_the_model(
    door: Door, authorization: Any
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    reply = door.post(CLIPS, CLIP, key=None, headers=headers)
    assert reply.status_code == 401
    assert reply.json() == {"error": {"code": "who_toon", "message": "Who are you", "type": "auth"}}
    assert door.engine.account.ledger.reserved == 0


def test_a_model_without_an_example_of_its_own_gets_the_common_one(door: Door) -> None:
    reply = door.post(CLIPS, {"model": "blow-up", "sources": ["https://files.test/in.mp4"]}, key="wrong")
    assert reply.json()["error"]["code"] == "who"


def test_further_keys_can_be_limited_to_models(door: Door) -> None:
    door.engine.keys.issue("clips-only", ["blow-up"])
    assert door.post(CLIPS, CLIP, key="clips-only").status_code == 403
    assert door.post(CLIPS, CLIP, key="clips-only").json()["error"]["code"] == "not_yours"
    body = {"model": "blow-up", "sources": ["https://files.test/in.mp4"]}
    assert door.post(CLIPS, body, key="clips-only").status_code == 200


def test_a_wrong_method_is_told_which_are_right(door: Door) -> None:
    reply = door.get(CLIPS)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    assert reply.json()["error"]["code"] == "method_not_allowed"


def test_an_unknown_path_is_told_which_are_known(door: Door) -> None:
    reply = door.post("/v2/nothing", {})
    assert reply.status_code == 404
    assert "GET /v2/jobs/{job_id}" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
def test_a_body_of_another_type_is_415(door: Door, content_type: Any) -> None:
    headers = {"Content-Type": content_type}
    reply = door.send("POST", CLIPS, content=json.dumps(CLIP), headers=headers)
    assert reply.status_code == 415
    assert (
        "application/json" in reply.json()["error"]["message"] or "UTF-8" in reply.json()["error"]["message"]
    )


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
def test_an_encoded_body_is_415(door: Door, encoding: Any) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    reply = door.send("POST", CLIPS, content=gzip.compress(json.dumps(CLIP).encode()), headers=headers)
    assert reply.status_code == 415
    assert encoding in reply.json()["error"]["message"]
    assert len(door.engine.account.tasks) == 0


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", '"us-ascii"'])
def test_a_body_that_says_to_be_in_another_charset_is_415(door: Door, charset: Any) -> None:
    headers = {"Content-Type": f"application/json; charset={charset}"}
    reply = door.send("POST", CLIPS, content=json.dumps(CLIP), headers=headers)
    assert reply.status_code == 415
    assert charset in reply.json()["error"]["message"]


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "Application/JSON"])
def test_the_type_is_read_as_http_says(door: Door, content_type: Any) -> None:
    reply = door.send("POST", CLIPS, content=json.dumps(CLIP), headers={"Content-Type": content_type})
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
def test_a_body_that_is_no_json_is_400_at_once(door: Door, body: Any) -> None:
    reply = door.send("POST", CLIPS, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid"


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"7"])
def test_a_body_that_is_no_object_is_400(door: Door, body: Any) -> None:
    reply = door.send("POST", CLIPS, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400


def test_everything_that_is_wrong_is_told_at_once_in_the_documented_body_of_the_model(door: Door) -> None:
    wrong = {
        "model": "toon-1",
        "prompt": "x" * 21,
        "seconds": 3,
        "images": ["https://files.test/a.png"] * 3,
        "notify": "https://10.0.0.1/",
    }
    reply = door.post(CLIPS, wrong)
    body = reply.json()
    assert reply.status_code == 400
    assert {key: body["error"][key] for key in ("code", "type")} == {"code": "bad_toon", "type": "invalid"}
    assert body["error"]["message"].startswith("Bad toon: ")
    found = {one["path"]: one["rule"] for one in body["violations"]}
    assert found == {"prompt": "maxLength", "seconds": "enum", "images": "maxItems", "notify": "url"}
    for one in body["violations"]:
        assert one["message"] in body["error"]["message"]
        assert one["value"] == wrong[one["path"]]
    assert door.engine.requests[-1].violations[0].path == "prompt"


def test_each_model_has_its_own_error_body(door: Door) -> None:
    reply = door.post(CLIPS, {"model": "blow-up", "sources": []})
    assert reply.json()["error"]["code"] == "bad_blow"
    assert reply.json()["violations"][0]["rule"] == "minItems"


@pytest.mark.parametrize(
    ("model", "suggestion"), [("toon-2", "toon-1"), ("zzz", None), (7, None), (None, None)]
)
def test_an_unknown_model_is_the_documented_400(door: Door, model: Any, suggestion: Any) -> None:
    reply = door.post(CLIPS, {"model": model, "prompt": "A kite"})
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "bad_toon"
    [violation] = reply.json()["violations"]
    assert violation["path"] == "model"
    assert violation.get("suggestion") == suggestion


def test_unknown_parameters_are_accepted_and_reported(door: Door) -> None:
    assert door.post(CLIPS, CLIP | {"promt": "A kite"}).status_code == 200
    assert door.engine.requests[-1].unknown == ["promt"]
    assert "prompt" in door.engine.requests[-1].warnings[0]


def test_unknown_parameters_are_refused_where_that_is_asked_for(
    open_door: Callable[..., Door], invented: Contract
) -> None:
    door = open_door(contract=invented, strict=True)
    reply = door.post(CLIPS, CLIP | {"promt": "A kite"})
    assert reply.status_code == 400
    assert reply.json()["violations"][0]["suggestion"] == "prompt"


def test_what_the_api_forgives_is_accepted_and_reported(door: Door) -> None:
    assert door.post(CLIPS, CLIP | {"style": {"lines": "wobbly"}}).status_code == 200
    assert door.engine.requests[-1].warnings == [
        'style.lines: "wobbly" is not documented and taken for "thin"'
    ]


def test_a_likely_mistake_is_reported(door: Door) -> None:
    assert door.post(CLIPS, CLIP | {"images": ["https://files.test/a.gif"]}).status_code == 200
    assert ".png" in door.engine.requests[-1].warnings[0]


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
def test_callbacks_to_what_nobody_else_can_reach_are_refused(door: Door, address: str) -> None:
    reply = door.post(CLIPS, CLIP | {"notify": address})
    assert reply.status_code == 400
    assert [(one["path"], one["rule"]) for one in reply.json()["violations"]] == [("notify", "url")]
    assert len(door.engine.account.tasks) == 0


@pytest.mark.parametrize(
    "address", ["https://example.com/", "https://172.32.0.1/", "https://[2606:4700::1]:8443/x"]
)
def test_callbacks_to_the_public_are_taken(door: Door, address: str) -> None:
    assert door.post(CLIPS, CLIP | {"notify": address}).status_code == 200


def test_local_callbacks_are_taken_where_that_is_asked_for(
    open_door: Callable[..., Door], invented: Contract
) -> None:
    door = open_door(contract=invented, allow_local_callbacks=True)
    assert door.post(CLIPS, CLIP | {"notify": "http://127.0.0.1:9/x"}).status_code == 200


def test_a_malformed_task_id_is_the_documented_400(door: Door) -> None:
    reply = door.get("/v2/jobs/clip-1")
    assert reply.status_code == 400
    assert reply.json()["error"] | {"message": ""} == {
        "code": "bad_job_id",
        "message": "",
        "type": "invalid",
        "param": "job_id",
    }


def test_an_unknown_task_id_is_the_documented_404(door: Door) -> None:
    reply = door.get("/v2/jobs/job-1")
    assert reply.status_code == 404
    assert reply.json() == {"error": {"code": "no_job", "message": "No such job", "type": "invalid"}}


@pytest.mark.parametrize(("verbose", "rule"), [("3", "maximum"), ("much", "type"), ("1.5", "type")])
def test_query_parameters_are_checked_as_what_they_stand_for(door: Door, verbose: Any, rule: Any) -> None:
    reply = door.get(f"/v2/jobs/job-1?verbose={verbose}")
    assert reply.status_code == 400
    assert reply.json()["violations"][0]["rule"] == rule
    assert door.get("/v2/jobs/job-1?verbose=2").status_code == 404


def test_operations_that_are_no_jobs_answer_their_example(door: Door) -> None:
    assert door.get("/v2/balance").json() == {"success": True, "data": {"left": 12}}


def test_each_form_of_error_is_kept(door: Door) -> None:
    assert door.get("/v2/balance", key="x").json() == {"success": False, "code": 401, "msg": "Who are you"}


def test_a_body_without_models_is_checked_too(door: Door) -> None:
    path = "/api/up/files" if door.base_url.startswith("http:") else "https://files.clips.test/api/up/files"
    assert door.post(path, {"name": "a.png"}).json() == {"success": True}
    reply = door.post(path, {"name": "much too long"})
    assert reply.json()["violations"][0]["path"] == "name"
    assert door.send("POST", path, files={"file": b"data"}).status_code == 200


def test_a_body_beyond_the_limit_is_413(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evolink_mock._engine.reading.MAX_BODY", 1000)
    monkeypatch.setattr("evolink_mock.asgi.MAX_BODY", 1000)
    assert door.post(CLIPS, CLIP | {"prompt": "x" * 2000}).status_code == 413


def test_every_reply_has_an_id_that_the_log_knows(door: Door) -> None:
    reply = door.post(CLIPS, CLIP)
    assert door.engine.requests[-1].id == reply.headers["x-request-id"]


def test_the_log_shows_what_was_sent_and_answered(door: Door) -> None:
    task_id = door.post(CLIPS, CLIP).json()["id"]
    door.get(f"/v2/jobs/{task_id}")
    create, query = door.engine.requests[-2:]
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
