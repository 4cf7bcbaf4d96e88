"""Schemas that extend another one by `allOf`, as documents of OpenAPI 3.0 write the forms of a value.

A reference to a schema with a discriminator stands for all that extend it, and none of them is named there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._openapi import json_schema, refs


def subtypes(schemas: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of the schemas that extend each schema with a discriminator, directly or not.

    Args:
        schemas: The named schemas of a document, as published.
    """
    extensions: dict[str, list[str]] = {}
    for name, schema in schemas.items():
        if is_extension(schema):
            for member in schema["allOf"]:
                if (base := refs.schema_name(member)) is not None:
                    extensions.setdefault(base, []).append(name)
    return {name: _reached(extensions, name) for name in extensions if _is_base(schemas.get(name))}


def is_extension(schema: Any) -> bool:
    """Whether a schema adds to what is in its `allOf`; else this is only another way to refer to it."""
    if not isinstance(schema, dict) or not isinstance(schema.get("allOf"), list):
        return False
    added = schema.keys() - json_schema.ANNOTATIONS - {"allOf", "discriminator", "nullable"}
    return bool(added) or len(schema["allOf"]) > 1


def _is_base(schema: Any) -> bool:
    """Whether a schema leaves its forms to those that extend it."""
    return isinstance(schema, dict) and "discriminator" in schema and not schema.keys() & {"anyOf", "oneOf"}


def _reached(extensions: Mapping[str, list[str]], base: str) -> list[str]:
    found: dict[str, None] = {}
    pending = list(reversed(extensions[base]))
    while pending:
        name = pending.pop()
        if name != base and name not in found:
            found[name] = None
            pending += reversed(extensions.get(name, ()))
    return list(found)
