"""Proposes an overlay that documents what was seen: pure functions of the contract and a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .._openapi.overlay import Overlay, apply_overlay
from ..runtime.extensions import LENIENT, MODELS, PREFIX, TASK_ERRORS, URL
from .entry import Entry
from .places import (
    Place,
    at,
    discriminator,
    json_path,
    media_place,
    operation_place,
    parent_of,
    quoted,
    request_place,
    response_place,
    schema_places,
)

Action = dict[str, Any]

# Limits that the API does not keep: what its own are, a report cannot tell.
_LIMITS = frozenset(
    {"const", "exclusiveMaximum", "exclusiveMinimum", "format", "maxItems", "maxLength", "maxProperties",
     "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "pattern",
     "uniqueItems"}
)  # fmt: skip


class _NotProposed(Exception):  # noqa: N818 - a result, not a failure
    """Nothing can be proposed for an entry; the message is the reason."""


@dataclass
class Proposal:
    """What an overlay can say of a report.

    Attributes:
        actions: Those of the overlay, in order.
        skipped: The entries that no action is for, each with the reason.
        contract: The contract with the actions applied.
    """

    contract: dict[str, Any]
    actions: list[Action] = field(default_factory=list)
    skipped: list[tuple[Entry, str]] = field(default_factory=list)

    def overlay(self) -> dict[str, Any]:
        """The overlay document."""
        return {
            "overlay": "1.0.0",
            "info": {"title": "What was seen of the API and is not documented", "version": "1.0.0"},
            "actions": self.actions,
        }


def propose(contract: dict[str, Any], entries: list[Entry]) -> Proposal:
    """Propose an overlay of the merged contract after which the entries are documented."""
    proposal = Proposal(contract)
    for entry in entries:
        try:
            list(_actions(contract, entry))
        except _NotProposed as reason:
            proposal.skipped.append((entry, str(reason)))
            continue
        try:
            actions = list(_actions(proposal.contract, entry))
        except _NotProposed:  # any more: what was proposed for another entry is enough
            continue
        seen = f"Seen {'once' if entry.count == 1 else f'{entry.count} times'}: {entry.message}"
        for action in actions:
            described = {"target": action.pop("target"), "description": seen, **action}
            changed, stale = apply_overlay(proposal.contract, Overlay("the proposal", None, [described]))
            if not stale:  # else an action for another entry has done it
                proposal.contract = changed
                proposal.actions.append(described)
    return proposal


def _actions(contract: dict[str, Any], entry: Entry) -> Iterator[Action]:
    """The actions for an entry.

    Raises:
        _NotProposed: There are none.
    """
    operation = operation_place(contract, entry.operation)
    if operation is None:
        raise _NotProposed("a new operation needs a document")
    if entry.direction == "response":
        yield from _for_response(contract, operation, entry)
        return
    if entry.rule == "security":
        if at(contract, operation).get("security"):
            yield {"target": json_path((*operation, "security", "*")).replace("['*']", "[*]"), "remove": True}
        else:
            yield {"target": json_path(operation), "update": {"security": []}}
        return
    root = request_place(contract, operation, entry.model)
    if root is None:
        raise _NotProposed("the request has no JSON schema")
    if entry.path == discriminator(contract, operation):
        raise _NotProposed("models come and go with their documents")
    if entry.is_refusal:
        yield from _for_refused(contract, root, entry)
    else:
        yield from _for_accepted(contract, root, entry)


def _for_accepted(contract: dict[str, Any], root: Place, entry: Entry) -> Iterator[Action]:
    """Allow a value that the contract refuses: one that the API takes or returns."""
    if entry.rule == "required":
        yield from _not_required(contract, root, entry)
        return
    keyword = URL.name if f"{PREFIX}{entry.rule}" == URL.name else entry.rule
    places = _with_keyword(contract, root, entry.path, keyword)
    if entry.rule == "enum":
        yield from _another_value(contract, places, entry)
    elif entry.rule == "type" and entry.kind is not None:
        for place in places:
            types = at(contract, (*place, "type"))
            if isinstance(types, str):
                yield {"target": json_path(place), "update": {"type": [types, entry.kind]}}
            elif entry.kind not in types:
                yield {"target": json_path((*place, "type")), "update": [entry.kind]}
    elif keyword in {*_LIMITS, "type", URL.name}:
        yield from ({"target": json_path((*place, keyword)), "remove": True} for place in places)
    else:
        raise _NotProposed(f"{entry.rule!r} is not a rule that an overlay can change")


def _not_required(contract: dict[str, Any], root: Place, entry: Entry) -> Iterator[Action]:
    parent, name = parent_of(entry.path)
    for place in _with_keyword(contract, root, parent, "required"):
        if name in at(contract, (*place, "required")):
            target = f"{json_path((*place, 'required'))}[?@ == {quoted(name)}]"
            yield {"target": target, "remove": True}


def _another_value(contract: dict[str, Any], places: list[Place], entry: Entry) -> Iterator[Action]:
    """Add a value to a list; without a value there is no list that the API keeps to."""
    try:
        value = entry.value
    except LookupError:
        if '"…"' in entry.words:
            raise _NotProposed("the report does not have the value") from None
        yield from ({"target": json_path((*place, "enum")), "remove": True} for place in places)
        return
    alike = [
        one for one in places if any(type(value) is type(known) for known in at(contract, (*one, "enum")))
    ]
    yield {"target": json_path((*(alike or places)[0], "enum")), "update": [value]}


def _for_refused(contract: dict[str, Any], root: Place, entry: Entry) -> Iterator[Action]:
    """Refuse a request that the contract allows."""
    parent, name = parent_of(entry.path)
    if entry.rule == "required":
        for place in schema_places(contract, root, parent)[-1:]:
            yield {"target": json_path(place), "update": {"required": [name]}}
    elif entry.rule in {"additionalProperties", "unknown"}:
        for place in schema_places(contract, root, parent)[-1:]:
            yield {"target": json_path(place), "update": {"additionalProperties": False}}
    elif entry.rule == "enum":
        places = _with_keyword(contract, root, entry.path, LENIENT.name, is_needed=False)
        yield from ({"target": json_path((*place, LENIENT.name)), "remove": True} for place in places)
        if not places:
            yield from _one_value_less(contract, root, entry)
    else:
        raise _NotProposed("the report does not say what the API allows")


def _one_value_less(contract: dict[str, Any], root: Place, entry: Entry) -> Iterator[Action]:
    try:
        value = entry.value
    except LookupError:
        raise _NotProposed("the report does not have the value") from None
    for place in _with_keyword(contract, root, entry.path, "enum"):
        literal = quoted(value) if isinstance(value, str) else value
        values = at(contract, (*place, "enum"))
        if value in values and len(values) > 1:
            yield {"target": f"{json_path((*place, 'enum'))}[?@ == {literal}]", "remove": True}


def _for_response(contract: dict[str, Any], operation: Place, entry: Entry) -> Iterator[Action]:
    response = response_place(contract, operation, entry.status)
    if entry.rule == "status":
        if response is not None:
            raise _NotProposed("the contract has this status, for another request")
        added = {entry.status: {"description": "Seen, and not documented"}}
        yield {"target": json_path((*operation, "responses")), "update": added}
        return
    media = media_place(contract, response)
    if media is None or response is None:
        raise _NotProposed("the contract describes no JSON for this status")
    handlers: dict[str, Callable[[], Iterator[Action]]] = {
        "unknown": lambda: _new_property(contract, (*media, "schema"), entry),
        "error_code": lambda: _new_code(contract, media, entry),
        "media_type": lambda: _new_media_type(contract, response, media, entry),
    }
    if entry.rule in handlers:
        yield from handlers[entry.rule]()
    else:
        yield from _for_accepted(contract, (*media, "schema"), entry)


def _new_property(contract: dict[str, Any], root: Place, entry: Entry) -> Iterator[Action]:
    parent, name = parent_of(entry.path)
    places = schema_places(contract, root, parent)
    place = next((one for one in places if "properties" in at(contract, one)), None)
    if place is None:
        raise _NotProposed("no schema of the contract has this object")
    schema: dict[str, Any] = {"type": entry.kind} if entry.kind else {}
    if entry.kind == "array":
        schema["items"] = {}
    yield {"target": json_path((*place, "properties")), "update": {name: schema}}


def _new_code(contract: dict[str, Any], media: Place, entry: Entry) -> Iterator[Action]:
    try:
        code = entry.value
    except LookupError:
        raise _NotProposed("the report does not have the code") from None
    for place in schema_places(contract, (*media, "schema"), entry.path):
        if TASK_ERRORS.name in at(contract, place):
            known = {str(code): {"retryable": False, "advice": "Seen, and not documented."}}
            yield {"target": json_path(place), "update": {TASK_ERRORS.name: known}}
            return
    value: Any = code
    for part in reversed(entry.path.split(".")):
        value = {part: value}
    example: dict[str, Any] = {"summary": "Seen, and not documented", "value": value}
    if entry.model:
        example[MODELS.name] = [entry.model]
    name = ".".join(filter(None, ("seen", entry.model, str(code))))
    yield {"target": json_path(media), "update": {"examples": {name: example}}}


def _new_media_type(
    contract: dict[str, Any], response: Place, media: Place, entry: Entry
) -> Iterator[Action]:
    try:
        name = entry.value
    except LookupError:
        name = ""
    if not name:
        raise _NotProposed("the response has no media type")
    schema = at(contract, media).get("schema", {})
    yield {"target": json_path((*response, "content")), "update": {name: {"schema": schema}}}


def _with_keyword(
    contract: dict[str, Any], root: Place, path: str, keyword: str, *, is_needed: bool = True
) -> list[Place]:
    """The schemas of a value that have a keyword.

    Raises:
        _NotProposed: None has it.
    """
    found = [one for one in schema_places(contract, root, path) if keyword in at(contract, one)]
    if not found and is_needed:
        raise _NotProposed("no schema of the contract has this rule here")
    return found
