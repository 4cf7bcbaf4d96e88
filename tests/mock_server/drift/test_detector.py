"""What an exchange tells about the contract."""

import gzip
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from evolink_codegen._openapi.overlay import Overlay, apply_overlay
from evolink_mock import Contract, Request, Response
from evolink_mock._drift.detector import DriftDetector
from evolink_mock._drift.report import MAX_ENTRIES, Drift, DriftReport

from .conftest import CLIP, CLIPS

PROMPT = "An elderly painter beside the sea"


@pytest.fixture
def detector(documented: Contract) -> DriftDetector:
    return DriftDetector(documented)


def create(body: Any = CLIP, **headers: str) -> Request:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"authorization": "Bearer key", "content-type": "application/json", **headers}
    return Request("POST", CLIPS, "", sent, content)


def refusal(error: Mapping[str, Any], status: int = 400) -> Response:
    return Response.json(status, {"error": {"code": "bad_toon", "type": "invalid", **error}})


def test_refused_valid_request_quotes_the_api(detector: DriftDetector) -> None:
    [drift] = detector.find(create(), refusal({"message": "quality is not available today"}))
    assert (drift.direction, drift.level, drift.path, drift.rule) == (
        "request",
        "breaking",
        "quality",
        "refused",
    )
    assert drift.message == (
        'request for toon-1: the API refuses it with 400 "bad_toon", saying: quality is not available today; '
        "the contract allows it"
    )


@pytest.mark.parametrize(
    ("error", "path", "rule"),
    [
        ({"message": "no", "param": "seconds"}, "seconds", "refused"),
        ({"message": "no", "details": [{"field": "prompt", "code": "too_short"}]}, "prompt", "too_short"),
        ({"message": "no", "errors": [{"loc": ["body", "style", "lines"]}]}, "style.lines", "refused"),
        ({"message": "no", "errors": ["prompt"]}, "", "refused"),
        ({"message": "no"}, "", "refused"),
    ],
)
def test_refusal_names_the_parameter(detector: DriftDetector, error: Any, path: str, rule: str) -> None:
    drift = detector.find(create(), refusal(error))[0]
    assert (drift.path, drift.rule) == (path, rule)


@pytest.mark.parametrize("status", [401, 402, 403, 404, 409, 429, 500, 503])
def test_other_errors_say_nothing_of_the_request(detector: DriftDetector, status: int) -> None:
    found = detector.find(create(), refusal({"message": "no"}, status))
    assert [one.direction for one in found] == ["response"] * len(found)


def test_code_for_what_no_schema_says_is_info(document: dict[str, Any]) -> None:
    other = {
        "x-evolink-models": ["toon-1"],
        "value": {"error": {"code": "bad_picture", "message": "No", "type": "x"}},
    }
    target = f"$.paths['{CLIPS}'].post.responses['400']..examples"
    contract, _ = apply_overlay(document, Overlay("", None, [{"target": target, "update": {"other": other}}]))
    reply = refusal({"code": "bad_picture", "message": "The picture cannot be read"})
    [drift] = DriftDetector(Contract(contract)).find(create(), reply)
    assert (drift.direction, drift.level, drift.rule) == ("request", "info", "refused")


def test_refusal_with_status_200_is_no_acceptance(detector: DriftDetector) -> None:
    reply = Response.json(200, {"success": False, "code": 400, "msg": "no"})
    assert all(one.direction == "response" for one in detector.find(create({"model": "toon-1"}), reply))


@pytest.mark.parametrize(
    ("body", "rule"), [(b"{", "body"), (b"", "body"), (b"[]", "type"), (b'{"model": 1}', "type")]
)
def test_taken_body_that_is_none(detector: DriftDetector, body: bytes, rule: str) -> None:
    found = detector.find(create(body), Response.json(200, {"id": "job-1"}))
    assert [(one.direction, one.level, one.rule) for one in found] == [("request", "breaking", rule)]


def test_broken_parameter_that_is_taken(detector: DriftDetector) -> None:
    request = Request("GET", "/v2/jobs/task-1", "verbose=9", {"authorization": "Bearer key"})
    reply = Response.json(200, {"id": "job-1", "status": "pending", "progress": 0})
    assert {(one.path, one.rule) for one in detector.find(request, reply)} == {
        ("job_id", "pattern"),
        ("verbose", "maximum"),
    }


def test_undocumented_task_error_code(detector: DriftDetector) -> None:
    request = Request("GET", "/v2/jobs/job-1", "", {"authorization": "Bearer key"})
    for code, count in (("tired", 0), ("bored", 1)):
        error = {"code": code, "message": "No", "type": "job_error"}
        reply = Response.json(200, {"id": "job-1", "status": "failed", "progress": 9, "error": error})
        found = detector.find(request, reply)
        assert [(one.path, one.rule) for one in found] == [("error.code", "error_code")] * count


@pytest.mark.parametrize(
    ("method", "path", "status", "is_reported"),
    [
        ("GET", "/v9", 200, True),
        ("GET", "/v9", 404, False),
        ("DELETE", CLIPS, 405, False),
        ("DELETE", CLIPS, 401, True),
        ("OPTIONS", CLIPS, 204, False),
        ("HEAD", "/v9", 200, False),
    ],
)
def test_unknown_operation(
    detector: DriftDetector, method: str, path: str, status: int, *, is_reported: bool
) -> None:
    found = detector.find(Request(method, path), Response(status, {}))
    assert [(one.operation, one.level, one.rule) for one in found] == [
        (f"{method} {path}", "info", "operation")
    ] * is_reported


