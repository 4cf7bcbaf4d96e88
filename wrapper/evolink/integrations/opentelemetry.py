"""Events as OpenTelemetry spans: `EvoLink(on_event=EventTracer())`.

Needs opentelemetry-api: `pip install 'evolink-client[opentelemetry]'`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

try:
    from opentelemetry import trace
except ImportError as _missing:
    raise ImportError(
        "opentelemetry-api is missing: pip install 'evolink-client[opentelemetry]'"
    ) from _missing

from .._core.events import RequestAttempt, RequestRetry, TaskPolled
from .._core.version import __version__

if TYPE_CHECKING:
    from .._core.events import Event


class EventTracer:
    """Makes a span of each event, below the span that is current where the client is called.

    A span is called `evolink KIND OPERATION`. Its attributes are the fields of the event, as `evolink.NAME`,
    and of requests `http.request.method`, `http.response.status_code` and `http.request.resend_count` too.

    Args:
        tracer_provider: The global one if None.
    """

    def __init__(self, tracer_provider: trace.TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("evolink", __version__, tracer_provider)

    def __call__(self, event: Event) -> None:
        """Record an event that has just ended; a retry begins now and lasts for its delay."""
        now = time.time_ns()
        seconds = event.delay if isinstance(event, RequestRetry) else getattr(event, "duration", None)
        length = int((seconds or 0.0) * 1e9)
        start, end = (now, now + length) if isinstance(event, RequestRetry) else (now - length, now)
        span = self._tracer.start_span(
            _name(event), kind=_kind(event), attributes=_attributes(event), start_time=start
        )
        error = getattr(event, "error", None)
        if error is not None and not isinstance(event, RequestRetry):
            span.set_attribute("error.type", error)
            span.set_status(trace.StatusCode.ERROR, error)
        span.end(end)


def _name(event: Event) -> str:
    """A name with few values, as backends group spans by it."""
    detail = getattr(event, "operation", None) or getattr(event, "step", None)
    return f"evolink {event.kind} {detail}" if detail else f"evolink {event.kind}"


def _kind(event: Event) -> trace.SpanKind:
    return (
        trace.SpanKind.CLIENT if isinstance(event, (RequestAttempt, TaskPolled)) else trace.SpanKind.INTERNAL
    )


def _attributes(event: Event) -> dict[str, str | int | float]:
    fields = {name: value for name, value in attrs.asdict(event).items() if value is not None}
    attributes = {f"evolink.{name}": value for name, value in fields.items()}
    if isinstance(event, RequestAttempt):
        attributes["http.request.method"] = event.method
        if event.status is not None:
            attributes["http.response.status_code"] = event.status
        if event.attempt > 1:
            attributes["http.request.resend_count"] = event.attempt - 1
    return attributes
