"""Taking documents in, from files and from addresses, over real HTTP on the loopback."""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from codegen.docs_server import HANG, DocsServer, Reply
from document_tree import files_of

from evolink_codegen._openapi import fetching
from evolink_codegen._openapi.source import read_source
from evolink_codegen.cli import main

OPENAPI = Path(__file__).parents[2] / "openapi"
PAGE = OPENAPI / "vendor" / "pages" / "sora-2-pro-preview.ko.md"
MODEL = PAGE.name.split(".")[0]


@pytest.fixture
def provenance(project: Path) -> Callable[[], dict[str, dict[str, object]]]:
    def read() -> dict[str, dict[str, object]]:
        text = (project / "openapi" / "provenance.toml").read_text(encoding="utf-8")
        return dict(tomllib.loads(text)["documents"])

    return read


def test_page_and_document_are_kept(
    project: Path, provenance: Callable[[], dict[str, dict[str, object]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vendor", str(PAGE)]) == 0
    vendor = project / "openapi" / "vendor"
    entry = provenance()[MODEL]
    assert (vendor / f"{MODEL}.yaml").read_bytes() == read_source(str(PAGE)).document
    assert (project / "openapi" / str(entry["page"])).read_bytes() == PAGE.read_bytes()
    assert entry["kind"] == "verbatim"
    assert entry["language"] == "ko"
    assert entry["sha256"] == hashlib.sha256((vendor / f"{MODEL}.yaml").read_bytes()).hexdigest()
    assert f"### {MODEL}: new" in capsys.readouterr().out


def test_change_names_the_version_step(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["vendor", str(PAGE)])
    changed = re.sub(rb"(?<=maxLength: )\d+", b"9", PAGE.read_bytes(), count=1)
    (project / "page.md").write_bytes(changed)
    assert main(["vendor", str(PAGE)]) == 0
    assert f"{MODEL}: unchanged" in capsys.readouterr().out
    assert main(["vendor", "page.md"]) == 0
    output = capsys.readouterr().out
    assert re.search(r"maxLength lowered from \d+ to 9\b", output)
    assert "a major one" in output


def test_history_has_every_version(project: Path) -> None:
    changed = project / "page.md"
    for content in (PAGE.read_bytes(), re.sub(rb"(?<=maxLength: )\d+", b"9", PAGE.read_bytes(), count=1)):
        changed.write_bytes(content)
        assert main(["vendor", "page.md"]) == 0
        assert main(["vendor", "page.md"]) == 0
    history = json.loads((project / "openapi" / "history.json").read_text(encoding="utf-8"))
    first, second = history[MODEL]
    assert first["changes"] is None
    assert [change["message"] for change in second["changes"]] == ["maxLength lowered from 5000 to 9"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", second["date"])


@pytest.mark.parametrize(
    "content", ["[]", '{"a": [{"date": "2026-01-01"}]}', '{"a": [{"date": "", "changes": [{}]}]}']
)
def test_unusable_history_is_refused(project: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "openapi" / "history.json").write_text(content, encoding="utf-8")
    assert main(["vendor", str(PAGE)]) == 2
    assert "history.json: not a history" in capsys.readouterr().err


def test_missing_entry_is_recorded(
    project: Path, provenance: Callable[[], dict[str, dict[str, object]]]
) -> None:
    document = project / "openapi" / "vendor" / "get-task-detail.yaml"
    assert main(["vendor", str(document)]) == 0
    assert provenance()["get-task-detail"]["sha256"] == hashlib.sha256(document.read_bytes()).hexdigest()


def test_dry_run_writes_nothing(project: Path) -> None:
    before = files_of(project)
    assert main(["vendor", "--dry-run", str(PAGE)]) == 0
    assert files_of(project) == before


def test_one_bad_source_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "bad.yaml").write_text(
        "openapi: 3.1.0\npaths: {/x: {get: {$ref: '#/nowhere'}}}\n", encoding="utf-8"
    )
    before = files_of(project)
    assert main(["vendor", str(PAGE), "bad.yaml"]) == 2
    assert files_of(project) == before
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "bad.yaml" in error
    assert "#/nowhere" in error


def test_sync_vendors_what_changed(
    project: Path, docs: DocsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    docs.pages["/ko/page.md"] = PAGE.read_bytes()
    assert main(["vendor", f"{docs.url}/ko/page.md"]) == 0
    capsys.readouterr()
    assert main(["sync"]) == 0
    assert f"{MODEL}: unchanged" in capsys.readouterr().out
    docs.pages["/ko/page.md"] = PAGE.read_bytes().replace(b"- 1080p\n", b"- 1080p\n            - 4k\n")
    assert main(["sync"]) == 0
    assert 'new value "4k"' in capsys.readouterr().out
    assert b"- 4k" in (project / "openapi" / "vendor" / f"{MODEL}.yaml").read_bytes()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (404, "the server answered 404"),
        (HANG, "no answer within"),
        (b"# Moved\n\nThis page has moved.\n", "no OpenAPI document"),
    ],
)
def test_sync_reports_failures(
    project: Path,
    docs: DocsServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: bytes | int | Reply,
    reason: str,
) -> None:
    docs.pages["/page.md"] = PAGE.read_bytes()
    main(["vendor", f"{docs.url}/page.md"])
    before = files_of(project)
    docs.pages["/page.md"] = answer
    monkeypatch.setattr(fetching, "TIMEOUT", 0.3 if answer is HANG else fetching.TIMEOUT)
    monkeypatch.setattr(fetching, "PAUSES", (0.0,))
    assert main(["sync"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"{MODEL}: {docs.url}/page.md")
    assert reason in error
    assert files_of(project) == before


def test_invalid_example_is_a_warning(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = PAGE.read_bytes().replace(b"prompt: A cat playing piano", b"prompt: 17")
    assert broken != PAGE.read_bytes()
    (project / "page.md").write_bytes(broken)
    assert main(["vendor", "page.md"]) == 0
    assert main(["generate"]) == 0
    vendored, generated = capsys.readouterr().err.split("warning: ")[1:]
    assert vendored.startswith("page.md: ")
    assert f"{MODEL}.yaml: " in generated
    assert "prompt" in generated
