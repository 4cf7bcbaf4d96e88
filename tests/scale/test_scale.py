"""With 170 documents everything still holds: pipeline, contract tests, types, the mock, imports."""

import os
import random
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from codegen.docs_server import Answer, Reply
from document_tree import ROOT, files_of, run
from mock_process import COMMAND
from scale.conftest import COUNT, Checkout, Site, copy_documents, pipeline

VENDOR_BUDGET = 15.0
GENERATE_BUDGET = 6.0

CREATE = """
import os, time, httpx
from evolink import EvoLink
reply = {"id": "task-unified-1-a", "model": "sora-2", "status": "pending", "progress": 0}
http = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, json=reply)))
EvoLink("k" * 20, http_client=http).videos.create(model="sora-2", prompt="A cat playing piano")
print(time.process_time())
"""


def test_index_is_vendored_within_its_budget(checkout: Checkout) -> None:
    assert f"{COUNT} new, 0 changed, 0 unchanged, 0 withdrawn, 0 refused" in checkout.vendored.output
    assert checkout.vendored.cpu <= VENDOR_BUDGET
    assert checkout.generated.cpu <= GENERATE_BUDGET


def test_second_run_asks_conditionally_and_writes_nothing(site: Site, checkout: Checkout) -> None:
    before = files_of(checkout.folder / "openapi")
    again = site.vendor(checkout.folder)
    assert f"0 new, 0 changed, {COUNT} unchanged" in again.output
    assert len(site.docs.requests) > COUNT
    assert all("If-None-Match" in headers for _, headers in site.docs.requests)
    assert files_of(checkout.folder / "openapi") == before


@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_pages_and_of_replies_changes_nothing(
    site: Site, checkout: Checkout, tmp_path: Path, seed: int
) -> None:
    order = random.Random(seed)
    head, _, links = site.files["llms.txt"].partition(b"- ")
    lines = (b"- " + links).splitlines(keepends=True)
    order.shuffle(lines)
    pages: dict[str, Answer] = {
        f"/{name}": Reply(data, delay=order.random() / 20) for name, data in site.files.items()
    }
    site.docs.pages = {**pages, "/llms.txt": head + b"".join(lines)}
    try:
        site.vendor(copy_documents(tmp_path))
    finally:
        site.restore()
    pipeline("generate", folder=tmp_path)
    assert files_of(tmp_path / "generated") == files_of(checkout.folder / "generated")
    contract = "openapi/openapi.yaml"
    assert (tmp_path / contract).read_bytes() == (checkout.folder / contract).read_bytes()


@pytest.mark.parametrize(
    "tests", ["tests/contract", "tests/typing/test_typed_calls.py", "tests/typing/test_editor.py"]
)
def test_tests_of_the_repository_pass(checkout: Checkout, tests: str) -> None:
    options = ("-q", "-n", "auto", "-p", "no:cacheprovider", "-k", "not http and not async")
    done = run("-m", "pytest", *options, tests, folder=checkout.folder, PYTHONPATH=generated(checkout))
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


CHECKED = """
from evolink import EvoLink

def make(client: EvoLink) -> None:
    client.models["sora-2"].create(prompt="A cat playing piano", duration=10)
    client.videos.create(model="sora-2", prompt="A cat playing piano")
"""
CHECKERS = {"mypy": ["--strict", "--cache-dir", os.devnull], "pyright": ["--pythonpath", sys.executable]}


@pytest.mark.parametrize("checker", CHECKERS)
def test_checking_a_file_costs_little_more_than_with_five_documents(
    checkout: Checkout, tmp_path: Path, checker: str
) -> None:
    (tmp_path / "program.py").write_text(CHECKED)
    many, few = (
        min(checked(checker, tmp_path, path) for _ in range(3))
        for path in (generated(checkout), str(ROOT / "generated"))
    )
    assert many <= 1.5 * few


def checked(checker: str, folder: Path, path: str) -> float:
    """Seconds of processor time that a type checker takes for a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run("-m", checker, *CHECKERS[checker], "program.py", folder=folder, PYTHONPATH=path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_mock_starts_as_fast_and_as_small(checkout: Checkout) -> None:
    many, few = (served(path) for path in (generated(checkout), str(ROOT / "generated")))
    assert many["cpu"] <= 1.25 * few["cpu"] + 0.05
    assert many["memory"] <= 80 * 1024


def test_first_create_costs_what_its_model_costs(checkout: Checkout) -> None:
    many, few = (
        min(float(run("-c", CREATE, folder=ROOT, PYTHONPATH=path).stdout) for _ in range(5))
        for path in (generated(checkout), str(ROOT / "generated"))
    )
    assert many <= 1.15 * few


def generated(checkout: Checkout) -> str:
    return str(checkout.folder / "generated")


def served(path: str) -> dict[str, Any]:
    """The least seconds of processor time until the first create is answered, and the memory in kB."""
    found = [_served_once(path) for _ in range(3)]
    return {key: min(one[key] for one in found) for key in found[0]}


def _served_once(path: str) -> dict[str, float]:
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--quiet", "--api-key", "scale"],
        env={"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            body = {"model": "sora-2", "prompt": "A cat playing piano"}
            headers = {"Authorization": "Bearer scale"}
            reply = httpx.post(f"{url}/v1/videos/generations", json=body, headers=headers, trust_env=False)
            assert reply.status_code == 200, reply.text
            status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
            times = Path(f"/proc/{process.pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
            memory = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
            return {"cpu": (int(times[11]) + int(times[12])) / 100, "memory": float(memory)}
        finally:
            process.kill()


if sys.platform != "linux":
    pytest.skip("reads /proc", allow_module_level=True)
