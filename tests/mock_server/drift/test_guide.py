"""The commands of docs/verifying.md run, with a mock in place of the API."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from evolink_mock import Contract, Engine, RealClock
from evolink_mock._adapters.server import EngineApplication
from evolink_mock._serving.server import BackgroundServer

from .conftest import KEY

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "verifying.md"


@pytest.mark.slow
def test_commands_of_the_guide_run(tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```console\n\$ (.*)\n((?:.*\n)*?)```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [command.split()[0] for command, _ in blocks] == [
        "evolink-mock", "evolink-mock", "EVOLINK_BASE_URL=http://127.0.0.1:8081", "python", "evolink-mock",
    ]  # fmt: skip
    ports = {"8080": "0", "8081": "0"}  # a free one, until it is known which
    engine = Engine(Contract.load(), RealClock(600), api_key=KEY)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "EVOLINK_API_KEY": KEY}
    serving: list[subprocess.Popen[str]] = []
    with BackgroundServer(EngineApplication(engine)) as server:

        def here(text: str) -> str:
            text = text.replace("https://api.evolink.ai", server.url)
            for port, free_port in ports.items():
                text = text.replace(port, free_port)
            return re.sub(r"\b(?:openapi/overlays/)?(\w+\.(?:har|json|yaml))", rf"{tmp_path}/\1", text)

        for command, output in blocks:
            if re.search(r" (?:proxy|replay) ", command):
                process = subprocess.Popen(
                    ["sh", "-c", f"exec {here(command)}"], env=environment, stdout=subprocess.PIPE, text=True
                )
                serving.append(process)
                assert process.stdout is not None
                shown = [process.stdout.readline() for _ in range(max(1, output.count("\n")))]
                [(port, free_port)] = zip(
                    re.findall(r"--port (\d+)", command), re.findall(r":(\d+)$", shown[0]), strict=True
                )
                ports[port] = free_port
                assert here(output) in ("", "".join(shown))
                continue
            subprocess.run(["sh", "-ec", here(command)], env=environment, cwd=ROOT, check=True)
        for process in serving:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            assert process.returncode == 0
    assert "# There is nothing to propose." in (tmp_path / "seen.yaml").read_text()
    assert KEY not in (tmp_path / "traffic.har").read_text()
