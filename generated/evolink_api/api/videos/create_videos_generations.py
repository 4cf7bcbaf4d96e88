# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from ... import errors
from ..._status import status_of
from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.video_generation_response import VideoGenerationResponse
from ...types import Response

if TYPE_CHECKING:
    from ...models.sora_2_preview_request import Sora2PreviewRequest
    from ...models.sora_2_pro_preview_request import Sora2ProPreviewRequest
    from ...models.sora_2_request import Sora2Request
    from ...models.topaz_video_upscale_request import TopazVideoUpscaleRequest


def _get_kwargs(
    *,
    body: Sora2PreviewRequest | Sora2ProPreviewRequest | Sora2Request | TopazVideoUpscaleRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/videos/generations",
    }

    _kwargs["json"] = body.to_dict()
    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | VideoGenerationResponse | None:
    if response.status_code == 200:
        response_200 = VideoGenerationResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = ErrorResponse.from_dict(response.json())

        return response_402

    if response.status_code == 403:
        response_403 = ErrorResponse.from_dict(response.json())

        return response_403

    if response.status_code == 429:
        response_429 = ErrorResponse.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorResponse | VideoGenerationResponse]:
    return Response(
        status_code=status_of(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
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

    kwargs = _get_kwargs(
        body=body,
    )
    response = client.get_httpx_client().request(**kwargs)
    return _build_response(client=client, response=response)


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: Sora2PreviewRequest | Sora2ProPreviewRequest | Sora2Request | TopazVideoUpscaleRequest,
) -> Response[ErrorResponse | VideoGenerationResponse]:
    """As `sync_detailed`, awaited."""
    kwargs = _get_kwargs(
        body=body,
    )
    response = await client.get_async_httpx_client().request(**kwargs)
    return _build_response(client=client, response=response)


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
