"""How the next tasks end, as a test has set it."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from .._http.json_codec import dumps
from .._http.json_codec import weight as json_weight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

End = Literal["completed", "failed", "cancelled"]
"""The ways in which a task can end."""
MAX_SECONDS = 10**9
"""Seconds that a task may take: about 30 years."""
MAX_TIMES = 10**9
"""Tasks for which an outcome may be set at once."""
MAX_SIZE = 16 * 1024
"""Bytes of an outcome as JSON."""
MAX_WAITING = 1000
"""Outcomes that wait, each for any number of tasks; also how many tasks a list shows."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task proceeds and ends.

    Attributes:
        end: How it ends.
        code: Why it failed; None if it does not fail.
        message: The message of the failed task.
        status: A status that is shown in place of `processing`; None for the documented one.
        seconds: How long it takes, in seconds of the mock's clock; None for as long as the model takes.
        results: How many files it has.
        extra: Fields that are added to the body of the query.
        started: It is processing already in the response that creates it.
        renew_links: Every query makes new links, so that they never stay expired.
        curve: The progress at equal steps from creation to completion, in percent and never falling, with
            straight lines between; empty for even progress.
        weight: The bytes of memory that it takes, at most.
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
    weight: int = field(default=0, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON."""
        values = asdict(self)
        del values["weight"]
        return values

    def __str__(self) -> str:
        """The call that makes it."""
        given = self.to_dict()
        default = _COMPLETED.to_dict()
        options = [f"{name}={value!r}" for name, value in given.items() if value != default[name]]
        return (
            f"outcome({', '.join([repr(self.end), *(one for one in options if not one.startswith('end='))])})"
        )

    def progress(self, fraction: float) -> int:
        """The percentage that is shown at a fraction of the task's time, 0 to 1."""
        if len(self.curve) < 2:
            return int(fraction * 100)
        position = fraction * (len(self.curve) - 1)
        index = min(int(position), len(self.curve) - 2)
        return int(self.curve[index] + (position - index) * (self.curve[index + 1] - self.curve[index]))


_COMPLETED = Outcome()


class OutcomeQueue:
    """The outcomes of the next tasks, first in, first out.

    Args:
        codes: The documented codes of failed tasks, with what is documented of each.
    """

    def __init__(self, codes: Mapping[str, Mapping[str, Any]]) -> None:
        self._codes = codes
        self._queue: deque[tuple[Outcome, int]] = deque()  # with the number of tasks that it is for
        # Those that no task has met.
        self.unmet: list[Outcome] = []

    def make(
        self,
        end: str,
        /,
        *,
        code: str | None = None,
        message: str | None = None,
        undocumented: bool = False,
        **options: Any,
    ) -> Outcome:
        """Make an outcome.

        Args:
            end: `completed`, `failed` or `cancelled`.
            code: Why it fails; by default the first documented code.
            message: The message of a failed task; by default what the contract advises for the code.
            undocumented: Accept a code that the contract does not document.
            **options: The other attributes of `Outcome`.

        Raises:
            ValueError: Something is unknown or out of range.
        """
        _check_end(end, code, message, undocumented)
        if end == "failed" and code is None:
            code = next(iter(self._codes), "unknown_error")
        if code is not None and code not in self._codes and not undocumented:
            known = ", ".join(self._codes) or "none"
            raise ValueError(f"no documented code of failed tasks: {code!r:.100}; known are {known}")
        if end == "failed" and message is None:
            message = str(self._codes.get(code or "", {}).get("advice") or "The task failed.")
        outcome = Outcome(end, code, message, **_checked(options))  # type: ignore[arg-type]  # checked above
        try:
            encoded = dumps(outcome.to_dict())
        except TypeError as error:
            raise ValueError(f"an outcome consists of JSON values: {error}") from None
        if len(encoded) > MAX_SIZE:
            raise ValueError(f"an outcome has at most {MAX_SIZE} bytes as JSON, not {len(encoded)}")
        return replace(outcome, weight=json_weight(encoded))

    def add(self, end: str, /, *, times: int = 1, **options: Any) -> None:
        """Set how the next tasks end.

        Args:
            end: `completed`, `failed` or `cancelled`.
            times: For how many tasks.
            **options: Those of `make`.

        Raises:
            ValueError: Something is unknown or out of range.
        """
        outcome = self.make(end, **options)
        if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= MAX_TIMES:
            expected = f"a whole number above zero, at most {MAX_TIMES}"
            raise ValueError(f"times must be {expected}, not {times!r:.100}")
        if len(self._queue) >= MAX_WAITING:
            raise ValueError(f"{MAX_WAITING} outcomes wait already")
        self._queue.append((outcome, times))
        self.unmet.append(outcome)

    def take(self) -> Outcome:
        """Take the outcome of a task that is being created."""
        if not self._queue:
            return _COMPLETED
        outcome, times = self._queue.popleft()
        self.unmet = [one for one in self.unmet if one is not outcome]
        if times > 1:
            self._queue.appendleft((outcome, times - 1))
        return outcome

    def clear(self) -> None:
        """Drop all outcomes: the next tasks complete."""
        self._queue.clear()
        self.unmet.clear()

    def to_list(self, limit: int = MAX_WAITING) -> list[dict[str, Any]]:
        """The outcomes of the next tasks as JSON, for so many tasks."""
        outcomes = chain.from_iterable(repeat(outcome, times) for outcome, times in self._queue)
        return [outcome.to_dict() for outcome in islice(outcomes, limit)]

    def waiting(self) -> list[tuple[Outcome, int]]:
        """The outcomes, each with the number of tasks that it is for."""
        return list(self._queue)

    def options(self) -> dict[str, tuple[str, str]]:
        """The options of an outcome: for each, what a valid value is and what it does."""
        codes = " or ".join(map(repr, self._codes))
        return {
            "outcome": (" or ".join(map(repr, get_args(End))), "How the task ends."),
            "code": (codes or "a text", "Why it fails; by default the first documented code."),
            "message": ("a text", "The message of a failed task; by default as documented."),
            "times": ("a whole number above zero", "For how many tasks; by default for one."),
            **{name: (option.expected, option.description) for name, option in OPTIONS.items()},
            "undocumented": ("true or false", "Accept a code that is not documented."),
        }

    def __len__(self) -> int:
        return sum(times for _, times in self._queue)


class OutcomeOption(NamedTuple):
    """The declaration of an option.

    Attributes:
        is_valid: Checks a value.
        expected: What a valid value is, in words.
        description: What it does.
        schema: What a valid value is, as JSON Schema.
    """

    is_valid: Callable[[Any], Any]
    expected: str
    description: str
    schema: Mapping[str, Any]


OPTIONS: Mapping[str, OutcomeOption] = {
    "status": OutcomeOption(
        lambda v: isinstance(v, str) and v,
        "a word",
        "A status that is shown in place of the documented one.",
        {"type": "string", "minLength": 1},
    ),
    "seconds": OutcomeOption(
        lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and 0 <= v <= MAX_SECONDS,
        f"a number of seconds, at most {MAX_SECONDS}",
        "How long the task takes.",
        {"type": "number", "minimum": 0, "maximum": MAX_SECONDS},
    ),
    "results": OutcomeOption(
        lambda v: isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= 100,
        "a whole number from 0 to 100",
        "The number of files; by default 1.",
        {"type": "integer", "minimum": 0, "maximum": 100},
    ),
    "extra": OutcomeOption(
        lambda v: isinstance(v, dict),
        "an object",
        "Fields that are added to the reply to a query.",
        {"type": "object"},
    ),
    "started": OutcomeOption(
        lambda v: isinstance(v, bool),
        "true or false",
        "The task is being processed as soon as it is created.",
        {"type": "boolean"},
    ),
    "renew_links": OutcomeOption(
        lambda v: isinstance(v, bool),
        "true or false",
        "Every query makes new links.",
        {"type": "boolean"},
    ),
    "curve": OutcomeOption(
        lambda v: (
            isinstance(v, (list, tuple))
            and len(v) > 1
            and all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in v)
            and all(0 <= number <= 100 for number in v)
            and list(v) == sorted(v)
        ),
        "two or more numbers from 0 to 100, none less than the one before",
        "The progress at equal steps of the task's time, such as [0, 5, 5, 90].",
        {"type": "array", "minItems": 2, "items": {"type": "number", "minimum": 0, "maximum": 100}},
    ),
}
"""The options of an outcome besides its end, its error and how many tasks it is for, by name."""


def _check_end(end: Any, code: Any, message: Any, undocumented: Any) -> None:
    """Check what says how a task ends, which may come from the admin API or a scenario.

    Raises:
        ValueError: Something is unknown or of the wrong type.
    """
    if end not in get_args(End):
        raise ValueError(f"a task ends {', '.join(get_args(End))}, not {end!r:.100}")
    if end != "failed" and (code is not None or message is not None):
        raise ValueError("only a failed task has a code and a message")
    if not all(isinstance(text, str | None) for text in (code, message)):
        raise ValueError("code and message must be text")
    if not isinstance(undocumented, bool):
        raise ValueError(f"undocumented must be true or false, not {undocumented!r:.100}")  # noqa: TRY004 - invalid values are ValueErrors


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in options.items():
        if name not in OPTIONS:
            raise ValueError(f"an outcome has no {name!r:.100}; it has {', '.join(OPTIONS)}")
        option = OPTIONS[name]
        if value is not None and not option.is_valid(value):
            raise ValueError(f"{name} must be {option.expected}, not {value!r:.100}")
    return {name: value for name, value in options.items() if value is not None}
