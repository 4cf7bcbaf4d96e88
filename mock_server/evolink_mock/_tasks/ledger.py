"""Credits: what is there, what is promised and what was paid."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Literal

CREDITS = 1000
"""Credits that an account begins with, at every door."""
MAX_ENTRIES = 10_000
"""Entries the ledger keeps; older ones are forgotten, the sums stay right."""

# Prices have decimals and are added up many times: whole numbers of a small unit do not drift.
_UNIT = 1_000_000


def _units(credits_: float) -> int:
    return round(credits_ * _UNIT)


def _credits(units: int) -> float:
    whole, rest = divmod(units, _UNIT)
    return units / _UNIT if rest else whole


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of credits.

    Attributes:
        kind: What happened.
        task_id: The task it belongs to; empty for a deposit.
        credits: How many, always positive.
        time: When, in Unix seconds of the mock's clock.
    """

    kind: Literal["reserved", "charged", "refunded", "added"]
    task_id: str
    credits: float
    time: float


class Ledger:
    """Reserves credits when a task is created and settles or refunds them when it ends.

    Args:
        balance: Credits to begin with.
    """

    def __init__(self, balance: float) -> None:
        self._balance = _units(balance)
        self._reserved = self._charged = self._refunded = 0
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)

    @property
    def balance(self) -> float:
        """Credits that can still be spent."""
        return _credits(self._balance)

    @property
    def reserved(self) -> float:
        """Credits promised to tasks that have not ended."""
        return _credits(self._reserved)

    @property
    def charged(self) -> float:
        """Credits paid for completed tasks."""
        return _credits(self._charged)

    @property
    def refunded(self) -> float:
        """Credits given back for tasks that failed or were cancelled."""
        return _credits(self._refunded)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The last movements, the newest at the end."""
        return tuple(self._entries)

    def affords(self, credits_: float) -> bool:
        """Whether so many credits are there to be reserved."""
        return _units(credits_) <= self._balance

    def add(self, credits_: float, *, time: float = 0.0) -> None:
        """Put credits on the account."""
        if not 0 <= credits_ < float("inf"):
            raise ValueError(f"credits to add must be a positive number, not {credits_!r}")
        self._balance += _units(credits_)
        self._entries.append(Entry("added", "", credits_, time))

    def reserve(self, task_id: str, credits_: float, time: float) -> None:
        """Set credits aside for a task."""
        units = _units(credits_)
        self._balance -= units
        self._reserved += units
        self._entries.append(Entry("reserved", task_id, credits_, time))

    def settle(self, task_id: str, credits_: float, time: float) -> None:
        """Take the credits that were set aside for a task."""
        units = _units(credits_)
        self._reserved -= units
        self._charged += units
        self._entries.append(Entry("charged", task_id, credits_, time))

    def refund(self, task_id: str, credits_: float, time: float) -> None:
        """Give back the credits that were set aside for a task."""
        units = _units(credits_)
        self._reserved -= units
        self._refunded += units
        self._balance += units
        self._entries.append(Entry("refunded", task_id, credits_, time))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "balance": self.balance,
            "reserved": self.reserved,
            "charged": self.charged,
            "refunded": self.refunded,
            "entries": [asdict(entry) for entry in self._entries],
        }

    def __repr__(self) -> str:
        return (
            f"Ledger(balance={self.balance}, reserved={self.reserved}, "
            f"charged={self.charged}, refunded={self.refunded})"
        )
