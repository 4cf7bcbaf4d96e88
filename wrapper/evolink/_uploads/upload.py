"""Uploads: one file, or the files that bodies need, each content once."""

from __future__ import annotations

import contextlib
import functools
import threading
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

from evolink_api.extensions import FILE

from .._contract import index
from .._core import arguments
from .._http import response, role_call
from .source import UploadReader
from .stored import uploaded_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._contract.index import Role
    from .._http.client_base import BaseClient
    from .._http.response import APIResponse
    from .source import OnProgress, Source
    from .stored import UploadedFile

_ROLE = "upload-stream"
# A link must live for so long after a task is submitted, as the API may fetch it late; of a link that lives
# shorter than four times that, a quarter of its life.
_LEAST_LIFE = 3600.0
# For how long a link is used whose end the API has not told.
_UNKNOWN_LIFE = 3600.0
_MOST_LINKS = 10_000


class _Link(NamedTuple):
    url: str
    file_id: str | None
    # When it is no longer used, on the client's clock.
    until: float


class UploadCache:
    """The links of what a client has uploaded, by content."""

    _of_clients: ClassVar[WeakKeyDictionary[BaseClient, UploadCache]] = WeakKeyDictionary()
    _making = threading.Lock()

    @classmethod
    def of(cls, client: BaseClient) -> UploadCache:
        """The cache of a client."""
        with cls._making:
            return cls._of_clients.setdefault(client, cls())

    def __init__(self) -> None:
        self._links: dict[str, _Link] = {}
        # Held while a content is uploaded over some connections: a lock works in one process and event loop.
        self._uploading: WeakValueDictionary[tuple[str, object], Any] = WeakValueDictionary()
        self._lock = threading.Lock()

    async def link(self, client: BaseClient, source: Source, *, deadline: float | None) -> str:
        """The link of a file, uploaded if there is none that lives; several callers share one upload."""
        digest = await client._io.run_in_thread(source.digest)
        key = digest, client._io.http
        with self._lock:
            alone = self._uploading.get(key)
            if alone is None:
                alone = self._uploading[key] = client._io.new_lock()
        async with alone:
            known = self._links.get(digest)
            if known is not None and client._io.now() < known.until:
                return known.url
            return (await self.upload(client, source, deadline=deadline)).url

    async def upload(
        self,
        client: BaseClient,
        source: Source,
        *,
        name: str | None = None,
        folder: str | None = None,
        on_progress: OnProgress | None = None,
        deadline: float | None = None,
    ) -> UploadedFile:
        """Upload a file.

        Args:
            client: Whose account it belongs to.
            source: The file.
            name: The name under which it is stored; the API's choice if None.
            folder: The folder in which it is stored.
            on_progress: Called with the bytes sent, and all bytes.
            deadline: When to give up.
        """
        arguments.check_callback("on_progress", on_progress)
        role = index.contract().required_role(_ROLE)
        began = client._io.now()
        with contextlib.ExitStack() as stack:
            stream = await client._io.run_in_thread(lambda: stack.enter_context(source.open()))
            reader = UploadReader(stream, source, on_progress)
            call = role_call.call_of(
                role,
                client._config,
                {"name": name, "folder": folder},
                files={"file": (source.name, reader, source.media_type or "application/octet-stream")},
                deadline=deadline,
                is_usable=functools.partial(_has_link, role),
            )
            received = await client._request(call)
        uploaded = uploaded_file(role, received.json())
        with self._lock:
            self._links[reader.digest] = _Link(uploaded.url, uploaded.id, _used_until(uploaded, began))
            while len(self._links) > _MOST_LINKS:
                del self._links[next(iter(self._links))]
        return uploaded

    def forget(self, file_id: str) -> None:
        """Stop using the link of a file that is deleted."""
        with self._lock:
            for digest in [digest for digest, link in self._links.items() if link.file_id == file_id]:
                del self._links[digest]


def upload_rule() -> Mapping[str, Any]:
    """The documented rule on files that are uploaded."""
    rule: Mapping[str, Any] = index.contract().required_role(_ROLE).field_schema("file").get(FILE.name, {})
    return rule


def _has_link(role: Role, received: APIResponse) -> bool:
    url = role.value(received.json(), "url") if response.has_object(received) else None
    # A task with any other would be paid for in vain.
    return isinstance(url, str) and url.startswith(("https://", "http://"))


def _used_until(uploaded: UploadedFile, now: float) -> float:
    if uploaded.expires_at is None:
        return now + _UNKNOWN_LIFE
    life = uploaded.expires_at.timestamp() - now
    return now + life - min(_LEAST_LIFE, life / 4)
