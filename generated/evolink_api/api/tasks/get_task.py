# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ..._status import status_of
from ...client import AuthenticatedClient, Client
from ...models.get_task_detail_error_response import GetTaskDetailErrorResponse
from ...models.task_detail_response import TaskDetailResponse
from ...types import Response


def _get_kwargs(
    task_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/tasks/{task_id}".format(
            task_id=quote(str(task_id), safe=""),
        ),
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> GetTaskDetailErrorResponse | TaskDetailResponse | None:
    if response.status_code == 200:
        response_200 = TaskDetailResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = GetTaskDetailErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = GetTaskDetailErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = GetTaskDetailErrorResponse.from_dict(response.json())

        return response_402

    if response.status_code == 403:
        response_403 = GetTaskDetailErrorResponse.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = GetTaskDetailErrorResponse.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        response_429 = GetTaskDetailErrorResponse.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = GetTaskDetailErrorResponse.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[GetTaskDetailErrorResponse | TaskDetailResponse]:
    return Response(
        status_code=status_of(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
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

    kwargs = _get_kwargs(
        task_id=task_id,
    )
    response = client.get_httpx_client().request(**kwargs)
    return _build_response(client=client, response=response)


async def asyncio_detailed(
    task_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[GetTaskDetailErrorResponse | TaskDetailResponse]:
    """As `sync_detailed`, awaited."""
    kwargs = _get_kwargs(
        task_id=task_id,
    )
    response = await client.get_async_httpx_client().request(**kwargs)
    return _build_response(client=client, response=response)


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
