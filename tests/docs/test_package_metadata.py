"""What PyPI shows of the package: a README without links to files, and links to the repository."""

import importlib.util
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
assert spec is not None
assert spec.loader is not None
hatch_build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hatch_build)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_of_a_release_links_to_its_files() -> None:
    text = hatch_build.with_absolute_links(README, "https://git.example.com/a/b", "1.2.3")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert [link for link in links if not re.match("https://|#", link)] == []
    files = [link.removeprefix("https://git.example.com/a/b/") for link in links if "git.example.com" in link]
    assert {file.split("/")[0] for file in files} <= {"blob", "raw"}
    assert [file for file in files if not (ROOT / file.split("/", 2)[2].split("#")[0]).exists()] == []
    assert re.search(r"!\[[^\]]+\]\(https://git\.example\.com/a/b/raw/v1\.2\.3/", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a [b](c.md) d", "a b d"), ("![a](b.svg)", ""), ("[a](https://x.org)", "[a](https://x.org)")],
)
def test_without_a_repository_no_link_is_broken(text: str, shown: str) -> None:
    assert hatch_build.with_absolute_links(text, "", "1.0.0") == shown


def test_package_has_links_and_a_description() -> None:
    package = metadata.metadata("evolink-client")
    assert "API documentation, https://docs.evolink.ai" in (package.get_all("Project-URL") or [])
    assert str(package.json["description"]).startswith("# ")
