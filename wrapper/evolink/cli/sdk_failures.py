"""How errors of the SDK are shown: its advice is for Python, this one is for the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .. import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    BadRequest,
    DownloadError,
    InvalidRequest,
    MissingAPIKey,
    NotFound,
    RateLimited,
    TaskCancelled,
    TaskFailed,
)
from .._core.recovery import links_advice
from ..bulk import BulkError, InvalidJobs, JournalError
from .failures import Failure, Problem
from .state import PROGRAM, charge_advice

if TYPE_CHECKING:
    from .. import EvoLinkError
    from .state import RunState

_KEY_VARIABLE = "EVOLINK_API_KEY"
_URL_VARIABLE = "EVOLINK_BASE_URL"
# The same command would meet them again.
_FINAL = (BadRequest, NotFound, TaskCancelled, TaskFailed)


def sdk_failure(error: EvoLinkError, state: RunState) -> Failure:
    """An error of the SDK as a failure of the command."""
    code = _code(error, state)
    problems: list[Problem] = []
    if isinstance(error, InvalidJobs):
        problems = [Problem(str(fault), fault.param) for fault in error.faults]
    elif isinstance(error, InvalidRequest):
        problems = [
            Problem(violation.message, violation.path or None, violation.rule, violation.suggestion)
            for violation in error.violations
        ] or [Problem(error.message, error.param, None, error.suggestion)]
    return Failure(
        code, _message(code, error, state), problems, _next_steps(code, error, state), _details(error)
    )


def _code(error: EvoLinkError, state: RunState) -> str:
    if isinstance(error, APIError) and error.outcome_unknown:
        return "outcome_unknown"
    if isinstance(error, TimeoutError):  # of a request, a wait or a download
        return "timeout"
    if isinstance(error.__context__, ImportError):
        return "missing_extra"  # its message says what to install
    if type(error) is BulkError and isinstance(error.__cause__, OSError) and state.resume_command:
        return "output_failed"  # a run that has begun cannot write into its folder
    for kind, code in (
        (MissingAPIKey, "no_api_key"),
        (InvalidRequest, "invalid_request"),
        (JournalError, "journal_failed"),
        (BulkError, "wrong_use"),
        (TaskFailed, "task_failed"),
        (TaskCancelled, "task_cancelled"),
        (APIConnectionError, "no_connection"),
        (DownloadError, "download_failed"),
    ):
        if isinstance(error, kind):
            return code
    return "api_error"


def _message(code: str, error: EvoLinkError, state: RunState) -> str:
    if code == "no_api_key":
        given = state.settings.api_key
        if not (os.environ.get(_KEY_VARIABLE, "") if given is None else given).strip():
            return "there is no API key"
        return f"the API key of {_key_source(state)} has characters that no key has"
    # Some replies have the status as their code.
    head = " ".join(dict.fromkeys(str(part) for part in (error.status, error.code) if part is not None))
    return f"{head}: {error.message}" if head and error.message else head or error.message


def _details(error: EvoLinkError) -> dict[str, Any]:
    return {
        "status": error.status,
        "api_code": error.code,
        "request_id": error.request_id,
        "task_id": None if error.task is None else error.task.id,
        "idempotency_key": error.idempotency_key if isinstance(error, APIError) else None,
    }


def _next_steps(code: str, error: EvoLinkError, state: RunState) -> tuple[str, ...]:
    steps: list[str | None] = [error.advice]
    if code == "no_api_key":
        steps += [
            f"Set {_KEY_VARIABLE}, or pass --api-key.",
            f"Without a key, {PROGRAM} --mock … tries everything against a mock.",
        ]
    elif code == "outcome_unknown" and isinstance(error, APIError) and error.idempotency_key:
        steps.append(charge_advice(error.idempotency_key))
        steps.append(links_advice(error.uploaded_links))
    elif isinstance(error, InvalidJobs):
        params = {fault.param for fault in error.faults} - {None, "id", "output"}
        if not params:
            steps.append(state.help_command)
        else:
            steps.append(f"{PROGRAM} models" if params == {"model"} else f"{PROGRAM} models show MODEL")
    elif code in {"invalid_request", "wrong_use"}:
        steps.append(state.help_command)
    elif isinstance(error, APITimeoutError):
        steps.append("Run the same command again, or give it more time with --timeout.")
    elif code == "no_connection":
        steps += _connection_advice(state)
    elif isinstance(error, AuthenticationError):
        steps.append(f"The API key came from {_key_source(state)}.")
    elif isinstance(error, RateLimited) and error.retry_after:
        steps.append(f"Wait {error.retry_after:g} s, then run the same command.")
    elif isinstance(error, NotFound) and state.settings.mock:
        steps.append(
            "The mock of --mock forgets its tasks when the command ends; evolink-mock serve keeps them."
        )
    elif code == "journal_failed":
        steps += getattr(error, "__notes__", ())  # the tasks that it could not note
    if not isinstance(error, _FINAL) and code not in {"missing_extra", "wrong_use"}:
        steps.append(state.resume_command)
    return tuple(step for step in steps if step)


def _connection_advice(state: RunState) -> list[str]:
    source = "--base-url" if state.settings.base_url is not None else _URL_VARIABLE
    if source == _URL_VARIABLE and not os.environ.get(_URL_VARIABLE):
        advice = ["Check the network, and the proxy if HTTPS_PROXY names one."]
    else:
        advice = [f"The address came from {source}: is it right, and does its server run?"]
    if state.submission_key is not None:
        advice.append("Nothing was charged: the same command tries again.")
    return advice


def _key_source(state: RunState) -> str:
    return _KEY_VARIABLE if state.settings.api_key is None else "--api-key"
