"""A mock that is served over HTTP from a test, for other processes and languages."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import httpx
import pytest
from contract import catalog

from evolink import EvoLink
from evolink_mock import Contract, EvoLinkMock
from evolink_mock._adapters.guard import UnservedConnectionError

from .conftest import CLIP, CLIPS, TLS, client_of

ENVIRONMENT = ("EVOLINK_API_KEY", "EVOLINK_BASE_URL", "no_proxy", "NO_PROXY")


def test_a_client_runs_a_task(synthetic: Contract) -> None:
    mock = EvoLinkMock(contract=synthetic)
    with mock.serve() as url, client_of(mock) as client:
        path = f"/v2/jobs/{client.post(CLIPS, json=CLIP).json()['id']}"
        while client.get(path).json()["status"] != "completed":
            pass  # each query moves the virtual clock
        link = mock.tasks[0].results[0]

        assert link.startswith(f"{url}/")
        assert client.get(link, headers={"Authorization": ""}).content[4:8] == b"ftyp"
        assert mock.base_url == url
    assert mock.base_url == "https://api.clips.test"
    assert mock.clock.virtual


def test_clock_and_faults_are_those_of_the_mock(synthetic: Contract) -> None:
    mock = EvoLinkMock(contract=synthetic)
    with mock.serve(), client_of(mock) as client:
        mock.fault(status=503)
        assert client.post(CLIPS, json=CLIP).status_code == 503
        client.post(CLIPS, json=CLIP)
        mock.clock.advance(1000)
        assert mock.tasks[0].status == "completed"
    assert [one.status for one in mock.requests] == [503, 200]


def test_clients_of_evolink_do_not_wait(evolink_mock_server: EvoLinkMock) -> None:
    body = next(model.example for model in catalog.keyword_models() if model.resource == "videos")
    with EvoLink() as client:
        task = client.videos.generate(**body)

    assert task.results[0].startswith(evolink_mock_server.base_url)


def test_environment_is_set_and_restored(synthetic: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVOLINK_API_KEY", "the-real-one")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    before = [os.environ.get(name) for name in ENVIRONMENT]
    with EvoLinkMock(contract=synthetic, api_key="other").serve() as url:
        assert os.environ["EVOLINK_API_KEY"] == "other"
        assert os.environ["EVOLINK_BASE_URL"] == url
        assert urllib.request.urlopen(f"{url}/_mock/clock").status == 200
    assert [os.environ.get(name) for name in ENVIRONMENT] == before


def test_connections_to_the_real_api_are_stopped(synthetic: Contract) -> None:
    mock = EvoLinkMock(contract=synthetic)
    with mock.serve(), httpx.Client(verify=TLS, trust_env=False, timeout=60) as client:
        with pytest.raises(UnservedConnectionError, match="EVOLINK_BASE_URL"):
            client.get("https://api.clips.test/v2/balance")
        with pytest.raises(IndexError, match=r"api\.clips\.test:443"):
            _ = mock.requests[0]


def test_serving_twice_is_refused(synthetic: Contract) -> None:
    mock = EvoLinkMock(contract=synthetic)
    with mock.serve(), pytest.raises(RuntimeError, match="already"), mock.serve():
        pass


def test_both_fixtures_are_one_mock(evolink_mock: EvoLinkMock, evolink_mock_server: EvoLinkMock) -> None:
    assert evolink_mock is evolink_mock_server
    with httpx.Client(verify=TLS) as client:
        client.get(f"{evolink_mock.base_url}/v1/tasks/none")
    assert [one.status for one in evolink_mock.requests] == [401]


def test_callbacks_are_delivered(synthetic: Contract) -> None:
    receiver = EvoLinkMock(contract=synthetic)
    mock = EvoLinkMock(contract=synthetic, allow_local_callbacks=True)
    with receiver.serve() as target, mock.serve():
        with client_of(mock) as client:
            reply = client.post(CLIPS, json=CLIP | {"notify": f"{target}/hook"})
            assert reply.status_code == 200, reply.text
        mock.clock.advance(1000)
    assert [one.target for one in receiver.requests][:1] == ["/hook"]


@pytest.mark.slow
def test_a_subprocess_finds_the_server(evolink_mock_server: EvoLinkMock, tmp_path: Path) -> None:
    code = """
import json, os, urllib.request
request = urllib.request.Request(os.environ["EVOLINK_BASE_URL"] + "/v1/nowhere")
request.add_header("Authorization", "Bearer " + os.environ["EVOLINK_API_KEY"])
try:
    urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    print(error.code)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "404\n"
    assert len(evolink_mock_server.requests) == 1
