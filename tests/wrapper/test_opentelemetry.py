"""Events as spans, read with the exporter of the OpenTelemetry SDK."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from wrapper.fakes import Api, World, state
from wrapper.hosts import LINK, TASK_ID, Host

from evolink.integrations.opentelemetry import EventTracer


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> Any:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider
    provider.shutdown()


def test_each_event_is_a_span(
    world: World, example: dict[str, Any], provider: Any, exporter: InMemorySpanExporter
) -> None:
    client = world.client(Api(429, state("pending"), state("completed")), on_event=EventTracer(provider))

    with provider.get_tracer("test").start_as_current_span("parent") as parent:
        world.do(client.videos.generate(**example, idempotency_key="0123456789abcdef"))

    *spans, _ = exporter.get_finished_spans()
    assert [span.name for span in spans] == [
        "evolink attempt createVideosGenerations",
        "evolink retry createVideosGenerations",
        "evolink attempt createVideosGenerations",
        "evolink submit createVideosGenerations",
        "evolink attempt getTask",
        "evolink poll",
    ]
    assert {span.parent.span_id for span in spans if span.parent} == {parent.get_span_context().span_id}
    refused, retry, accepted, submitted, *_, polled = spans
    assert refused.kind is SpanKind.CLIENT
    assert refused.status.status_code is StatusCode.ERROR
    attributes = dict(refused.attributes or {})
    assert attributes["http.response.status_code"] == 429
    assert attributes["error.type"] == "RateLimited"
    assert attributes["evolink.idempotency_key"] == "0123456789abcdef"
    assert dict(accepted.attributes or {})["http.request.resend_count"] == 1
    assert accepted.status.status_code is StatusCode.UNSET
    assert dict(submitted.attributes or {})["evolink.task_id"] == TASK_ID
    assert dict(polled.attributes or {})["evolink.task_status"] == "completed"
    assert ((retry.end_time or 0) - (retry.start_time or 0)) / 1e9 == pytest.approx(world.clock.sleeps[0])


def test_downloads_in_threads_are_below_the_callers_span(
    world: World, host: Host, provider: Any, exporter: InMemorySpanExporter, tmp_path: Path
) -> None:
    task = world.finished(host, [LINK, LINK], on_event=EventTracer(provider))
    exporter.clear()

    def download() -> Any:
        with provider.get_tracer("test").start_as_current_span("parent") as parent:
            task.download(tmp_path)
        return parent

    async def download_async() -> Any:
        with provider.get_tracer("test").start_as_current_span("parent") as parent:
            await task.download(tmp_path)
        return parent

    parent = world.do(download_async() if world.is_async else download())

    *spans, _ = exporter.get_finished_spans()
    assert (
        sorted(span.name for span in spans)
        == ["evolink download attempt"] * 2 + ["evolink download complete"] * 2
    )
    assert {span.parent and span.parent.span_id for span in spans} == {parent.get_span_context().span_id}


@pytest.mark.slow
def test_a_missing_package_says_which_extra_brings_it() -> None:
    code = "import sys; sys.modules['opentelemetry'] = None; import evolink.integrations.opentelemetry"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "evolink-client[opentelemetry]" in done.stderr.splitlines()[-1]
