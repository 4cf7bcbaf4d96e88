"""The site of 170 models: built without a warning within its budget, with every link followed."""

import resource
import subprocess
import sys
from pathlib import Path

from document_tree import ROOT
from scale.conftest import COUNT, Checkout

BUDGET = 20.0
# What the pages are made of, beside what a checkout has of its own.
SOURCES = ("benchmarks", "mock_server", "wrapper", *(path.name for path in ROOT.glob("*.md")))


def test_site_is_built_within_its_budget(checkout: Checkout, tmp_path: Path) -> None:
    for name in ("docs", "examples", "generated", "openapi", "tests", "pyproject.toml"):
        (tmp_path / name).symlink_to(checkout.folder / name)
    for name in SOURCES:
        (tmp_path / name).symlink_to(ROOT / name)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    make("docs", folder=tmp_path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(list((tmp_path / "site" / "models").glob("model-*.html"))) == COUNT
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= BUDGET


def make(target: str, *, folder: Path) -> None:
    """Make a target in another folder, with what is installed here."""
    command = ["make", "-f", str(ROOT / "Makefile"), f"VENV={sys.prefix}", target]
    done = subprocess.run(
        [*command, "-o", f"{sys.prefix}/.docs"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
