# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from ... import errors
from ..._response import status_of
from ...client import AuthenticatedClient, Client
from ...models.file_error_response import FileErrorResponse
from ...models.file_list_response import FileListResponse
from ...types import UNSET, Response, Unset


def build_request(
    *,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> dict[str, Any]:
    """The request, as keyword arguments of `httpx.Client.request`."""

    params: dict[str, Any] = {}

    params["page"] = page

    params["pageSize"] = page_size

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/files/list",
        "params": params,
    }
    return _kwargs


def parse_response(
    status: int, headers: Mapping[str, str], content: bytes, *, raise_on_unexpected_status: bool = False
) -> FileErrorResponse | FileListResponse | None:
    """The reply as an object of its documented class.

    Args:
        status: The HTTP status.
        headers: Looked up by names in lower case.
        content: The body, decompressed.
        raise_on_unexpected_status: Whether a status that is not documented is an error; else it gives None.

    Raises:
        errors.UnexpectedStatus: The status is not documented.
    """
    if status == 200:
        response_200 = FileListResponse.from_dict(json.loads(content))

        return response_200

    if status == 401:
        response_401 = FileErrorResponse.from_dict(json.loads(content))

        return response_401

    if status == 429:
        response_429 = FileErrorResponse.from_dict(json.loads(content))

        return response_429

    if status == 500:
        response_500 = FileErrorResponse.from_dict(json.loads(content))

        return response_500

    if raise_on_unexpected_status:
        raise errors.UnexpectedStatus(status, content)
    return None


def _detailed(
    client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[FileErrorResponse | FileListResponse]:
    return Response(
        status_code=status_of(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=parse_response(
            response.status_code,
            response.headers,
            response.content,
            raise_on_unexpected_status=client.raise_on_unexpected_status,
        ),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> Response[FileErrorResponse | FileListResponse]:
    """List the files

     Returns one page of the files that the account has stored.

    - Seen in clients of the vendor and not documented: it may be missing for some accounts

    Args:
        page (int | Unset): Number of the page, from 1
        page_size (int | Unset): Files on a page

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FileErrorResponse | FileListResponse]
    """

    request = build_request(
        page=page,
        page_size=page_size,
    )
    response = client.get_httpx_client().request(**request)
    return _detailed(client, response)


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> Response[FileErrorResponse | FileListResponse]:
    """As `sync_detailed`, awaited."""
    request = build_request(
        page=page,
        page_size=page_size,
    )
    response = await client.get_async_httpx_client().request(**request)
    return _detailed(client, response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> FileErrorResponse | FileListResponse | None:
    """As `sync_detailed`, without status and headers."""
    return sync_detailed(
        client=client,
        page=page,
        page_size=page_size,
    ).parsed


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> FileErrorResponse | FileListResponse | None:
    """As `asyncio_detailed`, without status and headers."""
    return (
        await asyncio_detailed(
            client=client,
            page=page,
            page_size=page_size,
        )
    ).parsed
