"""The JSON Schema of a scenario, made from the declarations of faults and outcomes."""

from __future__ import annotations

from typing import Any, get_args

from .._engine.faults import MAX_WAITING
from .._engine.faults import OPTIONS as FAULT_OPTIONS
from .._tasks.ledger import MAX_CREDITS
from .._tasks.outcomes import MAX_SECONDS, MAX_TIMES, End
from .._tasks.outcomes import OPTIONS as OUTCOME_OPTIONS
from .._tasks.task import ProgressMode

_SECONDS = {"type": "number", "minimum": 0, "maximum": MAX_SECONDS}


def schema() -> dict[str, Any]:
    """The schema, published as `evolink_mock/scenario.schema.json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of evolink_mock",
        "description": "What the mock of the EvoLink API starts with.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            "key": {"type": "string", "minLength": 1, "description": "The key that is valid."},
            "models": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The models that the key may use; all by default.",
            },
            "credits": {
                "type": "number",
                "minimum": 0,
                "maximum": MAX_CREDITS,
                "description": "Credits at the beginning.",
            },
            "progress": {"enum": [*get_args(ProgressMode)], "description": "What moves tasks forward."},
            "seed": {"type": "integer", "description": "Makes ids and chance repeatable."},
            "times": {
                "oneOf": [_SECONDS, {"type": "object", "additionalProperties": _SECONDS}],
                "description": "How many seconds tasks take: all of them, or those of each model and `*` for "
                "all others; by default as long as documented.",
            },
            "faults": {
                "type": "array",
                "items": {"$ref": "#/$defs/fault"},
                "maxItems": MAX_WAITING,
                "description": "What goes wrong with the next requests, or with a share of them.",
            },
            "outcomes": {
                "type": "array",
                "items": {"$ref": "#/$defs/outcome"},
                "maxItems": MAX_WAITING,
                "description": "How the next tasks end, in this order.",
            },
        },
        "$defs": {"fault": _fault(), "outcome": _outcome()},
    }


def _fault() -> dict[str, Any]:
    effects = [name for name, option in FAULT_OPTIONS.items() if option.is_effect]
    return {
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": [name]} for name in effects],
        "dependentRequired": {"code_type": ["status"]},
        "properties": {
            name: {**option.schema, "description": option.description}
            for name, option in FAULT_OPTIONS.items()
        },
    }


def _outcome() -> dict[str, Any]:
    failed = {"properties": {"outcome": {"const": "failed"}}}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["outcome"],
        "dependentSchemas": {"code": failed, "message": failed},
        "properties": {
            "outcome": {"enum": [*get_args(End)], "description": "How the task ends."},
            "code": {"type": "string", "description": "Why it fails; by default the first documented code."},
            "message": {"type": "string", "description": "The message of a failed task."},
            "times": {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_TIMES,
                "description": "For how many tasks; by default for one.",
            },
            "undocumented": {"type": "boolean", "description": "Accept a code that is not documented."},
            **{
                name: {**option.schema, "description": option.description}
                for name, option in OUTCOME_OPTIONS.items()
            },
        },
    }
