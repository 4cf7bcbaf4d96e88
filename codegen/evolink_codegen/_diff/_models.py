"""The model ids that a request is told apart by: two versions, compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from evolink_codegen import _refs
from evolink_codegen._claims import Claim

from ._notes import Note
from ._words import listed, shown

_PROPERTY = "model"
_VALUES = frozenset(
    {"request-enum-added", "request-enum-removed", "request-enum-value-added", "request-enum-value-removed",
     "request-const-changed"}
)  # fmt: skip
_DEFAULTS = frozenset({"request-default-added", "request-default-changed", "request-default-removed"})


def judged(notes: Iterable[Note], old: Claim, new: Claim, at: Note) -> Iterator[Note]:
    """The notes on a request, where what is said of `model` as a value is said as what it is: a model id.

    Ids are read as the contract reads them, from `enum`, `const`, `default` or the example: a page that
    comes to write an id in another way changes nothing.
    """
    notes = list(notes)
    ids_known = bool(old.models) and (bool(new.models) or _has_property(new))
    gone = not ids_known or any(note.trail == _PROPERTY and "property-" in note.code for note in notes)
    if gone:
        yield from notes
        return
    here = replace(at, trail=_PROPERTY)
    restated = False
    for note in notes:
        if note.trail == _PROPERTY and (note.code in _VALUES or _follows(note, old, new)):
            restated = True
        else:
            yield note
    lost = [one for one in old.models if one not in new.models]
    found = [one for one in new.models if one not in old.models]
    if len(lost) == len(found) == 1:
        message = f"model renamed from {shown(lost[0])} to {shown(found[0])}"
        yield replace(here, level="breaking", code="model-renamed", message=message)
        return
    for one in lost:
        yield replace(here, level="breaking", code="model-removed", message=f"model {shown(one)} removed")
    for one in found:
        yield replace(here, level="compatible", code="model-added", message=f"new model {shown(one)}")
    if restated and not lost and not found:
        message = f"says in another way that it is one of {listed(new.models)}"
        yield replace(here, level="docs", code="model-restated", message=message)


def _follows(note: Note, old: Claim, new: Claim) -> bool:
    """Whether a change of the default only follows from the ids: there is one to choose, or it is gone."""
    if note.code not in _DEFAULTS:
        return False
    return len(old.models) == len(new.models) == 1 or _default(old) not in (None, *new.models)


def _default(claim: Claim) -> object:
    request = claim.request() or {}
    model = _refs.resolve(claim.document.data, (request.get("properties") or {}).get(_PROPERTY) or {})
    return model.get("default")


def _has_property(claim: Claim) -> bool:
    return _PROPERTY in ((claim.request() or {}).get("properties") or {})
