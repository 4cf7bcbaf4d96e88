"""The API keys that the mock has issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_KEY = "evolink-mock-key"
_SCHEME = "bearer "


class Keys:
    """Issued keys, each good for every model or for some.

    Args:
        first: The key to begin with, good for every model.
    """

    def __init__(self, first: str = DEFAULT_KEY) -> None:
        self._keys: dict[str, frozenset[str] | None] = {}
        self.issue(first)

    def issue(self, key: str, models: Iterable[str] | None = None) -> None:
        """Make a key valid, for the named models only if there are any.

        Raises:
            ValueError: The key cannot be sent in a header.
        """
        if not key or not key.isascii() or not key.isprintable() or key != key.strip():
            raise ValueError("a key is printable ASCII text without spaces around it")
        self._keys[key] = None if models is None else frozenset(models)

    def revoke(self, key: str) -> None:
        """Make a key invalid; an unknown one is invalid already."""
        self._keys.pop(key, None)

    def holder(self, authorization: str | None) -> str | None:
        """The issued key that an Authorization header names; None if it names none."""
        if authorization is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
            return None
        key = authorization[len(_SCHEME) :].strip()
        return key if key in self._keys else None

    def issued(self, keys: Iterable[str]) -> str | None:
        """The first of some keys that is issued; None if none is."""
        return next((key for key in keys if key in self._keys), None)

    def admits(self, key: str, model: str) -> bool:
        """Whether a key may use a model."""
        models = self._keys.get(key)
        return models is None or model in models

    def to_dict(self) -> dict[str, list[str] | None]:
        """The keys, each with its models or null for every model."""
        return {key: None if models is None else sorted(models) for key, models in self._keys.items()}
