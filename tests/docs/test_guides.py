"""The Python code of every guide runs from top to bottom against the mock."""

import inspect
import re
from pathlib import Path

import pytest

from evolink_mock import EvoLinkMock

GUIDES = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_guide_runs(
    guide: Path, evolink_mock: EvoLinkMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = guide.read_text(encoding="utf-8")
    scope: dict[str, object] = {"__name__": "guide", "evolink_mock": evolink_mock}
    for match in re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        line = text[: match.start()].count("\n") + 1
        exec(compile("\n" * line + match[1], str(guide), "exec"), scope)
    for test in [value for name, value in scope.items() if name.startswith("test_")]:
        evolink_mock.reset()
        parameters = inspect.signature(test).parameters  # type: ignore[arg-type]  # a test of the guide
        test(**({"evolink_mock": evolink_mock} if parameters else {}))  # type: ignore[operator]  # as above


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_guide_has_no_broken_links(guide: Path) -> None:
    for target in re.findall(r"\]\((?!http|#)([^)#]+)[^)]*\)", guide.read_text(encoding="utf-8")):
        assert target.startswith("/ko/") or (guide.parent / target).exists(), target
