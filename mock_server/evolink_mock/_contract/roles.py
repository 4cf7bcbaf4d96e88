"""The roles of operations, such as `credits`: what each is for, and where it has its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evolink_api import extensions

from .._http import json_values
from . import schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .content import Content

Path = tuple[str, ...]
"""The names that lead to a value in nested objects."""


@dataclass(frozen=True, slots=True)
class Role:
    """What the mock uses an operation for.

    Attributes:
        name: The role.
        request: By value, the name of the parameter or of the field of the body.
        reply: By value, its path in the reply; only what is documented.
        item: By value, its path in each item of the reply's list.
    """

    name: str
    request: Mapping[str, str]
    reply: Mapping[str, Path]
    item: Mapping[str, Path]

    @property
    def takes_file(self) -> bool:
        """Whether the body of its request contains a file."""
        return self.name in {"upload-stream", "upload-base64"}

    def with_values(self, body: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """Copy the body of a reply with other values where it has them."""
        return _with_values(body, self.reply, values)

    def item_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """An item of the reply's list."""
        return _with_values({}, self.item, values)


def read_role(document: Mapping[str, Any], operation: Mapping[str, Any], success: Content) -> Role | None:
    """The role of an operation; None if it has none.

    Args:
        document: The contract.
        operation: The operation there.
        success: The content of its successful response.
    """
    name = operation.get(extensions.ROLE.name)
    if name is None:
        return None
    values = operation.get(extensions.ROLE_VALUES.name) or {}
    found = _documented(document, success.schema, values.get("reply") or {})
    reply = {value: path for value, (path, _) in found.items()}
    items = (schemas.keyword(document, schema, "items") for _, schema in found.values())
    listed = next((schema for schema in items if schema is not None), None)
    item = {
        value: path for value, (path, _) in _documented(document, listed, values.get("item") or {}).items()
    }
    return Role(name, values.get("request") or {}, reply, item)


def _documented(
    document: Mapping[str, Any], schema: Any, paths: Mapping[str, str]
) -> dict[str, tuple[Path, Any]]:
    """The paths that a schema documents, each with the schema that it leads to."""
    found: dict[str, tuple[Path, Any]] = {}
    for value, path in paths.items():
        names = tuple(path.split("."))
        target = schema
        for name in names:
            target = schemas.properties(document, target).get(name)
        if target is not None:
            found[value] = names, target
    return found


def _with_values(
    body: Mapping[str, Any], paths: Mapping[str, Path], values: Mapping[str, Any]
) -> dict[str, Any]:
    merged = dict(body)
    for value, path in paths.items():
        if value in values:
            merged = json_values.put(merged, path, values[value])
    return merged
