"""What a mock starts with: key, credits, models, times, faults and outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from .._engine import DEFAULT_KEY
from .._engine.faults import MAX_WAITING, Fault
from .._engine.faults import OPTIONS as FAULT_OPTIONS
from .._tasks import DEFAULT_CREDITS
from .._tasks.ledger import MAX_CREDITS
from .._tasks.outcomes import MAX_SECONDS, MAX_TIMES, End, Outcome, OutcomeQueue
from .._tasks.outcomes import OPTIONS as OUTCOME_OPTIONS
from .._tasks.task import ProgressMode
from .source import ScenarioError, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .._contract.contract import Contract
    from .._engine.state import MockState

_DEFAULTS = {"api_key": DEFAULT_KEY, "credits": DEFAULT_CREDITS, "progress": "time", "seed": 0}

OUTCOME_FIELDS = ("outcome", "code", "message", "times", "undocumented", *OUTCOME_OPTIONS)
"""The fields of an outcome."""
FIELDS = ("$schema", "key", "models", "credits", "progress", "seed", "times", "faults", "outcomes")
"""The fields of a scenario."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A scenario, checked against a contract.

    Attributes:
        key: The key that is valid; None for the default.
        models: The models that the key may use; None for all.
        credits: Credits at the beginning; None for the default.
        progress: What moves tasks forward; None for the default.
        seed: Makes ids and chance repeatable; None for the default.
        seconds: How long the tasks of a model take; under None those of all others.
        faults: The options of each fault.
        outcomes: The options of each outcome.
    """

    key: str | None = None
    models: list[str] | None = None
    credits: float | None = None
    progress: ProgressMode | None = None
    seed: int | None = None
    seconds: Mapping[str | None, float] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def load(cls, source: str | Path | Mapping[str, Any], contract: Contract) -> Scenario:
        """Read a file, or take what it would say.

        Raises:
            ScenarioError: It cannot be used.
        """
        if not isinstance(source, (str, Path)):
            return _Reader(Source.of_value(dict(source)), contract).scenario()
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ScenarioError(f"{source}: {getattr(error, 'strerror', None) or error}") from None
        return cls.parse(text, contract, str(source))

    @classmethod
    def parse(cls, text: str, contract: Contract, name: str = "scenario") -> Scenario:
        """Read YAML or JSON.

        Raises:
            ScenarioError: It cannot be used.
        """
        return _Reader(Source(text, name), contract).scenario()

    def begin(self, state: MockState, **options: Any) -> None:
        """Let a mock start again with this scenario, now and after each reset.

        Args:
            state: The state of the mock.
            **options: `api_key`, `credits`, `progress` and `seed`, which come first unless they are defaults.
        """
        given: dict[str, Any] = {
            "api_key": self.key,
            "credits": self.credits,
            "progress": self.progress,
            "seed": self.seed,
        }
        given |= {name: value for name, value in options.items() if value != _DEFAULTS[name]}

        def prepare() -> None:
            if self.models is not None:
                state.keys.issue(state.api_key, self.models)
            state.account.seconds = self.seconds
            for fault in self.faults:
                state.faults.add(Fault.parse(fault))
            for outcome in self.outcomes:
                rest = dict(outcome)
                state.account.outcomes.add(rest.pop("outcome"), **rest)

        state.begin_with(prepare, **given)


def present(state: MockState) -> dict[str, Any]:
    """The scenario that starts as a mock is now; its tasks and requests are not part of it."""
    with state.lock:
        account = state.account
        models = state.keys.to_dict()[state.api_key]
        times: Any = {model: seconds for model, seconds in account.seconds.items() if model is not None}
        if None in account.seconds:
            times = {**times, "*": account.seconds[None]} if times else account.seconds[None]
        values = {
            "key": state.api_key,
            "credits": account.ledger.balance,
            "progress": account.tasks.progress,
            "seed": state.seed,
            "times": times,
            "faults": [_given_fault(fault) for fault, _ in state.faults.waiting],
            "outcomes": [
                _given_outcome(outcome, times, state.contract)
                for outcome, times in account.outcomes.waiting()
            ],
        }
    given = {name: value for name, value in values.items() if value not in (None, {}, [])}
    return given if models is None else {**given, "models": models}  # an empty list allows none


def _given_fault(fault: Fault) -> dict[str, Any]:
    values = fault.to_dict()
    return {name: values[name] for name, option in FAULT_OPTIONS.items() if values[name] != option.default}


def _given_outcome(outcome: Outcome, times: int, contract: Contract) -> dict[str, Any]:
    values, default = outcome.to_dict(), Outcome().to_dict()
    given = {name: value for name, value in values.items() if value != default[name] and name != "end"}
    if outcome.code is not None and outcome.code not in contract.task_errors:
        given["undocumented"] = True
    return {"outcome": outcome.end, **given, **({"times": times} if times > 1 else {})}


class _Reader:
    """Checks the fields of a scenario, and names the one that is wrong."""

    def __init__(self, source: Source, contract: Contract) -> None:
        self._source = source
        self._contract = contract

    def scenario(self) -> Scenario:
        value = self._source.value
        if not isinstance(value, dict):
            raise self._source.error((), f"a scenario is an object with some of {', '.join(FIELDS[1:])}")
        self._check_names((), value, FIELDS, "a scenario")
        number = f"a number from 0 to {MAX_CREDITS:.0e}"
        self._check("key", _is_key, "printable ASCII text without spaces around it")
        self._check("credits", lambda v: _is_number(v) and v <= MAX_CREDITS, number)
        self._check("progress", lambda v: v in get_args(ProgressMode), " or ".join(get_args(ProgressMode)))
        self._check("seed", lambda v: isinstance(v, int) and not isinstance(v, bool), "a whole number")
        return Scenario(
            key=value.get("key"),
            models=self._models(),
            credits=value.get("credits"),
            progress=value.get("progress"),
            seed=value.get("seed"),
            seconds=self._seconds(),
            faults=self._list("faults", self._fault),
            outcomes=self._list("outcomes", self._outcome),
        )

    def _check(self, name: str, is_valid: Callable[[Any], bool], expected: str) -> None:
        value = self._source.value
        if name in value and not is_valid(value[name]):
            raise self._source.error((name,), f"must be {expected}, not {value[name]!r:.100}")

    def _check_names(
        self, path: tuple[str | int, ...], given: Mapping[str, Any], known: tuple[str, ...], what: str
    ) -> None:
        for name in given:
            if name not in known:
                hint = _hint(name, known, f"it has {', '.join(known)}")
                raise self._source.error((*path, name), f"{what} has no such field; {hint}")

    def _model(self, path: tuple[str | int, ...], name: Any) -> str:
        models = {model for op in self._contract.generations for model in op.models}
        if isinstance(name, str) and name in models:
            return name
        hint = _hint(name, models, f"known are {', '.join(sorted(models))}")
        raise self._source.error(path, f"the contract has no model {name!r:.100}; {hint}")

    def _models(self) -> list[str] | None:
        self._check("models", lambda v: isinstance(v, list), "a list of models")
        models = self._source.value.get("models")
        if models is None:
            return None
        return [self._model(("models", number), name) for number, name in enumerate(models)]

    def _seconds(self) -> dict[str | None, float]:
        times = self._source.value.get("times", {})
        if _is_number(times) and times <= MAX_SECONDS:
            return {None: times}
        if not isinstance(times, dict):
            expected = "a number of seconds, or one for each model and `*` for all others"
            raise self._source.error(("times",), f"must be {expected}, not {times!r:.100}")
        for name, seconds in times.items():
            if not _is_number(seconds) or seconds > MAX_SECONDS:
                raise self._source.error(
                    ("times", name),
                    f"must be a number of seconds, at most {MAX_SECONDS}, not {seconds!r:.100}",
                )
        return {
            None if name == "*" else self._model(("times", name), name): seconds
            for name, seconds in times.items()
        }

    def _list(
        self, name: str, check: Callable[[tuple[str | int, ...], dict[str, Any]], None]
    ) -> list[dict[str, Any]]:
        self._check(name, lambda v: isinstance(v, list), f"a list of {name}")
        entries = self._source.value.get(name, [])
        if len(entries) > MAX_WAITING:
            raise self._source.error((name, MAX_WAITING), f"there are at most {MAX_WAITING} {name}")
        for number, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise self._source.error((name, number), f"must be an object, not {entry!r:.100}")
            check((name, number), entry)
        return list(entries)

    def _fault(self, path: tuple[str | int, ...], entry: dict[str, Any]) -> None:
        self._check_names(path, entry, tuple(FAULT_OPTIONS), "a fault")
        for name, value in entry.items():
            option = FAULT_OPTIONS[name]
            if not option.is_valid(value):
                raise self._source.error((*path, name), f"must be {option.expected}, not {value!r:.100}")
        try:
            fault = Fault.parse(entry)
            if fault.operation is not None:
                self._contract.operation_ids(fault.operation)
        except (ValueError, LookupError) as error:
            raise self._source.error(path, str(error.args[0])) from None

    def _outcome(self, path: tuple[str | int, ...], entry: dict[str, Any]) -> None:
        self._check_names(path, entry, OUTCOME_FIELDS, "an outcome")
        for name, value in entry.items():
            option = OUTCOME_OPTIONS.get(name)
            if option is not None and not option.is_valid(value):
                raise self._source.error((*path, name), f"must be {option.expected}, not {value!r:.100}")
        times = entry.get("times", 1)
        if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= MAX_TIMES:
            raise self._source.error(
                (*path, "times"), f"must be a whole number above zero, not {times!r:.100}"
            )
        if entry.get("outcome") not in get_args(End):
            ends = " or ".join(get_args(End))
            raise self._source.error((*path, "outcome"), f"must be {ends}, not {entry.get('outcome')!r:.100}")
        rest = {name: value for name, value in entry.items() if name not in {"outcome", "times"}}
        try:
            OutcomeQueue(self._contract.task_errors).make(entry["outcome"], **rest)
        except ValueError as error:
            named = [name for name in ("undocumented", "code") if name in entry and name in str(error)]
            raise self._source.error((*path, *named[:1]), str(error)) from None


def _hint(name: Any, known: Iterable[str], otherwise: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for errors only

    near = get_close_matches(str(name), known, 1)
    return f"did you mean {near[0]}?" if near else otherwise


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip() != ""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")
