"""The credits of an account: reserved, charged, refunded."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ENTRIES = 10_000
"""Entries that the ledger keeps; the oldest are dropped first, and the sums stay right."""
MAX_CREDITS = 10**15
"""Credits that can be added at once."""

# Credits have decimals and are added up often: integers of a small unit avoid rounding errors.
_UNITS_PER_CREDIT = 1_000_000


def check_credits(credits_: float) -> float:
    """Return a number of credits that an account may get.

    Raises:
        ValueError: It is negative or too large.
    """
    if not 0 <= credits_ <= MAX_CREDITS:
        raise ValueError(
            f"credits must be a positive number, at most {MAX_CREDITS:.0e}, not {credits_!r:.40}"
        )
    return credits_


@lru_cache
def _to_units(credits_: float) -> int:
    return round(credits_ * _UNITS_PER_CREDIT)


def _to_credits(units: int) -> float:
    whole, rest = divmod(units, _UNITS_PER_CREDIT)
    return units / _UNITS_PER_CREDIT if rest else whole


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes twice as long to make
class LedgerEntry:
    """A movement of credits.

    Attributes:
        kind: What happened.
        task_id: The task; empty for a deposit.
        credits: How many, always positive.
        time: When, in Unix seconds of the mock's clock.
    """

    kind: Literal["reserved", "charged", "refunded", "added"]
    task_id: str
    credits: float
    time: float

    def to_dict(self) -> dict[str, Any]:
        """The movement as JSON."""
        return {"kind": self.kind, "task_id": self.task_id, "credits": self.credits, "time": self.time}


class Ledger:
    """Reserves credits when a task is created, and charges or refunds them when it ends.

    Args:
        balance: Credits at the beginning.
    """

    def __init__(self, balance: float) -> None:
        self._balance = _to_units(check_credits(balance))
        self._reserved = self._charged = self._refunded = 0
        self._entries: deque[LedgerEntry] = deque(maxlen=MAX_ENTRIES)

    @property
    def balance(self) -> float:
        """Credits that can be spent."""
        return _to_credits(self._balance)

    @property
    def reserved(self) -> float:
        """Credits reserved for tasks that have not ended."""
        return _to_credits(self._reserved)

    @property
    def charged(self) -> float:
        """Credits charged for completed tasks."""
        return _to_credits(self._charged)

    @property
    def refunded(self) -> float:
        """Credits refunded for failed and cancelled tasks."""
        return _to_credits(self._refunded)

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """The last movements, the newest at the end."""
        return tuple(self._entries)

    def latest(self) -> Iterator[LedgerEntry]:
        """The movements, the newest first."""
        return reversed(self._entries)

    def has_balance(self, credits_: float) -> bool:
        """Whether so many credits can be reserved."""
        return _to_units(credits_) <= self._balance

    def add(self, credits_: float, *, time: float = 0.0) -> None:
        """Add credits."""
        self._balance += _to_units(check_credits(credits_))
        self._entries.append(LedgerEntry("added", "", credits_, time))

    def reserve(self, task_id: str, credits_: float, time: float) -> None:
        """Reserve credits for a task."""
        units = _to_units(credits_)
        self._balance -= units
        self._reserved += units
        self._entries.append(LedgerEntry("reserved", task_id, credits_, time))

    def charge(self, task_id: str, credits_: float, time: float) -> None:
        """Charge the reserved credits of a task."""
        units = _to_units(credits_)
        self._reserved -= units
        self._charged += units
        self._entries.append(LedgerEntry("charged", task_id, credits_, time))

    def refund(self, task_id: str, credits_: float, time: float) -> None:
        """Refund the reserved credits of a task."""
        units = _to_units(credits_)
        self._reserved -= units
        self._refunded += units
        self._balance += units
        self._entries.append(LedgerEntry("refunded", task_id, credits_, time))

    def to_dict(self) -> dict[str, Any]:
        """The ledger as JSON."""
        return {
            "balance": self.balance,
            "reserved": self.reserved,
            "charged": self.charged,
            "refunded": self.refunded,
            "entries": [entry.to_dict() for entry in self._entries],
        }

    def __repr__(self) -> str:
        return (
            f"Ledger(balance={self.balance}, reserved={self.reserved}, "
            f"charged={self.charged}, refunded={self.refunded})"
        )


class KeyCredits:
    """What one API key may spend, and what was spent with it.

    Args:
        limit: Credits that may be spent; None for all of the account.
    """

    def __init__(self, limit: float | None = None) -> None:
        self._limit = None if limit is None else _to_units(check_credits(limit))
        self._reserved = self._charged = 0

    @property
    def remaining(self) -> float | None:
        """Credits that are left of the limit; None without a limit."""
        return None if self._limit is None else _to_credits(self._limit - self._reserved - self._charged)

    @property
    def used(self) -> float:
        """Credits charged for completed tasks."""
        return _to_credits(self._charged)

    def has_balance(self, credits_: float) -> bool:
        """Whether so many credits can be reserved."""
        return self._limit is None or _to_units(credits_) + self._reserved + self._charged <= self._limit

    def reserve(self, credits_: float) -> None:
        """Reserve credits for a task."""
        self._reserved += _to_units(credits_)

    def finalize(self, credits_: float, *, is_charged: bool) -> None:
        """Charge or refund the reserved credits of a task."""
        units = _to_units(credits_)
        self._reserved -= units
        if is_charged:
            self._charged += units
