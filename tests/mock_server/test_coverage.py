"""Contract coverage of a run of pytest."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from evolink_mock import Contract, EvoLinkMock
from evolink_mock._engine import coverage
from evolink_mock._engine.coverage import CoverageCounter
from evolink_mock._engine.faults import Fault

from .conftest import CLIP, CLIPS, CONTRACT_FILE, ApiClient, client_of

pytest_plugins = ("pytester",)

SUITE = f"""
import httpx, pytest
from evolink_mock import EvoLinkMock

def api(mock):
    return httpx.Client(base_url=mock.base_url, headers={{"Authorization": f"Bearer {{mock.api_key}}"}})

@pytest.mark.evolink_mock(contract={str(CONTRACT_FILE)!r})
def test_the_fixture(evolink_mock):
    with api(evolink_mock) as client:
        task_id = client.post({CLIPS!r}, json={{**{CLIP!r}, "style": {{"lines": "thin"}}}}).json()["id"]
        evolink_mock.clock.advance(100)
        assert client.get(f"/v2/jobs/{{task_id}}").json()["status"] == "completed"
        evolink_mock.reset()

def test_a_mock_of_its_own():
    with EvoLinkMock(contract={str(CONTRACT_FILE)!r}) as mock, api(mock) as client:
        mock.outcome("failed", code="tired")
        task_id = client.post({CLIPS!r}, json={CLIP!r}).json()["id"]
        mock.clock.advance(100)
        client.get(f"/v2/jobs/{{task_id}}?verbose=1")
        mock.fault(status=418)
        client.get("/v2/balance")
