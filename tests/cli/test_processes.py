"""Each exit code by a process of its own, interrupts, and pipes whose reader goes away."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import strict
from cli.processes import COMMAND, LONG, Api, environment, piped
from conditions import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def silent() -> Iterator[str]:
    """An address where nobody answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def records(done: Any) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for record in found:
        strict().validate(record)
    return found


def test_0_done(api: Api, words: list[str], tmp_path: Path) -> None:
    done = piped(*words, "--yes", "-o", str(tmp_path), env=api.environment)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).stat().st_size > 1000
    assert "\x1b" not in done.stdout + done.stderr


def test_1_task_failed(api: Api, words: list[str]) -> None:
    api.admin("outcomes", outcome="failed", code="content_policy_violation")
    done = piped(*words, "--yes", "--json", env=api.environment)
    assert done.returncode == 1
    assert records(done)[-2]["code"] == "task_failed"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--unknown"], "unknown_option"),
        ([], "spending_refused"),
        (["--max-credits", "1"], "spending_refused"),
    ],
)
def test_2_wrong_use(api: Api, words: list[str], options: list[str], code: str) -> None:
    done = piped(*words, *options, "--json", env=api.environment)
    assert done.returncode == 2
    assert records(done)[-1]["code"] == code
    assert api.admin("requests") == []


def test_2_no_key(words: list[str]) -> None:
    done = piped(*words, "--yes", "--json", env={})
    assert (done.returncode, records(done)[-1]["code"]) == (2, "no_api_key")


def test_3_api_error(api: Api, words: list[str]) -> None:
    api.admin("faults", status=402)
    done = piped(*words, "--yes", "--json", env=api.environment)
    assert (done.returncode, records(done)[-1]["status"]) == (3, 402)


def test_3_no_connection(silent: str, words: list[str]) -> None:
    done = piped(*words, "--yes", "--json", env={"EVOLINK_BASE_URL": silent, "EVOLINK_API_KEY": "k" * 20})
    assert (done.returncode, records(done)[-1]["code"]) == (3, "no_connection")


def test_4_timeout_and_going_on(api: Api, words: list[str], tmp_path: Path) -> None:
    done = piped(*words, "--yes", "--json", "--timeout", "0.1", "-o", f"{tmp_path}/", env=api.environment)
    error = next(record for record in records(done) if record["type"] == "error")
    assert (done.returncode, error["code"]) == (4, "timeout")
    program, *resume = shlex.split(error["next"][-1])
    assert program == "evolink-client"
    assert piped(*resume, env=api.environment).returncode == 0
    assert len(list(tmp_path.iterdir())) == 1
    assert len(api.admin("tasks")) == 1


def test_5_outcome_unknown_and_going_on(api: Api, words: list[str]) -> None:
    api.admin("faults", disconnect="after")
    done = piped(*words, "--yes", "--json", "--no-wait", env=api.environment)
    error = records(done)[-1]
    assert (done.returncode, error["code"]) == (5, "outcome_unknown")
    again = piped(
        *words,
        "--yes",
        "--json",
        "--no-wait",
        "--idempotency-key",
        error["idempotency_key"],
        env=api.environment,
    )
    assert again.returncode == 0
    assert [task["id"] for task in api.admin("tasks")] == [records(again)[0]["id"]]


