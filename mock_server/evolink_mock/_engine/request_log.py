"""The requests that the mock has seen."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evolink_api.validation import Violation

    from .._contract.model import Model
    from .._tasks.task import Task

MAX_REQUESTS = 10_000
"""Requests that are remembered; the oldest are forgotten first."""
MAX_BYTES = 16 * 1024 * 1024
"""Bytes of bodies that are remembered, over all requests."""

_SECRET = {"authorization", "proxy-authorization", "cookie"}


@dataclass(slots=True)
class Recorded:
    """One request as it came in.

    Attributes:
        id: The id that the reply carries as `x-request-id`.
        method: In capitals.
        url: Where it was sent to.
        headers: Names in small letters.
        body: The whole body.
        time: When, in Unix seconds of the mock's clock.
        operation: The operation it asks for; `results` for a download; None if there is none such.
        status: What it was answered with.
        task_id: The task it created or is about.
        violations: What is wrong with its body or parameters.
        json: The JSON body, or the fields of a form, in which a file is its name, type and size. A
            query or a download has none of its own, and shows the one that its task was created with;
            None if there is none or it is neither.
        checked_by: What the body was held against; None if it was not.
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

    def about(self, task: Task) -> None:
        """Note the task that it is about, whose body it shows."""
        self.task_id, self.json, self.checked_by = task.id, task.body, task.model

    @property
    def model(self) -> str | None:
        """The model that the request is about."""
        return self.checked_by.name if self.checked_by is not None else None

    @property
    def unknown(self) -> list[str]:
        """The parameters that the contract does not document; the API takes no notice of them."""
        return [one.path for one in self._undocumented()]

    @property
    def warnings(self) -> list[str]:
        """What was accepted but is likely a mistake, as sentences."""
        if self.checked_by is None or not self.body:
            return []
        validator = self.checked_by.validator(allow_local=True, strict=False)
        found = [one.message for one in self._undocumented()]
        found += validator.warnings(self.json)
        found += [
            f"{one.path}: {json.dumps(one.value)} is not documented and taken for {json.dumps(one.fallback)}"
            for one in validator.forgiven(self.json)
        ]
        return found

    def _undocumented(self) -> list[Violation]:
        if self.checked_by is None or not self.body:
            return []
        return self.checked_by.validator(allow_local=True, strict=False).unknown_parameters(self.json)

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON; what the keys are is left out."""
        headers = {name: "***" if name in _SECRET else value for name, value in self.headers.items()}
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
            "violations": [one.to_dict() for one in self.violations],
            "unknown": self.unknown,
            "warnings": self.warnings,
        }

    def __repr__(self) -> str:
        return f"<{self.method} {self.url} -> {self.status}>"


class Log(Sequence[Recorded]):
    """The last requests, the newest at the end."""

    def __init__(self) -> None:
        self._entries: deque[Recorded] = deque()
        self._bytes = 0

    def add(self, entry: Recorded) -> None:
        """Remember a request, and forget the oldest if there are too many."""
        self._entries.append(entry)
        self._bytes += len(entry.body)
        while len(self._entries) > MAX_REQUESTS or (self._bytes > MAX_BYTES and len(self._entries) > 1):
            self._bytes -= len(self._entries.popleft().body)

    @overload
    def __getitem__(self, index: int) -> Recorded: ...
    @overload
    def __getitem__(self, index: slice) -> list[Recorded]: ...
    def __getitem__(self, index: int | slice) -> Recorded | list[Recorded]:
        if isinstance(index, slice):
            return list(self._entries)[index]
        return self._entries[index]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Recorded]:
        return iter(tuple(self._entries))

    def __repr__(self) -> str:
        return f"<{len(self)} requests: {', '.join(map(repr, list(self._entries)[-3:]))}>"
