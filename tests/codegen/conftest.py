"""Packages generated from documents, imported under names of their own."""

import importlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from codegen.docs_server import DocsServer

from evolink_codegen.project import BuildResult, Project


class Package:
    """A generated package beside the installed one.

    Attributes:
        root: The checkout it was generated in.
        built: What the pipeline said of it.
        name: What it is imported as.
    """

    def __init__(self, root: Path, built: BuildResult, name: str) -> None:
        self.root = root
        self.built = built
        self.name = name
        self.folder = root / "generated" / "evolink_api"

    def load(self, module: str = "") -> ModuleType:
        """One of its modules, by its name in the real package."""
        if self.name not in sys.modules:
            spec = importlib.util.spec_from_file_location(self.name, self.folder / "__init__.py")
            assert spec is not None
            assert spec.loader is not None
            sys.modules[self.name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules[self.name])
        name = module.removeprefix("evolink_api").lstrip(".")
        return importlib.import_module(f"{self.name}.{name}" if name else self.name)

    def modules(self) -> list[str]:
        """All its modules but the types that are never loaded at run time."""
        paths = sorted(self.folder.rglob("*.py"))
        return [
            ".".join(path.relative_to(self.folder).with_suffix("").parts)
            for path in paths
            if path.stem != "params"
        ]

    def data(self, file: str) -> Any:
        """A file of the contract."""
        return json.loads((self.folder / "contract" / file).read_text("utf-8"))

    def model(self, model: str) -> dict[str, Any]:
        """What the contract says of one model."""
        files = (entry["models"][model] for entry in self.index.values() if model in entry.get("models", {}))
        found: dict[str, Any] = self.data(next(files))
        return found

    def forget(self) -> None:
        """Unload it."""
        for name in [name for name in sys.modules if name.partition(".")[0] == self.name]:
            del sys.modules[name]

    @property
    def index(self) -> dict[str, Any]:
        operations: dict[str, Any] = self.data("index.json")["operations"]
        return operations


def generate(root: Path, documents: dict[str, bytes], name: str) -> Package:
    """Generate a package from documents alone, without overlays."""
    for slug, data in documents.items():
        path = root / "openapi" / "vendor" / f"{slug}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return Package(root, Project(root).generate(), name)


@pytest.fixture(scope="session")
def constructs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """The package of all synthetic documents."""
    folder = Path(__file__).parent / "documents"
    documents = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}
    package = generate(tmp_path_factory.mktemp("constructs"), documents, "constructs_api")
    yield package
    package.forget()


OPENAPI = Path(__file__).parents[2] / "openapi"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that knows the task query alone, as the current folder; compiling it is fast."""
    vendor = tmp_path / "openapi" / "vendor"
    vendor.mkdir(parents=True)
    (tmp_path / "openapi" / "overlays").mkdir()
    shutil.copy(OPENAPI / "vendor" / "get-task-detail.yaml", vendor)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def docs() -> Iterator[DocsServer]:
    """A server of docs pages."""
    with DocsServer() as server:
        yield server
