"""The command `evolink-mock serve`."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from mock_process import serving

from evolink_mock import cli

from .conftest import CLIP, CLIPS, CONTRACT_FILE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_starts_and_stops(number: int) -> None:
    with serving(
        "--contract", str(CONTRACT_FILE), "--speed", "4000", "--credits", "5", "--api-key", "mine"
    ) as (
        process,
        url,
    ):
        with httpx.Client(base_url=url, headers={"Authorization": "Bearer mine"}, trust_env=False) as client:
            task_id = client.post(CLIPS, json=CLIP).json()["id"]
            while (state := client.get(f"/v2/jobs/{task_id}").json())["status"] != "completed":
                pass
            [link] = state["results"]
            assert link.startswith(f"{url}/")
            assert client.get(link).headers["content-type"] == "video/mp4"
            assert client.get("/_mock/ledger").json()["balance"] == 2.5
            client.post("/_mock/faults", json={"hang": True})
            with pytest.raises(httpx.ReadTimeout):
                client.get("/v2/balance", timeout=0.05)
            process.send_signal(number)
            assert process.wait(10) == 0
        assert process.stderr.read() == ""
        assert "mine" in process.stdout.read()


def test_documented_defaults() -> None:
    options = cli._parser().parse_args(["serve"])
    assert vars(options) == {
        "host": "127.0.0.1",
        "port": 8080,
        "speed": 60,
        "api_key": "evolink-mock-key",
        "credits": 1000,
        "allow_local_callbacks": False,
        "contract": None,
        "progress": "time",
        "strict": False,
        "seed": 0,
    }


def test_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 2
    assert (
        capsys.readouterr().err
        == f"evolink-mock: cannot listen at 127.0.0.1:{port}: Address already in use\n"
    )


def test_invalid_contract(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "contract.json"
    for text, why in (("{", "Expecting"), ("[]", "no mapping"), ("{}", "not an OpenAPI document")):
        path.write_text(text)
        assert cli.main(["serve", "--contract", str(path)]) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith(f"evolink-mock: {path}: ")
        assert why in line
    assert cli.main(["serve", "--contract", os.devnull + "/nothing"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "wrong", [["--speed", "0"], ["--port", "70000"], ["--credits", "-1"], ["--progress", "luck"]]
)
def test_invalid_arguments(capsys: pytest.CaptureFixture[str], wrong: Any) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["serve", *wrong])
    assert left.value.code == 2
    assert wrong[0] in capsys.readouterr().err
