"""Everything that can go wrong, under one root.

EvoLinkError
├── MissingAPIKey
├── InvalidRequest
│   └── ArgumentTypeError (TypeError)
├── APIError
│   ├── APIConnectionError
│   │   └── APITimeoutError (TimeoutError)
│   ├── SubmitOutcomeUnknown
│   ├── APIResponseError
│   └── APIStatusError
│       ├── BadRequest 400, AuthenticationError 401, InsufficientCredits 402
│       ├── PermissionDenied 403, NotFound 404, Conflict 409
│       └── PayloadTooLarge 413, RateLimited 429, ServerError 5xx
├── TaskError
│   └── TaskFailed, TaskCancelled, TaskTimeout (TimeoutError)
├── DownloadError
│   ├── ResultExpired
│   └── IncompleteDownload
│       └── DownloadTimeout (TimeoutError)
└── CallbackInvalid
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evolink_api.validation import Violation


class ErrorInfo(NamedTuple):
    """An error as the API reports it; also the `error` of a failed task.

    Attributes:
        code: Its code, always a string.
        message: What happened.
        type: Its kind.
        param: The wrong parameter.
        suggestion: What the API suggests instead.
    """

    code: str | None = None
    message: str = ""
    type: str | None = None
    param: str | None = None
    suggestion: str | None = None


class TaskLike(Protocol):
    """The task of an error: a `Task` or an `AsyncTask`."""

    @property
    def id(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def status(self) -> str: ...
    @property
    def progress(self) -> float: ...
    @property
    def results(self) -> list[str]: ...
    @property
    def error(self) -> ErrorInfo | None: ...
    @property
    def created(self) -> float | None: ...
    @property
    def usage(self) -> Mapping[str, Any] | None: ...
    @property
    def estimated_time(self) -> float | None: ...
    @property
    def credits(self) -> float | None: ...
    @property
    def request(self) -> dict[str, Any] | None: ...
    @property
    def request_id(self) -> str | None: ...
    @property
    def done(self) -> bool: ...
    @property
    def raw(self) -> dict[str, Any]: ...


class EvoLinkError(Exception):
    """Root of all errors of this package.

    Attributes:
        message: What happened, in words; the API's own words where it gave any.
        status: HTTP status of the reply, if there was one.
        code: The API's code of the error, always a string.
        type: The API's kind of error.
        param: The wrong parameter.
        suggestion: What the API or the contract suggests instead.
        request_id: The API's id of the request, for its support.
        advice: What the contract advises for this code, in a sentence.
    """

    status: int | None = None
    code: str | None = None
    type: str | None = None
    param: str | None = None
    suggestion: str | None = None
    request_id: str | None = None
    advice: str | None = None
    _task: TaskLike | None = None
    # What to do next, as sentences.
    _advice: tuple[str, ...] = ()

    def __init__(self, message: str = "", *, task: TaskLike | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self._task = task
        for name, value in details.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no attribute {name!r}")
            if value is not None:
                setattr(self, name, value)

    @property
    def task(self) -> TaskLike | None:
        """The task that the error is about, if there is one."""
        return self._task

    def __str__(self) -> str:
        notes = [f"{label} {value}" for label, value in self._notes().items() if value]
        head = f"{self._headline()} ({', '.join(notes)})" if notes else self._headline()
        if not self._advice:
            return head
        return " ".join([head if head.endswith((".", "!", "?")) else f"{head}.", *self._advice])

    def _advise(self, advice: str | None) -> None:
        """Say what to do next, once."""
        if advice and advice not in self._advice:
            self._advice += (advice,)

    def _notes(self) -> dict[str, str | None]:
        """What is shown after the message."""
        return {
            "parameter": self.param,
            "suggestion:": self.suggestion,
            "task": self._task.id if self._task is not None else None,
            "request id": self.request_id,
        }

    def _headline(self) -> str:
        facts = dict.fromkeys(str(part) for part in (self.status, self.code) if part is not None)
        head = " ".join(facts)
        return f"{head}: {self.message}" if head and self.message else head or self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Without __init__: the attributes are all of an error, whatever its constructor requires.
        return _rebuilt, (type(self), self.args), self.__dict__


def _rebuilt(kind: type[EvoLinkError], args: tuple[Any, ...]) -> EvoLinkError:
    error = kind.__new__(kind, *args)
    error.args = args  # those that are an OSError too do not get them from __new__
    return error


class MissingAPIKey(EvoLinkError):
    """There is no API key, or none that a header could carry."""


class InvalidRequest(EvoLinkError):
    """The request breaks the contract or the rules of this client; nothing was sent.

    Attributes:
        violations: Everything wrong with the body, in document order.
    """

    violations: Sequence[Violation] = ()


class ArgumentTypeError(InvalidRequest, TypeError):
    """An argument has a type that it cannot have; nothing was sent."""


class APIError(EvoLinkError):
    """A call of the API went wrong.

    Attributes:
        idempotency_key: The key that was sent with a submission.
        outcome_unknown: Whether the API may have started the task and charged for it.
        body: The reply's text, shortened, where one was read.
        uploaded_links: The links of local files that were uploaded for a submission, by their places in its
            body: the same request has these links.
    """

    idempotency_key: str | None = None
    outcome_unknown: bool = False
    body: str | None = None
    uploaded_links: Mapping[str, str] = MappingProxyType({})
    # Whether sending the same again can neither charge twice nor is bound to fail again.
    _is_transient: bool = False
    # Whether it may be sent once more because the API knows its idempotency key, should it have arrived.
    _is_replayable: bool = False
    # What the reply's Retry-After asks for, in seconds.
    _retry_after: float | None = None


class APIConnectionError(APIError):
    """The API could not be reached, or the connection was lost."""


class APITimeoutError(APIConnectionError, TimeoutError):
    """The API did not answer in time."""


class SubmitOutcomeUnknown(APIError):
    """The API may have started the task, and charged for it; the request is not sent again.

    Look at the dashboard, or submit again with the same `idempotency_key`.
    """

    outcome_unknown = True


class APIResponseError(APIError):
    """The reply is not what the contract says: HTML, broken JSON, an impossible status."""


class APIStatusError(APIError):
    """The API answered with an error status."""


class BadRequest(APIStatusError):
    """400: the request is malformed."""


class AuthenticationError(APIStatusError):
    """401: the API key is wrong or expired."""


class InsufficientCredits(APIStatusError):
    """402: there are not enough credits."""


class PermissionDenied(APIStatusError):
    """403: the key may not do this."""


class NotFound(APIStatusError):
    """404: it does not exist."""


class Conflict(APIStatusError):
    """409: the request conflicts with an earlier one."""


class PayloadTooLarge(APIStatusError):
    """413: the request is too large."""


class RateLimited(APIStatusError):
    """429: too many requests.

    Attributes:
        retry_after: Seconds that the API asks to wait, if it says so.
    """

    @property
    def retry_after(self) -> float | None:
        """Seconds that the API asks to wait, if it says so."""
        return self._retry_after


class ServerError(APIStatusError):
    """5xx: the API failed; `outcome_unknown` if the request started a task."""


class TaskError(EvoLinkError):
    """A task was not completed."""

    @property
    def task(self) -> TaskLike:
        """The task."""
        if self._task is None:
            raise AttributeError("this error was made without a task")
        return self._task


class TaskFailed(TaskError):
    """The task failed.

    Attributes:
        retryable: Whether the same request may succeed later; None if the contract does not know the code.
    """

    retryable: bool | None = None

    def _notes(self) -> dict[str, str | None]:
        return {"advice:": self.advice, **super()._notes()}


class TaskCancelled(TaskError):
    """The task was cancelled."""


class TaskTimeout(TaskError, TimeoutError):
    """The task did not end within the time given; it still runs, and `task` can be waited for again."""


class DownloadError(EvoLinkError):
    """A result could not be downloaded."""


class ResultExpired(DownloadError):
    """The result's link no longer works, and the API gave no new one."""


class IncompleteDownload(DownloadError):
    """The result was not read to its end, or its size is unknown."""


class DownloadTimeout(IncompleteDownload, TimeoutError):
    """The results were not downloaded within the time given; the same call resumes."""


class CallbackInvalid(EvoLinkError):
    """The body is not a task, or the API does not know this task."""


_BY_STATUS: Mapping[int, type[APIStatusError]] = {
    400: BadRequest,
    401: AuthenticationError,
    402: InsufficientCredits,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    413: PayloadTooLarge,
    429: RateLimited,
}


def class_of_status(status: int) -> type[APIStatusError]:
    """The class of an HTTP status that is not a success."""
    return ServerError if 500 <= status <= 599 else _BY_STATUS.get(status, APIStatusError)


for _error in [value for value in globals().values() if isinstance(value, type)]:
    if issubclass(_error, EvoLinkError):
        _error.__module__ = "evolink"  # where users find it, in tracebacks and in pickles
