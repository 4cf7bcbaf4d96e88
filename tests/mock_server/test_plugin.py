"""The pytest plugin."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from contract import catalog

import evolink_mock as package
from evolink_mock import Contract, EvoLinkMock
from evolink_mock._contract.operation import Operation
from evolink_mock._http.json_values import search

pytest_plugins = ("pytester",)

CONTRACT = Contract.load()


def test_fixture_is_entered(evolink_mock: EvoLinkMock) -> None:
    assert isinstance(evolink_mock, EvoLinkMock)
    assert evolink_mock.clock.virtual
    assert evolink_mock.ledger.balance == 1000
    with httpx.Client() as client:
        assert client.get(evolink_mock.base_url).status_code == 404


@pytest.mark.evolink_mock(credits=5, progress="polls")
def test_marker_sets_options(evolink_mock: EvoLinkMock) -> None:
    assert evolink_mock.ledger.balance == 5


@pytest.mark.evolink_mock(credits=5, seed=1)
class TestMarkers:
    @pytest.mark.evolink_mock(allow_unused=True, credits=6)
    def test_markers_of_class_and_test_hold_together(self, evolink_mock: EvoLinkMock) -> None:
        evolink_mock.fault(status=500)
        assert (evolink_mock.ledger.balance, evolink_mock._engine.seed) == (6, 1)


def make_video(api: httpx.Client, op: Operation, body: dict[str, Any]) -> bytes:
    """An application that does not use the mock's clock."""
    assert op.generation is not None
    while (created := api.post(op.path, json=body)).status_code == 429:
        time.sleep(0.001 * int(created.headers["retry-after"]))
    query = CONTRACT.operation(op.generation.operation).path.replace(
        f"{{{op.generation.parameter}}}", created.json()["id"]
    )
    while (task := api.get(query).json())["status"] != "completed":
        time.sleep(0.001)
    with httpx.Client() as anyone:
        return anyone.get(task["results"][0]).content


def test_independent_application(evolink_mock: EvoLinkMock) -> None:
    """Test an application against every documented operation."""
    model = catalog.models()[0]
    op, body = CONTRACT.operation(model.operation), model.example
    evolink_mock.fault(status=429, times=2, headers={"Retry-After": "1"})
    headers = {"Authorization": f"Bearer {os.environ['EVOLINK_API_KEY']}"}
    with httpx.Client(base_url=evolink_mock.base_url, headers=headers) as api:
        assert make_video(api, op, body)
    assert evolink_mock.requests[-1].json["model"] == model.name
    assert evolink_mock.ledger.charged == (search(op.success.example(model.name), "credits_reserved") or 0)


async def in_a_coroutine(mock: EvoLinkMock) -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.get(mock.base_url)).status_code


@pytest.mark.asyncio
async def test_coroutine_tests(evolink_mock: EvoLinkMock) -> None:
    assert await in_a_coroutine(evolink_mock) == 404


def python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.slow
def test_plugin_imports_nothing() -> None:
    code = """
import json, sys
import pytest
before = set(sys.modules)
import evolink_mock.pytest_plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    loaded = json.loads(python(code).stdout)
    assert [name for name in loaded if name.startswith(("evolink", "httpx", "respx", "av"))] == [
        "evolink_mock",
        "evolink_mock.pytest_plugin",
    ]


@pytest.mark.slow
def test_missing_respx_is_explained(tmp_path: Path) -> None:
    (tmp_path / "respx.py").write_text("raise ImportError('no respx here')")
    (tmp_path / "test_it.py").write_text("def test_it(evolink_mock):\n    pass\n")
    code = f"""
import os, sys
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
sys.path.insert(0, {str(tmp_path)!r})
import pytest
folder = {str(tmp_path)!r}
plugins = ["-p", "evolink_mock.pytest_plugin", "-p", "no:cacheprovider"]
sys.exit(pytest.main(["-q", *plugins, "--rootdir", folder, folder]))
"""
    run = python(code)
    assert "evolink-client[mock]" in run.stdout, run.stdout + run.stderr
    assert run.returncode == 1


@pytest.mark.slow
def test_pyav_is_imported_when_a_video_is_fetched() -> None:
    code = """
import sys
from evolink_mock import EvoLinkMock
with EvoLinkMock() as mock:
    pass
print("av" in sys.modules, "jsonschema_rs" in sys.modules)
"""
    assert python(code).stdout.split() == ["False", "False"]


def test_public_names() -> None:
    assert package.__all__ == sorted(package.__all__)
    assert set(package.__all__) == set(package._MODULES) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name).__name__ == {"ContractBreach": "ContractViolation"}.get(name, name)
    with pytest.raises(AttributeError, match="nothing"):
        _ = package.nothing


UNMET = """
import httpx
import pytest

def test_unmet_fault(evolink_mock):
    httpx.get(evolink_mock.base_url + "/v1/nowhere")
    evolink_mock.fault(status=429, times=3, headers={"Retry-After": "1"})

def test_unmet_outcome(evolink_mock_server):
    evolink_mock_server.outcome("failed", code="content_policy_violation")

@pytest.mark.evolink_mock(3)
def test_by_position(evolink_mock): ...

@pytest.mark.evolink_mock(allow_unused=True, credits=3)
def test_allowed(evolink_mock):
    evolink_mock.fault(status=429)
    assert evolink_mock.ledger.balance == 3

def test_dropped(evolink_mock):
    evolink_mock.fault(status=429)
    evolink_mock.outcome("cancelled")
    evolink_mock.reset()

@pytest.mark.parametrize("share", [None, 0.0])
def test_met(evolink_mock, share):
    evolink_mock.fault(status=429, times=5, share=share)
    evolink_mock.outcome("failed", times=5)
    for _ in range(2):
        httpx.post(
            evolink_mock.base_url + "/v1/videos/generations",
            headers={"Authorization": "Bearer " + evolink_mock.api_key},
            json={"model": "sora-2", "prompt": "A kite"},
        )

def test_own_failure_is_shown(evolink_mock):
    evolink_mock.fault(status=429)
    assert False, "own reason"
"""


def test_a_test_fails_for_what_nothing_has_met(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(UNMET)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio")
    result.assert_outcomes(passed=3, failed=4, errors=1)
    result.stdout.fnmatch_lines_random(
        [
            "  fault(status=429, times=3, headers={'Retry-After': '1'})",
            "  1 requests came:",
            "  <GET https://api.evolink.ai/v1/nowhere -> 404>",
            "  outcome('failed', code='content_policy_violation'*",
            "  0 requests came",
            "*allow_unused=True*",
            "E*own reason",
            "E*the marker evolink_mock takes its options by name*",
        ]
    )
