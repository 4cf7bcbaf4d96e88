"""Asks an API and the mock the same, and compares what they answer."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._clock.clock import VirtualClock
from .._contract.contract import NoRoute
from .._engine.engine import Engine
from .._engine.errors import VIOLATIONS
from .._http.json_values import search
from .decoding import decoded
from .detector import DriftDetector
from .errors import code_of
from .probes import INVALID_BODY
from .redaction import Redactor
from .reply_check import read_json
from .report import Drift, DriftReport
from .request_check import REFUSALS
from .words import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .._contract.contract import Contract
    from .._http.messages import Request, Response
    from .probes import Probe
    from .report import Level
    from .request_check import CheckedRequest
    from .upstream import Upstream

EXIT_ALIKE, EXIT_DRIFT, EXIT_NOT_ASKED = 0, 1, 2
MAX_REPLY = 4 * 1024 * 1024
"""Bytes of a response that are compared."""

_NO_ANSWER = {429, 502, 503, 504}
_NOT_FOR_THIS_KEY = {401, 402, 403}


class NoReplyError(Exception):
    """The API cannot be asked."""


@dataclass(slots=True)
class Verification:
    """What was found.

    Attributes:
        report: What differs.
        tasks: The tasks that the API has made of requests that the contract refuses.
        not_asked: What could not be asked, and why.
    """

    report: DriftReport = field(default_factory=DriftReport)
    tasks: list[dict[str, str]] = field(default_factory=list)
    not_asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        if self.report.is_breaking or self.tasks:
            return EXIT_DRIFT
        return EXIT_NOT_ASKED if self.not_asked or not self.report.exchanges else EXIT_ALIKE

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {**self.report.to_dict(), "tasks": self.tasks, "not_asked": self.not_asked}


class Verifier:
    """Compares an API with the mock.

    Args:
        contract: What the mock answers by.
        send: Sends a request to the API, once. It may raise `NoReplyError`.
        key: A valid key.
        upstream: Where the API is.
    """

    def __init__(
        self, contract: Contract, send: Callable[[Request], Response], key: str, upstream: Upstream
    ) -> None:
        self._contract = contract
        self._send = send
        self._key = key
        self._upstream = upstream
        self._engine = Engine(contract, VirtualClock(), api_key=key)
        self._detector = DriftDetector(contract)
        self._redactor = Redactor(contract, [key])

    def run(self, probes: Iterable[Probe]) -> Verification:
        """Send requests, as long as the API answers and takes the key, and nobody interrupts it."""
        result = Verification()
        for probe in probes:
            try:
                goes_on = self._ask(probe, result)
            except (NoReplyError, KeyboardInterrupt) as error:
                reason = str(error) if isinstance(error, NoReplyError) else "interrupted"
                self._skip(result, probe, f"{reason}{self._risk(probe)}")
                break
            if not goes_on:
                break
        return result

    def _ask(self, probe: Probe, result: Verification) -> bool:
        """Send a request, and add what is found.

        Returns:
            Whether there is a point in asking more.

        Raises:
            NoReplyError: There is no complete response.
        """
        request = probe.request(self._key, self._upstream.base(probe.method, probe.path))
        expected = self._engine.handle(request)
        if expected.status < 400 and probe.name != "read":
            return True  # the mock takes it: an API that is alike would charge for it
        reply = decoded(self._send(request), MAX_REPLY)
        if self._is_no_answer(probe, expected.status, reply.status):
            code = code_of(read_json(reply)).value
            named = f" {show(code)}" if code not in {None, reply.status} else ""
            if reply.status == 401:
                named += ": it refuses the key, so nothing further is sent"
            risk = self._risk(probe) if reply.status >= 500 else ""
            self._skip(result, probe, f"the API answers {reply.status}{named}{risk}")
            return reply.status != 401  # it would answer everything else alike
        found = [self._hidden(one) for one in self._compare(probe, request, expected, reply)]
        result.report.add(found)
        task = self._task_of(probe, reply)
        if task is not None:
            place = {"operation": probe.operation, "path": probe.at, "rule": probe.rule}
            result.tasks.append({"task_id": self._redactor.text(task), **place})
        return True

    def _risk(self, probe: Probe) -> str:
        """What a lost response may mean, as the end of a sentence."""
        is_paid = probe.name == INVALID_BODY and self._is_creation(probe)
        return "; it may have created a task" if is_paid else ""

    def _is_no_answer(self, probe: Probe, expected: int, status: int) -> bool:
        """Whether a response tells nothing of what was asked."""
        if status == expected:
            return False
        return status in _NO_ANSWER or (probe.key == "valid" and status in _NOT_FOR_THIS_KEY)

    def _compare(
        self, probe: Probe, request: Request, expected: Response, reply: Response
    ) -> Iterator[Drift]:
        """What differs between the responses of the API and the mock."""
        checked = self._checked(request)
        status, body = reply.status, read_json(reply)
        model = f" for {checked.model}" if checked is not None and checked.model else ""
        # Some APIs refuse with status 200.
        is_taken = 200 <= status < 300 and not (isinstance(body, dict) and body.get("success") is False)
        if expected.status >= 400 and is_taken:
            task = self._task_of(probe, reply)
            made = f" and has created {task}" if task is not None else ""
            message = f"request{model}: {probe.name}: the API takes it ({status}){made}; the mock refuses it"
            yield Drift(
                probe.operation, "request", "breaking", probe.at, probe.rule, f"{message} ({expected.status})"
            )
            return
        where = f"reply {status}{model}"
        if status != expected.status:
            # A rule of the parameters is named; what else is refused differently has no place.
            path = probe.at if status in REFUSALS or expected.status in REFUSALS else ""
            message = f"{where}: the mock answers {expected.status} ({probe.name})"
            yield Drift(probe.operation, "response", "breaking", path, "status", message)
        documented = checked is not None and checked.op.documented_status(status) is not None
        if checked is not None and documented:
            yield from (one for one in self._detector.replies.drift(checked, reply) if one.rule != "status")
        if expected.status >= 400:
            level: Level = "breaking" if documented else "info"
            yield from _differences(probe, where, level, read_json(expected), body)

    def _checked(self, request: Request) -> CheckedRequest | None:
        try:
            op, path_values = self._contract.find(request.method, request.path)
        except NoRoute:
            return None
        return self._detector.requests.check(op, path_values, request)

    def _task_of(self, probe: Probe, reply: Response) -> str | None:
        """The task that a request has become; None if it has become none."""
        task = search(read_json(reply), "id") if self._is_creation(probe) and reply.status < 300 else None
        return task if isinstance(task, str) else None

    def _is_creation(self, probe: Probe) -> bool:
        return any(op.id == probe.operation for op in self._contract.generations)

    def _skip(self, result: Verification, probe: Probe, reason: str) -> None:
        what = f"{probe.name}{f' ({probe.rule} of {probe.at})' if probe.at else ''}"
        result.not_asked.append(
            {"operation": probe.operation, "what": what, "reason": self._redactor.text(reason)}
        )

    def _hidden(self, one: Drift) -> Drift:
        return dataclasses.replace(one, message=self._redactor.text(one.message))


def _differences(probe: Probe, where: str, level: Level, mock: Any, api: Any) -> Iterator[Drift]:
    """What the error body of the mock has and the API's has not; another code where none is documented."""
    if api is None:
        if mock is not None and level == "info":
            yield Drift(probe.operation, "response", level, "", "json", f"{where}: the body is not JSON")
        return
    for path in _missing(mock, api):
        if path != VIOLATIONS:
            message = f"{where}: {path}: the mock has it, the API has not"
            yield Drift(probe.operation, "response", level, path, "missing", message)
    path, code = code_of(api)
    if level == "info" and code_of(mock).value != code:
        message = f"{where}: {show(code)}, the mock has {show(code_of(mock).value)}; neither is documented"
        yield Drift(probe.operation, "response", level, path, "error_code", message)


def _missing(mock: Any, api: Any, path: str = "") -> Iterator[str]:
    """The paths of members that the mock has and the API has not."""
    if not isinstance(mock, dict):
        return
    for name, value in mock.items():
        place = f"{path}.{name}" if path else name
        if not isinstance(api, dict) or name not in api:
            yield place
        else:
            yield from _missing(value, api[name], place)
