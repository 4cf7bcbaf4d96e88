"""The site as it was built: every link and picture leads somewhere, and nothing is loaded from elsewhere."""

import functools
import json
import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from evolink_codegen._site.assembly import read_catalogue
from evolink_codegen._site.model_page import page_name
from evolink_codegen.project import Project

SITE = Path(__file__).parents[2] / "site"
PAGES = sorted(SITE.rglob("*.html"))
LOADED = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"), ("source", "src")}
# Links of these kinds load nothing.
NAMING = {"canonical", "next", "prev"}


class Page(HTMLParser):
    """The ids of a page, what it links to, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := values.get(name))}
        if tag == "link" and values.get("rel") in NAMING:
            return
        for name in ("href", "src"):
            if value := values.get(name):
                (self.loads if (tag, name) in LOADED else self.links).append(value)


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    return {path: Page(path) for path in PAGES}


def local(page: Path, addresses: list[str]) -> Iterator[tuple[str, Path, str]]:
    """The files that addresses lead to, with their anchors."""
    for address in dict.fromkeys(addresses):
        parts = urlsplit(address)
        if not parts.scheme and not parts.netloc:
            target = file_at(page.parent, unquote(parts.path)) if parts.path else page
            yield address, target, unquote(parts.fragment)


@functools.cache
def file_at(folder: Path, path: str) -> Path:
    """The file that a path leads to from the pages of a folder."""
    target = Path(os.path.normpath((SITE if path.startswith("/") else folder) / path.lstrip("/")))
    return target / "index.html" if target.is_dir() else target


def test_every_link_leads_to_a_page_and_a_place(pages: dict[Path, Page]) -> None:
    broken = [
        (path.relative_to(SITE), address)
        for path, page in pages.items()
        if path.name != "404.html"
        for address, target, anchor in local(path, [*page.links, *page.loads])
        if not target.is_file() or (anchor and target in pages and anchor not in pages[target].ids)
    ]
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page]) -> None:
    foreign = {
        address
        for page in pages.values()
        for address in page.loads
        if urlsplit(address).scheme in {"http", "https"}
    }
    assert foreign == set()


def test_index_for_language_models_leads_to_pages() -> None:
    links = re.findall(r"\]\(([^)]+)\):", (SITE / "llms.txt").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (SITE / link).is_file()] == []


def test_search_finds_every_page() -> None:
    text = (SITE / "search.json").read_text(encoding="utf-8")
    named = {unquote(item["location"].split("#")[0]) for item in json.loads(text)["items"]}
    assert {path.relative_to(SITE).as_posix() for path in PAGES} - named == {"404.html"}


def test_every_model_has_a_page() -> None:
    names = {
        page_name(one.info.id).replace(".md", ".html") for one in read_catalogue(Project.find(SITE.parent))
    }
    assert names <= {path.name for path in (SITE / "models").iterdir()}
