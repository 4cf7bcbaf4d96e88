"""Synthetic documents, vendored into a copy of the repository, without a line of code written for them.

The copy runs the tests of the repository, which know no model, most of all those of the contract: they pick
the new documents up by themselves.
"""

import shutil
from pathlib import Path

import pytest
from document_tree import DOCUMENTS, ROOT, files_of, run, vendor_into


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    for name in ("docs", "examples", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    vendor_into(folder)
    return folder


def test_new_documents_pass_the_test_suite(copy: Path) -> None:
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not http and not async"]
    done = run(
        *command,
        "tests/contract",
        "tests/demo",
        "tests/docs/test_examples.py",
        "tests/typing/test_typed_calls.py",
        "tests/wrapper",
        "--ignore=tests/wrapper/test_sigint.py",  # of processes, whatever the documents
        folder=copy,
        PYTHONPATH=str(copy / "generated"),
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    listing = ("-m", "pytest", "-q", "--collect-only", "tests/contract")
    listed = run(*listing, folder=copy, PYTHONPATH=str(copy / "generated"))
    before = run(*listing, folder=ROOT)
    assert len(listed.stdout.splitlines()) > 1.5 * len(before.stdout.splitlines())


def test_removing_documents_restores_output(copy: Path) -> None:
    for document in DOCUMENTS:
        for path in (copy / "openapi" / "vendor").glob("*.yaml"):
            if path.read_bytes() == document.read_bytes():
                path.unlink()
    # A published document has replaced one that was written in its absence.
    shutil.copytree(ROOT / "openapi" / "vendor", copy / "openapi" / "vendor", dirs_exist_ok=True)
    shutil.copy(ROOT / "openapi" / "provenance.toml", copy / "openapi")
    done = run("-m", "evolink_codegen", "generate", folder=copy)
    assert done.returncode == 0, done.stderr
    assert files_of(copy / "generated" / "evolink_api") == files_of(ROOT / "generated" / "evolink_api")
