"""How tasks are going to end, said by a test beforehand."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

End = Literal["completed", "failed", "cancelled"]
"""The ways a task can end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one task goes and ends.

    Attributes:
        end: How it ends.
        code: Why it failed; None otherwise.
        message: What the failed task says; None for what is known of the code.
        status: A word that is shown in place of `processing`; None for the documented one.
        seconds: How long it takes in seconds of the mock's clock; None for what the model takes.
        results: How many files it makes.
        extra: Fields that are added to what the query tells.
        started: It is processing already in the reply that creates it.
        renew_links: Every query makes links anew, so that they never stay expired.
        curve: What progress shows at equal steps from its creation to its completion, in percent and never
            falling, with straight lines between; empty if it goes on evenly.
    """

    end: End = "completed"
    code: str | None = None
    message: str | None = None
    status: str | None = None
    seconds: float | None = None
    results: int = 1
    extra: Mapping[str, Any] = field(default_factory=dict)
    started: bool = False
    renew_links: bool = False
    curve: Sequence[float] = ()

    def progress(self, share: float) -> int:
        """Percent that are shown when so much of the way is done, 0 to 1."""
        if len(self.curve) < 2:
            return int(share * 100)
        step = share * (len(self.curve) - 1)
        at = min(int(step), len(self.curve) - 2)
        return int(self.curve[at] + (step - at) * (self.curve[at + 1] - self.curve[at]))


COMPLETED = Outcome()


class Outcomes:
    """The outcomes of the next tasks, first come first served.

    Args:
        codes: What is known of each code that a failed task may report.
    """

    def __init__(self, codes: Mapping[str, Mapping[str, Any]]) -> None:
        self._codes = codes
        self._waiting: deque[Outcome] = deque()

    def add(
        self,
        end: str,
        /,
        *,
        code: str | None = None,
        message: str | None = None,
        times: int = 1,
        undocumented: bool = False,
        **how: Any,
    ) -> None:
        """Say how the next tasks end.

        Args:
            end: `completed`, `failed` or `cancelled`.
            code: Why it fails; without, the first documented code.
            message: What a failed task says; without, what the contract advises for the code.
            times: For how many tasks.
            undocumented: Take a code that the contract does not know.
            **how: The other attributes of `Outcome`.

        Raises:
            ValueError: Something is unknown or out of range.
        """
        if end not in get_args(End):  # whatever a control request brought along
            raise ValueError(f"a task ends {', '.join(get_args(End))}, not {end!r}")
        if end != "failed" and (code is not None or message is not None):
            raise ValueError("only a failed task has a code and a message")
        if not all(isinstance(text, str | None) for text in (code, message)):
            raise ValueError("code and message are texts")
        if end == "failed" and code is None:
            code = next(iter(self._codes), "unknown_error")
        if code is not None and code not in self._codes and not undocumented:
            known = ", ".join(self._codes) or "none"
            raise ValueError(f"no documented code of failed tasks: {code!r}; known are {known}")
        if end == "failed" and message is None:
            message = str(self._codes.get(code or "", {}).get("advice") or "The task failed.")
        outcome = Outcome(end, code, message, **_checked(how))  # type: ignore[arg-type]
        self._waiting.extend([outcome] * _count(times))

    def take(self) -> Outcome:
        """The outcome of a task that is being created."""
        return self._waiting.popleft() if self._waiting else COMPLETED

    def clear(self) -> None:
        """Forget what was said; the next tasks complete."""
        self._waiting.clear()

    def to_list(self) -> list[dict[str, Any]]:
        """What is waiting, as JSON."""
        return [asdict(outcome) for outcome in self._waiting]

    def __len__(self) -> int:
        return len(self._waiting)


def _count(times: Any) -> int:
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise ValueError(f"times must be a whole number above zero, not {times!r}")
    return times


def _checked(how: Mapping[str, Any]) -> dict[str, Any]:
    rules: dict[str, tuple[Any, str]] = {
        "status": (lambda v: isinstance(v, str) and v, "a word"),
        "seconds": (lambda v: isinstance(v, (int, float)) and 0 <= v < float("inf"), "a number of seconds"),
        "results": (lambda v: isinstance(v, int) and 0 <= v <= 100, "a whole number from 0 to 100"),
        "extra": (lambda v: isinstance(v, dict), "an object"),
        "started": (lambda v: isinstance(v, bool), "true or false"),
        "renew_links": (lambda v: isinstance(v, bool), "true or false"),
        "curve": (_is_curve, "two or more numbers from 0 to 100, none less than the one before"),
    }
    for name, value in how.items():
        if name not in rules:
            raise ValueError(f"an outcome has no {name!r}; it has {', '.join(rules)}")
        check, wanted = rules[name]
        if value is not None and not check(value):
            raise ValueError(f"{name} must be {wanted}, not {value!r}")
    return {name: value for name, value in how.items() if value is not None}


def _is_curve(value: Any) -> bool:
    if not isinstance(value, (list, tuple)) or len(value) < 2:
        return False
    numbers = [one for one in value if isinstance(one, (int, float)) and 0 <= one <= 100]
    return len(numbers) == len(value) and numbers == sorted(numbers)
