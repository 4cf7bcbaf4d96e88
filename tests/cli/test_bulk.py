"""`bulk run`, `bulk status` and `bulk resolve`."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from evolink.bulk import JournalError
from evolink.bulk.sqlite import SQLiteJournal
from evolink.cli.bulk_report import without_password
from evolink_mock import EvoLinkMock


@pytest.fixture
def jobs(example: dict[str, Any], tmp_path: Path) -> str:
    """A file with three jobs."""
    path = tmp_path / "jobs.jsonl"
    bodies = [{**example, "id": f"cat-{number}", "prompt": f"number {number}"} for number in (1, 2, 3)]
    path.write_text("\n".join(map(json.dumps, bodies)), encoding="utf-8")
    return str(path)


@pytest.fixture
def out(tmp_path: Path) -> str:
    return str(tmp_path / "out")


def test_run_prints_jobs_and_a_summary(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    ended = cli("bulk", "run", jobs, "-o", out, "--yes", "--json")
    assert ended.code == 0
    assert [record["status"] for record in ended.records if record["type"] == "job"] == ["done"] * 3
    summary = ended.record("summary")
    assert summary["tasks"] == {"done": 3}
    assert Path(summary["results"]).exists()
    assert cli("bulk", "run", jobs, "-o", out, "--yes").code == 0
    assert len(evolink_mock.tasks) == 3


def test_dry_run_needs_no_key_and_sends_nothing(cli: Any, jobs: str, out: str, no_key: None) -> None:
    ended = cli("bulk", "run", jobs, "-o", out, "--dry-run")
    assert ended.code == 0
    assert "3 jobs are valid" in ended.out
    assert cli("bulk", "run", jobs, "-o", out, "--dry-run", "--json").record("summary")["tasks"] == {
        "checked": 3
    }
    assert not Path(out).exists()


def test_run_without_consent_is_refused(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    ended = cli("bulk", "run", jobs, "-o", out)
    assert ended.code == 2
    assert "nothing was sent" in ended.err
    assert cli("bulk", "run", jobs, "-o", out, answer="n").code == 2
    assert not evolink_mock.tasks
    assert cli("bulk", "run", jobs, "-o", out, answer="y").code == 0
    assert cli("bulk", "run", jobs, "-o", out).code == 0  # there is nothing left to pay for


def test_cost_is_that_of_the_jobs_that_are_left(
    cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock
) -> None:
    evolink_mock.outcome("completed")
    evolink_mock.outcome("failed")
    assert cli("bulk", "run", jobs, "-o", out, "--yes", "-j", "1", "--fail-fast").code == 1
    question = cli("bulk", "run", jobs, "-o", out, answer="n").err
    price = evolink_mock.ledger.charged
    assert f"Running 1 job of 3 costs about {price:g} credits" in question


def test_missing_key_is_reported_before_the_question(cli: Any, jobs: str, out: str, no_key: None) -> None:
    ended = cli("bulk", "run", jobs, "-o", out, answer="y")
    assert "there is no API key" in ended.err
    assert "Go on?" not in ended.err
    assert "bulk run" not in ended.err


def test_refused_run_does_not_say_to_repeat_it(
    cli: Any, jobs: str, out: str, tmp_path: Path, evolink_mock: EvoLinkMock
) -> None:
    cli("bulk", "run", jobs, "-o", out, "--yes")
    other = tmp_path / "other.jsonl"
    other.write_text(Path(jobs).read_text("utf-8").splitlines()[0], "utf-8")
    error = cli("bulk", "run", str(other), "-o", out, "--yes", "--json").record("error")
    assert (error["code"], error["next"]) == ("wrong_use", ["evolink-client bulk run --help"])
    assert cli("bulk", "run", str(other), "-o", out, "--dry-run").out.startswith("1 job is valid; it costs")


def test_missing_extra_of_a_journal(
    cli: Any, jobs: str, out: str, monkeypatch: pytest.MonkeyPatch, evolink_mock: EvoLinkMock
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "evolink.bulk.postgres", raising=False)
    address = "postgresql://localhost/jobs"
    error = cli("bulk", "run", jobs, "-o", out, "--yes", "--journal", address, "--json").record("error")
    assert (error["code"], error["next"]) == ("missing_extra", [])
    assert "pip install 'evolink-client[postgres]'" in error["message"]


def test_folder_that_cannot_be_written_is_no_wrong_use(
    cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock
) -> None:
    Path(out).touch()
    error = cli("bulk", "run", jobs, "-o", out, "--yes", "--json").record("error")
    assert (error["code"], error["exit_code"]) == ("output_failed", 3)
    assert error["next"] == [f"evolink-client bulk run {jobs} -o {out} -j 8 --yes"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://host/jobs", "postgresql://host/jobs"),
        ("postgresql://me@host/jobs", "postgresql://me@host/jobs"),
        ("postgresql://me:secret@host:5432/jobs", "postgresql://me:***@host:5432/jobs"),
        ("postgresql://host/jobs?user=me&password=secret", "postgresql://host/jobs?user=me&password=***"),
        ("sqlite:my:file@home", "sqlite:my:file@home"),
    ],
)
def test_password_of_a_journal_is_hidden(address: str, shown: str) -> None:
    assert without_password(address) == shown


def test_jobs_are_read_from_stdin(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    text = Path(jobs).read_text(encoding="utf-8")
    assert cli("bulk", "run", "-", "-o", out, "--yes", stdin=text).code == 0
    assert len(evolink_mock.tasks) == 3


def test_jobs_are_read_from_a_pipe(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    reader, writer = os.pipe()
    os.write(writer, Path(jobs).read_bytes())
    os.close(writer)
    assert cli("bulk", "run", f"/dev/fd/{reader}", "-o", out, "--yes").code == 0
    os.close(reader)
    assert len(evolink_mock.tasks) == 3


def test_mock_needs_nothing(cli: Any, jobs: str, out: str, no_key: None) -> None:
    ended = cli("--mock", "bulk", "run", jobs, "-o", out)
    assert ended.code == 0
    assert "another folder" in ended.err


def test_faults_are_reported_with_their_lines(cli: Any, out: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"model": "nothing"}\n\n{', encoding="utf-8")
    error = cli("bulk", "run", str(path), "-o", out, "--yes", "--json").record("error")
    assert (error["code"], error["exit_code"]) == ("invalid_request", 2)
    assert [problem["message"].partition(":")[0] for problem in error["problems"]] == ["line 1", "line 3"]


def test_max_credits_stops_the_run(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    cli("bulk", "run", jobs, "-o", f"{out}-all", "--yes")
    price = evolink_mock.ledger.charged / 3
    ended = cli("bulk", "run", jobs, "-o", out, "-j", "1", "--max-credits", f"{1.5 * price}")
    assert ended.code == 2
    assert f"2 jobs left: the next one would exceed --max-credits {1.5 * price:g}" in ended.err
    assert f"bulk run {jobs} -o {out}" in ended.err  # the command that goes on


def test_failed_job_is_exit_code_1(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    evolink_mock.outcome("failed")
    assert cli("bulk", "run", jobs, "-o", out, "--yes").code == 1


def test_task_that_the_journal_cannot_note_is_named(
    cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise JournalError("the disk is full")

    monkeypatch.setattr(SQLiteJournal, "write", fail)
    error = cli("bulk", "run", jobs, "-o", out, "--yes", "-j", "1", "--json").record("error")
    assert error["code"] == "journal_failed"
    assert f"cat-1={evolink_mock.tasks[0].id}" in error["next"][0]
    monkeypatch.undo()
    assert cli("bulk", "run", jobs, "-o", out, "--yes").code == 5


def test_refusal_of_the_api_is_shown(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    evolink_mock.fault(status=402, operation="create")
    ended = cli("bulk", "run", jobs, "-o", out, "--yes", "-j", "1", "--json")
    assert ended.code == 3
    assert ended.record("error")["status"] == 402


def test_unknown_job_is_listed_and_resolved(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    evolink_mock.fault(disconnect="after", operation="create")
    ended = cli("bulk", "run", jobs, "-o", out, "--yes", "-j", "1")
    assert ended.code == 5
    assert f"bulk resolve {out}" in ended.err
    listed = cli("bulk", "resolve", out)
    assert "cat-1, unknown, key evolink-" in listed.out
    assert "--task-id" in listed.err
    (job,) = [one for one in cli("bulk", "resolve", out, "--json").records if one["type"] == "job"]
    assert job["status"] == "unknown"
    assert cli("bulk", "resolve", out, "--task-id", "nothing").code == 2
    assert cli("bulk", "resolve", out, "--retry", "nothing").code == 2
    resolved = cli("bulk", "resolve", out, "--task-id", f"cat-1={evolink_mock.tasks[0].id}")
    assert (resolved.code, resolved.out) == (0, "")
    assert cli("bulk", "run", jobs, "-o", out, "--yes").code == 0
    assert len(evolink_mock.tasks) == 3


def test_status_shows_states(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    cli("bulk", "run", jobs, "-o", out, "--yes")
    assert "downloaded   3" in cli("bulk", "status", out).out
    assert cli("bulk", "status", out, "--json").record("summary")["tasks"] == {"downloaded": 3}
    assert cli("bulk", "status", f"{out}-none").code == 2


def test_password_of_a_journal_is_not_shown(cli: Any, jobs: str, out: str, evolink_mock: EvoLinkMock) -> None:
    address = "postgresql://me:sesame@127.0.0.1:9/none"
    ended = cli("bulk", "run", jobs, "-o", out, "--yes", "--journal", address)
    assert ended.code == 3
    assert "sesame" not in ended.out + ended.err
