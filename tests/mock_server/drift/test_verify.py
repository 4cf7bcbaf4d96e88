"""`verify`: what it sends, what it takes for an answer, and what it never does."""

import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from evolink_codegen._openapi.overlay import Overlay, apply_overlay
from evolink_mock import Contract, Engine, Request, Response, VirtualClock
from evolink_mock._drift import request_cases
from evolink_mock._drift.probes import UNKNOWN_MODEL, WRONG_KEY, charging_probes, free_probes
from evolink_mock._drift.upstream import Upstream
from evolink_mock._drift.verify import NoReplyError, Verification, Verifier

from .conftest import CLIPS, KEY

API = "http://api.test"


class Api:
    """An API that answers as a contract says, unless a test changes its answer."""

    def __init__(
        self, contract: Contract, change: Callable[[Request, Response], Response] | None = None
    ) -> None:
        self.engine = Engine(contract, VirtualClock(), api_key=KEY)
        self.requests: list[Request] = []
        self._change = change

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        response = self.engine.handle(request)
        return self._change(request, response) if self._change else response


def verify(contract: Contract, api: Api, *, may_charge: bool = False) -> Verification:
    probes = [*free_probes(contract), *(charging_probes(contract) if may_charge else ())]
    return Verifier(contract, api.send, KEY, Upstream(contract, API)).run(probes)


def test_nothing_that_is_sent_can_become_a_task() -> None:
    contract = Contract.load()
    api = Api(contract)
    assert verify(contract, api).exit_code == 0
    assert len(api.engine.account.tasks) == 0
    assert api.engine.account.ledger.charged == 0
    creations = {op.path for op in contract.generations}
    sent = [json.loads(one.body) for one in api.requests if one.path in creations and one.body.endswith(b"}")]
    assert sent
    assert all(list(body.values()) == [UNKNOWN_MODEL] for body in sent)
    assert {one.method for one in api.requests if one.path in creations} <= {"GET", "PUT", "POST"}


def test_every_kind_of_request_is_sent(documented: Contract) -> None:
    names = {one.name for one in free_probes(documented)}
    assert names == {
        "no key", "wrong key", "no JSON", "no body", "unknown model", "unknown task", "read",
        "wrong parameter", "wrong method",
    }  # fmt: skip
    api = Api(documented)
    verify(documented, api)
    keys = {one.headers.get("authorization") for one in api.requests}
    assert keys == {None, f"Bearer {WRONG_KEY}", f"Bearer {KEY}"}


def test_bodies_that_break_one_rule_need_permission(documented: Contract) -> None:
    free, all_ = Api(documented), Api(documented)
    verify(documented, free)
    verify(documented, all_, may_charge=True)
    assert all(b"prompt" not in one.body for one in free.requests)
    assert sum(b"prompt" in one.body for one in all_.requests) > 20
    assert len(all_.engine.account.tasks) == 0


def test_task_that_was_created_is_named(documented: Contract) -> None:
    def take(request: Request, response: Response) -> Response:
        body = json.loads(request.body) if request.body.endswith(b"}") else {}
        return Response.json(200, {"id": "job-7"}) if "prompt" in body and "seconds" in body else response

    result = verify(documented, Api(documented, take), may_charge=True)
    assert result.exit_code == 1
    assert {one["task_id"] for one in result.tasks} == {"job-7"}
    assert {(one["operation"], one["path"]) for one in result.tasks} == {("createClip", "seconds")}
    assert "job-7" in json.dumps(result.to_dict()["drift"])


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_api_was_not_asked(documented: Contract, status: int) -> None:
    busy = Response.json(status, {"error": {"code": "busy", "message": "no"}})
    result = verify(documented, Api(documented, lambda request, response: busy))
    assert result.exit_code == 2
    assert result.report.exchanges == 0
    assert all(f"the API answers {status}" in one["reason"] for one in result.not_asked)


def test_refused_key_ends_it(documented: Contract) -> None:
    refused = Response.json(
        401, {"error": {"code": "who_toon", "message": f"No such key: {KEY}", "type": "auth"}}
    )
    api = Api(documented, lambda request, response: refused)
    result = verify(documented, api)
    assert result.exit_code == 2
    assert len(api.requests) <= 4
    assert "refuses the key" in result.not_asked[-1]["reason"]
    assert KEY not in json.dumps(result.to_dict())


def test_model_that_the_key_must_not_use_was_not_asked(documented: Contract) -> None:
    def refuse(request: Request, response: Response) -> Response:
        refusal = {"error": {"code": "not_yours", "message": "No", "type": "auth"}}
        return Response.json(403, refusal) if b"toon-1" in request.body else response

    result = verify(documented, Api(documented, refuse), may_charge=True)
    assert result.exit_code == 2
    assert {one["operation"] for one in result.not_asked} == {"createClip"}


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (NoReplyError("reset"), "reset"),
        (KeyboardInterrupt(), "interrupted"),
        (Response.json(504, None), "the API answers 504"),
    ],
)
def test_lost_response_to_a_paid_request_is_said(
    documented: Contract, outcome: BaseException | Response, reason: str
) -> None:
    def send(_: Request) -> Response:
        if isinstance(outcome, Response):
            return outcome
        raise outcome

    probe = next(one for one in charging_probes(documented) if one.operation == "createClip")
    [lost] = Verifier(documented, send, KEY, Upstream(documented, API)).run([probe]).not_asked
    assert lost["reason"] == f"{reason}; it may have created a task"


