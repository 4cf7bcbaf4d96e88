"""The command `evolink-mock serve`."""

import json
import os
import re
import signal
import socket
from pathlib import Path

import httpx
import pytest
from mock_process import serving

import evolink
from evolink_mock import cli
from evolink_mock.asgi import create_app

from .conftest import CLIP, CLIPS, CONTRACT_FILE


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_serve_starts_and_stops(number: int) -> None:
    with serving(
        "--contract", str(CONTRACT_FILE), "--speed", "20", "--credits", "5", "--api-key", "mine", "--quiet"
    ) as (process, url):
        with httpx.Client(
            base_url=url, headers={"Authorization": "Bearer mine"}, trust_env=False, timeout=60
        ) as client:
            task_id = client.post(CLIPS, json=CLIP).json()["id"]
            client.post("/_mock/clock", json={"advance": 40})
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
            assert process.wait(60) == 0
        assert process.stderr.read() == ""
        assert "mine" in process.stdout.read()


@pytest.mark.parametrize("option", [[], ["--log-json"]])
def test_requests_are_logged_without_keys(option: list[str]) -> None:
    with serving("--contract", str(CONTRACT_FILE), "--api-key", "secret-key", *option) as (process, url):
        with httpx.Client(
            base_url=url, headers={"Authorization": "Bearer secret-key"}, trust_env=False, timeout=60
        ) as client:
            client.post(CLIPS, json=CLIP | {"seconds": 99})
            client.get("/v2/balance/secret-key", params={"key": "secret-key"})
            client.get("/v2/balance")
        process.terminate()
        assert process.wait(60) == 0
        wrong, missing, right = process.stderr.read().splitlines()
    assert "secret-key" not in wrong + missing + right
    if option:
        wrong, missing, right = (json.loads(line) for line in (wrong, missing, right))
        assert (wrong["method"], wrong["path"], wrong["status"]) == ("POST", CLIPS, 400)
        assert wrong["violation"].startswith("seconds")
        assert (missing["path"], right["violation"]) == ("/v2/balance/***", None)
    else:
        assert re.fullmatch(rf"POST {CLIPS} 400 \d+\.\d seconds.+", wrong)
        assert re.fullmatch(r"GET /v2/balance/\*{3} 404 \d+\.\d", missing)
        assert re.fullmatch(r"GET /v2/balance 200 \d+\.\d", right)


def test_keys_issued_later_are_not_logged() -> None:
    with serving("--contract", str(CONTRACT_FILE)) as (process, url):
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            client.post("/_mock/reset")
            client.post("/_mock/keys", json={"key": "second-key"})
            client.get("/second-key")
        process.terminate()
        assert process.wait(60) == 0
        assert "second-key" not in process.stderr.read()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"evolink-mock {evolink.__version__}\n"


def test_documented_defaults() -> None:
    options = cli._parser().parse_args(["serve"])
    assert {name: value for name, value in vars(options).items() if name != "run"} == {
        "host": "127.0.0.1",
        "port": 8080,
        "speed": 60,
        "api_key": "evolink-mock-key",
        "credits": 1000,
        "allow_local_callbacks": False,
        "contract": None,
        "scenario": None,
        "progress": "time",
        "strict": False,
        "seed": 0,
        "quiet": False,
        "log_json": False,
        "allowed_host": [],
    }


@pytest.mark.parametrize("name", ["", "http://mock", "a b"])
def test_allowed_host_is_a_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["serve", "--allowed-host", name])
    assert stopped.value.code == 2
    assert "is not a host name" in capsys.readouterr().err


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
    for text, why in (("{", "Expecting"), ("[]", "not a mapping"), ("{}", "not an OpenAPI document")):
        path.write_text(text)
        assert cli.main(["serve", "--contract", str(path)]) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith(f"evolink-mock: {path}: ")
        assert why in line
    assert cli.main(["serve", "--contract", os.devnull + "/nothing"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--speed", "0", "above zero"),
        ("--speed", "fast", "above zero"),
        ("--port", "70000", "from 0 to 65535"),
        ("--port", "http", "from 0 to 65535"),
        ("--credits", "-1", "number of credits"),
        ("--progress", "luck", "immediate"),
    ],
)
def test_invalid_arguments(capsys: pytest.CaptureFixture[str], option: str, value: str, why: str) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["serve", option, value])
    assert left.value.code == 2
    last_line = capsys.readouterr().err.splitlines()[-1]
    assert [text in last_line for text in (option, value, why)] == [True] * 3


@pytest.mark.parametrize("wrong", [["--credits", "1e308"], ["--speed", "1e308"], ["--speed", "1e-308"]])
def test_argument_out_of_range(capsys: pytest.CaptureFixture[str], wrong: list[str]) -> None:
    assert cli.main(["serve", *wrong]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "at most" in line


def test_former_option_of_create_app() -> None:
    def close(_: object) -> bool:
        return True

    assert create_app(hang_up=close)._close_connection is create_app(close_connection=close)._close_connection
