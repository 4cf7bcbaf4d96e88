"""`evolink-client tasks`."""

from pathlib import Path
from typing import Any

import pytest

from evolink_mock import EvoLinkMock

UNKNOWN = "task-unified-1-unknown"


@pytest.fixture
def ids(cli: Any, words: list[str], evolink_mock: EvoLinkMock) -> list[str]:
    """Three tasks, of which the second will fail."""
    evolink_mock.outcome("completed")
    evolink_mock.outcome("failed", code="service_error")
    return [cli(*words, "--yes", "--no-wait").out.strip() for _ in range(3)]


def test_tasks_are_shown(cli: Any, ids: list[str], evolink_mock: EvoLinkMock) -> None:
    evolink_mock.clock.advance(1000)
    ended = cli("tasks", "get", *ids, UNKNOWN, "--json")
    assert [record["status"] for record in ended.records[:-1]] == ["completed", "failed", "completed"]
    assert (ended.code, ended.record("error")["status"]) == (3, 404)
    people = cli("tasks", "get", *ids)
    assert people.code == 0
    assert "error    service_error" in people.out
    assert people.out.count("result   https://") == 2


def test_all_are_waited_for_and_the_failed_one_counts(cli: Any, ids: list[str]) -> None:
    ended = cli("tasks", "wait", *ids)
    assert ended.code == 1
    assert len(ended.out.splitlines()) == 2
    assert all(line.startswith("https://") for line in ended.out.splitlines())
    assert "service_error" in ended.err


def test_all_are_downloaded(cli: Any, ids: list[str], tmp_path: Path) -> None:
    ended = cli("tasks", "download", *ids, "-o", str(tmp_path), "--json")
    assert ended.code == 1
    assert {record["task_id"] for record in ended.records if record["type"] == "file"} == {ids[0], ids[2]}
    assert ended.record("summary")["tasks"] == {"completed": 2, "failed": 1}
    assert ended.record("summary")["files"] == 2
    assert "processing" in {record["status"] for record in ended.records if record["type"] == "task"}


def test_one_that_is_unknown_does_not_stop_the_others(cli: Any, ids: list[str], tmp_path: Path) -> None:
    ended = cli("tasks", "download", UNKNOWN, ids[0], "-o", str(tmp_path), "--json")
    assert ended.code == 3
    assert ended.record("summary")["files"] == 1


def test_unknown_one_is_named_and_not_asked_for_again(cli: Any, ids: list[str]) -> None:
    error = cli("tasks", "wait", ids[0], UNKNOWN, "--json").record("error")
    assert error["message"].startswith(f"{UNKNOWN}: 404")
    assert error["next"] == ["evolink-client tasks list"]


def test_empty_list_says_so(cli: Any, evolink_mock: EvoLinkMock) -> None:
    ended = cli("tasks", "list")
    assert (ended.code, ended.out, ended.err) == (0, "", "No task matches.\n")
    assert cli("tasks", "list", "--json").records == []


def test_timeout_names_those_that_are_not_done(cli: Any, ids: list[str]) -> None:
    error = cli("tasks", "wait", *ids, "--timeout", "1", "--json").record("error")
    assert error["code"] == "timeout"
    assert error["next"] == [f"evolink-client tasks wait {' '.join(ids)}"]


def test_several_tasks_need_a_folder(cli: Any, ids: list[str], evolink_mock: EvoLinkMock) -> None:
    before = len(evolink_mock.requests)
    ended = cli("tasks", "download", *ids, "-o", "cat.mp4", "--json")
    assert (ended.code, ended.record("error")["field"]) == (2, "--output")
    assert len(evolink_mock.requests) == before


def test_expired_result_is_an_error_of_the_api(
    cli: Any, ids: list[str], tmp_path: Path, evolink_mock: EvoLinkMock
) -> None:
    evolink_mock.clock.advance(1000)
    evolink_mock.fault(status=404, operation="results", times=99)
    ended = cli("tasks", "download", ids[0], "-o", str(tmp_path), "--json")
    assert (ended.code, ended.record("error")["code"]) == (3, "download_failed")


def test_mock_says_that_it_forgets(cli: Any, no_key: None) -> None:
    assert "evolink-mock serve" in cli("--mock", "tasks", "get", UNKNOWN).err


def test_base_url_is_part_of_the_command_that_goes_on(
    cli: Any, words: list[str], evolink_mock: EvoLinkMock
) -> None:
    url = evolink_mock.base_url
    ended = cli(*words, "--yes", "--no-wait", "--base-url", url, "--api-key", "evolink-mock-key")
    assert ended.err.strip().endswith(f"-o . --base-url {url}")
    assert "--api-key" not in ended.err
