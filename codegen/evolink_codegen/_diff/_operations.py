"""Two versions of one operation, compared."""

from __future__ import annotations

from collections.abc import Iterator

from evolink_codegen import _text
from evolink_codegen._claims import Claim

from . import _bodies, _notes, _parameters, _security
from ._notes import Note
from ._schemas import Comparison
from ._shapes import Schemas
from ._words import step

_PARTS = ("operationId", "servers", "security", "parameters", "requestBody", "responses")


def compare(old: Claim, new: Claim, comparison: Comparison) -> Iterator[Note]:
    """All that differs, named after the old operation."""
    here = place(old)
    before, after = old.operation.get("operationId"), new.operation.get("operationId")
    if before != after:
        yield Note("docs", "operation-id-changed", f"operationId {step(before, after)}", here)
    yield from _notes.of_words(old.operation, new.operation, Note("docs", "", "", here), skip=_PARTS)
    if old.host != new.host:
        yield Note("breaking", "host-changed", f"host {step(old.host, new.host)}", here, "host")
    yield from _security.compare(old, new, here)
    yield from _parameters.compare(old, new, comparison, here)
    yield from _bodies.request(old, new, comparison, here)
    yield from _bodies.responses(old, new, comparison, here)


def place(claim: Claim) -> str:
    """`POST /v1/videos/generations`."""
    return f"{claim.method.upper()} {_text.one_line(claim.path)}"


def likeness(old: Claim, new: Claim, comparison: Comparison) -> float:
    """How much the bodies of two operations have in common, 0 to 1; 0 if they share no kind of body."""
    one, two = _schemas(old), _schemas(new)
    shares = [comparison.alike(one[key], two[key]) for key in one if key in two]
    return sum(shares) / len(shares) if shares else 0.0


def _schemas(claim: Claim) -> dict[tuple[str, str], Schemas]:
    """The request and the replies of success, by media type."""
    found: dict[tuple[str, str], Schemas] = {}
    replies = claim.operation["responses"].items()
    parts = [("request", claim.operation.get("requestBody") or {})]
    parts += [("response", reply) for status, reply in replies if status.startswith("2")]
    for part, body in parts:
        for kind, media in (body.get("content") or {}).items():
            found[part, kind] = (media["schema"],)
    return found