LINK = "https://files.example.com/private/cat.png?token=abc"
CONTENT = ("elderly", "painter", "beside", "private", "abc")


def test_differences_show_no_content_of_requests(detector: DriftDetector) -> None:
    broken = {
        "model": "toon-1",
        "prompt": PROMPT,
        "quality": PROMPT,
        "images": [LINK] * 3,
        "notify": LINK[5:],
    }
    reply = {"id": "job-1", "type": PROMPT, "status": LINK, "created": LINK, "task_info": LINK}
    found = detector.find(create(broken), Response.json(200, reply))
    assert len(found) > 6
    assert [one for one in found if any(word in one.message.lower() for word in CONTENT)] == []


@pytest.mark.parametrize(
    "words",
    [
        f"The prompt {PROMPT[:20]} is bad",
        f"The prompt '{PROMPT.upper()}' is bad, and so is {LINK}",
        "Rather 'A Painter By The Sea', see https://elsewhere.test/private",
        "“Beside the sea” is bad",
    ],
)
def test_quoted_refusals_show_no_content_of_requests(detector: DriftDetector, words: str) -> None:
    [drift] = detector.find(create(CLIP | {"prompt": PROMPT[:20]}), refusal({"message": words}))
    assert "…" in drift.message
    assert [word for word in CONTENT if word in drift.message.lower()] == []


def test_equal_differences_are_counted() -> None:
    report = DriftReport()
    one = Drift(
        "op", "response", "breaking", "results[0]", "type", "reply 200: results[0]: 1 is not a string"
    )
    same = Drift(
        "op", "response", "breaking", "results[7]", "type", "reply 200: results[7]: 2 is not a string"
    )
    other = Drift(
        "op", "response", "breaking", "results[0]", "type", "reply 201: results[0]: 1 is not a string"
    )
    report.add([one, same])
    report.add([other])
    assert report.exchanges == 2
    assert [entry["count"] for entry in report.to_dict()["drift"]] == [2, 1]
    assert list(report.to_dict()["drift"][0]) == [
        "operation", "direction", "level", "path", "rule", "message", "count",
    ]  # fmt: skip


def test_report_is_bounded() -> None:
    report = DriftReport()
    report.add(
        Drift("op", "request", "info", str(n), "enum", f"request: {n}") for n in range(MAX_ENTRIES + 9)
    )
    entries = report.to_dict()["drift"]
    assert len(entries) == MAX_ENTRIES + 1
    assert entries[-1]["count"] == 9
    assert not report.is_breaking


def test_response_that_is_not_json(detector: DriftDetector) -> None:
    for body, headers in ((b"<html>", {"content-type": "text/html"}), (gzip.compress(b"{}"), {})):
        found = detector.find(create(), Response(200, {"content-type": "application/json", **headers}, body))
        assert [(one.level, one.rule) for one in found] == [("breaking", "json")]


@pytest.mark.parametrize(
    ("documented_type", "media_type", "rules"),
    [
        ("text/csv", "text/csv; charset=utf-8", []),
        ("text/csv", "text/html", ["media_type"]),
        ("image/*", "image/png", []),
    ],
)
def test_documented_response_that_is_no_json(
    document: dict[str, Any], documented_type: str, media_type: str, rules: list[str]
) -> None:
    target = "$.paths['/v2/balance'].get.responses"
    actions: list[dict[str, Any]] = [
        {"target": f"{target}['200'].content['application/json']", "remove": True},
        {"target": f"{target}['200'].content", "update": {documented_type: {}}},
    ]
    contract, _ = apply_overlay(document, Overlay("", None, actions))
    request = Request("GET", "/v2/balance", "", {"authorization": "Bearer key"})
    found = DriftDetector(Contract(contract)).find(request, Response(200, {"content-type": media_type}, b"a"))
    assert [one.rule for one in found] == rules


def test_older_integer_code_is_only_of_the_wrong_type(detector: DriftDetector) -> None:
    [drift] = detector.find(create({"model": "toon-1"}), refusal({"code": 400, "message": "No"}))
    assert (drift.path, drift.rule) == ("error.code", "type")


@pytest.mark.parametrize(
    "body", [{"error": "bad_cartoon", "error_description": "No"}, {"code": "bad_cartoon", "msg": "No"}]
)
def test_code_is_found_in_every_error_body(document: dict[str, Any], body: dict[str, str]) -> None:
    target = f"$.paths['{CLIPS}'].post.responses['400'].content['application/json'].schema['$ref']"
    contract, _ = apply_overlay(document, Overlay("", None, [{"target": target, "remove": True}]))
    [drift] = DriftDetector(Contract(contract)).find(create({"model": "toon-1"}), Response.json(400, body))
    assert (drift.path, drift.rule) == (next(iter(body)), "error_code")


def test_documented_responses_are_no_drift() -> None:
    contract = Contract.load()
    detector = DriftDetector(contract)
    checked = 0
    for op in contract.operations:
        for status, content in op.responses.items():
            for example in content.examples if status.isdecimal() and content.has_valid_examples else ():
                model = next(iter(example.models or ()), None)
                body = {op.body.discriminator: model} if op.body is not None and model is not None else {}
                path = f"{urlsplit(op.server).path}{op.path}"
                sent = json.dumps(body).encode() if op.body is not None else b""
                headers = {"authorization": "Bearer key", "content-type": "application/json"}
                reply = content.response(int(status), example.value)
                found = detector.find(Request(op.method, path, "", headers, sent), reply)
                assert [one for one in found if one.direction == "response"] == []
                checked += 1
    assert checked > 20
