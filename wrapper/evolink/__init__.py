"""EvoLink video generation: make tasks, wait for them, download what they made.

from evolink import EvoLink

with EvoLink() as client:
    task = client.videos.generate(model=..., prompt=...)
    print(task.download("out/"))
"""

from __future__ import annotations

from importlib import import_module

# What type checkers take for true; `typing` itself would cost more than the rest of this module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._ambient import AsyncClock, Clock
    from ._client import AsyncEvoLink, EvoLink
    from ._errors import (
        APIConnectionError,
        APIError,
        APIResponseError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequest,
        CallbackInvalid,
        Conflict,
        DownloadError,
        EvoLinkError,
        IncompleteDownload,
        InsufficientCredits,
        InvalidRequest,
        MissingAPIKey,
        NotFound,
        PayloadTooLarge,
        PermissionDenied,
        RateLimited,
        ResultExpired,
        ServerError,
        SubmitOutcomeUnknown,
        TaskCancelled,
        TaskError,
        TaskFailed,
        TaskTimeout,
    )
    from ._replies import ErrorInfo
    from ._requests import UnknownModelWarning
    from ._tasks import AsyncTask, Task
    from ._version import __version__

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncClock",
    "AsyncEvoLink",
    "AsyncTask",
    "AuthenticationError",
    "BadRequest",
    "CallbackInvalid",
    "Clock",
    "Conflict",
    "DownloadError",
    "ErrorInfo",
    "EvoLink",
    "EvoLinkError",
    "IncompleteDownload",
    "InsufficientCredits",
    "InvalidRequest",
    "MissingAPIKey",
    "NotFound",
    "PayloadTooLarge",
    "PermissionDenied",
    "RateLimited",
    "ResultExpired",
    "ServerError",
    "SubmitOutcomeUnknown",
    "Task",
    "TaskCancelled",
    "TaskError",
    "TaskFailed",
    "TaskTimeout",
    "UnknownModelWarning",
    "__version__",
]

# Where the names are that are not errors. Nothing is loaded before it is asked for: importing this package
# costs next to nothing.
_HOMES = {
    "AsyncClock": "_ambient",
    "AsyncEvoLink": "_client",
    "AsyncTask": "_tasks",
    "Clock": "_ambient",
    "ErrorInfo": "_replies",
    "EvoLink": "_client",
    "Task": "_tasks",
    "UnknownModelWarning": "_requests",
    "__version__": "_version",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES.get(name, '_errors')}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING"})
