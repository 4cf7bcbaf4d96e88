"""The API keys that the mock accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._tasks.ledger import KeyCredits
from . import DEFAULT_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_KEYS_SIZE = 1024 * 1024
"""Bytes of memory that the API keys and the models that they are limited to may take."""

# How the API refuses this was seen in its responses; no document describes it.
KEY_LIMIT = "insufficient_token_quota"
"""The code if an API key has reached its limit of credits."""

_BYTES_PER_ITEM = 100  # for a key or a model, besides its text
_BEARER = "bearer "


class ApiKeys:
    """The valid API keys, each for all models or for some, and for all credits or up to a limit.

    Args:
        first: A key for all models.
    """

    def __init__(self, first: str = DEFAULT_KEY) -> None:
        self._keys: dict[str, frozenset[str] | None] = {}
        self._by_header: dict[str | None, str] = {}  # as nearly all clients write it
        self._credits: dict[str, KeyCredits] = {}
        self._no_limit = KeyCredits()
        self._size = 0
        self._first = first
        self._accepted: str | None = None
        self.issue(first)

    def issue(self, key: str, models: Iterable[str] | None = None, credits_: float | None = None) -> None:
        """Make a key valid, for all models or only for those named, and up to a limit of credits if given.

        Raises:
            ValueError: The key cannot be sent in a header, there are too many, or the limit is negative.
        """
        allowed = None if models is None else frozenset(models)
        if not all(isinstance(model, str) for model in allowed or ()):
            raise ValueError("a key is limited to models by a list of their ids")
        size = len(key) + _BYTES_PER_ITEM + sum([len(model) + _BYTES_PER_ITEM for model in allowed or ()])
        if self._size + size > MAX_KEYS_SIZE:
            raise ValueError("there are too many keys, or they are limited to too many models")
        if not key or not key.isascii() or not key.isprintable() or key != key.strip():
            raise ValueError("a key is printable ASCII text without spaces around it")
        self._credits[key] = KeyCredits(credits_)
        self._size += size
        self._keys[key] = allowed
        self._by_header[f"Bearer {key}"] = key

    def accept(self, key: str) -> None:
        """Take another key for the first one, without listing it: that of a real account, for example."""
        self._accepted = key

    def from_authorization(self, header: str | None) -> str | None:
        """The valid key in an Authorization header; None if there is none."""
        known = self._by_header.get(header)
        if known is not None or header is None:
            return known
        if header[: len(_BEARER)].lower() != _BEARER:
            return None
        key = header[len(_BEARER) :].strip()
        return self._known(key)

    def first_valid(self, keys: Iterable[str]) -> str | None:
        """The first valid one of some keys; None if none is valid."""
        return next(filter(None, map(self._known, keys)), None)

    def _known(self, key: str) -> str | None:
        if key in self._keys:
            return key
        return self._first if key == self._accepted else None

    def credits(self, key: str) -> KeyCredits:
        """What a key may spend; without a limit for requests that need no key."""
        return self._credits.get(key, self._no_limit)

    def is_allowed(self, key: str, model: str) -> bool:
        """Whether a key may use a model."""
        models = self._keys.get(key)
        return models is None or model in models

    def to_dict(self) -> dict[str, list[str] | None]:
        """The keys, each with its models, or null for all."""
        return {key: None if models is None else sorted(models) for key, models in self._keys.items()}
