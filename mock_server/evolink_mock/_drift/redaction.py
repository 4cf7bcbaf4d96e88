"""Hides API keys in whatever is recorded."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from evolink_api.key_search import find_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._contract.contract import Contract
    from .._http.messages import Request

HIDDEN = "***"
"""What stands in place of a key."""
SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-auth-token"}
)
"""Headers whose values are never recorded."""

_SECRET_NAMES = re.compile(r"(?:^|[_-])(?:key|token|secret|password|authorization)$|apikey$", re.IGNORECASE)
_SECRET_MEMBERS = re.compile(
    r'("(?:api[_-]?key|authorization|password|secret|access[_-]?token)"\s*:\s*)"(?:[^"\\]|\\.)*"',
    re.IGNORECASE,
)
_LONG = 16  # shorter keys are words that may be part of others
_TOO_MANY = 13  # characters of a key, or half of them, are too many to show
_LARGE = 256 * 1024  # characters of a text that is not searched for every spelling of a key
_MAX_SECRETS = 1000


class Redactor:
    """Knows the keys that were sent, and hides them.

    Args:
        contract: Says where else than in headers a key may stand.
        secrets: Keys that are known from the beginning.
    """

    def __init__(self, contract: Contract, secrets: Iterable[str] = ()) -> None:
        self._contract = contract
        self._secrets: OrderedDict[str, None] = OrderedDict.fromkeys(filter(None, secrets))

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys that are known."""
        return tuple(self._secrets)

    def learn(self, request: Request) -> None:
        """Take note of the keys in a request."""
        for secret in self._keys(request):
            if secret:
                self._secrets[secret] = None
                self._secrets.move_to_end(secret)
        while len(self._secrets) > _MAX_SECRETS:
            self._secrets.popitem(last=False)

    def text(self, text: str) -> str:
        """A text without keys."""
        for secret in tuple(self._secrets):
            text = _without(text, secret)
        return _SECRET_MEMBERS.sub(rf'\1"{HIDDEN}"', text) if '"' in text else text

    def content(self, content: bytes) -> bytes:
        """A body without keys, whatever its encoding."""
        return self.text(content.decode("latin-1")).encode("latin-1") if content else content

    def header(self, name: str, value: str) -> str:
        """The value of a header without keys."""
        return HIDDEN if value and self._is_secret_header(name.lower()) else self.text(value)

    def query(self, query: str) -> str:
        """A query without keys."""
        parts = []
        for part in query.split("&"):
            name, separator, _ = part.partition("=")
            parts.append(f"{name}={HIDDEN}" if separator and is_secret_name(name) else self.text(part))
        return "&".join(parts)

    def _is_secret_header(self, name: str) -> bool:
        return name in SECRET_HEADERS or (is_secret_name(name) and name != "idempotency-key")

    def _keys(self, request: Request) -> Iterator[str]:
        for name, value in request.headers.items():
            if name in {"cookie", "set-cookie"}:
                yield from (pair.partition("=")[2].strip() for pair in value.split(";"))
            elif self._is_secret_header(name):
                yield value.partition(" ")[2].strip() if " " in value else value
        yield from (value for name, value in parse_qsl(request.query) if is_secret_name(name))
        for op in self._contract.operations:
            yield from op.keys_in(request)


def is_secret_name(name: str) -> bool:
    """Whether a parameter of this name is a key."""
    return _SECRET_NAMES.search(name) is not None


def _without(text: str, secret: str) -> str:
    """A text without a key, and without the beginning of one that shows much of it."""
    known = max(_TOO_MANY, len(secret) // 2) if len(secret) >= _LONG else len(secret)
    if len(text) > _LARGE and _longest_word(secret[:known]) not in text:
        return text  # letters and digits are escaped by no usual program
    kept: list[str] = []
    position = 0
    while (match := find_key(text, secret, known, position)) is not None:
        is_word = _is_edge(text, match.start - 1) and _is_edge(text, match.end)
        shown = text[match.start : match.head_end]
        kept += text[position : match.start], HIDDEN if is_word or len(secret) >= _LONG else shown
        position = match.end
    return "".join([*kept, text[position:]])


def _is_edge(text: str, index: int) -> bool:
    """Whether no word goes on at a place."""
    return not (0 <= index < len(text) and text[index].isalnum())


def _longest_word(text: str) -> str:
    return max(re.split(r"[^A-Za-z0-9]", text), key=len)
