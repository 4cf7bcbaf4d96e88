"""Types of content: what is JSON, and what is a form."""

from __future__ import annotations

JSON = "application/json"
MULTIPART = "multipart/form-data"
FORMS = (MULTIPART, "application/x-www-form-urlencoded")
BYTES = "application/octet-stream"


def is_json(kind: str) -> bool:
    """Whether a type is JSON: `application/json`, `text/json`, `application/problem+json`."""
    return kind.endswith(("/json", "+json"))
