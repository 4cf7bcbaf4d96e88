"""`client.files`: files that the account stores, for models to work on."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeAlias

from .._contract import index
from .._core import arguments
from .._core.errors import InvalidRequest
from .._http import response, role_call
from .._http.io import run
from .._http.pages import DEFAULT_LIMIT, fetch_pages
from .._uploads.source import FileFault, fault_of, source_of
from .._uploads.stored import FileQuota, StoredFile, UploadedFile, file_id, file_quota, stored_file
from .._uploads.upload import UploadCache, upload_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._http.client_base import BaseClient
    from .._http.response import APIResponse
    from .._uploads.source import OnProgress, Source, Uploadable

# Within the classes, `list` is their method.
StoredFiles: TypeAlias = "list[StoredFile]"

_MISSING = "This list is not offered to every account: keep the `id` of what you upload."


class Files:
    """Uploads, lists and deletes files, as `client.files`."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def upload(
        self,
        file: Uploadable,
        name: str | None = None,
        *,
        folder: str | None = None,
        on_progress: OnProgress | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> UploadedFile:
        """Upload a file; it costs no credits.

        Args:
            file: A path, bytes, an `evolink.File`, or a file opened in binary mode, from its position.
            name: The name to store it under; the API's choice if None.
            folder: The folder to store it in; the API's choice if None.
            on_progress: Called with the bytes sent and all bytes; by `AsyncEvoLink` in a thread.
            extra_headers: Headers for the request; they replace those of the client.
            extra_query: Query parameters for the request.

        Raises:
            InvalidRequest: There is no such file, or the API does not take it; nothing was sent.
            APIError: The API did not accept it.
        """
        source = _checked(file, name)
        sender = self._client._with_extras(extra_headers, extra_query)
        cache = UploadCache.of(self._client)
        return run(cache.upload(sender, source, name=name, folder=folder, on_progress=on_progress))

    def list(
        self,
        limit: int = DEFAULT_LIMIT,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> StoredFiles:
        """List the files that the account has stored.

        Args:
            limit: How many at most.
            extra_headers: Headers for the requests; they replace those of the client.
            extra_query: Query parameters for the requests.

        Raises:
            APIError: The API did not answer, or does not offer this to the account.
        """
        return run(_list(self._client._with_extras(extra_headers, extra_query), limit))

    def delete(
        self,
        file: str | UploadedFile | StoredFile,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> None:
        """Delete a file before it expires.

        Args:
            file: Its id, or what `upload` or `list` returned.
            extra_headers: Headers for the request; they replace those of the client.
            extra_query: Query parameters for the request.

        Raises:
            NotFound: There is no such file.
            APIError: The API did not answer, or refused.
        """
        run(_delete(self._client, self._client._with_extras(extra_headers, extra_query), file))

    def quota(
        self,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> FileQuota:
        """How many files the account has stored, and may store.

        Args:
            extra_headers: Headers for the request; they replace those of the client.
            extra_query: Query parameters for the request.

        Raises:
            APIError: The API did not answer, or refused.
        """
        return run(_quota(self._client._with_extras(extra_headers, extra_query)))


class AsyncFiles:
    """As `Files`, awaited; `client.files` of an `AsyncEvoLink`."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    async def upload(
        self,
        file: Uploadable,
        name: str | None = None,
        *,
        folder: str | None = None,
        on_progress: OnProgress | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> UploadedFile:
        """As `Files.upload`."""
        source = await self._client._io.run_in_thread(lambda: _checked(file, name))
        sender = self._client._with_extras(extra_headers, extra_query)
        cache = UploadCache.of(self._client)
        return await cache.upload(sender, source, name=name, folder=folder, on_progress=on_progress)

    async def list(
        self,
        limit: int = DEFAULT_LIMIT,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> StoredFiles:
        """As `Files.list`."""
        return await _list(self._client._with_extras(extra_headers, extra_query), limit)

    async def delete(
        self,
        file: str | UploadedFile | StoredFile,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> None:
        """As `Files.delete`."""
        await _delete(self._client, self._client._with_extras(extra_headers, extra_query), file)

    async def quota(
        self,
        *,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
    ) -> FileQuota:
        """As `Files.quota`."""
        return await _quota(self._client._with_extras(extra_headers, extra_query))


def _checked(file: Uploadable, name: str | None) -> Source:
    """What is to be uploaded.

    Raises:
        InvalidRequest: There is no such file, or the API does not take it.
        TypeError: It is not a file.
    """
    if name is not None and not isinstance(name, str):
        raise arguments.wrong_type("name", "a string", name)
    try:
        source = source_of(file, name)
        if (fault := fault_of(source, upload_rule())) is not None:
            raise fault
    except FileFault as error:
        message = error.message
    else:
        return source
    raise InvalidRequest(f"file: {message}", param="file")


async def _list(client: BaseClient, limit: int) -> StoredFiles:
    role = index.contract().required_role("file-list")
    identify = functools.partial(file_id, role)
    items = await fetch_pages(client, role, "files", {}, limit=limit, identify=identify, missing=_MISSING)
    return [stored_file(role, item) for item in items]


async def _delete(client: BaseClient, sender: BaseClient, file: str | UploadedFile | StoredFile) -> None:
    file_id = file if isinstance(file, str) else getattr(file, "id", None)
    if not isinstance(file_id, str):
        raise arguments.wrong_type("file", "the id of a file", file)
    role = index.contract().required_role("file-delete")
    call = role_call.call_of(role, sender._config, {"id": file_id}, is_usable=_is_confirmation)
    await sender._request(call)
    UploadCache.of(client).forget(file_id)


def _is_confirmation(received: APIResponse) -> bool:
    return not received.content or response.has_object(received)


async def _quota(client: BaseClient) -> FileQuota:
    role = index.contract().required_role("file-quota")
    received = await client._request(role_call.call_of(role, client._config, {}))
    return file_quota(role, received.json())
