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
from ...models.quota_response import QuotaResponse
from ...types import Response


def build_request() -> dict[str, Any]:
    """The request, as keyword arguments of `httpx.Client.request`."""

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/files/quota",
    }
    return _kwargs


def parse_response(
    status: int, headers: Mapping[str, str], content: bytes, *, raise_on_unexpected_status: bool = False
) -> FileErrorResponse | QuotaResponse | None:
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
        response_200 = QuotaResponse.from_dict(json.loads(content))

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
) -> Response[FileErrorResponse | QuotaResponse]:
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
) -> Response[FileErrorResponse | QuotaResponse]:
    """Query the quota of files

     Returns how many files the account has stored and how many it may store, 2,000 by default.

    - Files that have expired no longer count

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FileErrorResponse | QuotaResponse]
    """

    request = build_request()
    response = client.get_httpx_client().request(**request)
    return _detailed(client, response)


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[FileErrorResponse | QuotaResponse]:
    """As `sync_detailed`, awaited."""
    request = build_request()
    response = await client.get_async_httpx_client().request(**request)
    return _detailed(client, response)


def sync(
    *,
    client: AuthenticatedClient | Client,
) -> FileErrorResponse | QuotaResponse | None:
    """As `sync_detailed`, without status and headers."""
    return sync_detailed(
        client=client,
    ).parsed


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
) -> FileErrorResponse | QuotaResponse | None:
    """As `asyncio_detailed`, without status and headers."""
    return (
        await asyncio_detailed(
            client=client,
        )
    ).parsed
