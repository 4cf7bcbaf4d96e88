# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from ... import errors
from ..._response import status_of
from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.get_tasks_status import GetTasksStatus
from ...models.get_tasks_type import GetTasksType
from ...models.task_list_response import TaskListResponse
from ...types import UNSET, Response, Unset


def build_request(
    *,
    model: str | Unset = UNSET,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    status: GetTasksStatus | Unset = UNSET,
    type_: GetTasksType | Unset = UNSET,
) -> dict[str, Any]:
    """The request, as keyword arguments of `httpx.Client.request`."""

    params: dict[str, Any] = {}

    params["model"] = model

    params["page"] = page

    params["page_size"] = page_size

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status

    params["status"] = json_status

    json_type_: str | Unset = UNSET
    if not isinstance(type_, Unset):
        json_type_ = type_

    params["type"] = json_type_

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/tasks",
        "params": params,
    }
    return _kwargs


def parse_response(
    status: int, headers: Mapping[str, str], content: bytes, *, raise_on_unexpected_status: bool = False
) -> ErrorResponse | TaskListResponse | None:
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
        response_200 = TaskListResponse.from_dict(json.loads(content))

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
) -> Response[ErrorResponse | TaskListResponse]:
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
    model: str | Unset = UNSET,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    status: GetTasksStatus | Unset = UNSET,
    type_: GetTasksType | Unset = UNSET,
) -> Response[ErrorResponse | TaskListResponse]:
    """List the tasks

     Returns one page of the account's tasks, newest first.

    - The tasks come without links to their results; query a task to get them
    - A task that was just created may still be missing: an empty list proves nothing about it
    - Seen in clients of the vendor and not documented: it may be missing for some accounts

    Args:
        model (str | Unset): Only tasks of this model
        page (int | Unset): Number of the page, from 1
        page_size (int | Unset): Tasks on a page
        status (GetTasksStatus | Unset):
        type_ (GetTasksType | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | TaskListResponse]
    """

    request = build_request(
        model=model,
        page=page,
        page_size=page_size,
        status=status,
        type_=type_,
    )
    response = client.get_httpx_client().request(**request)
    return _detailed(client, response)


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    model: str | Unset = UNSET,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    status: GetTasksStatus | Unset = UNSET,
    type_: GetTasksType | Unset = UNSET,
) -> Response[ErrorResponse | TaskListResponse]:
    """As `sync_detailed`, awaited."""
    request = build_request(
        model=model,
        page=page,
        page_size=page_size,
        status=status,
        type_=type_,
    )
    response = await client.get_async_httpx_client().request(**request)
    return _detailed(client, response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    model: str | Unset = UNSET,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    status: GetTasksStatus | Unset = UNSET,
    type_: GetTasksType | Unset = UNSET,
) -> ErrorResponse | TaskListResponse | None:
    """As `sync_detailed`, without status and headers."""
    return sync_detailed(
        client=client,
        model=model,
        page=page,
        page_size=page_size,
        status=status,
        type_=type_,
    ).parsed


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    model: str | Unset = UNSET,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    status: GetTasksStatus | Unset = UNSET,
    type_: GetTasksType | Unset = UNSET,
) -> ErrorResponse | TaskListResponse | None:
    """As `asyncio_detailed`, without status and headers."""
    return (
        await asyncio_detailed(
            client=client,
            model=model,
            page=page,
            page_size=page_size,
            status=status,
            type_=type_,
        )
    ).parsed
