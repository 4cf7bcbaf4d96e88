"""The diagrams of the guides as pictures: a browser would load Mermaid from another host."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from .markdown import title_of

# Where the pictures lie; `docs/diagrams/render.py` draws them.
FOLDER = "docs/diagrams"
_HEADING = re.compile(r"^##+ ([^\[\]\n]+)$", re.MULTILINE)
_DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def diagrams(text: str) -> dict[str, str]:
    """The diagrams of a page, each by the name of its picture."""
    return {picture_name(match[1]): match[1] for match in _DIAGRAM.finditer(text)}


def picture_name(source: str) -> str:
    """The file of a diagram's picture; a changed diagram has another."""
    return f"{hashlib.sha256(source.encode()).hexdigest()[:12]}.svg"


def with_pictures(text: str, address: Callable[[str], str]) -> str:
    """The page with a picture in place of each diagram, which leads to the picture alone.

    Args:
        text: Markdown.
        address: Gives the address of a picture by its name.
    """

    def picture(diagram: re.Match[str]) -> str:
        heading = [title_of(text), *_HEADING.findall(text, 0, diagram.start())][-1]
        file = address(picture_name(diagram[1]))
        return f"[![Diagram: {heading}]({file})]({file})"

    return _DIAGRAM.sub(picture, text)
