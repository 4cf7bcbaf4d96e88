"""Where documents come from: docs pages, OpenAPI files, and addresses of either."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

from .fetching import Fetcher, is_address
from .languages import language_of
from .text import InputError
from .yaml_io import MAX_BYTES

MAX_FENCES = 10_000

_MARKS = (b"```", b"~~~")
_FENCE_END = re.compile(rb" {0,3}(`{3,}|~{3,})\s*")
# Possessive, so that blanks without end are read once.
_OPENAPI = re.compile(rb"""^[ \t]*+(?:\{[ \t]*+)?["']?openapi["']?[ \t]*+:""", re.MULTILINE)


class NoDocumentError(InputError):
    """A page that can be read and holds no OpenAPI document."""


@dataclass(frozen=True)
class Source:
    """One document as published.

    Attributes:
        origin: The file or address it was read from.
        stem: The page's own name, without ending.
        document: The document's bytes.
        page: The bytes of the page it stands on; None where the source is the document itself.
        language: As the page or the address says it, else None.
    """

    origin: str
    stem: str
    document: bytes
    page: bytes | None
    language: str | None

    @property
    def is_address(self) -> bool:
        """Whether it can be asked for again."""
        return is_address(self.origin)


def read_source(origin: str) -> Source:
    """Read a document from a file or an address.

    Raises:
        InputError: It cannot be read, or holds no single OpenAPI document.
    """
    if not is_address(origin):
        return parse_source(read_file(origin), origin)
    with Fetcher() as fetcher:
        return parse_source(fetcher.fetch(origin).data or b"", origin)


def parse_source(data: bytes, origin: str) -> Source:
    """Find the one OpenAPI document in a page, or take the whole as one.

    Raises:
        InputError: There is none, or more than one.
    """
    name = urlsplit(origin).path if is_address(origin) else "/".join(Path(origin).parts[-2:])
    stem = Path(name).stem or "document"
    if sum(map(data.count, _MARKS)) > MAX_FENCES:
        raise InputError(origin, f"more than {MAX_FENCES} fences")
    fenced = [block for block in _fenced(data) if _OPENAPI.search(block.content)]
    blocks = [block for block in fenced if block.is_closed]
    if len(blocks) > 1:
        raise InputError(origin, f"the page holds {len(blocks)} OpenAPI documents, one is needed")
    if blocks:
        where = f"{blocks[0].info} {name}".split()
        return Source(origin, stem, blocks[0].content, data, language_of(where))
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        raise InputError(
            origin, "this is HTML, not an OpenAPI document; most docs pages have one at their .md"
        )
    if name.endswith((".md", ".mdx", ".markdown")) or (not _OPENAPI.search(data) and b"```" in data):
        if fenced:
            raise InputError(origin, "cut off: the page holds no OpenAPI document in a fence that ends")
        raise NoDocumentError(origin, "the page holds no OpenAPI document in a fence")
    return Source(origin, stem, data, None, language_of([name]))


class _Block(NamedTuple):
    """A fenced block: what stands after the fence, its content byte for byte, and whether it has an end."""

    info: str
    content: bytes
    is_closed: bool


def _fenced(data: bytes) -> list[_Block]:
    if not any(mark in data for mark in _MARKS):  # most documents, which are long
        return []
    lines = data.splitlines(keepends=True)
    blocks = []
    # In Latin-1 each byte is a character, so that no byte is lost.
    for token in _markdown().parse(data.decode("latin-1")):
        if token.type != "fence" or token.map is None:
            continue
        first, last = token.map[0], token.map[1] - 1
        end = _FENCE_END.fullmatch(lines[last])
        is_closed = last > first and end is not None and end[1].startswith(token.markup.encode())
        info = token.info.strip().encode("latin-1").decode("utf-8", "replace")
        content = b"".join(lines[first + 1 : last if is_closed else None])
        blocks.append(_Block(info, content, is_closed))
    return blocks


@functools.cache
def _markdown() -> MarkdownIt:
    """A parser that knows code alone: pages put fences into HTML, and documents hold long lists."""
    parser = MarkdownIt("zero").enable(["code", "fence"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def read_file(path: Path | str, name: str | None = None) -> bytes:
    """The content of a file.

    Args:
        path: The file.
        name: What messages call it; the path if None.

    Raises:
        InputError: It cannot be read, or is too large.
    """
    name = name or str(path)
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise InputError(name, f"larger than {MAX_BYTES} bytes")
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(name, f"cannot be read: {error.strerror or error}") from None
