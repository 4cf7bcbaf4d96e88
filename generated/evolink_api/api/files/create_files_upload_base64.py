# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx

from ... import errors
from ..._response import status_of
from ...client import AuthenticatedClient, Client
from ...models.file_error_response import FileErrorResponse
from ...models.upload_response import UploadResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    from ...models.upload_base_64_request import UploadBase64Request


def build_request(
    *,
    body: UploadBase64Request | Unset = UNSET,
) -> dict[str, Any]:
    """The request, as keyword arguments of `httpx.Client.request`."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/files/upload/base64",
    }
    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()
        headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(
    status: int, headers: Mapping[str, str], content: bytes, *, raise_on_unexpected_status: bool = False
) -> FileErrorResponse | UploadResponse | None:
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
        response_200 = UploadResponse.from_dict(json.loads(content))

        return response_200

    if status == 400:
        response_400 = FileErrorResponse.from_dict(json.loads(content))

        return response_400

    if status == 401:
        response_401 = FileErrorResponse.from_dict(json.loads(content))

        return response_401

    if status == 403:
        response_403 = FileErrorResponse.from_dict(json.loads(content))

        return response_403

    if status == 413:
        response_413 = FileErrorResponse.from_dict(json.loads(content))

        return response_413

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
) -> Response[FileErrorResponse | UploadResponse]:
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
    body: UploadBase64Request,
) -> Response[FileErrorResponse | UploadResponse]:
    """Upload a file as Base64 text

     Stores an image that is sent as text in JSON.

    - One image a request
    - Only `image/jpeg`, `image/png`, `image/gif` and `image/webp`
    - Files expire after 72 hours
    - An account has a quota of files, 2,000 by default

    Args:
        body (UploadBase64Request):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FileErrorResponse | UploadResponse]
    """

    request = build_request(
        body=body,
    )
    response = client.get_httpx_client().request(**request)
    return _detailed(client, response)


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: UploadBase64Request,
) -> Response[FileErrorResponse | UploadResponse]:
    """As `sync_detailed`, awaited."""
    request = build_request(
        body=body,
    )
    response = await client.get_async_httpx_client().request(**request)
    return _detailed(client, response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: UploadBase64Request,
) -> FileErrorResponse | UploadResponse | None:
    """As `sync_detailed`, without status and headers."""
    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: UploadBase64Request,
) -> FileErrorResponse | UploadResponse | None:
    """As `asyncio_detailed`, without status and headers."""
    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
