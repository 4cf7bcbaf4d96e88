"""Links between files of the repository as links between pages of the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

# Of what overlaps, the first counts: a link may have code in its text, and code may show a link.
_PARTS = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^(?P=fence)"
    r"|(?P<bang>!?)\[(?P<label>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?\)"
    r"|`[^`\n]+`",
    re.MULTILINE | re.DOTALL,
)


def relinked(text: str, source: str, page: str, pages: Mapping[str, str], titles: Mapping[str, str]) -> str:
    """The text of a file with its links led to the pages that its targets became.

    A link to a file that is not a page becomes its text. A link that shows the name of a file shows the title
    of the page instead.

    Args:
        text: Markdown.
        source: The file, as a path in the repository.
        page: The page that it becomes.
        pages: The page of each file that is part of the site.
        titles: The title of each file that has one.
    """

    def replace(part: re.Match[str]) -> str:
        target = part["target"]
        if not target or re.match(r"[a-z][a-z0-9+.-]*:", target):
            return part[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if file not in pages:
            return linked(part["label"])
        address = posixpath.relpath(pages[file], posixpath.dirname(page) or ".")
        label = linked(part["label"])
        if posixpath.basename(label) == posixpath.basename(file):
            label = titles.get(file, label)
        return f"{part['bang']}[{label}]({address}{part['anchor'] or ''})"

    def linked(text: str) -> str:
        return _PARTS.sub(replace, text)

    return linked(text)
