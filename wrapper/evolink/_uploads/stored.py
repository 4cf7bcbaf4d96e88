"""What the API tells of files that it stores."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._contract.index import Role


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that was uploaded.

    Attributes:
        url: The link, for wherever a model wants the address of a file.
        id: For `client.files.delete`.
        name: The name under which it is stored.
        size: In bytes.
        mime_type: Its media type, as the API sees it.
        expires_at: When the link stops working, with its time zone; None if the API has not said.
        raw: The reply, complete.
    """

    url: str
    id: str | None
    name: str | None
    size: int | None
    mime_type: str | None
    expires_at: dt.datetime | None
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the list of those that the account has stored.

    Attributes:
        id: For `client.files.delete`.
        name: The name under which it is stored.
        size: In bytes.
        created_at: When it was uploaded, with its time zone.
        raw: The entry of the list, complete.
    """

    id: str
    name: str | None
    size: int | None
    created_at: dt.datetime | None
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileQuota:
    """How many files the account may store.

    Attributes:
        used: Files that are stored.
        limit: Files that may be stored.
        remaining: Files that may still be stored.
        raw: The reply, complete.
    """

    used: int | None
    limit: int | None
    remaining: int | None
    raw: dict[str, Any] = field(repr=False)


def uploaded_file(role: Role, reply: dict[str, Any]) -> UploadedFile:
    """Read the reply of an upload, which must have a link."""
    return UploadedFile(
        url=role.value(reply, "url"),
        id=_text(role.value(reply, "id")),
        name=_text(role.value(reply, "name")) or _text(role.value(reply, "original_name")),
        size=_integer(role.value(reply, "size")),
        mime_type=_text(role.value(reply, "mime_type")),
        expires_at=_time(role.value(reply, "expires_at")),
        raw=reply,
    )


def stored_file(role: Role, item: dict[str, Any]) -> StoredFile:
    """Read an entry of the list."""
    return StoredFile(
        id=file_id(role, item) or "",
        name=_text(role.item_value(item, "name")),
        size=_integer(role.item_value(item, "size")),
        created_at=_time(role.item_value(item, "created_at")),
        raw=item,
    )


def file_quota(role: Role, reply: dict[str, Any]) -> FileQuota:
    """Read the reply of the query."""
    return FileQuota(
        used=_integer(role.value(reply, "used")),
        limit=_integer(role.value(reply, "limit")),
        remaining=_integer(role.value(reply, "remaining")),
        raw=reply,
    )


def file_id(role: Role, item: dict[str, Any]) -> str | None:
    """The id of an entry of the list."""
    return _text(role.item_value(item, "id"))


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value) or None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _time(value: object) -> dt.datetime | None:
    """A time of the API; one without a time zone is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        time = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo is not None else time.replace(tzinfo=dt.UTC)
