"""Comparing a body with the contract, before anything is sent."""

from __future__ import annotations

import json
import logging
import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evolink_api import media_types

from .._contract import index
from .._core.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evolink_api.validation import Validator, Violation

    from .._contract.index import APIOperation

# The property that tells requests of one operation apart.
MODEL = "model"
# Begins the links that stand in place of local files until these are uploaded.
PLACEHOLDER = "https://local-file.invalid/"

_log = logging.getLogger("evolink")
# Of an address; a drive of Windows has one letter.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
# An address may give access to what it leads to; of one in a log, the name of the file is enough.
_LINK = re.compile(r'\w+://[^\s"?#]*/([^\s"?#/]*)[^\s"]*')
_PACKAGE_FOLDER = str(Path(__file__).parent.parent)
_LONGEST_LIST = 3
_warned_of: set[str] = set()


class UnknownModelWarning(UserWarning):
    """The contract does not know the model: the request is sent unchecked."""


class DeprecatedModelWarning(UserWarning):
    """The model is deprecated or retired; given once in a process for each model."""


def operation_for(operations: Sequence[APIOperation], body: Mapping[str, Any]) -> APIOperation:
    """The operation that knows the body's model; if none does, the one that knows most models.

    A body without a model is for the first operation that knows no models and takes JSON, if there is one.
    """
    model = body.get(MODEL)
    for operation in operations:
        if isinstance(model, str) and model in (operation.models or ()):
            return operation
        if MODEL not in body and operation.models is None and media_types.JSON in operation.content_types:
            return operation
    return max(operations, key=lambda operation: len(operation.models or ()))


def check(operation: APIOperation, body: Any, *, allow_local: bool) -> None:
    """Compare a body with the contract.

    Raises:
        InvalidRequest: With all violations.
    """
    model = body.get(MODEL) if isinstance(body, Mapping) else None
    if operation.models is not None:
        if not isinstance(model, str):
            raise _model_error(operation, body)
        if model not in operation.models:
            _refuse_misspelled_model(model)
            _warn_of_model(operation, model)
            return
    validator = operation.validator(model if operation.models is not None else None, allow_local=allow_local)
    if validator is None:
        return
    violations = validator.violations(body)
    if violations:
        raise violation_error(_with_file_hints(validator, body, violations))
    for warning in validator.warnings(body):
        if PLACEHOLDER in warning:
            continue
        _log.warning("%s", _LINK.sub(r"…/\1", warning))


def warn_of_lifecycle(operation: APIOperation, body: Any) -> None:
    """Warn of a model that is deprecated or retired, once in a process."""
    model = body.get(MODEL) if operation.lifecycles and isinstance(body, Mapping) else None
    if not isinstance(model, str) or model not in operation.lifecycles or model in _warned_of:
        return
    _warned_of.add(model)
    lifecycle = operation.lifecycles[model]
    since = f" since {lifecycle['since']}" if "since" in lifecycle else ""
    hint = f"; use {lifecycle['replacement']!r} instead" if "replacement" in lifecycle else ""
    warnings.warn(
        f"the model {model!r} is {lifecycle['status']}{since}{hint}",
        DeprecatedModelWarning,
        stacklevel=_stack_level(),
    )


def _with_file_hints(validator: Validator, body: Any, violations: Sequence[Violation]) -> Sequence[Violation]:
    """Say how a local file is given, of strings that look like its path where a link belongs."""
    from evolink_api.local_files import takes_file  # noqa: PLC0415 - generated code is loaded when needed

    paths = {
        violation.path: f"pathlib.Path({violation.value!r})"
        for violation in violations
        if violation.rule in {"format", "url"}
        and isinstance(violation.value, str)
        and _SCHEME.match(violation.value) is None
    }
    places = {path for path, schema, _ in validator.walk(body) if path in paths and takes_file(schema)}
    hinted: list[Violation] = []
    for violation in violations:
        if violation.path in places:
            places.remove(violation.path)  # one rule of several
            hint = paths[violation.path]
            hinted.append(
                type(violation)(
                    violation.path,
                    violation.rule,
                    violation.value,
                    f"{violation.message}; a local file is given as {hint}",
                    hint,
                )
            )
        else:
            hinted.append(violation)
    return hinted


def violation_error(violations: Sequence[Violation]) -> InvalidRequest:
    """The error of a body that breaks the contract."""
    shown = "; ".join(violation.message for violation in violations[:_LONGEST_LIST])
    more = len(violations) - _LONGEST_LIST
    first = violations[0]
    return InvalidRequest(
        f"{shown}; and {more} more" if more > 0 else shown,
        param=first.path or None,
        suggestion=first.suggestion,
        violations=tuple(violations),
    )


def _model_error(operation: APIOperation, body: object) -> InvalidRequest:
    from evolink_api.validation import Violation  # noqa: PLC0415 - generated code is loaded when needed

    hint = index.model_hint(None, operation.models or ())
    if isinstance(body, Mapping) and MODEL in body:
        value = body[MODEL]
        message = f"{MODEL}: must be the id of a model, as a string, not {json.dumps(value):.100}; {hint}"
        return violation_error([Violation(MODEL, "type", value, message)])
    return violation_error([Violation(MODEL, "required", None, f"{MODEL}: is required; {hint}")])


def _refuse_misspelled_model(model: str) -> None:
    """Refuse an id that no API would take for what is meant, `sora2` for `sora-2`.

    Raises:
        InvalidRequest: With the right id.
    """
    from evolink_api.validation import Violation  # noqa: PLC0415 - generated code is loaded when needed

    meant = index.contract().model_meant(model)
    if meant is not None and meant != model:
        message = (
            f"{MODEL}: {model!r} is misspelled, the contract calls it {meant!r} (validate=False sends it)"
        )
        raise violation_error([Violation(MODEL, "enum", model, message, meant)])


def _warn_of_model(operation: APIOperation, model: str) -> None:
    hint = index.model_hint(model, operation.models or ())
    warnings.warn(
        f"the contract has no model {model!r}: the request is sent unchecked; {hint}",
        UnknownModelWarning,
        stacklevel=_stack_level(),
    )


def _stack_level() -> int:
    """How many frames up the caller of this package is."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE_FOLDER):
        frame = frame.f_back
        level += 1
    return level
