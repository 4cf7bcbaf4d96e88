"""The engine: answers a request as the contract says, without I/O and without a framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._contract.content import Model
from .._contract.contract import NoRoute
from .._http.json_codec import weight
from .._http.messages import Request, Response
from .._media.spec import sample_spec
from .._tasks.task import RESULTS_PATH
from . import coverage
from .admin import ADMIN_PATH, AdminAPI
from .api_keys import KEY_LIMIT
from .errors import ErrorResponses, HTTPErrorResponse
from .idempotency import CONFLICT_STATUS, IdempotencyRecord, fingerprint
from .prefer import Preference, preferred_fault
from .reading import LARGE_BODY, BodyChecker, named_model
from .request_log import MAX_REPLY, RecordedRequest
from .roles import RoleCall, RoleResponder
from .state import MockState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._clock.interfaces import MockClock
    from .._contract.contract import Contract
    from .._contract.operation import GenerationQuery, Operation
    from .._media.spec import MediaSpec
    from .._tasks.task import MockTask
    from .._tasks.webhooks import Delivery
    from .faults import Fault
    from .reading import CheckedBody


class Engine(MockState):
    """Answers requests as the contract says.

    It may be used from several threads: it handles one request at a time, in some microseconds.

    Args:
        contract: What it answers by.
        clock: Tells and moves the time.
        **options: Those of `MockState`.

    Attributes:
        admin: Runs the commands of the admin API.
    """

    def __init__(self, contract: Contract, clock: MockClock, **options: Any) -> None:
        super().__init__(contract, clock, **options)
        self._errors = ErrorResponses(contract)
        self._no_model = Model(contract.document, {}, None)
        self.admin: AdminAPI = AdminAPI(self)
        self._roles = RoleResponder(self, self._errors)
        self._bodies = BodyChecker(
            contract.document,
            allow_local=self.allow_local_callbacks,
            strict=self.strict,
            is_own_url=self._is_own_url,
        )

    def handle(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            ContractViolation: The response is not as documented, which is a bug in the mock.
        """
        path = request.path
        if path.startswith(ADMIN_PATH) and not path.startswith(RESULTS_PATH):
            return self.admin.handle(request)
        body = request.body
        # Others are answered while a large body is checked and weighed.
        checked = self._check_body(request) if len(body) > LARGE_BODY else None
        size = weight(body) if body else 0
        with self.lock:
            now = self.clock.now()
            if self.account.tasks.next_end <= now:
                self.account.finalize_ended()
            self.request_count += 1
            recorded = RecordedRequest(
                f"mock-{self.request_count:08d}",
                request.method,
                request.url,
                request.headers,
                body,
                now,
                weight=size,
            )
            try:
                response = self._route(request, recorded, checked)
            except HTTPErrorResponse as error:
                response = error.response
            response.headers["x-request-id"] = recorded.id
            recorded.status = response.status
            if recorded.violations:
                response.violation = recorded.violations[0].message
            if recorded.operation != "results":  # files are kept elsewhere
                recorded.reply = response.body[:MAX_REPLY]
            self.requests.add(recorded)
            if coverage.active is not None:
                coverage.active.count_exchange(self.contract, request, response, recorded)
            return response

    def pending_media(self, request: Request) -> MediaSpec | None:
        """The result file that must be generated for a request, which takes a while; None if none must.

        An adapter that must not block generates it elsewhere first, by `results.generate(spec)`.
        """
        if not request.path.startswith(RESULTS_PATH):
            return None
        with self.lock:
            return self.results.pending(request)

    def next_callback(self) -> Delivery | None:
        """Take a callback that is to be sent now; None if there is none."""
        delivery = self.account.next_callback()
        if delivery is not None and not delivery.failures:
            self._count_end(delivery.task)
        return delivery

    def _route(self, request: Request, recorded: RecordedRequest, checked: CheckedBody | None) -> Response:
        if request.path.startswith(RESULTS_PATH):
            return self._serve_result(request, recorded)
        try:
            op, path_values = self.contract.find(request.method, request.path)
        except NoRoute as no_route:
            raise self._errors.no_route(request.method, request.path, no_route) from None
        recorded.operation = op.id
        if op.role is not None and op.role.takes_file:
            recorded.drop_body()
        fault = None
        if self.faults.waiting or "prefer" in request.headers:
            fault = recorded.fault = self._fault_for(request, op.id)
        if fault is None:
            return self._serve(op, path_values, request, recorded, checked)
        model = named_model(op, request)
        return _serve_with(
            fault,
            lambda: self._serve(op, path_values, request, recorded, checked),
            lambda: op.success_response(op.success.example_or_sample(model)),
            lambda status: self._errors.body(status, op, model),
        )

    def _serve_result(self, request: Request, recorded: RecordedRequest) -> Response:
        """Answer a request for a result file; it needs no key."""
        recorded.operation = "results"
        task = self.results.task(request.path)
        if task is not None:
            recorded.set_task(task)
        fault = recorded.fault = self._fault_for(request, "results")
        if fault is None:
            return self.results.handle(request)
        return _serve_with(
            fault,
            lambda: self.results.handle(request),
            lambda: Response.text(200, ""),
            lambda status: {"error": {"code": status, "message": "fault"}},
        )

    def _fault_for(self, request: Request, operation: str) -> Fault | None:
        """The fault that applies to a request: one that it prefers itself comes before those that wait.

        Raises:
            HTTPErrorResponse: It prefers an invalid fault.
        """
        preferred = preferred_fault(request.headers["prefer"]) if "prefer" in request.headers else None
        if preferred is not None and self.faults.applies(preferred):
            return preferred
        return self.faults.take(operation) if self.faults.waiting else None

    def _serve(
        self,
        op: Operation,
        path_values: Mapping[str, str],
        request: Request,
        recorded: RecordedRequest,
        checked: CheckedBody | None,
    ) -> Response:
        key = self.keys.from_authorization(request.headers.get("authorization"))
        if key is None:
            key = self.keys.first_valid(op.keys_in(request))
        if key is None:
            if op.is_secured:
                raise self._errors.error(401, op, named_model(op, request))
            key = ""
        if op.parameters:
            recorded.violations = op.parameter_violations(request, path_values)
            if recorded.violations:
                raise self._errors.invalid(op, None, recorded.violations)
        body = checked or self._bodies.check(op, request)
        if body.error is not None:
            status, message = body.error
            raise self._errors.error(status, op, named_model(op, request), message=message)
        recorded.json, recorded.checked_by = body.value, body.model
        if recorded.dropped:
            recorded.json = self._roles.without_file(op, body.value)
        if body.violations:
            recorded.violations = body.violations
            raise self._errors.invalid(
                op, body.model.name if body.model is not None else None, body.violations
            )
        model = body.model or self._no_model
        if model.name is not None and not self.keys.is_allowed(key, model.name):
            raise self._errors.error(403, op, model.name)
        preference = Preference.parse(request.headers["prefer"]) if "prefer" in request.headers else None
        if preference is not None:
            return self._with_file(preference.response(self.contract.document, op, model.name, self.rng))
        if op.generation is not None:
            return self._create_task(op, op.generation, model, key, request, recorded)
        if op.id in self.contract.queries:
            return self._query_task(op, path_values, recorded)
        if op.role is not None:
            call = RoleCall(op, op.role, request, key, body.value, body.parts, path_values)
            response = self._roles.answer(call)
            if response is not None:
                return response
        return self._with_file(op.documented_response(model.name))

    def _with_file(self, response: Response) -> Response:
        """A response with a file that plays, if it is to have a picture, a sound or a video."""
        spec = None if response.body else sample_spec(response.headers.get("content-type", ""))
        if spec is None:
            return response
        # The first one takes some tenths of a second, for which few contracts are worth a way of their own.
        file = self.results.generate(spec)
        kind = response.headers["content-type"]
        content_type = file.content_type if "*" in kind else kind
        return Response.of(response.status, file.data, {"content-type": content_type})

    def _is_own_url(self, url: str, origin: str) -> bool:
        return self.results.is_own_url(url, origin)  # other results after each reset

    def _check_body(self, request: Request) -> CheckedBody | None:
        """What the body of a request holds and breaks; None if the request leads nowhere."""
        try:
            op, _ = self.contract.find(request.method, request.path)
        except NoRoute:
            return None
        return self._bodies.check(op, request)

    def _create_task(
        self,
        op: Operation,
        generation: GenerationQuery,
        model: Model,
        key: str,
        request: Request,
        recorded: RecordedRequest,
    ) -> Response:
        body = recorded.json or {}
        idempotency_key = request.headers.get("idempotency-key")
        digest = b""
        if idempotency_key:
            digest = fingerprint(body)
            record = self.idempotency.find(key, op.id, idempotency_key)
            if record is not None:
                conflict = record.conflict(digest, self.clock.now())
                if conflict is not None:
                    code, message = conflict
                    raise self._errors.error(CONFLICT_STATUS, op, model.name, code=code, message=message)
                recorded.task_id = record.task_id
                return Response.of(record.status, record.body, {"idempotency-replayed": "true"})
        account, key_credits = self.account, self.keys.credits(key)
        template = account.template(op, generation, model)
        if not key_credits.has_balance(template.credits):
            message = "This API key has reached its limit of credits"
            raise self._errors.error(402, op, model.name, code=KEY_LIMIT, message=message)
        size = len(request.body)
        task = account.create(
            template, body, size, recorded.weight, request.origin, recorded.time, key_credits
        )
        if task is None:
            raise self._errors.error(402, op, model.name)
        recorded.task_id = task.id
        response = op.encoded_success_response(template.creation_body(task, self.clock.speed))
        if idempotency_key:
            record = IdempotencyRecord(digest, response.status, response.body, task.id)
            self.idempotency.add(key, op.id, idempotency_key, record)
            response.on_delivered = record.set_delivered_at
        return response

    def _query_task(
        self, op: Operation, path_values: Mapping[str, str], recorded: RecordedRequest
    ) -> Response:
        task = self.account.find(path_values.values())
        if task is None:
            raise self._errors.error(404, op)
        recorded.set_task(task)
        response = op.success_response(self.account.query(task))
        self._count_end(task)
        return response

    def _count_end(self, task: MockTask) -> None:
        if coverage.active is not None and task.ended is not None:
            coverage.active.count_end(self.contract, task.outcome)


def _serve_with(
    fault: Fault,
    serve: Callable[[], Response],
    stand_in: Callable[[], Response],
    error_body: Callable[[int], Any],
) -> Response:
    """Answer a request that a fault applies to.

    Args:
        fault: What goes wrong.
        serve: Carries the request out.
        stand_in: Gives the response to apply the fault to if the request is not carried out.
        error_body: Gives the error body of a status.
    """
    try:
        response = stand_in() if fault.is_early else serve()
    except HTTPErrorResponse as error:
        response = error.response
    return fault.apply(response, error_body)
