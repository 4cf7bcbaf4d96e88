"""The free text of documents, made harmless before it goes anywhere."""

from __future__ import annotations

import re

# Control characters but tab and newline; marks that turn the direction of text or cannot be seen; what no
# UTF-8 file can hold.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    """The text without characters that hide, reorder or break it."""
    return _HARMFUL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, shortened to `limit` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


_LONGEST = 300


class InputError(Exception):
    """A document, overlay or source that cannot be used.

    Attributes:
        source: The file or address it is about.
        place: Where in it, as a path of keys, or "" for the whole.
        reason: One line of what is wrong.
    """

    def __init__(self, source: str, reason: str, place: str = "") -> None:
        self.source = source
        self.place = one_line(place, _LONGEST)
        self.reason = one_line(reason, _LONGEST)
        super().__init__(": ".join(part for part in (source, self.place, self.reason) if part))
