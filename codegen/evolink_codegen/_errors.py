"""What the pipeline says when it cannot go on."""

from __future__ import annotations

from . import _text

_LONGEST = 300


class UnusableInput(Exception):  # noqa: N818 - reads as what it is at each `raise`
    """A document, overlay or source that cannot be used.

    Attributes:
        source: the file or address it is about.
        place: where in it, as a path of keys, or "" for the whole.
        reason: one line of what is wrong.
    """

    def __init__(self, source: str, reason: str, place: str = "") -> None:
        self.source = source
        self.place = _text.one_line(place, _LONGEST)
        self.reason = _text.one_line(reason, _LONGEST)
        super().__init__(": ".join(part for part in (source, self.place, self.reason) if part))
