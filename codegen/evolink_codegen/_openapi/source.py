"""Where documents come from: docs pages, OpenAPI files, and addresses of either."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

from .text import InputError
from .yaml_io import MAX_BYTES

_FENCE_END = re.compile(rb" {0,3}(`{3,}|~{3,})\s*")
_OPENAPI = re.compile(rb"""^[ \t]*\{?[ \t]*["']?openapi["']?[ \t]*:""", re.MULTILINE)
_LANGUAGE = re.compile(r"(?:^|/)([a-z]{2}(?:-[A-Za-z]{2,4})?)/")
_TIMEOUT = 30.0


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


def is_address(text: str) -> bool:
    """Whether a source is asked for over http."""
    return text.startswith(("http://", "https://"))


def read_source(origin: str) -> Source:
    """Read a document from a file or an address.

    Raises:
        InputError: It cannot be read, or holds no single OpenAPI document.
    """
    data = _fetch(origin) if is_address(origin) else _open(origin)
    return parse_source(data, origin)


def parse_source(data: bytes, origin: str) -> Source:
    """Find the one OpenAPI document in a page, or take the whole as one.

    Raises:
        InputError: There is none, or more than one.
    """
    name = urlsplit(origin).path if is_address(origin) else origin
    stem = Path(name).stem or "document"
    blocks = [(info, block) for info, block in _fenced(data) if _OPENAPI.search(block)]
    if len(blocks) > 1:
        raise InputError(origin, f"the page holds {len(blocks)} OpenAPI documents, one is needed")
    if blocks:
        info, block = blocks[0]
        where = f"{info} {name}".split()
        return Source(origin, stem, block, data, _language(where))
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        raise InputError(
            origin, "this is HTML, not an OpenAPI document; most docs pages have one at their .md"
        )
    if name.endswith((".md", ".mdx", ".markdown")) or (not _OPENAPI.search(data) and b"```" in data):
        raise InputError(origin, "the page holds no OpenAPI document in a fence")
    return Source(origin, stem, data, None, _language([name]))


def _fenced(data: bytes) -> list[tuple[str, bytes]]:
    """Info string and content, byte for byte, of each fenced block; one without end is none."""
    if b"```" not in data and b"~~~" not in data:  # most documents, which are long
        return []
    lines = data.splitlines(keepends=True)
    found = []
    # In Latin-1 each byte is a character, so that no byte is lost.
    for token in _markdown().parse(data.decode("latin-1")):
        if token.type != "fence" or token.map is None:
            continue
        first, last = token.map[0], token.map[1] - 1
        end = _FENCE_END.fullmatch(lines[last])
        if last > first and end is not None and end[1].startswith(token.markup.encode()):
            info = token.info.strip().encode("latin-1").decode("utf-8", "replace")
            found.append((info, b"".join(lines[first + 1 : last])))
    return found


@functools.cache
def _markdown() -> MarkdownIt:
    """A parser that knows code alone: pages put fences into HTML, and documents hold long lists."""
    parser = MarkdownIt("zero").enable(["code", "fence"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _language(texts: list[str]) -> str | None:
    for text in texts:
        if match := _LANGUAGE.search(text):
            return match[1]
        parts = Path(text).name.split(".")
        if len(parts) > 2 and re.fullmatch(r"[a-z]{2}", parts[-2]):
            return parts[-2]
    return None


def _open(origin: str) -> bytes:
    path = Path(origin)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(origin, f"larger than {MAX_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:
        raise InputError(origin, f"cannot be read: {error.strerror or error}") from None


def _fetch(origin: str) -> bytes:
    import httpx  # noqa: PLC0415 - only addresses need it

    try:
        with httpx.stream("GET", origin, follow_redirects=True, timeout=_TIMEOUT) as response:
            if response.status_code != 200:
                raise InputError(origin, f"the server answered {response.status_code}")
            data = bytearray()
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > MAX_BYTES:
                    raise InputError(origin, f"larger than {MAX_BYTES} bytes")
            return bytes(data)
    except httpx.TimeoutException:
        raise InputError(origin, f"no answer within {_TIMEOUT:.0f} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, json.JSONDecodeError) as error:
        raise InputError(origin, f"cannot be fetched: {error}") from None
