"""Changing several files at once, whatever happens to the process."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evolink_codegen.transaction import Transaction


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "openapi").mkdir()
    return tmp_path


def transaction(root: Path) -> Transaction:
    return Transaction(root, root / "openapi" / ".commit")


@pytest.mark.slow
def test_killed_commit_leaves_old_or_new(tmp_path: Path) -> None:
    script = Path(__file__).with_name("commit_killer.py")
    done = subprocess.run([sys.executable, script, tmp_path], capture_output=True, check=True, timeout=60)
    trees = json.loads(done.stdout)
    assert trees["old"] != trees["new"]
    assert [one for one in trees["found"] if one not in (trees["old"], trees["new"])] == []
    assert trees["old"] in trees["found"]
    assert trees["new"] in trees["found"]


def test_nothing_is_left_over(root: Path) -> None:
    with transaction(root).exclusive():
        transaction(root).commit({root / "a": b"1", root / "openapi" / "b": b"2"})
        transaction(root).commit({root / "a": None})
    assert [path.relative_to(root).as_posix() for path in sorted(root.rglob("*"))] == ["openapi", "openapi/b"]


def test_failed_commit_changes_nothing(root: Path) -> None:
    with transaction(root).exclusive(), pytest.raises(OSError, match="missing"):
        transaction(root).commit({root / "a": b"1", root / "b": root / "missing"})
    with transaction(root).exclusive():
        transaction(root).commit({root / "c": b"1"})
    assert sorted(path.name for path in root.iterdir()) == ["c", "openapi"]


def test_one_run_at_a_time(root: Path) -> None:
    other = os.open(root / "openapi", os.O_RDONLY)
    try:
        with transaction(root).exclusive(), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(other)
