"""A run survives a break at each of its steps: a kill, a lost network, a full disk, expired links.

`make test-crash` breaks off at every step (EVOLINK_CRASH_POINTS=all), else at some of them.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bulk import crashes, postgres, stalled_run
from mock_process import serving

SCRIPT = Path(__file__).with_name("crashes.py")
# The scripts import from `tests`.
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
KEY = "sk-crash-0123456789abcdef"
IS_COMPLETE = os.environ.get("EVOLINK_CRASH_POINTS") == "all"
SAMPLES = {"kill": 12, "network": 6, "disk": 6, "expire": 6}
CASES = [(what, mode) for what in SAMPLES for mode in ("default", "trust")]
SEED = 18


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    options = ("--quiet", "--speed", "300", "--credits", "1e12", "--api-key", KEY)
    with serving(*options) as (_, url):
        yield url


def trials(url: str, folder: Path, what: str, mode: str, points: list[int]) -> Iterator[dict[str, Any]]:
    """A run for each point that breaks off there and is made to its end; in one process after the other."""
    command = [sys.executable, str(SCRIPT), url, KEY, str(folder), what, mode, *map(str, points)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, timeout=3600, env=ENVIRONMENT
    )
    yield from map(json.loads, done.stdout.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize(("what", "mode"), CASES)
def test_run_survives(what: str, mode: str, address: str, tmp_path: Path) -> None:
    steps = next(trials(address, tmp_path, what, mode, [0]))["steps"]
    assert steps > 50
    points = list(range(1, steps + 1))
    if not IS_COMPLETE:
        points = sorted(random.Random(f"{SEED} {what} {mode}").sample(points, SAMPLES[what]))
    found = list(trials(address, tmp_path, what, mode, points))
    assert [each for each in found if each["wrong"]] == []
    assert len(found) == len(points)
    broken = [each for each in found if each["steps"] != steps]
    assert len(broken) > len(points) / 2
    if mode == "default" and what in {"kill", "network"} and IS_COMPLETE:
        assert any(each["unknown"] for each in found)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["default", "trust"])
@pytest.mark.parametrize(("what", "least"), [("processes", 8), ("connections", 8), ("server", 3)])
def test_processes_that_share_a_run_survive(
    what: str, least: int, mode: str, address: str, tmp_path: Path
) -> None:
    script = str(SCRIPT.with_name("shared_runs.py"))
    broken = []
    with postgres.postgres() as journal:
        # A process of the tests that stands still for a while may find the run at its end.
        for seed in range(5):
            postgres.empty(journal)
            arguments = [address, KEY, str(tmp_path), journal, what, mode, str(seed)]
            done = subprocess.run(
                [sys.executable, script, *arguments],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                timeout=300,
                env=ENVIRONMENT,
            )
            found = json.loads(done.stdout)
            assert found["wrong"] == []
            if what != "processes":  # nobody has died
                assert (found["has_given_up"], found["unknown"]) == (0, 0)
            broken.append(found["broken"])
            if broken[-1] >= least and not IS_COMPLETE:
                break
    assert max(broken) >= least


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["default", "trust"])
@pytest.mark.parametrize("where", ["checking", "writing"])
def test_process_that_stood_still_charges_nothing_twice(
    where: str, mode: str, address: str, tmp_path: Path
) -> None:
    folder, jobs = tmp_path / "stalled", stalled_run.JOBS
    crashes.prepare(address, jobs)
    script = str(SCRIPT.with_name("stalled_run.py"))
    with postgres.postgres() as journal:
        command = [sys.executable, script, address, KEY, str(folder), journal, mode, where]
        with subprocess.Popen(command, env=ENVIRONMENT) as stalled:
            _, status = os.waitpid(stalled.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            # Meanwhile its leases end, and another process takes its jobs over.
            other = crashes.run(address, KEY, folder, mode, journal=journal, count=jobs)
            stalled.send_signal(signal.SIGCONT)
            assert stalled.wait(60) == 0
        last = crashes.run(address, KEY, folder, mode, journal=journal, count=jobs)
        assert crashes.wrongs(address, folder, mode, last, "kill", journal=journal, count=jobs) == []
    assert (other.unknown > 0) == (mode == "default")
    assert last.done == jobs  # what it submitted was noted, and what it did not was queued again
