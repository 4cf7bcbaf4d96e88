"""What the pipeline says when it cannot go on."""

from __future__ import annotations


class UnusableInput(Exception):  # noqa: N818 - reads as what it is at each `raise`
    """A document, overlay or source that cannot be used.

    Attributes:
        source: the file or address it is about.
        place: where in it, as a path of keys, or "" for the whole.
        reason: one line of what is wrong.
    """

    def __init__(self, source: str, reason: str, place: str = "") -> None:
        super().__init__(": ".join(part for part in (source, place, reason) if part))
        self.source = source
        self.place = place
        self.reason = reason
