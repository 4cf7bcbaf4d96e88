"""The error of a call that went wrong, and what follows from it: pure functions of call and response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from .._contract import index
from .._core import addresses, errors
from .._core.redaction import redact
from . import response, retry
from .transport_errors import NO_RESPONSE

if TYPE_CHECKING:
    from .._core.config import ClientConfig
    from .request import APICall
    from .response import APIResponse
    from .retry import RetryDecision
    from .transport_errors import TransportFailure


def error_of(
    call: APICall,
    received: APIResponse | None,
    failure: TransportFailure | None,
    config: ClientConfig,
    *,
    now: float,
    is_cut: bool = False,
) -> errors.APIError:
    """What is wrong with a call that did not bring a good response.

    Args:
        call: What was sent.
        received: The response, whose body may be incomplete; None if there is none.
        failure: The failure of the connection, before the response was complete.
        config: The config of the client.
        now: Unix time, for a `Retry-After` date.
        is_cut: Whether the rest of the body was not read.
    """
    if received is None:
        return _connection_error(call, failure or NO_RESPONSE, None, config)
    status = response.error_status(received)
    if status is not None:  # then the status says enough, even if the body is broken
        return _status_error(call, status, received, config, now)
    if failure is not None:
        return _connection_error(call, failure, received, config)
    if is_cut:
        return invalid_response(call, "the reply is longer than any of this API", received, config)
    return invalid_response(call, "the reply is not what the contract says", received, config)


def invalid_response(
    call: APICall, message: str, received: APIResponse, config: ClientConfig
) -> errors.APIError:
    """The error of a response that cannot be used."""
    kind: type[errors.APIError] = errors.APIResponseError
    if call.operation.is_generation:
        kind = errors.SubmitOutcomeUnknown
    decision = retry.after_invalid_response(is_safe=call.operation.is_safe)
    return _with_context(kind(message, **_details(received, config)), call, decision)


def _status_error(
    call: APICall, status: int, received: APIResponse, config: ClientConfig, now: float
) -> errors.APIError:
    error = response.status_error(status, received, now=now, secret=config.api_key)
    if not isinstance(error, errors.APIStatusError):
        unusable = invalid_response(call, error.message, received, config)
        unusable.code = error.code
        return unusable
    known = index.contract().error_codes.get(error.code or "", {})
    decision = retry.after_status(
        status,
        is_safe=call.operation.is_safe,
        is_paid=call.operation.is_generation,
        may_be_charged=known["charged"] is None if "charged" in known else None,
        trust_idempotency=config.trust_idempotency,
    )
    error._advise(known.get("advice"))
    page = index.contract().api_keys_page if status == 401 else None
    advice = _status_advice(call, status, received, config)
    error.advice = known.get("advice") or (f"Keys are made at {page}." if page else advice)
    error._advise(advice)
    return _with_context(error, call, decision)


def _status_advice(call: APICall, status: int, received: APIResponse, config: ClientConfig) -> str | None:
    """What to do about a status that is explained by the settings of the client."""
    if 300 <= status < 400:
        base = httpx.URL(config.base_url or call.operation.server)
        target = addresses.web_address(received.headers.get("location", ""), base)
        if target is None:
            return None
        place = redact(f"{target.scheme}://{target.netloc.decode()}{target.path}", config.api_key)
        return f"The server redirects to {place}, and the API key is not sent there: look at base_url."
    if status == 407:
        return "A proxy asks for user and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT states them."
    if status == 401:
        page = index.contract().api_keys_page
        made = f"; keys are made at {page}" if page else ""
        return f"The API key came from {config.key_source}{made}."
    if status == 404 and config.base_url is not None:
        first = "/" + call.operation.path.strip("/").partition("/")[0]
        if config.base_url.endswith(first):
            return (
                f"base_url ends in {first}, with which each path of this API begins: leave {first} out of it."
            )
    return None


def _connection_error(
    call: APICall, failure: TransportFailure, received: APIResponse | None, config: ClientConfig
) -> errors.APIError:
    text = failure.text
    kind: type[errors.APIError] = errors.APIConnectionError
    if call.operation.is_generation and not failure.not_sent:
        kind = errors.SubmitOutcomeUnknown
        text = f"the job may have been taken, but no good reply came ({text})"
    elif failure.is_timeout:
        kind = errors.APITimeoutError
    decision = retry.after_transport_failure(
        failure,
        is_safe=call.operation.is_safe,
        is_paid=call.operation.is_generation,
        trust_idempotency=config.trust_idempotency,
    )
    error = kind(text, **_details(received, config))
    if failure.not_sent:
        error.advice = failure.advice
        if failure.advice is not None:
            error._advise(failure.advice)
        elif config.base_url is not None:
            error._advise(f"The address came from {config.url_source}.")
    return _with_context(error, call, decision)


def _details(received: APIResponse | None, config: ClientConfig) -> dict[str, Any]:
    if received is None:
        return {}
    return {
        "status": received.status,
        "request_id": redact(received.request_id or "", config.api_key) or None,
        "body": response.shown(received, config.api_key),
    }


def _with_context(error: errors.APIError, call: APICall, decision: RetryDecision) -> errors.APIError:
    """Add what the call knows to an error: its key, and what follows from the failure."""
    error.idempotency_key = call.idempotency_key
    error._is_transient = decision.is_transient
    error.outcome_unknown = error.outcome_unknown or decision.outcome_unknown
    if call.operation.role is not None:  # it starts no task, and costs nothing
        error.outcome_unknown = False
    error._is_replayable = decision.is_replayable
    return error
