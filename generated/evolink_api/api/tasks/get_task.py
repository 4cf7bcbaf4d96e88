# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ..._response import status_of
from ...client import AuthenticatedClient, Client
from ...models.get_task_detail_error_response import GetTaskDetailErrorResponse
from ...models.task_detail_response import TaskDetailResponse
from ...types import Response


def build_request(
    task_id: str,
) -> dict[str, Any]:
    """The request, as keyword arguments of `httpx.Client.request`."""

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/tasks/{task_id}".format(
            task_id=quote(str(task_id), safe=""),
        ),
    }
    return _kwargs


def parse_response(
    status: int, headers: Mapping[str, str], content: bytes, *, raise_on_unexpected_status: bool = False
) -> GetTaskDetailErrorResponse | TaskDetailResponse | None:
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
        response_200 = TaskDetailResponse.from_dict(json.loads(content))

        return response_200

    if status == 400:
        response_400 = GetTaskDetailErrorResponse.from_dict(json.loads(content))

        return response_400

    if status == 401:
        response_401 = GetTaskDetailErrorResponse.from_dict(json.loads(content))

        return response_401

    if status == 402:
        response_402 = GetTaskDetailErrorResponse.from_dict(json.loads(content))

        return response_402

    if status == 403:
        response_403 = GetTaskDetailErrorResponse.from_dict(json.loads(content))

        return response_403

    if status == 404:
        response_404 = GetTaskDetailErrorResponse.from_dict(json.loads(content))

        return response_404

    if status == 429:
        response_429 = GetTaskDetailErrorResponse.from_dict(json.loads(content))

        return response_429

    if status == 500:
        response_500 = GetTaskDetailErrorResponse.from_dict(json.loads(content))

        return response_500

    if raise_on_unexpected_status:
        raise errors.UnexpectedStatus(status, content)
    return None


def _detailed(
    client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[GetTaskDetailErrorResponse | TaskDetailResponse]:
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
    task_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[GetTaskDetailErrorResponse | TaskDetailResponse]:
    """Query a task

     Returns the present state of a task: its status and progress while it runs, links to its results
    once it is completed, the reason once it has failed.

    - Creating a task returns its ID at once; ask here until the status is `completed` or `failed`
    - Result links are valid for 24 hours, so save the files in time
    - Callbacks carry the same body as this reply

    Args:
        task_id (str): ID of the task, as returned when it was created; always begins with `task-
            unified-`

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GetTaskDetailErrorResponse | TaskDetailResponse]
    """

    request = build_request(
        task_id=task_id,
    )
    response = client.get_httpx_client().request(**request)
    return _detailed(client, response)


async def asyncio_detailed(
    task_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[GetTaskDetailErrorResponse | TaskDetailResponse]:
    """As `sync_detailed`, awaited."""
    request = build_request(
        task_id=task_id,
    )
    response = await client.get_async_httpx_client().request(**request)
    return _detailed(client, response)


def sync(
    task_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> GetTaskDetailErrorResponse | TaskDetailResponse | None:
    """As `sync_detailed`, without status and headers."""
    return sync_detailed(
        task_id=task_id,
        client=client,
    ).parsed


async def asyncio(
    task_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> GetTaskDetailErrorResponse | TaskDetailResponse | None:
    """As `asyncio_detailed`, without status and headers."""
    return (
        await asyncio_detailed(
            task_id=task_id,
            client=client,
        )
    ).parsed
