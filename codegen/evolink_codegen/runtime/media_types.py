"""Names of media types, and which of them are JSON."""

from __future__ import annotations

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
MULTIPART = "multipart/form-data"
URL_ENCODED = "application/x-www-form-urlencoded"
OCTET_STREAM = "application/octet-stream"
FORMS = frozenset({MULTIPART, URL_ENCODED})


def essence(media_type: str) -> str:
    """The media type alone, in lower case and without parameters: `application/json`."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON: `application/json; charset=utf-8`, `application/problem+json`."""
    return essence(media_type).endswith(("/json", "+json"))
