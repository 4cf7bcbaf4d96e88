"""What the mock remembers: API keys, idempotency keys, requests, and the account with its tasks."""

from __future__ import annotations

import json
import random
import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, overload

from .._tasks import DEFAULT_CREDITS
from .._tasks.account import MockAccount
from .._tasks.files import FileStore
from .._tasks.ledger import KeyCredits
from .._tasks.results import Results
from . import DEFAULT_KEY
from .faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from evolink_api.validation import Violation

    from .._clock.interfaces import MockClock
    from .._contract.content import Model
    from .._contract.contract import Contract
    from .._tasks.task import MockTask, ProgressMode
    from .faults import Fault

MAX_REQUESTS = 10_000
"""Requests that are kept; the oldest are dropped first."""
MAX_BYTES = 32 * 1024 * 1024
"""Bytes of memory that the requests kept, their values and their replies may take."""
MAX_REPLY = 16 * 1024
"""Bytes of a response that are kept with its request."""
MAX_IDEMPOTENCY_KEYS = 10_000
"""Idempotency keys that are kept; the oldest are dropped first."""
MAX_IDEMPOTENCY_BYTES = 16 * 1024 * 1024
"""Bytes of idempotency keys and of the first responses to them that are kept."""
MAX_KEYS_SIZE = 1024 * 1024
"""Bytes of memory that the API keys and the models that they are limited to may take."""

# How the API refuses these was seen in its responses; no document describes it.
CONFLICT_STATUS = 409
BODY_CONFLICT = "idempotency_conflict"
"""The code if the key was used with another body."""
UNKNOWN_OUTCOME = "paid_outcome_unknown"
"""The code if the first response is still on its way."""

KEY_LIMIT = "insufficient_token_quota"
"""The code if an API key has reached its limit of credits."""

_MAX_WARNINGS = 100
_MAX_REFUSED = 10
_MAX_TEXT = 2000  # characters of a warning
_BYTES_PER_ITEM = 100  # for a header field or a violation, besides its text
_BEARER = "bearer "
_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie"}


class ApiKeys:
    """The valid API keys, each for all models or for some, and for all credits or up to a limit.

    Args:
        first: A key for all models.
    """

    def __init__(self, first: str = DEFAULT_KEY) -> None:
        self._keys: dict[str, frozenset[str] | None] = {}
        self._by_header: dict[str | None, str] = {}  # as nearly all clients write it
        self._credits: dict[str, KeyCredits] = {}
        self._no_limit = KeyCredits()
        self._size = 0
        self._first = first
        self._accepted: str | None = None
        self.issue(first)

    def issue(self, key: str, models: Iterable[str] | None = None, credits_: float | None = None) -> None:
        """Make a key valid, for all models or only for those named, and up to a limit of credits if given.

        Raises:
            ValueError: The key cannot be sent in a header, there are too many, or the limit is negative.
        """
        allowed = None if models is None else frozenset(models)
        if not all(isinstance(model, str) for model in allowed or ()):
            raise ValueError("a key is limited to models by a list of their ids")
        size = len(key) + _BYTES_PER_ITEM + sum([len(model) + _BYTES_PER_ITEM for model in allowed or ()])
        if self._size + size > MAX_KEYS_SIZE:
            raise ValueError("there are too many keys, or they are limited to too many models")
        if not key or not key.isascii() or not key.isprintable() or key != key.strip():
            raise ValueError("a key is printable ASCII text without spaces around it")
        self._credits[key] = KeyCredits(credits_)
        self._size += size
        self._keys[key] = allowed
        self._by_header[f"Bearer {key}"] = key

    def accept(self, key: str) -> None:
        """Take another key for the first one, without listing it: that of a real account, for example."""
        self._accepted = key

    def from_authorization(self, header: str | None) -> str | None:
        """The valid key in an Authorization header; None if there is none."""
        known = self._by_header.get(header)
        if known is not None or header is None:
            return known
        if header[: len(_BEARER)].lower() != _BEARER:
            return None
        key = header[len(_BEARER) :].strip()
        return self._known(key)

    def first_valid(self, keys: Iterable[str]) -> str | None:
        """The first valid one of some keys; None if none is valid."""
        return next(filter(None, map(self._known, keys)), None)

    def _known(self, key: str) -> str | None:
        if key in self._keys:
            return key
        return self._first if key == self._accepted else None

    def credits(self, key: str) -> KeyCredits:
        """What a key may spend; without a limit for requests that need no key."""
        return self._credits.get(key, self._no_limit)

    def is_allowed(self, key: str, model: str) -> bool:
        """Whether a key may use a model."""
        models = self._keys.get(key)
        return models is None or model in models

    def to_dict(self) -> dict[str, list[str] | None]:
        """The keys, each with its models, or null for all."""
        return {key: None if models is None else sorted(models) for key, models in self._keys.items()}


@dataclass(slots=True)
class IdempotencyRecord:
    """The first response to an idempotency key.

    Attributes:
        fingerprint: Of the request's body.
        status: The HTTP status.
        body: Of the response.
        task_id: The task that was created.
        delivered_at: When the response has left the mock, in Unix seconds of its clock.
    """

    fingerprint: bytes
    status: int
    body: bytes
    task_id: str
    delivered_at: float = 0.0

    def set_delivered_at(self, moment: float) -> None:
        """Set when the response has left the mock, which a fault may delay."""
        self.delivered_at = moment

    def conflict(self, fingerprint: bytes, now: float) -> tuple[str, str] | None:
        """Why a second request cannot get this response, as code and message; None if it can."""
        if self.fingerprint != fingerprint:
            return BODY_CONFLICT, "This idempotency key was used with another body"
        if now < self.delivered_at:
            return UNKNOWN_OUTCOME, "The first request with this idempotency key has not been answered yet"
        return None