"""


@pytest.fixture
def counter() -> Iterator[CoverageCounter]:
    before = coverage.active
    coverage.active = CoverageCounter()
    yield coverage.active
    coverage.active = before


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading all plugins of the environment would take most of the time of a small run."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(SUITE)
    return pytester


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "-p", "evolink_mock.pytest_plugin", *options
    )


def report(pytester: pytest.Pytester) -> Any:
    return json.loads((pytester.path / "coverage.json").read_text())


def test_report(suite: pytest.Pytester) -> None:
    result = run(suite, "--evolink-coverage", "--evolink-coverage-json=coverage.json")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "*contract coverage*",
            "Synthetic * used * of * not used",
            "operations * 3 * 7 * 42 %  createSound, *sendFile*",
            "models * 1 * 4 * 25 %  *",
            "  toon-1 * 4 * 9 * 44 %  aspect_ratio, quality, seconds, images, notify",
            "  createClip * 1 * 6 * 16 %  400, 401, 402, 403, 429",
            "outcomes * 2 * 4 * 50 %  cancelled",
            "  failed * 1 * 2 * 50 %  ugly",
            "not documented: getBalance 418",
            "* % of the contract used",
        ]
    )
    [found] = report(suite)["contracts"]
    assert found["operations"]["used"] == {"createClip": 2, "getJob": 2, "getBalance": 1}
    assert found["parameters"]["used"]["createClip toon-1 prompt"] == 2
    assert found["parameters"]["used"]["createClip toon-1 style.lines"] == 1
    assert found["parameters"]["used"]["getJob verbose"] == 1
    assert found["outcomes"] == {
        "used": {"completed": 1, "failed tired": 1},
        "not_used": ["failed ugly", "cancelled"],
    }
    assert found["not_documented"] == {"getBalance 418": 1}


@pytest.mark.parametrize(("least", "code"), [("20", 0), ("80", 1)])
def test_fail_under(suite: pytest.Pytester, least: str, code: int) -> None:
    result = run(suite, f"--evolink-coverage-fail-under={least}")
    assert result.ret == code
    assert ("ERROR: less than the 80 % of --evolink-coverage-fail-under" in result.outlines) == (code == 1)


@pytest.mark.slow
def test_counts_of_xdist_workers_are_added(suite: pytest.Pytester) -> None:
    """Each of the two tests may run in its own process."""
    options = ("--evolink-coverage-json=coverage.json", "--evolink-coverage-fail-under=80")
    result = run(suite, "-p", "xdist", "-n", "2", *options)
    assert result.ret == 1
    assert "ERROR: less than the 80 % of --evolink-coverage-fail-under" in result.outlines
    [found] = report(suite)["contracts"]
    assert found["operations"]["used"] == {"createClip": 2, "getJob": 2, "getBalance": 1}
    assert found["outcomes"]["used"] == {"completed": 1, "failed tired": 1}
    assert len([line for line in result.outlines if "contract coverage" in line]) == 1


def test_failed_run_stays_failed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it():\n    assert False\n")
    assert run(pytester, "--evolink-coverage-fail-under=0").ret == 1


def test_report_of_a_run_without_requests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it():\n    pass\n")
    result = run(pytester, "--evolink-coverage")
    operations = len(Contract.load().operations)
    result.stdout.fnmatch_lines([f"operations * 0 * {operations} * 0 %  *", "0 % of the contract used"])


def test_nothing_is_measured_by_default(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "def test_it(pytestconfig):\n    assert not pytestconfig.pluginmanager.has_plugin('evolink_coverage')"
    )
    result = run(pytester)
    assert result.ret == 0
    assert "contract coverage" not in result.stdout.str()


def test_counting_stops_after_the_run(suite: pytest.Pytester) -> None:
    before = coverage.active
    run(suite, "--evolink-coverage")
    assert coverage.active is before


@pytest.mark.parametrize("percent", ["101", "-1", "much"])
def test_invalid_threshold_is_refused(pytester: pytest.Pytester, percent: str) -> None:
    result = run(pytester, f"--evolink-coverage-fail-under={percent}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--evolink-coverage-fail-under" in result.stderr.str()


def test_report_in_a_missing_folder_is_refused(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--evolink-coverage-json=missing/coverage.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "missing/coverage.json: the folder does not exist" in result.stderr.str()


def test_reset_keeps_the_counts(api: ApiClient, counter: CoverageCounter) -> None:
    api.get("/v2/balance")
    api.engine.reset()
    api.get("/v2/balance")
    assert counter.coverage(api.engine.contract).used["operations", "getBalance"] == 2


def test_dropped_response_is_not_counted(api: ApiClient, counter: CoverageCounter) -> None:
    api.engine.faults.add(Fault(status=401, disconnect="after"))
    with pytest.raises(httpx.RemoteProtocolError):
        api.get("/v2/balance")
    used = counter.coverage(api.engine.contract).used
    assert (used["operations", "getBalance"], used["replies", "getBalance", "401"]) == (1, 0)


def test_undocumented_parameters_are_not_counted(api: ApiClient, counter: CoverageCounter) -> None:
    api.post(CLIPS, CLIP | {"promt": 1, "style": {"colour": "red"}})
    counts = counter.coverage(api.engine.contract)
    assert {item[3] for item in counts.used if item[0] == "parameters"} == {"model", "prompt", "style"}
    assert counts.undocumented() == []


def test_end_reported_by_a_callback_is_counted(counter: CoverageCounter, synthetic: Contract) -> None:
    with EvoLinkMock(contract=synthetic) as mock, client_of(mock) as client:
        mock.router.post("https://hooks.test/done").respond(204)
        mock.outcome("cancelled")
        client.post(CLIPS, json=CLIP | {"notify": "https://hooks.test/done"})
        mock.clock.advance(100)
    assert counter.coverage(synthetic).used["outcomes", "cancelled"] == 1


def test_equal_contracts_share_their_counts() -> None:
    counter = CoverageCounter()
    first = counter.coverage(Contract.load(CONTRACT_FILE))
    assert counter.coverage(Contract.load(CONTRACT_FILE)) is first
    assert counter.coverage(Contract.load()) is not first


def test_counts_of_processes_are_added(synthetic: Contract) -> None:
    one, other = CoverageCounter(), CoverageCounter()
    for counter in (one, other):
        counter.coverage(synthetic).used["operations", "getJob"] += 1
    other.coverage(synthetic).used["operations", "sendFile"] += 1
    one.add(json.loads(json.dumps(other.to_dict())))
    used = one.coverage(synthetic).used
    assert (used["operations", "getJob"], used["operations", "sendFile"]) == (2, 1)
    assert one.fraction == 2 / len(one.coverage(synthetic).items)


def test_percentage_is_rounded_down(synthetic: Contract) -> None:
    counter = CoverageCounter()
    counts = counter.coverage(synthetic)
    counts.used.update(counts.items[1:])
    assert "100 % of the contract used" not in list(coverage.report_lines(counter))
    counts.used.update(counts.items[:1])
    assert list(coverage.report_lines(counter))[-1] == "100 % of the contract used"


@pytest.mark.parametrize("width", [20, 60, 200])
def test_report_fits_the_terminal(synthetic: Contract, width: int) -> None:
    counter = CoverageCounter()
    counter.coverage(synthetic)
    counter.coverage(Contract.load())
    room = max(width, 75)
    assert all(len(line) <= room for line in coverage.report_lines(counter, width))
