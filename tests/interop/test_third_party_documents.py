"""Third-party example documents: each passes the whole pipeline, or is refused for a reason."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from interop import _npm

from evolink_codegen._openapi.source import read_source
from evolink_codegen._openapi.text import InputError
from evolink_codegen.ingest import ingest
from evolink_codegen.project import Project
from evolink_mock import Contract, EvoLinkMock, Request

REFUSED = {
    "openapi-workshop/title.json": "paths: it describes no operation",
    "parameters-common.json": "a path names each of its parameters once",
    "parameters-style.json": "a path has its parameters in pairs of braces, and no spaces",
    "webhooks.json": "it has no key 'paths'",
}


def documents() -> list[Path]:
    folder = _npm.installed() / "node_modules" / "@readme" / "oas-examples"
    return sorted(path for version in ("3.0", "3.1") for path in (folder / version / "json").rglob("*.json"))


def compile_alone(document: Path, root: Path) -> Path:
    """The package that the pipeline generates from one document."""
    (root / "openapi" / "vendor").mkdir(parents=True)
    (root / "openapi" / "overlays").mkdir()
    project = Project(root)
    ingest(project, [read_source(str(document))]).write()
    project.generate()
    return project.package


def test_document_compiles_or_is_refused(tmp_path: Path, subtests: pytest.Subtests) -> None:
    found = documents()
    assert len(found) > 60
    for number, document in enumerate(found):
        name = document.relative_to(
            document.parents[[p.name for p in document.parents].index("json")]
        ).as_posix()
        with subtests.test(f"{document.parts[-3]} {name}"):
            if name in REFUSED:
                with pytest.raises(InputError, match=f"^[^\n]*{re.escape(REFUSED[name])}$"):
                    compile_alone(document, tmp_path / str(number))
                continue
            package = compile_alone(document, tmp_path / str(number))
            for path in package.rglob("*.py"):
                compile(path.read_bytes(), str(path), "exec")
            assert_every_operation_is_answered(
                json.loads((package / "contract.json").read_text(encoding="utf-8"))
            )


def assert_every_operation_is_answered(document: dict[str, Any]) -> None:
    """The mock answers a minimal request to every operation without a server error."""
    with EvoLinkMock(contract=document) as mock:
        for operation in Contract(document).operations:
            request = Request(
                operation.method,
                re.sub(r"\{[^{}]*\}", "1", operation.path),
                headers={"authorization": f"Bearer {mock.api_key}", "content-type": "application/json"},
                origin=operation.server,
            )
            assert mock._engine.handle(request).status < 500, f"{operation.method} {operation.path}"
