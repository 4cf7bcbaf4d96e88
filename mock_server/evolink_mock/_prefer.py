"""The `Prefer` header as users of Prism know it: `code=…`, `example=…`, `dynamic=true`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evolink_mock import _schema
from evolink_mock._messages import Response, dumps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from evolink_mock._operation import Operation

_PAIR = re.compile(r"""([\w-]+)\s*=\s*"?([^",;]*)"?""")


@dataclass(frozen=True, slots=True)
class Preference:
    """Which documented reply is asked for.

    Attributes:
        code: The status.
        example: The name of the example.
        dynamic: A body made from the schema.
    """

    code: str | None = None
    example: str | None = None
    dynamic: bool = False

    @classmethod
    def read(cls, header: str) -> Preference | None:
        """Read a header; None if it asks for nothing that is known."""
        pairs = {name.lower(): value.strip() for name, value in _PAIR.findall(header)}
        found = cls(pairs.get("code"), pairs.get("example"), pairs.get("dynamic", "").lower() == "true")
        return None if found == cls() else found

    def answer(self, document: Mapping[str, Any], op: Operation, model: str | None, rng: Random) -> Response:
        """The documented reply that is asked for; a 404 as problem+json if it is not documented."""
        code = self.code if self.code is not None else str(op.success_status)
        media = op.reply(int(code)) if re.fullmatch(r"[1-5]\d\d", code) else None
        if media is None:
            return _problem(f"Status {code} is not documented for {op.id}.")
        if self.example is not None:
            value = media.example(model, self.example)
            if value is None:
                return _problem(f"{op.id} has no example {self.example!r} for status {code}.")
        elif self.dynamic and media.schema is not None:
            value = _schema.sample(document, media.schema, rng)
        else:
            value = media.value(model)
        return Response.json(int(code), value) if media.schema is not None else Response.of(int(code), b"")


def _problem(detail: str) -> Response:
    body = {
        "type": "about:blank",
        "title": "The requested reply is not documented",
        "status": 404,
        "detail": detail,
    }
    return Response.of(404, dumps(body), {"content-type": "application/problem+json"})
