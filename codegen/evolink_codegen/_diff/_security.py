"""What opens an operation: two versions, compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evolink_codegen import _schema
from evolink_codegen._claims import Claim

from ._constraints import canonical
from ._notes import Note
from ._words import name, shown

_OPEN = canonical([])


def compare(old: Claim, new: Claim, here: str) -> Iterator[Note]:
    """Whether the credentials of old callers still do."""
    before, after = _ways(old), _ways(new)
    if before.keys() == after.keys():
        return
    message = f"authentication changed from {' or '.join(before.values())} to {' or '.join(after.values())}"
    if _OPEN in after or before.keys() <= after.keys():
        yield Note("compatible", "security-relaxed", message, here, "security")
    else:
        yield Note("breaking", "security-changed", message, here, "security")


def _ways(claim: Claim) -> dict[str, str]:
    """Each set of credentials that opens an operation: by what it is, in words."""
    schemes = claim.document.data["components"]["securitySchemes"]
    found = {}
    for way in claim.operation.get("security") or [{}]:
        needed = []
        for scheme, scopes in way.items() if isinstance(way, dict) else ():
            definition = schemes.get(scheme)
            bare = _bare(definition) if isinstance(definition, dict) else {"name": scheme}
            words = " ".join(name(str(bare[key])) for key in ("type", "scheme", "in", "name") if key in bare)
            asked = sorted(map(str, scopes)) if isinstance(scopes, list) else []
            words += f", {shown(asked)}" if asked else ""
            needed.append((canonical([bare, asked]), f"{name(scheme)} ({words})"))
        needed.sort()
        found[canonical([key for key, _ in needed])] = " and ".join(words for _, words in needed) or "nothing"
    return found


def _bare(definition: dict[str, Any]) -> dict[str, Any]:
    """A scheme without its words; its name in the document is one of them."""
    words = {*_schema.ANNOTATIONS, "bearerFormat"}
    return {key: item for key, item in definition.items() if key not in words and not key.startswith("x-")}
