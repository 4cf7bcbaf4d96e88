"""Calls of operations by their role: values by the names that the role has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evolink_api import media_types

from .._core.errors import InvalidRequest
from . import response
from .bodies import RequestBody
from .request import APICall, check_path_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._contract.index import Role
    from .._core.config import ClientConfig
    from .response import APIResponse


def call_of(
    role: Role,
    config: ClientConfig,
    values: Mapping[str, Any],
    *,
    files: Mapping[str, Any] | None = None,
    deadline: float | None = None,
    is_usable: Callable[[APIResponse], bool] = response.has_object,
) -> APICall:
    """The call of the operation that has a role.

    Args:
        role: The role of the operation.
        config: The config of the client.
        values: By the names of the role; those that are None are left out.
        files: Form fields that are files, by the names of the role, as httpx takes them.
        deadline: When to give up.
        is_usable: Whether the caller can use a response.

    Raises:
        InvalidRequest: The operation has nothing for one of the values.
    """
    operation = role.operation
    parameters: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        documented = role.request_name(name)
        argument = operation.argument(documented)
        if argument is None:
            if operation.method == "GET":  # which has no body
                raise InvalidRequest(f"{operation.id}: the contract has nothing for {name!r}", param=name)
            fields[documented] = value
        else:
            parameters[argument] = value
    for argument in operation.path_parameters:
        if argument not in parameters:
            raise InvalidRequest(f"{operation.id} needs {argument}", param=argument)
        check_path_value(argument, parameters[argument])
    body: RequestBody | None = None
    if files is not None:
        documented_files = {role.request_name(name): value for name, value in files.items()}
        body = RequestBody(media_types.MULTIPART, fields, documented_files)
    elif fields:
        body = RequestBody(media_types.JSON, fields)
    return APICall(
        operation, parameters, timeout=config.timeout, body=body, deadline=deadline, is_usable=is_usable
    )
