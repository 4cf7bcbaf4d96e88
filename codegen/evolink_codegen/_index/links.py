"""The pages that an index names, grouped by what they describe in several languages."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from markdown_it import MarkdownIt

from .._openapi.fetching import is_address
from .._openapi.languages import without_language
from .._openapi.text import InputError

DEFAULT_INDEX = "https://docs.evolink.ai/llms.txt"

_SUFFIXES = (".md", ".mdx", ".markdown", ".yaml", ".yml", ".json")
_LONGEST_LINE = 5_000


@dataclass(frozen=True)
class Link:
    """A page that an index names.

    Attributes:
        origin: Its address, or the path of its file.
        language: As the address says it.
        key: The address without the language: translations have it in common.
    """

    origin: str
    language: str | None
    key: str


def read_links(data: bytes, index: str) -> list[Link]:
    """The pages that an index names, in its order, each once; links to anything else are passed over.

    Args:
        data: The index, in Markdown.
        index: Its address, or the path of its file.

    Raises:
        InputError: It names no page.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(index, f"not UTF-8 (byte {error.start})") from None
    if text.lstrip()[:200].lower().startswith(("<!doctype", "<html", "<head", "<?xml")):
        raise InputError(index, "this is HTML, not an index of pages in Markdown")
    origins = dict.fromkeys(origin for target in _targets(text) if (origin := _origin(target, index)))
    if not origins:
        raise InputError(index, f"it names no page that ends in {', '.join(_SUFFIXES)}")
    return [link(origin, index) for origin in origins]


def link(origin: str, index: str) -> Link:
    """A page of an index by its address or path."""
    if not is_address(origin):
        return Link(origin, *without_language(os.path.relpath(origin, Path(index).parent)))
    parts = urlsplit(origin)
    language, path = without_language(parts.path)
    return Link(origin, language, parts._replace(path=path).geturl())


def selected(pages: Iterable[Link], include: Sequence[str], exclude: Sequence[str]) -> list[Link]:
    """The pages whose address matches one of `include`, if there are any, and none of `exclude`.

    A pattern applies to the whole address or to its path: `*/video-series/*`.
    """

    def matches(page: Link, patterns: Sequence[str]) -> bool:
        names = {page.origin, urlsplit(page.origin).path.lstrip("/"), page.origin.rsplit("/", 1)[-1]}
        return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)

    return [page for page in pages if (not include or matches(page, include)) and not matches(page, exclude)]


def by_preference(pages: Iterable[Link], language: str) -> list[list[Link]]:
    """The pages in groups of translations, the wanted language first, then the one that names no language."""
    groups: dict[str, list[Link]] = {}
    for page in pages:
        groups.setdefault(page.key, []).append(page)
    ranks = {language: 0, None: 1}
    return [sorted(group, key=lambda page: ranks.get(page.language, 2)) for group in groups.values()]


def _targets(text: str) -> Iterable[str]:
    for line in text.splitlines():
        # Line by line: what is made to be slow to read stays short.
        if "](" in line or "<http" in line:
            (block,) = _markdown().parseInline(line[:_LONGEST_LINE])
            for token in block.children or ():
                if token.type == "link_open":
                    yield str(token.attrs.get("href", ""))


@functools.cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark").disable(["image", "html_inline", "entity", "emphasis"])
    parser.normalizeLink = str  # type: ignore[assignment,method-assign]  # as the index spells it
    return parser


def _origin(target: str, index: str) -> str | None:
    """Where a link leads, None if that is not a page."""
    try:
        target = urldefrag(target.strip())[0]
        scheme, path = urlsplit(target).scheme, urlsplit(target).path
        if not path.lower().endswith(_SUFFIXES) or not target.isprintable():
            return None
        if is_address(target.lower()):
            return _normalized(target)
        if scheme or target.startswith("//"):
            return None
        if is_address(index):
            return _normalized(urljoin(index, target))
    except ValueError:
        return None
    return Path(os.path.normpath(Path(index).parent / unquote(target))).as_posix()


def _normalized(address: str) -> str:
    """An address by which pages can be compared."""
    parts = urlsplit(address)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()
