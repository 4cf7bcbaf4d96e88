"""A copy of the repository with 170 documents beside its own, vendored from an index on a local server."""

import resource
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from codegen.docs_server import Answer, DocsServer
from document_tree import ROOT, files_of, run

COUNT = 170


class Run(NamedTuple):
    """What a command did.

    Attributes:
        output: What it printed.
        cpu: Seconds of processor time, its children's included: on a busy machine the clock tells little.
    """

    output: str
    cpu: float


def pipeline(*command: str, folder: Path) -> Run:
    """Run the pipeline, which must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run("-m", "evolink_codegen", *command, folder=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    return Run(done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def copy_documents(folder: Path) -> Path:
    """A checkout with the documents of the repository alone."""
    shutil.copytree(ROOT / "openapi", folder / "openapi")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


class Site:
    """The docs site, and how to vendor it.

    Attributes:
        docs: Its server.
        files: What it serves, the index included.
    """

    def __init__(self, docs: DocsServer, files: Mapping[str, bytes]) -> None:
        self.docs = docs
        self.files = files
        self.restore()

    def restore(self) -> None:
        """Serve everything as it was at first."""
        pages: dict[str, Answer] = {f"/{name}": data for name, data in self.files.items()}
        self.docs.pages = pages
        self.docs.requests.clear()

    def vendor(self, folder: Path) -> Run:
        """Vendor all its pages into a checkout."""
        self.docs.requests.clear()
        return pipeline("vendor", "--index", f"{self.docs.url}/llms.txt", "--strict", folder=folder)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    written = run(str(ROOT / "benchmarks" / "synthetic.py"), "--site", str(folder), str(COUNT), folder=ROOT)
    assert written.returncode == 0, written.stderr
    with DocsServer() as docs:
        yield Site(docs, files_of(folder))


class Checkout(NamedTuple):
    """A copy of the repository.

    Attributes:
        folder: Where it is.
        vendored: What vendoring did.
        generated: What generating did.
        seconds: How long vendoring took.
    """

    folder: Path
    vendored: Run
    generated: Run
    seconds: float


@pytest.fixture(scope="session")
def checkout(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    folder = tmp_path_factory.mktemp("scale")
    for name in ("docs", "examples", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    copy_documents(folder)
    began = time.monotonic()
    vendored = site.vendor(folder)
    seconds = time.monotonic() - began
    return Checkout(folder, vendored, pipeline("generate", folder=folder), seconds)
