"""EvoLink video generation: create tasks, wait for them, download their results.

from evolink import EvoLink

with EvoLink() as client:
    task = client.videos.generate(model=..., prompt=...)
    print(task.download("out/"))
"""

from __future__ import annotations

from importlib import import_module

# True for type checkers; importing `typing` would cost more than the rest of this module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from evolink_api.local_files import File
    from evolink_api.model_info import ModelInfo
    from evolink_api.parameters import Parameter

    from ._client import AsyncEvoLink, EvoLink
    from ._contract.models import models
    from ._core.errors import (
        APIConnectionError,
        APIError,
        APIResponseError,
        APIStatusError,
        APITimeoutError,
        ArgumentTypeError,
        AuthenticationError,
        BadRequest,
        CallbackInvalid,
        Conflict,
        DownloadError,
        DownloadTimeout,
        ErrorInfo,
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
    from ._core.events import DownloadStep, Event, RequestAttempt, RequestRetry, TaskPolled, TaskSubmitted
    from ._core.overrides import AsyncClock, Clock
    from ._core.version import __version__
    from ._http.validation import DeprecatedModelWarning, UnknownModelWarning
    from ._resources.account import Credits
    from ._resources.generations import check_request
    from ._resources.models import AsyncModel, Model
    from ._tasks.task import AsyncTask, Task
    from ._uploads.stored import FileQuota, StoredFile, UploadedFile

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "ArgumentTypeError",
    "AsyncClock",
    "AsyncEvoLink",
    "AsyncModel",
    "AsyncTask",
    "AuthenticationError",
    "BadRequest",
    "CallbackInvalid",
    "Clock",
    "Conflict",
    "Credits",
    "DeprecatedModelWarning",
    "DownloadError",
    "DownloadStep",
    "DownloadTimeout",
    "ErrorInfo",
    "Event",
    "EvoLink",
    "EvoLinkError",
    "File",
    "FileQuota",
    "IncompleteDownload",
    "InsufficientCredits",
    "InvalidRequest",
    "MissingAPIKey",
    "Model",
    "ModelInfo",
    "NotFound",
    "Parameter",
    "PayloadTooLarge",
    "PermissionDenied",
    "RateLimited",
    "RequestAttempt",
    "RequestRetry",
    "ResultExpired",
    "ServerError",
    "StoredFile",
    "SubmitOutcomeUnknown",
    "Task",
    "TaskCancelled",
    "TaskError",
    "TaskFailed",
    "TaskPolled",
    "TaskSubmitted",
    "TaskTimeout",
    "UnknownModelWarning",
    "UploadedFile",
    "__version__",
    "check_request",
    "models",
]

# The modules of the names that are not errors. Each is loaded with the first use of its name.
_MODULES = {
    "AsyncClock": "_core.overrides",
    "AsyncEvoLink": "_client",
    "AsyncModel": "_resources.models",
    "AsyncTask": "_tasks.task",
    "Clock": "_core.overrides",
    "Credits": "_resources.account",
    "DeprecatedModelWarning": "_http.validation",
    "DownloadStep": "_core.events",
    "Event": "_core.events",
    "EvoLink": "_client",
    "FileQuota": "_uploads.stored",
    "Model": "_resources.models",
    "RequestAttempt": "_core.events",
    "RequestRetry": "_core.events",
    "StoredFile": "_uploads.stored",
    "Task": "_tasks.task",
    "TaskPolled": "_core.events",
    "TaskSubmitted": "_core.events",
    "UnknownModelWarning": "_http.validation",
    "UploadedFile": "_uploads.stored",
    "__version__": "_core.version",
    "check_request": "_resources.generations",
    "models": "_contract.models",
}
# Those of the generated package.
_GENERATED = {
    "File": "evolink_api.local_files",
    "ModelInfo": "evolink_api.model_info",
    "Parameter": "evolink_api.parameters",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _GENERATED.get(name) or f".{_MODULES.get(name, '_core.errors')}"
    value = getattr(import_module(module, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING"})
