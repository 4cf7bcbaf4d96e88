"""Every `x-evolink-*` extension: where it stands, what its value looks like, and what it means.

A rule on values has its check here as well: the validator calls it like a keyword of JSON Schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ._sentences import listed, show

PREFIX = "x-evolink-"

Place = Literal["document", "example", "operation", "schema"]
Check = Callable[[Any, Any, bool], str | None]
Warn = Callable[[Any, Any], str | None]

_TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension of OpenAPI.

    Attributes:
        name: As it stands in documents.
        on: The parts of a document that can have it.
        meaning: One sentence for the guide.
        value: A JSON Schema of its value.
        is_generated: Whether the pipeline writes it; only an overlay of the merged contract can change it.
        check: What is wrong with a value under a rule, or None; told whether local addresses are allowed.
        warn: What is allowed under a rule but likely a mistake, or None.
    """

    name: str
    on: tuple[Place, ...]
    meaning: str
    value: Mapping[str, Any] = field(default_factory=dict)
    is_generated: bool = False
    check: Check | None = None
    warn: Warn | None = None

    @property
    def rule(self) -> str:
        """The name of the rule in a violation: `url` for `x-evolink-url`."""
        return self.name.removeprefix(PREFIX)


def _check_url(value: Any, rule: Mapping[str, Any], allow_local: bool) -> str | None:
    from ._addresses import url_fault  # noqa: PLC0415 - it loads what only a check needs, as socket

    return url_fault(value, rule, allow_local=allow_local) if isinstance(value, str) else None


def _warn_of_suffix(value: Any, rule: Mapping[str, Any]) -> str | None:
    suffixes = rule.get("suffixes")
    if not suffixes or not isinstance(value, str):
        return None
    from urllib.parse import urlsplit  # noqa: PLC0415 - same

    try:
        path = urlsplit(value).path
    except ValueError:  # it is not an address
        path = value
    if path.lower().endswith(tuple(suffixes)):
        return None
    return f"{show(value)} does not end in {listed(suffixes, 'or')}"


