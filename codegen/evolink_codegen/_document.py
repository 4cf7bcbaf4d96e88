"""One vendored document, read and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import _refs, _shape, _yaml
from ._errors import UnusableInput


@dataclass(frozen=True)
class Document:
    """A document under its slug.

    Attributes:
        slug: its name among the vendored documents.
        source: the file or address it came from, for messages.
        data: its content.
        warnings: what was left out of it because it makes no sense, as lines that name the place.
        lifted: schemas that have a name only because others refer into the middle of something; what is wrong
            with them is told where they stand.
    """

    slug: str
    source: str
    data: dict[str, Any]
    warnings: tuple[str, ...] = ()
    lifted: frozenset[str] = frozenset()


def read(path: Path, source: str | None = None) -> Document:
    """Read a document as it is kept; its slug is the name of its file.

    Args:
        path: the file.
        source: what messages call it; the path if None.
    """
    source = source or str(path)
    return Document(path.stem, source, parse(path.read_bytes(), source))


def parse(data: bytes, source: str) -> dict[str, Any]:
    """Read and check a document; keys without value and extensions are gone.

    Raises:
        UnusableInput: it is no OpenAPI 3.0 or 3.1 document, or its references do not hold.
    """
    loaded = _yaml.load(data, source)
    if not isinstance(loaded, dict):
        raise UnusableInput(source, "not an OpenAPI document: no mapping at the top")
    version = loaded.get("openapi")
    if version is None:
        raise UnusableInput(source, "not an OpenAPI document: it has no key 'openapi'")
    if not re.fullmatch(r"3\.[01](\.\d+)?(-.+)?", str(version)):
        raise UnusableInput(source, f"OpenAPI 3.0 and 3.1 are known, not {version!r}", "openapi")
    tidied = _shape.tidy(loaded)
    check(tidied, source)
    return tidied


def check(data: dict[str, Any], source: str) -> None:
    """Refuse what later steps could not read.

    Raises:
        UnusableInput: naming the place.
    """
    _shape.check(data, source)
    _refs.check(data, source)
