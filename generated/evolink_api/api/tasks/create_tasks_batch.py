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
from ...models.task_batch_response import TaskBatchResponse
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    from ...models.query_tasks_request import QueryTasksRequest


def build_request(
    *,
    body: QueryTasksRequest | Unset = UNSET,
) -> dict[str, Any]:
    """The request, as keyword arguments of `httpx.Client.request`."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/tasks/batch",
    }
    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()
        headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(
    status: int, headers: Mapping[str, str], content: bytes, *, raise_on_unexpected_status: bool = False
) -> ErrorResponse | TaskBatchResponse | None:
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
        response_200 = TaskBatchResponse.from_dict(json.loads(content))

        return response_200

    if status == 400:
        response_400 = ErrorResponse.from_dict(json.loads(content))

        return response_400

    if status == 401:
        response_401 = ErrorResponse.from_dict(json.loads(content))

        return response_401

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
) -> Response[ErrorResponse | TaskBatchResponse]:
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
    body: QueryTasksRequest,
) -> Response[ErrorResponse | TaskBatchResponse]:
    """Query several tasks

     Returns the present state of up to 50 tasks, each as the query of one task tells it, with links to
    its results once it is completed.

    - IDs that are unknown, or of tasks of another account, are absent from the reply
    - It only reads and costs nothing
    - Seen in clients of the vendor and not documented: it may be missing for some accounts

    Args:
        body (QueryTasksRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | TaskBatchResponse]
    """

    request = build_request(
        body=body,
    )
    response = client.get_httpx_client().request(**request)
    return _detailed(client, response)


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: QueryTasksRequest,
) -> Response[ErrorResponse | TaskBatchResponse]:
    """As `sync_detailed`, awaited."""
    request = build_request(
        body=body,
    )
    response = await client.get_async_httpx_client().request(**request)
    return _detailed(client, response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: QueryTasksRequest,
) -> ErrorResponse | TaskBatchResponse | None:
    """As `sync_detailed`, without status and headers."""
    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: QueryTasksRequest,
) -> ErrorResponse | TaskBatchResponse | None:
    """As `asyncio_detailed`, without status and headers."""
    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
