"""What was fetched, kept in `openapi/fetched.json` so that the next run asks only for what has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from .._openapi.fetching import NO_VALIDATORS, Validators
from .._openapi.text import InputError


@dataclass(frozen=True)
class PageRecord:
    """A page as it was last fetched.

    Attributes:
        validators: The validators of the version that was fetched.
        slug: The document that was taken from it; None if it has none.
    """

    validators: Validators
    slug: str | None


@dataclass(frozen=True)
class IndexRecord:
    """An index as it was last read, and which of its pages were wanted.

    Attributes:
        pages: The addresses of all its pages, in its order.
        validators: The validators of the version that was read.
        language: The language wanted.
        include: Patterns of which a page's address must match one, if there are any.
        exclude: Patterns of which it must match none.
    """

    pages: tuple[str, ...] = ()
    validators: Validators = NO_VALIDATORS
    language: str = "en"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class FetchLog:
    """Every index and every page that was fetched, by address."""

    indexes: Mapping[str, IndexRecord] = field(default_factory=dict)
    pages: Mapping[str, PageRecord] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the log; an empty one if there is no such file.

        Raises:
            InputError: It is not one.
        """
        if not path.exists():
            return cls()
        try:
            data = json.loads(path.read_bytes())
            indexes = {name: _read_index(entry) for name, entry in data["indexes"].items()}
            pages = {
                name: PageRecord(_read_validators(entry), entry.get("document"))
                for name, entry in data["pages"].items()
            }
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise InputError(str(path), f"not a log of fetched pages: {error!r}; delete it") from None
        return cls(indexes, pages)

    def dump(self) -> bytes:
        """The log as JSON, one page a line."""
        indexes = {
            name: {
                "language": index.language,
                "include": index.include,
                "exclude": index.exclude,
                **_shown(index.validators),
                "pages": index.pages,
            }
            for name, index in sorted(self.indexes.items())
        }
        pages = {
            name: {**_shown(page.validators), "document": page.slug}
            for name, page in sorted(self.pages.items())
        }
        lines = ",".join(f"\n  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in pages.items())
        text = json.dumps(indexes, indent=1, ensure_ascii=False)
        return f'{{"indexes": {text},\n "pages": {{{lines}}}}}\n'.encode()

    def tells_more_than(self, other: FetchLog) -> bool:
        """Whether it differs from another in more than the versions: those are kept with what is new."""
        return self._facts() != other._facts()

    def _facts(self) -> tuple[Any, Any]:
        return (
            {name: replace(index, validators=NO_VALIDATORS) for name, index in self.indexes.items()},
            {name: (page.slug, bool(page.validators)) for name, page in self.pages.items()},
        )


def _read_index(entry: Mapping[str, Any]) -> IndexRecord:
    return IndexRecord(
        tuple(map(str, entry["pages"])),
        _read_validators(entry),
        str(entry["language"]),
        tuple(map(str, entry["include"])),
        tuple(map(str, entry["exclude"])),
    )


def _read_validators(entry: Mapping[str, Any]) -> Validators:
    return Validators(entry.get("etag"), entry.get("last_modified"))


def _shown(validators: Validators) -> dict[str, str]:
    found = {"etag": validators.etag, "last_modified": validators.last_modified}
    return {key: value for key, value in found.items() if value}