class IdempotencyStore:
    """The first responses by API key, operation and idempotency key."""

    def __init__(self) -> None:
        self._records: OrderedDict[tuple[str, str, str], IdempotencyRecord] = OrderedDict()
        self._size = 0

    def find(self, api_key: str, operation: str, key: str) -> IdempotencyRecord | None:
        """The first response to a key; None if the key is new."""
        return self._records.get((api_key, operation, key))

    def add(self, api_key: str, operation: str, key: str, record: IdempotencyRecord) -> None:
        """Keep the first response to a key."""
        records = self._records
        records[api_key, operation, key] = record
        self._size += len(key) + len(record.body)
        while len(records) > MAX_IDEMPOTENCY_KEYS or self._size > MAX_IDEMPOTENCY_BYTES:
            (_, _, oldest), dropped = records.popitem(last=False)
            self._size -= len(oldest) + len(dropped.body)

    def __len__(self) -> int:
        return len(self._records)


def fingerprint(body: Any) -> bytes:
    """A digest of a JSON value that does not depend on the order of its members."""
    return sha256(json.dumps(body, sort_keys=True).encode()).digest()


@dataclass(slots=True)
class RecordedRequest:
    """A request that the mock has received.

    Attributes:
        id: The id in the `x-request-id` of its response.
        method: In capitals.
        url: Where it was sent.
        headers: By lower-case name.
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
            for one in validator.forgiven(self.json)
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


class MockState:
    """All state of a mock.

    Args:
        contract: What it answers by.
        clock: Tells and moves the time.
        progress: What moves tasks forward.
        credits: Credits at the beginning.
        seed: Makes ids and chance repeatable.
        allow_local_callbacks: Whether callbacks may go to http, loopback and private addresses.
        strict: Whether undocumented parameters are refused; the API ignores them.
        api_key: The key that is valid from the beginning.
        links_at: The scheme and host of result links; None for those of the request.
    """

    def __init__(
        self,
        contract: Contract,
        clock: MockClock,
        *,
        progress: ProgressMode = "time",
        credits: float = DEFAULT_CREDITS,  # noqa: A002 - the public name of the option
        seed: int = 0,
        allow_local_callbacks: bool = False,
        strict: bool = False,
        api_key: str = DEFAULT_KEY,
        links_at: str | None = None,
    ) -> None:
        self.contract = contract
        self.clock = clock
        self.api_key: str = api_key
        self.allow_local_callbacks = allow_local_callbacks
        self.strict = strict
        self.lock: threading.RLock = threading.RLock()
        self._progress: ProgressMode = progress
        self._credits: float = credits
        self.seed: int = seed
        self.links_at: str | None = links_at
        self._accepted_key: str | None = None
        self._prepare: Callable[[], None] = lambda: None
        self.reset()

    def begin_with(
        self,
        prepare: Callable[[], None],
        *,
        api_key: str | None = None,
        credits: float | None = None,  # noqa: A002 - the public name of the option
        progress: ProgressMode | None = None,
        seed: int | None = None,
    ) -> None:
        """Start again, from now on with other options.

        Args:
            prepare: Called after each reset.
            api_key: As for a new state; None for no change, and so the others.
            credits: As above.
            progress: As above.
            seed: As above.
        """
        with self.lock:
            self.api_key = self.api_key if api_key is None else api_key
            self._credits = self._credits if credits is None else credits
            self._progress = self._progress if progress is None else progress
            self.seed = self.seed if seed is None else seed
            self._prepare = prepare
            self.reset()

    def accept_key(self, key: str) -> None:
        """Take a key for the first one, also after a reset, without listing it."""
        self._accepted_key = key
        self.keys.accept(key)

    def set_links_at(self, origin: str | None) -> None:
        """Set the scheme and host of result links; None for those of the request."""
        with self.lock:
            self.links_at = self.account.result_origin = origin

    def note_refused(self, target: str) -> None:
        """Note that a connection to a host, `name[:port]`, was stopped before it was made."""
        self.requests.refused.append(target)

    def reset(self) -> None:
        """Start again: no tasks, files or requests, and the first keys, credits, faults and outcomes.

        The clock keeps its time, which never goes back.
        """
        with self.lock:
            self.keys: ApiKeys = ApiKeys(self.api_key)
            if self._accepted_key is not None:
                self.keys.accept(self._accepted_key)
            self.account: MockAccount = MockAccount(
                self.contract,
                self.clock,
                self.lock,
                progress=self._progress,
                credits=self._credits,
                seed=self.seed,
                result_origin=self.links_at,
            )
            self.files: FileStore = FileStore(self.clock, self.seed)
            self.results: Results = Results(self.account, self.files)
            self.faults: Faults = Faults(self.contract.operation_ids, self.seed)
            self.requests: RequestLog = RequestLog()
            self.idempotency: IdempotencyStore = IdempotencyStore()
            self.rng: random.Random = random.Random(self.seed)  # noqa: S311 - generated responses, not secrets
            self.request_count = 0
            self._prepare()
