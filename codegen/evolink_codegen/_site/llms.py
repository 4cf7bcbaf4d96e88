"""`llms.txt`, the index of the site for language models, as https://llmstxt.org describes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .markdown import title_of

# The parts of the navigation that a user of the client can leave out, and what the index calls them.
_FOR_DEVELOPERS = {"Project"}
_OPTIONAL = "Optional"


def index(config: Mapping[str, Any], pages: Mapping[str, bytes], about: Mapping[str, str]) -> str:
    """The pages of the navigation, each with a sentence about it.

    Args:
        config: The project of the site's configuration.
        pages: The files of the site's source.
        about: The sentences of some pages; others have their first one.
    """
    lines = [f"# {config['site_name']}\n", f"> {config['site_description']}\n"]
    for title, target in (one for entry in config["nav"] for one in entry.items()):
        lines.append(f"## {_OPTIONAL if title in _FOR_DEVELOPERS else title}\n")
        for page in _pages_of(target):
            text = pages[page].decode()
            address = page if is_text(page) else f"{page.removesuffix('.md')}.html"
            lines.append(f"- [{title_of(text)}]({address}): {about.get(page) or _introduction(text)}")
        lines.append("")
    return "\n".join(lines)


def is_text(page: str) -> bool:
    """Whether a page can be read as it was written; those of the reference consist of names."""
    return page.endswith(".md") and not page.startswith("reference/")


def _pages_of(target: Any) -> Iterable[str]:
    """The pages of an entry of the navigation."""
    if isinstance(target, str):
        return [target]
    entries = [one.values() if isinstance(one, dict) else [one] for one in target]
    return [page for values in entries for value in values for page in _pages_of(value)]


def _introduction(page: str) -> str:
    """The first sentence of a page."""
    paragraph = " ".join(page.split("\n\n", 2)[1].split())
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", paragraph)
    return re.split(r"(?<=[.]) ", plain, maxsplit=1)[0].rstrip(".:")
