"""The commands `evolink-mock proxy`, `verify` and `replay`."""

import asyncio
import contextlib
import json
import random
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import yaml
from mock_process import serving

from evolink_mock import Contract, Engine, RealClock, cli
from evolink_mock._adapters.server import EngineApplication
from evolink_mock._drift import commands
from evolink_mock._serving.server import BackgroundServer

from .conftest import CLIP, CLIPS, KEY


@pytest.fixture
def contract_file(document: dict[str, Any], tmp_path: Path) -> str:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


@pytest.fixture
def api(documented: Contract) -> Iterator[str]:
    """The address of an API that is as documented."""
    engine = Engine(documented, RealClock(600), api_key=KEY)
    with BackgroundServer(EngineApplication(engine)) as server:
        yield server.url


@pytest.fixture
def other_api(document: dict[str, Any]) -> Iterator[str]:
    """The address of an API that takes longer prompts than documented."""
    other = json.loads(json.dumps(document))
    other["components"]["schemas"]["ToonRequest"]["properties"]["prompt"]["maxLength"] = 100
    engine = Engine(Contract(other), RealClock(600), api_key=KEY)
    with BackgroundServer(EngineApplication(engine)) as server:
        yield server.url


def client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False, timeout=60)


def test_verify_compares_over_http(
    api: str, contract_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["verify", "--base-url", api, "--contract", contract_file]
    assert cli.main([*options, "--api-key", KEY]) == 0
    assert " 0 differences" in capsys.readouterr().out
    monkeypatch.setenv("EVOLINK_API_KEY", KEY)
    assert cli.main([*options, "--json"]) == 0
    output = capsys.readouterr()
    found = json.loads(output.out)
    assert found == {"drift": [], "exchanges": found["exchanges"], "tasks": [], "not_asked": []}
    assert KEY not in output.out + output.err


def test_verify_finds_what_differs(
    other_api: str, contract_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["verify", "--base-url", other_api, "--contract", contract_file, "--api-key", KEY]
    assert cli.main(options) == 0
    assert cli.main([*options, "--may-charge"]) == 1
    output = capsys.readouterr().out
    assert re.search(
        r"^breaking createClip request prompt maxLength: .* has created job-\S+;", output, re.MULTILINE
    )
    assert re.search(
        r"^created  createClip job-\S+, which may cost credits: prompt maxLength$", output, re.MULTILINE
    )


def test_verify_gives_up_a_reply_without_end(
    contract_file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0)
                yield b" "

    monkeypatch.setattr(commands, "_TIMEOUT", 0.02)
    with respx.mock(using="httpcore") as router:
        router.route().mock(return_value=httpx.Response(200, stream=Endless()))
        options = ["--base-url", "https://api.test", "--contract", contract_file, "--api-key", KEY]
        assert cli.main(["verify", *options]) == 2
    assert "https://api.test gave no complete response in 0.02 seconds" in capsys.readouterr().out


def test_verify_says_that_it_could_not_ask(
    api: str, contract_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVOLINK_API_KEY", raising=False)
    for base_url, key in ((api, "sk-wrong-0123456789abcdef"), ("http://127.0.0.1:1", KEY)):
        options = ["verify", "--base-url", base_url, "--contract", contract_file, "--api-key", key]
        assert cli.main(options) == 2
        output = capsys.readouterr()
        assert "not asked" in output.out
        assert key not in output.out + output.err
    assert cli.main(["verify", "--base-url", api]) == 2
    assert "a key is needed" in capsys.readouterr().err


@pytest.mark.parametrize(
    "address", ["api.test", "ftp://api.test", "https://", "https://me@api.test", "http://a:b", "http://a?b"]
)
@pytest.mark.parametrize("command", [["proxy", "--upstream"], ["verify", "--base-url"]])
def test_address_is_checked(command: list[str], address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main([*command, address])
    assert stopped.value.code == 2
    assert "is not an address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["proxy", "--upstream", "http://a.test", "--har", "/nowhere/t.har"],
            " /nowhere/t.har: No such file",
        ),
        (["proxy", "--upstream", "http://a.test", "--report", "/nowhere/r"], " /nowhere/r: No such file"),
        (["proxy", "--upstream", "http://a.test", "--har", "/no/t", "--report", "/no/t"], "the same file"),
        (["proxy", "--upstream", "http://localhost:18999", "--port", "18999"], "is the proxy itself"),
        (["proxy", "--upstream", "http://a.test", "--host", "256.1.1.1"], "cannot listen"),
        (["proxy", "--upstream", "http://a.test", "--contract", "/nowhere/c.json"], "No such file"),
        (["replay", "/nowhere/t.har"], "No such file"),
        (["replay", "/dev/null"], "not an HTTP Archive"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("evolink-mock: ")
    assert words in line


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("is_breaking", [False, True])
def test_proxy_writes_both_files_and_tells_the_result(
    api: str, contract_file: str, tmp_path: Path, number: int, *, is_breaking: bool
) -> None:
    har, report = tmp_path / "t.har", tmp_path / "r.json"
    options = ["--upstream", api, "--contract", contract_file, "--har", str(har), "--report", str(report)]
    with serving(*options, command="proxy") as (process, url), client(url) as http:
        task = http.post(CLIPS, json=CLIP).json()["id"]
        assert http.get(f"/v2/jobs/{task}", params={"key": KEY}).status_code == 200
        if is_breaking:
            httpx.post(f"{api}/_mock/faults", json={"status": 418}, timeout=60)
            assert http.post(CLIPS, json=CLIP).status_code == 418
        process.send_signal(number)
        assert process.wait(60) == is_breaking
        output, errors = process.stdout.read(), process.stderr.read()
    exchanges = 2 + is_breaking
    assert json.loads(report.read_text())["exchanges"] == exchanges
    assert len(json.loads(har.read_text())["log"]["entries"]) == exchanges
    assert f"{exchanges} exchanges, {int(is_breaking)} differences\n" in output
    assert f"POST {CLIPS} 200 " in errors
    assert KEY not in output + errors + har.read_text() + report.read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"t.har", "r.json", "contract.json"}


@pytest.mark.slow
def test_killed_proxy_leaves_valid_files(api: str, contract_file: str, tmp_path: Path) -> None:
    rng = random.Random(2)
    for trial in range(12):
        har, report = tmp_path / f"{trial}.har", tmp_path / f"{trial}.json"
        options = ["--upstream", api, "--contract", contract_file, "--har", str(har), "--report", str(report)]
        with serving("--quiet", *options, command="proxy") as (process, url):
            done = 0

            def send(url: str = url) -> Iterator[None]:
                with client(url) as http:
                    while http.get("/v2/balance").status_code == 200:
                        yield

            killer = subprocess.Popen(["sh", "-c", f"sleep {rng.uniform(0.05, 0.3)}; kill -9 {process.pid}"])
            with contextlib.suppress(httpx.TransportError):
                for _ in send():
                    done += 1
            killer.wait()
        found = json.loads(har.read_text())["log"]["entries"]
        assert done <= len(found) <= done + 1
        assert all(entry["response"]["status"] == 200 for entry in found)
        assert done - 1 <= json.loads(report.read_text())["exchanges"] <= done + 1


@pytest.mark.slow
def test_recorded_traffic_is_served(api: str, contract_file: str, tmp_path: Path) -> None:
    har = tmp_path / "t.har"
    with serving("--upstream", api, "--contract", contract_file, "--har", str(har), command="proxy") as (
        process,
        url,
    ):
        with client(url) as http:
            recorded = http.post(CLIPS, json=CLIP).json()
        process.terminate()
        process.wait(60)
    with (
        serving(str(har), "--contract", contract_file, "--api-key", KEY, command="replay") as (_, url),
        client(url) as http,
    ):
        assert http.post(CLIPS, json=CLIP).json() == recorded
        assert http.post(CLIPS, json=CLIP | {"seconds": 4}).json()["id"] != recorded["id"]
        assert http.post(CLIPS, json=CLIP | {"seconds": 3}).status_code == 400


@pytest.mark.slow
def test_overlay_is_proposed_for_a_report(tmp_path: Path) -> None:
    entry = {
        "operation": Contract.load().generations[0].id,
        "direction": "response",
        "level": "breaking",
        "path": "",
        "rule": "status",
        "message": "reply 418: documented are 200",
        "count": 2,
    }
    report = tmp_path / "r.json"
    report.write_text(json.dumps({"drift": [entry, {**entry, "rule": "json"}], "exchanges": 2}))
    command = [sys.executable, "-m", "evolink_codegen", "drift", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    overlay = yaml.safe_load(done.stdout)
    assert overlay["actions"][0]["update"] == {"418": {"description": "Seen, and not documented"}}
    assert done.stdout.startswith("# Not proposed: ")
    for wrong in (tmp_path / "none.json", tmp_path):
        failed = subprocess.run([*command[:-1], str(wrong)], capture_output=True, text=True, check=False)
        assert failed.returncode == 2
        assert len(failed.stderr.splitlines()) == 1
