"""The steps of the weekly workflow, run in a copy of the repository against a local index and remote."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from codegen.docs_server import DocsServer

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "sync.yml").read_text(encoding="utf-8"))
PACKAGES = ("generated", "wrapper", "mock_server", "codegen")
GH = """#!/bin/sh
# Notes how it was called, and lists the open pull requests of a file.
echo "$@" >> "$CALLS"
[ "$2" != list ] || cat "$OPEN"
"""


class Runner:
    """A copy of the repository, in which the steps run as on the hosted machine."""

    def __init__(self, folder: Path, index: str) -> None:
        self.root = folder / "copy"
        self.temp = folder / "temp"
        self.remote = folder / "remote.git"
        self.calls = folder / "calls"
        self.open = folder / "open"
        self.outputs: dict[str, dict[str, str]] = {}
        self._index = index
        self._bin = folder / "bin"
        self.temp.mkdir()
        self.open.touch()
        self._bin.mkdir()
        (self._bin / "gh").write_text(GH, encoding="utf-8")
        (self._bin / "gh").chmod(0o755)
        subprocess.run(["git", "init", "--quiet", "--bare", str(self.remote)], check=True)
        self._copy()

    def _copy(self) -> None:
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.root / name)
        provenance = self.root / "openapi" / "provenance.toml"
        text = provenance.read_text(encoding="utf-8")
        provenance.write_text(re.sub(r"(?m)^source = .*\n", "", text), encoding="utf-8")
        (self.root / ".venv" / "bin").mkdir(parents=True)
        python = self.root / ".venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        (self.root / ".venv" / ".installed").touch()
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("add", "-A")
        self._git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "Begin")

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout

    def run(self) -> None:
        """Run all steps that are commands."""
        for step in WORKFLOW["jobs"]["sync"]["steps"]:
            if "run" in step and self._is_wanted(step):
                self._run(step)

    def _is_wanted(self, step: dict[str, Any]) -> bool:
        if "if" not in step:
            return True
        condition = re.fullmatch(r"steps\.(\w+)\.outputs\.(\w+) == '(\w+)'", step["if"])
        assert condition is not None, step["if"]
        return self.outputs[condition[1]].get(condition[2]) == condition[3]

    def _run(self, step: dict[str, Any]) -> None:
        output = self.temp / "output"
        output.write_text("", encoding="utf-8")
        values = {"github.token": "token", **{f"steps.{key}.outcome": "success" for key in self.outputs}}
        environment = {
            name: re.sub(r"\$\{\{ (.+?) \}\}", lambda match: values[match[1]], str(value))
            for name, value in step.get("env", {}).items()
        }
        if "INDEX" in environment:
            environment["INDEX"] = self._index
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.root,
            env={
                **os.environ,
                **environment,
                "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": os.pathsep.join(str(self.root / package) for package in PACKAGES),
                "PYTEST_ADDOPTS": "tests/contract/test_snapshot.py -p no:cacheprovider",
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_REPOSITORY": "evolink/client",
                "CALLS": str(self.calls),
                "OPEN": str(self.open),
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"url.file://{self.remote}.insteadOf",
                "GIT_CONFIG_VALUE_0": "https://x-access-token:token@github.com/evolink/client.git",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (step["name"], done.stdout, done.stderr)
        lines = output.read_text(encoding="utf-8").splitlines()
        self.outputs[step.get("id", step["name"])] = dict(line.split("=", 1) for line in lines)

    def called(self) -> list[str]:
        """The subcommands of `gh pr`, in their order."""
        return [call.split()[1] for call in self.calls.read_text(encoding="utf-8").splitlines()]

    def pushed(self, name: str) -> str:
        """The content of a file on the branch of the pull request."""
        show = ["git", "--git-dir", str(self.remote), "show", f"refs/heads/sync:{name}"]
        return subprocess.run(show, capture_output=True, text=True, check=True).stdout


def page_of(model: str) -> bytes:
    """A page of the vendor, about another model."""
    page = next((ROOT / "openapi" / "vendor" / "pages").glob("*.md"))
    return page.read_bytes().replace(page.name.split(".")[0].encode(), model.encode())


@pytest.fixture
def docs() -> Iterator[DocsServer]:
    with DocsServer() as server:
        server.pages["/en/alpha.md"] = page_of("alpha")
        server.pages["/llms.txt"] = f"# Docs\n\n- [Alpha]({server.url}/en/alpha.md)\n".encode()
        yield server


def test_new_document_becomes_a_pull_request_once(docs: DocsServer, tmp_path: Path) -> None:
    runner = Runner(tmp_path, f"{docs.url}/llms.txt")
    runner.run()
    assert "### alpha: new" in (tmp_path / "temp" / "body.md").read_text(encoding="utf-8")
    assert runner.called() == ["list", "create"]
    assert "maxLength" in runner.pushed("openapi/vendor/alpha.yaml")
    assert "- alpha" in runner.pushed("openapi/openapi.yaml")
    assert "- Document: `alpha`." in runner.pushed("CHANGELOG.md")

    runner.calls.unlink()
    runner.run()
    assert runner.outputs["commit"] == {"changed": "false"}
    assert not runner.calls.exists()

    runner.open.write_text("7\n", encoding="utf-8")
    docs.pages["/en/alpha.md"] = page_of("beta")
    runner.run()
    assert runner.called() == ["list", "edit"]
