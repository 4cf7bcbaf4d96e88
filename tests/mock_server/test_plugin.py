"""The pytest plugin: free of charge when it is not used, the whole mock when it is."""

from __future__ import annotations

import json
import subprocess
import sys

import evolink_mock as package
import httpx
import pytest
from evolink_mock import EvoLinkMock


def test_the_fixture_is_an_entered_mock(evolink_mock):
    assert isinstance(evolink_mock, EvoLinkMock)
    assert evolink_mock.clock.virtual
    assert evolink_mock.ledger.balance == 1000
    with httpx.Client() as client:
        assert client.get(evolink_mock.base_url).status_code == 404


@pytest.mark.evolink_mock(credits=5, progress="polls")
def test_the_marker_gives_it_options(evolink_mock):
    assert evolink_mock.ledger.balance == 5


async def in_a_coroutine(mock):
    async with httpx.AsyncClient() as client:
        return (await client.get(mock.base_url)).status_code


@pytest.mark.asyncio
async def test_it_serves_tests_that_are_coroutines(evolink_mock):
    assert await in_a_coroutine(evolink_mock) == 404


def python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


def test_loading_the_plugin_loads_nothing_of_the_mock():
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


def test_without_respx_the_fixture_says_what_is_missing(tmp_path):
    (tmp_path / "respx.py").write_text("raise ImportError('no respx here')")
    (tmp_path / "test_it.py").write_text("def test_it(evolink_mock):\n    pass\n")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import pytest
sys.exit(pytest.main(["-q", "-p", "no:respx", "-p", "no:cacheprovider", "--rootdir", {str(tmp_path)!r}, {str(tmp_path)!r}]))
"""
    run = python(code)
    assert "evolink-client[mock]" in run.stdout, run.stdout + run.stderr
    assert run.returncode == 1


def test_serving_needs_no_video_library_before_a_video_is_fetched():
    code = """
import sys
from evolink_mock import EvoLinkMock
with EvoLinkMock() as mock:
    pass
print("av" in sys.modules, "jsonschema_rs" in sys.modules)
"""
    assert python(code).stdout.split() == ["False", "False"]


def test_the_public_names_are_these():
    assert package.__all__ == sorted(package.__all__)
    assert set(package.__all__) == set(package._HOMES) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing"):
        _ = package.nothing