def interrupted(
    api: Api, *arguments: str, when: str, by: signal.Signals = signal.SIGINT
) -> tuple[int, str, str]:
    """Run the command, and interrupt it when a line has this text, or when a request has arrived."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(api.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    errors = ""
    if when == "request":
        wait_until(lambda: api.admin("requests"))
    else:
        while when not in errors:
            line = process.stderr.readline()
            assert line, errors
            errors += line
    process.send_signal(by)
    out, rest = process.communicate(timeout=60)
    return process.returncode, out, errors + rest


def test_130_interrupt_while_waiting(api: Api, words: list[str], tmp_path: Path) -> None:
    api.admin("outcomes", outcome="completed", seconds=LONG)
    code, out, errors = interrupted(api, *words, "--yes", "-o", f"{tmp_path}/x.mp4", when="pending")
    task_id = api.admin("tasks")[0]["id"]
    assert (code, out) == (130, "")
    assert f"evolink-client tasks download {task_id} -o {tmp_path}/x.mp4" in errors
    assert "Traceback" not in errors
    assert "client." not in errors  # no advice for Python


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_130_interrupt_while_submitting(api: Api, words: list[str], by: signal.Signals) -> None:
    api.admin("faults", hang=True)
    code, _, errors = interrupted(api, *words, "--yes", when="request", by=by)
    assert code == 130
    assert "may have been charged" in errors
    assert "--idempotency-key" in errors


@pytest.fixture
def jobs(tmp_path: Path, example: dict[str, Any]) -> str:
    """A file of six jobs."""
    path = tmp_path / "jobs.jsonl"
    bodies = [{**example, "prompt": f"number {number}"} for number in range(6)]
    path.write_text("\n".join(map(json.dumps, bodies)), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_130_interrupt_of_a_bulk_run(api: Api, jobs: str, tmp_path: Path, by: signal.Signals) -> None:
    api.admin("faults", delay=1, operation="create", times=2)
    api.admin("outcomes", outcome="completed", seconds=LONG, times=2)
    command = ["bulk", "run", jobs, "-o", f"{tmp_path}/out", "-j", "2", "--yes"]
    code, out, errors = interrupted(api, *command, when="request", by=by)
    assert (code, out) == (130, "")
    assert f"Next: evolink-client {shlex.join(command)}" in errors
    assert "Traceback" not in errors
    results = [json.loads(line) for line in (tmp_path / "out/results.jsonl").read_text().splitlines()]
    submitted = {each["task_id"] for each in results if each["task_id"] is not None}
    assert {each["status"] for each in results} == {"pending"}
    assert submitted == {task["id"] for task in api.admin("tasks")} != set()
    api.clear("outcomes")
    api.admin("clock", advance=LONG)
    assert piped(*command, env=api.environment).returncode == 0
    assert len(api.admin("tasks")) == 6


def test_130_second_interrupt_of_a_bulk_run_ends_at_once(api: Api, jobs: str, tmp_path: Path) -> None:
    api.admin("faults", hang=True, operation="create")
    command = ["bulk", "run", jobs, "-o", f"{tmp_path}/out", "-j", "1", "--yes"]
    process = subprocess.Popen(
        [*COMMAND, *command], env=environment(api.environment), stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: api.admin("requests"))
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "once more ends at once" not in (line := process.stderr.readline()):
        assert line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert piped(*command, env=api.environment).returncode == 5  # the one that was in flight is unknown
    assert len(api.admin("tasks")) == 5


def test_nohup_keeps_the_command_alive(api: Api, words: list[str], tmp_path: Path) -> None:
    script = """import signal, os, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from evolink.cli import main
from evolink.cli.progress import _LineProgress
show = _LineProgress.task
_LineProgress.task = lambda *args: (os.kill(os.getpid(), signal.SIGHUP), show(*args))
sys.exit(main())"""
    done = piped(
        *words, "--yes", "-o", str(tmp_path), env=api.environment, command=(sys.executable, "-c", script)
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_reader_that_never_came(option: str) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [*COMMAND, option]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("options", [["--json"], []])
def test_reader_that_goes_away(api: Api, words: list[str], tmp_path: Path, options: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, *words, "--yes", "-o", str(tmp_path), *options],
        env=environment(api.environment),
        stdin=subprocess.DEVNULL,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert done.returncode == 0
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stderr
    assert len(list(tmp_path.iterdir())) == 1  # it has been paid for


def test_key_is_in_no_output(api: Api, words: list[str], tmp_path: Path) -> None:
    env = {"EVOLINK_BASE_URL": api.url}
    for more in (["--log", "debug"], ["--timeout", "0.1"], ["--json", "--timeout", "0.1"]):
        done = piped(*words, "--yes", "--api-key", api.key, "-o", str(tmp_path), *more, env=env)
        assert api.key not in done.stdout + done.stderr
