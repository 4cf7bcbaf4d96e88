"""The Python code of every guide runs from top to bottom against the mock."""

import inspect
import logging
import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from evolink_codegen._site.diagrams import FOLDER, diagrams
from evolink_mock import EvoLinkMock

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / name for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md")]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
FOLDERS = ("benchmarks", "codegen", "docs", "mock_server", "openapi", "tests", "wrapper")


@pytest.fixture
def log() -> Iterator[None]:
    """Undoes what the guide of logging does to the log, which is global."""
    yield
    logging.getLogger("evolink").setLevel(logging.NOTSET)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_guide_runs(
    guide: Path, evolink_mock: EvoLinkMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: None
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cat.png").write_bytes(PNG)
    text = guide.read_text(encoding="utf-8")
    scope: dict[str, object] = {"__name__": "guide", "evolink_mock": evolink_mock}
    for match in re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        line = text[: match.start()].count("\n") + 1
        exec(compile("\n" * line + match[1], str(guide), "exec"), scope)
    for test in [value for name, value in scope.items() if name.startswith("test_")]:
        evolink_mock.reset()
        parameters = inspect.signature(test).parameters  # type: ignore[arg-type]  # a test of the guide
        with evolink_mock.serve() if "evolink_mock_server" in parameters else nullcontext():
            test(**dict.fromkeys(parameters, evolink_mock))  # type: ignore[operator]  # as above


@pytest.mark.parametrize("page", [*GUIDES, *PAGES], ids=lambda path: path.stem)
def test_page_has_no_broken_links(page: Path) -> None:
    for target in re.findall(r"\]\((?!http|#)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [*GUIDES, *PAGES], ids=lambda path: path.stem)
def test_every_diagram_is_drawn(page: Path) -> None:
    names = diagrams(page.read_text(encoding="utf-8"))
    missing = [name for name in names if not (ROOT / FOLDER / name).exists()]
    assert missing == [], "run docs/diagrams/render.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    files = [path.as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    files += [path.as_posix() for path in ROOT.iterdir()]
    for name in re.findall(r"`([\w./]+\.(?:py|yaml|txt|md))`", text):
        assert any(file.endswith(f"/{name}") for file in files), name
