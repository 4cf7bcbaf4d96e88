"""Entries of the changelog and the next version, which `sync --changelog` writes."""

from pathlib import Path

import pytest

from evolink_codegen._openapi.text import InputError
from evolink_codegen.changelog import next_version, with_entries
from evolink_codegen.cli import main

MODULE = '"""The version."""\n\n__version__ = "{}"\n'
RELEASED = "# Changelog\n\n## [Unreleased]\n\n## [{}] - 2026-01-01\n\n### Added\n\n- All.\n"


def test_entries_go_to_their_sections() -> None:
    changelog = "# C\n\n## [Unreleased]\n\n### Added\n\n- A.\n\n### Removed\n\n- R.\n\n## [0.1.0]\n\n- Old.\n"
    done = with_entries(changelog, {"Added": ["B."], "Changed": ["C.", "C."], "Removed": ["R."]})
    assert done == (
        "# C\n\n## [Unreleased]\n\n### Added\n\n- A.\n- B.\n\n### Changed\n\n- C.\n\n### Removed\n\n- R.\n\n"
        "## [0.1.0]\n\n- Old.\n"
    )


@pytest.mark.parametrize("changelog", ["# C\n\n## [Unreleased]\n", RELEASED.format("1.0.0")])
def test_entries_are_added_once(changelog: str) -> None:
    entries = {"Added": ["B."], "Deprecated": ["D."]}
    done = with_entries(changelog, entries)
    assert done.startswith(
        f"{changelog.partition('## [Unr')[0]}## [Unreleased]\n\n### Added\n\n- B.\n\n### Dep"
    )
    assert with_entries(done, entries) == done


def test_changelog_without_unreleased_section_is_refused() -> None:
    with pytest.raises(InputError, match=r"has no heading '## \[Unreleased\]'"):
        with_entries("# C\n\n## [1.0.0]\n", {"Added": ["B."]})


@pytest.mark.parametrize(
    ("released", "current", "step", "version"),
    [
        ("1.2.3", "1.2.3", "major", "2.0.0"),
        ("1.2.3", "1.2.3", "minor", "1.3.0"),
        ("1.2.3", "1.2.3", "patch", "1.2.4"),
        ("1.2.3", "1.3.0", "patch", "1.3.0"),
        ("1.2.3", "1.3.0", "minor", "1.3.0"),
        ("1.2.3", "1.3.0", "major", "2.0.0"),
        ("0.1.0", "0.1.0", "major", "0.2.0"),
        ("0.1.0", "0.1.0", "minor", "0.1.1"),
    ],
)
def test_version_is_raised_once_per_release(released: str, current: str, step: str, version: str) -> None:
    done = next_version(MODULE.format(current), RELEASED.format(released), step)  # type: ignore[arg-type]
    assert done == MODULE.format(version)


def test_version_stays_before_the_first_release() -> None:
    module = MODULE.format("0.1.0")
    assert next_version(module, "# C\n\n## [Unreleased]\n", "major") == module


def test_vendored_document_is_written_to_the_changelog(project: Path) -> None:
    version = project / "wrapper" / "evolink" / "_core" / "version.py"
    version.parent.mkdir(parents=True)
    version.write_text(MODULE.format("1.0.0"), encoding="utf-8")
    changelog = project / "CHANGELOG.md"
    changelog.write_text(RELEASED.format("1.0.0"), encoding="utf-8")
    page = Path(__file__).parents[2] / "openapi" / "vendor" / "pages" / "sora-2-pro-preview.ko.md"
    assert main(["vendor", str(page), "--changelog", "--dry-run"]) == 0
    assert version.read_text(encoding="utf-8") == MODULE.format("1.0.0")
    assert main(["vendor", str(page), "--changelog"]) == 0
    assert "### Added\n\n- Document: `sora-2-pro-preview`.\n\n## [1.0.0]" in changelog.read_text(
        encoding="utf-8"
    )
    assert version.read_text(encoding="utf-8") == MODULE.format("1.1.0")
    changed = project / "page.md"
    changed.write_bytes(page.read_bytes().replace(b"maxLength: ", b"maxLength: 1"))
    assert main(["vendor", "page.md", "--changelog"]) == 0
    text = changelog.read_text(encoding="utf-8")
    place = "`sora-2-pro-preview`, `POST /v1/videos/generations request prompt`"
    assert f"### Changed\n\n- {place}: maxLength raised" in text
    assert version.read_text(encoding="utf-8") == MODULE.format("1.1.0")


def test_missing_changelog_is_refused_before_anything_is_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).parents[2] / "openapi" / "vendor" / "pages" / "sora-2-pro-preview.ko.md"
    assert main(["vendor", str(page), "--changelog"]) == 2
    assert "--changelog: " in capsys.readouterr().err
    assert not (project / "openapi" / "vendor" / "sora-2-pro-preview.yaml").exists()
