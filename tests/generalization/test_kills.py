"""Processes of the pipeline that are killed at random moments, and several at once."""

import functools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from codegen.builders import generation
from codegen.docs_server import DocsServer
from conditions import wait_until
from document_tree import files_of

from evolink_codegen.project import Project

KILLS = {"vendor": 20, "sync": 15, "generate": 15}
MODELS = ("alpha", "beta", "gamma")


def page(model: str, longest: int = 100) -> bytes:
    tree = generation({"type": "string", "enum": [model]}, prompt={"type": "string", "maxLength": longest})
    return f"# {model}\n\n```yaml\n{json.dumps(tree)}\n```\n".encode()


def start(root: Path, *arguments: str, scratch: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "evolink_codegen", *arguments],
        cwd=root,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def undated(root: Path) -> dict[str, bytes]:
    """All files without the date in them, which may change between two runs."""
    return {name: re.sub(rb"\d{4}-\d\d-\d\d", b"DATE", data) for name, data in files_of(root).items()}


@pytest.fixture
def docs() -> Iterator[DocsServer]:
    with DocsServer() as server:
        yield server


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def before(tmp_path: Path, docs: DocsServer, scratch: Path) -> Path:
    """A project of three pages, all of which have changed since they were vendored."""
    root = tmp_path / "before"
    (root / "openapi" / "vendor").mkdir(parents=True)
    docs.pages = {f"/{model}.md": page(model) for model in MODELS}
    addresses = [f"{docs.url}/{model}.md" for model in MODELS]
    assert start(root, "vendor", *addresses, scratch=scratch).wait(100) == 0
    assert start(root, "generate", scratch=scratch).wait(100) == 0
    docs.pages = {f"/{model}.md": page(model, 200) for model in MODELS}
    for model in MODELS:
        (root / f"{model}.md").write_bytes(page(model, 200))
    return root


def has_no_scratch(project: Project, scratch: Path) -> bool:
    """Whether nothing is left of killed runs, of which a process that formats code may be about to end."""
    with project.exclusive():
        # A kill within the probe of `tempfile` leaves a file of four bytes: only folders are the pipeline's.
        return not any(path.is_dir() for path in scratch.iterdir())


@pytest.mark.parametrize("command", KILLS)
def test_killed_run_changes_all_files_or_none(
    command: str, before: Path, tmp_path: Path, scratch: Path
) -> None:
    random_numbers = random.Random(command)
    arguments = [command, *(f"{model}.md" for model in MODELS)] if command == "vendor" else [command]
    if command == "generate":
        pages = [f"{model}.md" for model in MODELS]
        assert start(before, "vendor", *pages, scratch=scratch).wait(100) == 0
    after = tmp_path / "after"
    shutil.copytree(before, after)
    began = time.monotonic()
    assert start(after, *arguments, scratch=scratch).wait(100) == 0
    duration = time.monotonic() - began
    old, new = undated(before), undated(after)
    assert old != new
    found = []
    for _ in range(KILLS[command]):
        root = tmp_path / "killed"
        shutil.copytree(before, root)
        process = start(root, *arguments, scratch=scratch)
        time.sleep(random_numbers.uniform(0, duration))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(100)
        with Project(root).exclusive():
            found.append(undated(root))
        wait_until(functools.partial(has_no_scratch, Project(root), scratch))
        shutil.rmtree(root)
    assert [one for one in found if one not in (old, new)] == []


def test_runs_at_once_keep_all_documents(tmp_path: Path, scratch: Path) -> None:
    root = tmp_path / "root"
    (root / "openapi" / "vendor").mkdir(parents=True)
    for model in MODELS:
        (root / f"{model}.md").write_bytes(page(model))
    processes = [start(root, "vendor", f"{model}.md", scratch=scratch) for model in MODELS]
    assert [process.wait(100) for process in processes] == [0, 0, 0]
    provenance = (root / "openapi" / "provenance.toml").read_text("utf-8")
    assert all(f"[documents.{model}]" in provenance for model in MODELS)
    assert sorted(path.stem for path in (root / "openapi" / "vendor").glob("*.yaml")) == [*MODELS]
