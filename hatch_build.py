"""The README and the links of the package on PyPI, which knows no files of the repository."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# Where the repository is; the release workflow sets it to its own.
REPOSITORY = "EVOLINK_REPOSITORY"
URLS = {"API documentation": "https://docs.evolink.ai"}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?![a-z]+:|#)([^)\s]+)\)")


class LinksHook(MetadataHookInterface):
    """Sets `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the README as PyPI shows it, and the links beside it."""
        repository = os.environ.get(REPOSITORY, "").rstrip("/")
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        text = with_absolute_links(text, repository, str(metadata.get("version", "")))
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = {**URLS, **(urls(repository) if repository else {})}


def urls(repository: str) -> dict[str, str]:
    """The links to the parts of a repository on GitHub."""
    return {
        "Source": repository,
        "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def with_absolute_links(text: str, repository: str, version: str) -> str:
    """The README with its links to files led to the repository.

    Without a repository a link becomes its text, and a picture is left out.

    Args:
        text: Markdown with relative links.
        repository: Its address, or nothing.
        version: Whose files are linked.
    """

    def replace(link: re.Match[str]) -> str:
        bang, label, target = link.groups()
        if not repository:
            return "" if bang else label
        kind = "raw" if bang else "blob"
        return f"{bang}[{label}]({repository}/{kind}/{f'v{version}' if version else 'main'}/{target})"

    return _LINK.sub(replace, text)