DEFAULT = Extension(
    "x-evolink-default",
    ("schema",),
    "A default that the page gives only in prose: shown in help, used by the mock, never sent.",
)
URL = Extension(
    "x-evolink-url",
    ("schema",),
    "A rule on an address: the `schemes` it may have, `public` for no private or loopback host, `suffixes` of"
    " which one is expected, else a warning is given.",
    {
        "type": "object",
        "properties": {
            "schemes": _TEXTS,
            "public": {"type": "boolean"},
            "suffixes": {**_TEXTS, "items": {"type": "string", "pattern": r"^\.[^A-Z]+$"}},
        },
        "additionalProperties": False,
        "minProperties": 1,
    },
    check=_check_url,
    warn=_warn_of_suffix,
)
LENIENT = Extension(
    "x-evolink-lenient",
    ("schema",),
    "The API accepts a wrong value and silently uses this one.",
)
CALLBACK = Extension(
    "x-evolink-callback",
    ("schema",),
    "The address is called when the task ends: `timeout` in seconds, `retries` as the pauses before each.",
    {
        "type": "object",
        "properties": {
            "timeout": {"type": "number", "exclusiveMinimum": 0},
            "retries": {"type": "array", "items": {"type": "number", "minimum": 0}},
        },
        "additionalProperties": False,
    },
)
RESULT_TTL = Extension(
    "x-evolink-result-ttl",
    ("schema",),
    "The seconds for which links, as to results or uploaded files, work.",
    {"type": "number", "exclusiveMinimum": 0},
)
TASK_ERRORS = Extension(
    "x-evolink-task-errors",
    ("schema",),
    "The error codes of a failed task, each with `retryable` and `advice`.",
    {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {"retryable": {"type": "boolean"}, "advice": {"type": "string"}},
            "additionalProperties": False,
        },
    },
)
TASK_VALUES = Extension(
    "x-evolink-task-values",
    ("schema",),
    "Where replies about a task have its `credits`, and its `results` if not in `results`: names joined by"
    " dots; lists are searched, and the first path that leads to a value counts.",
    {
        "type": "object",
        "properties": {"credits": _TEXTS, "results": _TEXTS},
        "additionalProperties": False,
        "minProperties": 1,
    },
)
API_KEYS = Extension(
    "x-evolink-api-keys",
    ("document",),
    "The page where API keys are made: errors about a missing or wrong key name it.",
    {"type": "string", "pattern": "^https://"},
)
ERROR_CODES = Extension(
    "x-evolink-error-codes",
    ("document",),
    "The codes of error replies: `charged` is false if the request surely cost nothing, null if it may have,"
    " `advice` says what to do.",
    {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {"charged": {"enum": [False, None]}, "advice": {"type": "string"}},
            "additionalProperties": False,
            "minProperties": 1,
        },
    },
)
LIFECYCLE = Extension(
    "x-evolink-lifecycle",
    ("operation", "schema"),
    "On an operation or the schema of its request: whether the document's models are `active`, `deprecated`"
    " or `retired`, `since` when, and the model that is their `replacement`. Models whose page was withdrawn"
    " are `deprecated` unless an overlay says otherwise. The SDK warns of all that are not active.",
    {
        "type": "object",
        "properties": {
            "status": {"enum": ["active", "deprecated", "retired"]},
            "since": {"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}){0,2}$"},
            "replacement": {"type": "string", "minLength": 1},
        },
        "required": ["status"],
        "additionalProperties": False,
    },
)
ROLE = Extension(
    "x-evolink-role",
    ("operation",),
    "What client and mock use the operation for.",
    {
        "enum": [
            "credits",
            "upload-stream",
            "upload-base64",
            "upload-url",
            "file-quota",
            "file-list",
            "file-delete",
            "task-list",
            "task-batch",
            "models",
        ]
    },
)
_PATHS = {
    "type": "object",
    "additionalProperties": {"type": "string", "pattern": r"^[^.\s]+(\.[^.\s]+)*$"},
    "minProperties": 1,
}
ROLE_VALUES = Extension(
    "x-evolink-role-values",
    ("operation",),
    "Where an operation with a role has its values, by what client and mock call them: the names of"
    " parameters or fields of the body in the `request`; names joined by dots in the `reply` and in each"
    " `item` of its list.",
    {
        "type": "object",
        "properties": {"request": _PATHS, "reply": _PATHS, "item": _PATHS},
        "additionalProperties": False,
        "minProperties": 1,
    },
)
FILE = Extension(
    "x-evolink-file",
    ("schema",),
    "A rule on a file that is sent, or that an address leads to: the media `types` that it may have, and"
    " `max_bytes`.",
    {
        "type": "object",
        "properties": {
            "types": {**_TEXTS, "items": {"type": "string", "pattern": "^[a-z]+/[a-z0-9.+-]+$"}},
            "max_bytes": {"type": "integer", "minimum": 1},
        },
        "additionalProperties": False,
        "minProperties": 1,
    },
)
MODELS = Extension(
    "x-evolink-models",
    ("example",),
    "The models that an example is for.",
    {"type": "array", "items": {"type": "string"}},
    is_generated=True,
)
OPERATION_IDS = Extension(
    "x-evolink-operation-ids",
    ("operation",),
    "The operation ids that the documents use, where the contract uses another.",
    _TEXTS,
    is_generated=True,
)
GENERATION = Extension(
    "x-evolink-generation",
    ("operation",),
    "The operation starts a generation task: `query` reports its status and takes the task's id in the path"
    " `parameter`.",
    {
        "type": "object",
        "properties": {"query": {"type": "string"}, "parameter": {"type": "string"}},
        "required": ["query", "parameter"],
        "additionalProperties": False,
    },
    is_generated=True,
)

EXTENSIONS: Mapping[str, Extension] = {
    one.name: one
    for one in (
        DEFAULT,
        URL,
        LENIENT,
        CALLBACK,
        RESULT_TTL,
        TASK_ERRORS,
        TASK_VALUES,
        API_KEYS,
        ERROR_CODES,
        LIFECYCLE,
        ROLE,
        ROLE_VALUES,
        FILE,
        MODELS,
        OPERATION_IDS,
        GENERATION,
    )
}