def test_an_interrupt_keeps_what_was_found(documented: Contract) -> None:
    def interrupt(_: Request, response: Response) -> Response:
        if len(api.requests) == 5:
            raise KeyboardInterrupt
        return response

    api = Api(documented, interrupt)
    result = verify(documented, api)
    assert (result.exit_code, result.report.exchanges, len(api.requests)) == (2, 4, 5)


@pytest.mark.parametrize("window", [31, 15, -15])
def test_compressed_reply_is_compared(documented: Contract, window: int) -> None:
    def compress(_: Request, response: Response) -> Response:
        compressor = zlib.compressobj(wbits=window)
        body = compressor.compress(response.body) + compressor.flush()
        encoding = "gzip" if window == 31 else "deflate"
        return Response(response.status, {**response.headers, "content-encoding": encoding}, body)

    assert verify(documented, Api(documented, compress)).exit_code == 0


def test_lost_connection_ends_it(documented: Contract) -> None:
    calls = []

    def send(request: Request) -> Response:
        calls.append(request)
        raise NoReplyError(f"reset while sending {KEY}")

    result = Verifier(documented, send, KEY, Upstream(documented, API)).run(free_probes(documented))
    assert (result.exit_code, len(calls)) == (2, 1)
    assert KEY not in json.dumps(result.to_dict())


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        (
            Response.json(422, {"error": {"code": "bad_toon", "message": "m", "type": "t"}}),
            ("breaking", "status"),
        ),
        (Response.json(400, {"error": {"message": "m", "type": "t"}}), ("breaking", "required")),
        (Response.text(400, "<html>"), ("breaking", "json")),
        (Response.json(500, {}), ("breaking", "status")),
    ],
)
def test_status_code_and_shape_are_compared(documented: Contract, reply: Response, entry: Any) -> None:
    def answer(request: Request, response: Response) -> Response:
        is_refused = response.status == 400 and request.path == CLIPS
        return Response(reply.status, dict(reply.headers), reply.body) if is_refused else response

    found = verify(documented, Api(documented, answer)).to_dict()["drift"]
    assert entry in [(one["level"], one["rule"]) for one in found]
    assert {one["operation"] for one in found} == {"createClip"}


def test_member_that_the_api_lacks_is_missing(documented: Contract) -> None:
    def answer(request: Request, response: Response) -> Response:
        is_read = request.path == "/v2/balance" and response.status == 401
        return Response.json(401, {"success": False, "code": 401}) if is_read else response

    [drift] = verify(documented, Api(documented, answer)).to_dict()["drift"]
    assert (drift["operation"], drift["path"], drift["rule"]) == ("getBalance", "msg", "missing")


def test_undocumented_replies_are_compared_by_status(documented: Contract) -> None:
    def answer(request: Request, response: Response) -> Response:
        return Response.text(response.status, "Not allowed") if response.status == 405 else response

    result = verify(documented, Api(documented, answer))
    assert {(one["level"], one["rule"]) for one in result.to_dict()["drift"]} == {("info", "json")}
    assert result.exit_code == 0
    moved = verify(
        documented, Api(documented, lambda _, one: Response(404, {}) if one.status == 405 else one)
    )
    assert {one["rule"] for one in moved.to_dict()["drift"]} >= {"status"}
    assert moved.exit_code == 1


def test_body_is_generated_where_no_example_is_valid(document: dict[str, Any]) -> None:
    target = f"$.paths['{CLIPS}'].post.requestBody..examples"
    contract, _ = apply_overlay(document, Overlay("", None, [{"target": target, "remove": True}]))
    bodies = [
        json.loads(one.body) for one in charging_probes(Contract(contract)) if one.operation == "createClip"
    ]
    assert {one.get("model") for one in bodies} >= {"toon-1", "blow-up", None}
    assert verify(Contract(contract), Api(Contract(contract)), may_charge=True).exit_code == 0


def test_body_that_is_no_object_has_no_rules_to_break(document: dict[str, Any]) -> None:
    target = "$.paths['/up/files'].post.requestBody.content"
    actions: list[dict[str, Any]] = [
        {"target": f"{target}['application/json']", "remove": True},
        {"target": target, "update": {"application/json": {"schema": {"type": "string"}, "examples": {}}}},
    ]
    contract, _ = apply_overlay(document, Overlay("", None, actions))
    assert all(one.operation != "sendFile" for one in charging_probes(Contract(contract)))
    assert verify(Contract(contract), Api(Contract(contract)), may_charge=True).exit_code == 0


def test_rule_that_every_value_keeps_is_not_broken() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": ""}}}
    assert {case.rule for case in request_cases.invalid(schema, {"a": "x"})} == {"type"}
