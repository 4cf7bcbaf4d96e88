"""The applications among the examples, tested as their users test them."""

import shutil
from pathlib import Path

from document_tree import ROOT, run

EXAMPLES = ROOT / "examples"


def output_of_tests(folder: Path, *patterns: str, **environment: str) -> str:
    """Copy examples into a folder, and run their tests there; the output, which is that of success."""
    for path in [path for pattern in patterns for path in EXAMPLES.glob(pattern)]:
        shutil.copy(path, folder)
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:asyncio")
    done = run("-m", "pytest", *options, str(folder), folder=folder, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
