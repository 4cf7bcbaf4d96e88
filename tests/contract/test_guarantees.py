"""The guarantees of the client under faults: no task is paid for twice, none is lost, no incomplete files."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from contract import api_requests, catalog, replies
from contract.catalog import Model, RequestObject
from contract.clients import Client, MakeClient
from contract.reply_checker import ReplyChecker

import evolink
from evolink_mock import EvoLinkMock

# One model of each operation: the guarantees do not depend on the model.
MODELS = list({model.operation: model for model in catalog.models()}.values())
UNKNOWN: dict[str, dict[str, Any]] = {
    "500 before": {"status": 500},
    "500 after": {"status": 500, "when": "after"},
    "503 with Retry-After": {"status": 503, "headers": {"Retry-After": "1"}},
    "no reply": {"hang": True},
    "too late": {"delay": 600},
    "dropped before": {"disconnect": "before"},
    "dropped after": {"disconnect": "after"},
    "broken JSON": {"body": "broken-json"},
    "HTML": {"body": "html"},
    "empty": {"body": "empty"},
}
REFUSED = {f"{status}": {"status": status} for status in (400, 401, 402, 403, 404)}

pytestmark = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.operation)


def sent(mock: EvoLinkMock, model: Model) -> list[Any]:
    """The submissions that arrived."""
    return [request for request in mock.requests if request.operation == model.operation]


def submit(client: Client, model: Model) -> Any:
    return client.run(getattr(client, model.resource).create(RequestObject(model.example)))


def completed(client: Client, model: Model) -> Any:
    return client.run(submit(client, model).wait(36_000))


@pytest.mark.parametrize("fault", [*UNKNOWN, *REFUSED])
def test_create_is_sent_once_after_fault(
    make_client: MakeClient, mock: EvoLinkMock, reply_checker: ReplyChecker, model: Model, fault: str
) -> None:
    reply_checker.is_disabled = True
    mock.fault(**{**UNKNOWN, **REFUSED}[fault], operation="create", times=9)
    with pytest.raises(evolink.APIError) as caught:
        submit(make_client(), model)
    assert len(sent(mock, model)) == 1
    assert caught.value.outcome_unknown == (fault in UNKNOWN)
    assert caught.value.idempotency_key == sent(mock, model)[0].headers["idempotency-key"]


def test_rate_limited_create_is_sent_again_with_same_key(
    make_client: MakeClient, mock: EvoLinkMock, model: Model
) -> None:
    began = mock.clock.now()
    mock.fault(status=429, headers={"Retry-After": "7"}, operation="create", times=2)
    submit(make_client(), model)
    assert [request.status for request in sent(mock, model)] == [
        429,
        429,
        catalog.success_of(model.operation),
    ]
    assert len({request.headers["idempotency-key"] for request in sent(mock, model)}) == 1
    assert mock.clock.now() - began == pytest.approx(14)


def test_wait_survives_outage(make_client: MakeClient, mock: EvoLinkMock, model: Model) -> None:
    client = make_client()
    task = submit(client, model)
    mock.fault(status=500, operation="query", times=3)
    assert client.run(task.wait(36_000)).status == "completed"


def test_wait_ends_at_deadline(make_client: MakeClient, mock: EvoLinkMock, model: Model) -> None:
    client = make_client()
    task = submit(client, model)
    began = mock.clock.now()
    with pytest.raises(evolink.TaskTimeout) as caught:
        client.run(task.wait(5))
    assert mock.clock.now() - began == pytest.approx(5, abs=1)
    assert caught.value.task.id == task.id


def test_unknown_status_counts_as_running(
    make_client: MakeClient, mock: EvoLinkMock, reply_checker: ReplyChecker, model: Model
) -> None:
    reply_checker.is_disabled = True
    mock.outcome("completed", status="polishing")
    client = make_client()
    task, seen = submit(client, model), set()
    client.run(task.wait(36_000, on_update=lambda task: seen.add(task.status)))
    assert task.status == "completed"
    assert "polishing" in seen


def test_failed_task_reports_documented_advice(
    make_client: MakeClient, mock: EvoLinkMock, model: Model
) -> None:
    query = catalog.INDEX["operations"][model.operation]["generation"]["query"]
    client = make_client()
    for known in replies.values_of(replies.schema_of(query, 200) or {}, "x-evolink-task-errors"):
        for code, says in known.items():
            mock.outcome("failed", code=code)
            task = submit(client, model)
            with pytest.raises(evolink.TaskFailed) as caught:
                client.run(task.wait(36_000))
            assert (caught.value.code, caught.value.retryable) == (code, says["retryable"])
            assert caught.value.advice == says["advice"]


def test_interrupted_download_resumes(
    make_client: MakeClient, mock: EvoLinkMock, tmp_path: Path, model: Model
) -> None:
    client = make_client()
    task = completed(client, model)
    complete = api_requests.HTTP.get(task.results[0]).content
    mock.fault(truncate=100, operation="results")
    [path] = client.run(task.download(tmp_path / "it.bin"))
    ranges = [request.headers.get("range") for request in mock.requests if request.operation == "results"]
    assert ranges[-2:] == ["bytes=0-", "bytes=100-"]
    assert path.read_bytes() == complete
    assert [one.name for one in tmp_path.iterdir()] == ["it.bin"]
    assert all("authorization" not in one.headers for one in mock.requests if one.operation == "results")


def test_incomplete_file_does_not_appear(
    make_client: MakeClient, mock: EvoLinkMock, tmp_path: Path, model: Model
) -> None:
    client = make_client()
    task = completed(client, model)
    mock.fault(truncate=100, operation="results", times=9)
    with contextlib.suppress(evolink.IncompleteDownload):
        client.run(task.download(tmp_path / "it.bin"))
        pytest.fail("the file cannot be complete")
    assert not (tmp_path / "it.bin").exists()


def test_expired_link_is_renewed_once(
    make_client: MakeClient, mock: EvoLinkMock, tmp_path: Path, model: Model
) -> None:
    mock.outcome("completed", renew_links=True)
    client = make_client()
    task = completed(client, model)
    mock.fault(status=410, operation="results")
    client.run(task.download(tmp_path / "it.bin"))
    assert (tmp_path / "it.bin").stat().st_size > 100
    mock.fault(status=410, operation="results", times=9)
    with pytest.raises(evolink.ResultExpired):
        client.run(task.download(tmp_path / "again.bin"))
