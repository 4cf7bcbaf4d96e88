# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx

from ... import errors
from ..._response import status_of
from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.video_generation_response import VideoGenerationResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    from ...models.sora_2_preview_request import Sora2PreviewRequest
    from ...models.sora_2_pro_preview_request import Sora2ProPreviewRequest
    from ...models.sora_2_request import Sora2Request
    from ...models.topaz_video_upscale_request import TopazVideoUpscaleRequest


def build_request(
    *,
    body: Sora2PreviewRequest
    | Sora2ProPreviewRequest
    | Sora2Request
    | TopazVideoUpscaleRequest
    | Unset = UNSET,
) -> dict[str, Any]:
    """The request, as keyword arguments of `httpx.Client.request`."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/videos/generations",
    }
    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()
        headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(
    status: int, headers: Mapping[str, str], content: bytes, *, raise_on_unexpected_status: bool = False
) -> ErrorResponse | VideoGenerationResponse | None:
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
        response_200 = VideoGenerationResponse.from_dict(json.loads(content))

        return response_200

    if status == 400:
        response_400 = ErrorResponse.from_dict(json.loads(content))

        return response_400

    if status == 401:
        response_401 = ErrorResponse.from_dict(json.loads(content))

        return response_401

    if status == 402:
        response_402 = ErrorResponse.from_dict(json.loads(content))

        return response_402

    if status == 403:
        response_403 = ErrorResponse.from_dict(json.loads(content))

        return response_403

    if status == 429:
        response_429 = ErrorResponse.from_dict(json.loads(content))

        return response_429

    if status == 500:
        response_500 = ErrorResponse.from_dict(json.loads(content))

        return response_500

    if raise_on_unexpected_status:
        raise errors.UnexpectedStatus(status, content)
    return None


def _detailed(
    client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorResponse | VideoGenerationResponse]:
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
    body: Sora2PreviewRequest | Sora2ProPreviewRequest | Sora2Request | TopazVideoUpscaleRequest,
) -> Response[ErrorResponse | VideoGenerationResponse]:
    """POST /v1/videos/generations, told apart by `model`

     One of: sora-2, sora-2-preview, sora-2-pro-preview, topaz-video-upscale.

    Args:
        body (Sora2PreviewRequest | Sora2ProPreviewRequest | Sora2Request |
            TopazVideoUpscaleRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | VideoGenerationResponse]
    """

    request = build_request(
        body=body,
    )
    response = client.get_httpx_client().request(**request)
    return _detailed(client, response)


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: Sora2PreviewRequest | Sora2ProPreviewRequest | Sora2Request | TopazVideoUpscaleRequest,
) -> Response[ErrorResponse | VideoGenerationResponse]:
    """As `sync_detailed`, awaited."""
    request = build_request(
        body=body,
    )
    response = await client.get_async_httpx_client().request(**request)
    return _detailed(client, response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: Sora2PreviewRequest | Sora2ProPreviewRequest | Sora2Request | TopazVideoUpscaleRequest,
) -> ErrorResponse | VideoGenerationResponse | None:
    """As `sync_detailed`, without status and headers."""
    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: Sora2PreviewRequest | Sora2ProPreviewRequest | Sora2Request | TopazVideoUpscaleRequest,
) -> ErrorResponse | VideoGenerationResponse | None:
    """As `asyncio_detailed`, without status and headers."""
    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
