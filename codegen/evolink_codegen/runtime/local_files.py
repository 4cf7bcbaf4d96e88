"""Local files in place of links: what they are, and where the documents want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from .extensions import CALLBACK, FILE, URL

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["File", "Link", "takes_file"]


class File:
    """Bytes to be uploaded where a document wants a link.

    Args:
        content: The content.
        name: The name of the file; its suffix tells the media type where the content does not.
    """

    __slots__ = ("content", "name")

    def __init__(self, content: bytes | bytearray | memoryview, name: str = "") -> None:
        if not isinstance(content, bytes | bytearray | memoryview):
            raise TypeError(f"content must be bytes, not {type(content).__name__}")
        if not isinstance(name, str):
            raise TypeError(f"name must be a string, not {type(name).__name__}")
        self.content: bytes = bytes(content)
        self.name: str = name

    def __repr__(self) -> str:
        return f"File({self.name!r}, {len(self.content)} bytes)"


File.__module__ = "evolink"  # where users find it

Link: TypeAlias = "str | Path | File"


def takes_file(schema: Mapping[str, Any]) -> bool:
    """Whether a value of this schema is a link to a file, which the API fetches."""
    if FILE.name in schema:
        return True
    if CALLBACK.name in schema or schema.get(URL.name, {}).get("public"):  # what the API calls
        return False
    return URL.name in schema or schema.get("format") == "uri"
