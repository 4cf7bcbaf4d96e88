"""Numbers that no document of people reaches; beyond them it takes time and memory from all others."""

from __future__ import annotations

from typing import Any

from . import json_schema
from .structure import METHODS, walk
from .text import InputError

MAX_OPERATIONS = 1_000
MAX_OBJECTS = 4_000
MAX_PATH = 10_000  # characters
# How many of each kind one part of a document may have.
MAX_PARTS = {
    "properties": 2_000,
    "patternProperties": 1_000,
    "required": 2_000,
    "enum": 10_000,
    "parameters": 500,
    "responses": 500,
    "content": 500,
    "links": 500,
    "headers": 500,
    "examples": 1_000,
    "tags": 1_000,
    **dict.fromkeys(json_schema.MANY, 1_000),
}


def check_limits(document: dict[str, Any], source: str) -> None:
    """Refuse a document that has too many parts of a kind.

    Raises:
        InputError: Naming the place.
    """
    objects = operations = 0
    for place, mapping in walk(document):
        for key in mapping.keys() & MAX_PARTS.keys():
            if isinstance(mapping[key], dict | list) and len(mapping[key]) > MAX_PARTS[key]:
                raise InputError(source, f"more than {MAX_PARTS[key]} {key}", place)
        objects += "properties" in mapping
        operations += sum(method in mapping for method in METHODS)
    for number, limit, what in (
        (objects, MAX_OBJECTS, "schemas of objects"),
        (operations, MAX_OPERATIONS, "operations"),
    ):
        if number > limit:
            raise InputError(source, f"more than {limit} {what}")
