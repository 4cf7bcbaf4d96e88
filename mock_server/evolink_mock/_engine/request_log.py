"""The requests that the mock has received."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evolink_api.validation import Violation

    from .._contract.content import Model
    from .._tasks.task import MockTask
    from .faults import Fault

MAX_REQUESTS = 10_000
"""Requests that are kept; the oldest are dropped first."""
MAX_BYTES = 32 * 1024 * 1024
"""Bytes of memory that the requests kept, their values and their replies may take."""
MAX_REPLY = 16 * 1024
"""Bytes of a response that are kept with its request."""

_MAX_WARNINGS = 100
_MAX_REFUSED = 10
_MAX_TEXT = 2000  # characters of a warning
_BYTES_PER_ITEM = 100  # for a header field or a violation, besides its text
_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie"}


@dataclass(slots=True)
class RecordedRequest:
    """A request that the mock has received.

    Attributes:
        id: The id in the `x-request-id` of its response.
        method: In capitals.
        url: Where it was sent.
        headers: The headers, by lower-case name.
        body: The complete body.
        time: When, in Unix seconds of the mock's clock.
        operation: The id of its operation; `results` for a download; None if there is no such operation.
        status: The status of its response.
        task_id: The task that it created or was about.
        violations: What is wrong with its body or parameters.
        json: The JSON body, or the fields of a form, where a file is its name, type and size. For a query
            or a download it is the body that its task was created with. None if there is none.
        checked_by: The model that the body was checked against; None if it was not checked.
        reply: The first `MAX_REPLY` bytes of the response's body.
        weight: The bytes of memory that it takes, at most, besides a constant; before it is kept, those of
            its parsed body.
        fault: What went wrong with it on demand; None if nothing did.
        dropped: Bytes of its body that are not kept, since they are an uploaded file.
    """

    id: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    time: float
    operation: str | None = None
    status: int = 0
    task_id: str | None = None
    violations: list[Violation] = field(default_factory=list)
    json: Any = None
    checked_by: Model | None = None
    reply: bytes = b""
    fault: Fault | None = None
    weight: int = 0
    dropped: int = 0
    _known_remarks: tuple[list[str], list[str]] | None = None

    @property
    def target(self) -> str:
        """The path with its query, as sent; the host before it may be any text."""
        return self.url[max(0, self.url.find("/", self.url.find("://") + 3)) :]

    def drop_body(self) -> None:
        """Keep nothing of the body, which contains a file."""
        self.dropped, self.body, self.weight = len(self.body), b"", 0

    def set_task(self, task: MockTask) -> None:
        """Set the task that it is about."""
        self.task_id, self.json, self.checked_by = task.id, task.body, task.model

    @property
    def model(self) -> str | None:
        """The model that it is about."""
        return self.checked_by.name if self.checked_by is not None else None

    @property
    def unknown(self) -> list[str]:
        """The parameters that the contract does not document; the API ignores them."""
        return list(self._remarks()[0])

    @property
    def warnings(self) -> list[str]:
        """What was accepted but is probably a mistake, as sentences."""
        return list(self._remarks()[1])

    def _remarks(self) -> tuple[list[str], list[str]]:
        """The unknown parameters and the warnings, which are found when they are first looked at."""
        if self._known_remarks is None:
            self._known_remarks = self._find_remarks()
        return self._known_remarks

    def _find_remarks(self) -> tuple[list[str], list[str]]:
        if self.checked_by is None or not self.body:
            return [], []
        validator = self.checked_by.validator(allow_local=True, strict=False)
        unknown = validator.unknown_parameters(self.json)
        warnings = [violation.message for violation in unknown]
        warnings += validator.warnings(self.json)
        warnings += [
            f"{one.path}: {json.dumps(one.value)} is not documented and taken for {json.dumps(one.fallback)}"
            for one in validator.coerced(self.json)
        ]
        return [violation.path for violation in unknown], [
            text[:_MAX_TEXT] for text in warnings[:_MAX_WARNINGS]
        ]

    def to_dict(self) -> dict[str, Any]:
        """The request as JSON, without keys."""
        headers = {name: "***" if name in _SECRET_HEADERS else value for name, value in self.headers.items()}
        return {
            "id": self.id,
            "time": self.time,
            "method": self.method,
            "url": self.url,
            "headers": headers,
            "json": self.json,
            "operation": self.operation,
            "model": self.model,
            "status": self.status,
            "task_id": self.task_id,
            "violations": [violation.to_dict() for violation in self.violations],
            "unknown": self.unknown,
            "warnings": self.warnings,
        }

    def __repr__(self) -> str:
        return f"<{self.method} {self.url} -> {self.status}>"


def _weight(request: RecordedRequest) -> int:
    """The bytes of memory that a request takes besides its body."""
    headers = request.headers
    size = (
        len(request.reply)
        + len(request.url)
        + len("".join(headers))
        + len("".join(headers.values()))
        + _BYTES_PER_ITEM * len(headers)
    )
    if request.violations:
        size += sum([_BYTES_PER_ITEM + 2 * len(one.message) for one in request.violations])
    if request.fault is not None and request.fault.headers:
        size += 2 * _BYTES_PER_ITEM * len(request.fault.headers)
    return size


class RequestLog(Sequence[RecordedRequest]):
    """The last requests, the newest at the end.

    Attributes:
        refused: Where connections led that were stopped since no adapter serves them, `name[:port]`.
    """

    def __init__(self) -> None:
        self.refused: deque[str] = deque(maxlen=_MAX_REFUSED)
        self._requests: deque[RecordedRequest] = deque()
        self._bytes = 0

    def add(self, request: RecordedRequest) -> None:
        """Keep a request, and drop the oldest if there are too many."""
        self._requests.append(request)
        request.weight += _weight(request)
        self._bytes += request.weight
        while len(self._requests) > MAX_REQUESTS or (self._bytes > MAX_BYTES and len(self._requests) > 1):
            self._bytes -= self._requests.popleft().weight

    def find(self, request_id: str) -> RecordedRequest | None:
        """A request by its id; None if it is not kept."""
        return next((one for one in reversed(self._requests) if one.id == request_id), None)

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordedRequest]: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | list[RecordedRequest]:
        if isinstance(index, slice):
            return list(self._requests)[index]
        try:
            return self._requests[index]
        except IndexError:
            raise IndexError(f"requests[{index}]: {self._summary()}") from None

    def _summary(self) -> str:
        if self._requests:
            return f"{len(self)} requests have reached the mock: {', '.join(map(repr, self))}"
        text = "no request has reached the mock"
        if self.refused:
            text += f"; stopped were connections to {', '.join(self.refused)}, which no adapter serves"
        return text

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(tuple(self._requests))

    def __repr__(self) -> str:
        return f"<{len(self)} requests: {', '.join(map(repr, list(self._requests)[-3:]))}>"
