"""`EVOLINK_LOG` in processes of their own: logging is global."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import logging, sys, warnings
import httpx
from evolink import EvoLink
{setup}
def answer(request):
    reply = {{"id": "task-1", "status": "pending", "results": ["https://files.test/clip.mp4"]}}
    return httpx.Response(200, json=reply, headers={{"x-request-id": request.headers["authorization"]}})
clients = [EvoLink("sk-planted-key-0123", http_client=httpx.Client(transport=httpx.MockTransport(answer)))
           for _ in range(2)]
links = ["https://files.test/private/cat.xyz?signature=1"]
task = clients[0].videos.create(model="sora-2", prompt="planted prompt", image_urls=links)
task.refresh()
"""


def logged(level: str, setup: str = "") -> list[str]:
    """The lines on stderr of a program that submits and queries a task."""
    environment = {**os.environ, "EVOLINK_LOG": level}
    command = [sys.executable, "-c", PROGRAM.format(setup=setup)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == ""
    for secret in ("sk-planted", "planted prompt", "files.test", "signature"):
        assert secret not in done.stderr
    return done.stderr.splitlines()


def test_info_logs_each_step_once() -> None:
    warned, submitted = logged("info")

    assert warned.endswith('does not end in ".jpg", ".jpeg", ".png" or ".webp"')
    assert "…/cat.xyz" in warned
    assert " INFO evolink: createVideosGenerations: submitted as task task-1" in submitted


def test_debug_logs_each_request() -> None:
    lines = logged(" DEBUG ")

    assert len([line for line in lines if "POST /v1/videos/generations: 200" in line]) == 1
    assert len([line for line in lines if "GET /v1/tasks/task-1: 200" in line]) == 1


def test_nothing_but_warnings_is_logged_by_default() -> None:
    (warned,) = logged("")

    assert "cat.xyz" in warned


def test_an_unknown_level_is_reported_once() -> None:
    refused, _ = logged("verbose")

    assert refused == "EVOLINK_LOG is 'verbose': it must be info or debug; nothing is logged"


@pytest.mark.parametrize(
    "setup", ["logging.basicConfig(level='INFO')", "logging.basicConfig(stream=sys.stderr)"]
)
def test_the_applications_own_log_on_stderr_is_not_repeated(setup: str) -> None:
    assert len([line for line in logged("info", setup) if "submitted" in line]) == 1
