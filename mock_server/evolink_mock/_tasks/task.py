"""Generation tasks, and the bodies that describe them."""

from __future__ import annotations

import math
import string
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from evolink_api import extensions

from .._contract import samples, schemas
from .._http import json_values
from .._http.json_codec import ObjectEncoder, dumps
from .._media import spec as media
from .._media.spec import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from .._contract.content import Model
    from .._contract.contract import Contract
    from .._contract.operation import Operation
    from .._media.spec import Kind, MediaSpec
    from .ledger import KeyCredits
    from .outcomes import Outcome

ProgressMode = Literal["time", "polls", "immediate"]
"""What moves a task forward: the clock, the number of queries, or nothing but its creation."""

RESULTS_PATH = "/_mock/results/"
"""The path under which result files are served."""
DEFAULT_SECONDS = 60.0
"""How long a task takes where the documents do not say."""
POLLS = 4
"""The query at which a task ends, where queries move it forward."""
_STARTS_AT = 0.1  # fraction of its time after which a task is processing
_FAILS_AT = 0.5  # fraction of its time after which a task ends that does not complete
_ID_FIELD = "id"  # the field of a response that the pipeline links to the query's parameter


@dataclass(frozen=True, slots=True)
class TaskState:
    """The state of a task at a moment."""

    status: str
    progress: int
    is_ended: bool


@dataclass(slots=True)
class MockTask:
    """A generation task.

    Attributes:
        id: Its id.
        template: What tasks of its operation and model have in common.
        outcome: How it proceeds and ends.
        body: The body that it was created with.
        size: The bytes of that body.
        origin: The scheme and host of its result links.
        created: When, in Unix seconds of the mock's clock.
        seconds: How long it takes to complete.
        credits: What is reserved for it.
        polls: How often it was queried.
        last_query: When it was last queried; None before that.
        ended: When it ended; None until that is known.
        is_finalized: Whether its credits were charged or refunded.
        weight: The bytes of memory that its body takes, at most.
        key: The credits of the API key that it was created with.
    """

    id: str
    template: TaskTemplate
    outcome: Outcome
    body: Mapping[str, Any]
    size: int
    origin: str
    created: float
    seconds: float
    credits: float
    polls: int = 0
    last_query: float | None = None
    ended: float | None = None
    is_finalized: bool = False
    weight: int = 0
    key: KeyCredits | None = None

    @property
    def model(self) -> Model:
        """The model that works on it."""
        return self.template.model

    @property
    def end_fraction(self) -> float:
        """The fraction of its time at which it ends."""
        return 1.0 if self.outcome.end == "completed" else _FAILS_AT

    def is_documented(self, status: Any) -> bool:
        """Whether the contract describes it in this status: an outcome may add what it does not have."""
        return not self.outcome.extra and self.template.is_documented(status)

    def fraction(self, now: float, mode: ProgressMode) -> float:
        """How much of its time has passed, 0 to 1."""
        if mode == "immediate" or self.seconds <= 0:
            return 1.0
        if mode == "polls":
            return min(1.0, max(0, self.polls - 1) / (POLLS - 1))
        return min(1.0, max(0.0, (now - self.created) / self.seconds))

    def state(self, now: float, mode: ProgressMode) -> TaskState:
        """Its state at a moment; progress only grows."""
        fraction = self.fraction(now, mode)
        outcome = self.outcome
        if self.ended is not None or fraction >= self.end_fraction:
            progress = 100 if outcome.end == "completed" else int(_FAILS_AT * 100)
            return TaskState(outcome.end, progress, is_ended=True)
        if fraction < _STARTS_AT and not outcome.started:
            return TaskState("pending", 0, is_ended=False)
        progress = max(1, min(99, outcome.progress(fraction)))
        return TaskState(outcome.status or "processing", progress, is_ended=False)


class TaskTemplate:
    """Builds the bodies and results of the tasks of one operation and model.

    All that the contract decides is computed once; each response adds a few fields.

    Args:
        contract: The contract.
        op: The operation that creates the tasks.
        query: The operation that queries them.
        model: The model that works on them.
    """

    def __init__(self, contract: Contract, op: Operation, query: Operation, model: Model) -> None:
        document = contract.document
        self.operation = op
        self.query = query
        self.model = model
        created = op.success.example_or_sample(model.name)
        example: dict[str, Any] = dict(created) if isinstance(created, dict) else {}
        if not op.success.examples:
            required = schemas.keyword(document, op.success.schema, "required") or ()
            for name in {"results", "error"}.difference(required):
                example.pop(name, None)  # a sample has links to nothing, and an error of no task
        self._example = example
        schema = query.success.schema
        fields = schemas.properties(document, schema)
        self._fields = fields
        # Results and the error come with the end of a task.
        shown = {name: value for name, value in example.items() if name not in ("results", "error")}
        self._status_body = _with_valid_fields(
            document, fields, schemas.only_documented(document, schema, {**shown, _ID_FIELD: ""})
        )
        self._flags = _flags(query)
        error = samples.sample(document, fields.get("error"))
        self._error: dict[str, Any] = error if isinstance(error, dict) else {}
        statuses = schemas.keyword(document, fields.get("status"), "enum")
        self._statuses = frozenset(statuses or ())
        ttl = schemas.keyword(document, fields.get("results"), extensions.RESULT_TTL.name)
        self.link_seconds: float | None = None if ttl is None else float(ttl)
        self.credits: float = _number(json_values.search(example, "credits_reserved"))
        estimate = _number(json_values.search(example, "estimated_time"))
        self.seconds: float = estimate or DEFAULT_SECONDS
        self._estimate_path = json_values.find_path(example, "estimated_time") if estimate else ()
        self._duration = _number(json_values.search(example, "video_duration"))
        self._duration_path = json_values.find_path(example, "video_duration") if self._duration else ()
        self.kind: Kind = _kind(example, op.path)
        parameters = model.properties
        self._duration_names = frozenset(filter(media.is_duration_name, parameters))
        self._format_names = frozenset(
            name
            for name, prop in parameters.items()
            if media.is_format_name(name)
            or media.named_format(self.kind, schemas.keyword(document, prop, "enum") or ())
        )
        results = (json_values.search(one.value, "results") for one in query.success.examples)
        self._documented_result = next(
            (links[0] for links in results if isinstance(links, list) and links), None
        )
        self._default_duration = self._choose_duration({})
        self._shown_duration = round(self._default_duration) if self._duration_path else 0
        self._default_format = self._choose_format({})
        self._creation_encoders: dict[tuple[int, float], ObjectEncoder] = {}
        self._id_format = _id_format_for(op, query, example)

    def new_id(self, now: float, rng: Random) -> str:
        """Make an id of the documented form, with the time of creation and a new end."""
        return self._id_format.make(now, rng.getrandbits(self._id_format.bits))

    def is_documented(self, status: Any) -> bool:
        """Whether the contract has this status: an outcome may name another."""
        return status in self._statuses or not self._statuses or status is None

    def creation_body(self, task: MockTask, speed: float) -> bytes:
        """The encoded body of the response that creates a task.

        A fast clock shortens the estimate for the client.

        Raises:
            ContractViolation: It is not as documented.
        """
        duration = self._shown_duration
        if self._duration_path and not self._duration_names.isdisjoint(task.body):
            duration = round(self._choose_duration(task.body))
        values = {_ID_FIELD: task.id, "created": int(task.created)}
        outcome = task.outcome
        if outcome.started:
            # The API has been seen to leave the time out of such responses.
            body = {**self._common_creation_body(duration, speed), _ID_FIELD: task.id}
            body.pop("created", None)
            return dumps(self._checked({**body, "status": outcome.status or "processing", "progress": 1}))
        encoder = self._creation_encoders.get((duration, speed))
        if encoder is None:
            common = self._common_creation_body(duration, speed)
            # It stands for all: ids have one form, and nothing else but the time of creation differs.
            self._checked(common | {name: value for name, value in values.items() if name in common})
            encoder = self._creation_encoders[duration, speed] = ObjectEncoder(common, values)
        return encoder.encode(values)

    def _checked(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.is_documented(body.get("status")):
            self.operation.check_success(body)
        return body

    def status_body(self, task: MockTask, state: TaskState, links: Sequence[str]) -> dict[str, Any]:
        """The response to a query, and the body of a callback."""
        body = {**self._status_body, _ID_FIELD: task.id}
        fields = self._fields
        values = {
            "created": int(task.created),
            "model": task.model.name,
            "progress": state.progress,
            "status": state.status,
        }
        body.update({name: value for name, value in values.items() if name in fields and value is not None})
        for name, flags in self._flags.get(state.status, {}).items():
            if name in body:
                body[name] = {**body[name], **flags}
        if links:
            body["results"] = list(links)
        outcome = task.outcome
        if state.is_ended and outcome.end == "failed":
            body["error"] = {**self._error, "code": outcome.code, "message": outcome.message}
        return json_values.overlay(body, outcome.extra) if outcome.extra else body

    def result_links(self, task: MockTask, now: float) -> list[str]:
        """The links to the files of a completed task."""
        suffix, query = f".{self._result_format(task)}", ""
        if self.link_seconds is not None:
            start = now if task.outcome.renew_links or task.ended is None else task.ended
            query = f"?expires={int(start + self.link_seconds)}"
        return [
            f"{task.origin}{RESULTS_PATH}{task.id}{f'.{number}' if number > 1 else ''}{suffix}{query}"
            for number in range(1, task.outcome.results + 1)
        ]

    def result_spec(self, task: MockTask, spec_at: Callable[[str], MediaSpec | None]) -> MediaSpec:
        """What the results of a task look like.

        Args:
            task: The task.
            spec_at: The spec of the file at an address, if the mock serves it.
        """
        parameters = json_values.overlay(task.model.defaults, task.body)
        validator = task.model.validator(allow_local=True, strict=False)
        for coerced in validator.coerced(task.body):
            parameters = json_values.put(parameters, coerced.path.split("."), coerced.fallback)
        spec = media.read_spec(
            self.kind,
            parameters,
            task.model.choices,
            self._result_seconds(task),
            self._result_format(task),
        )
        factor = media.upscale_factor(parameters)
        if factor is None:
            return spec
        inputs = (found for found in map(spec_at, json_values.strings(task.body)) if found is not None)
        source = replace(next(inputs, spec), kind=spec.kind, format=spec.format)
        return media.enlarge(source, factor)

    def _result_seconds(self, task: MockTask) -> float:
        """How long the results play: as requested, as by default, or as the documents show."""
        if self._duration_names.isdisjoint(task.body):
            return self._default_duration
        return self._choose_duration(task.body)

    def _choose_duration(self, body: Mapping[str, Any]) -> float:
        defaults = self.model.defaults
        values = {name: body.get(name, defaults.get(name)) for name in self._duration_names}
        return media.choose_seconds(values, self._duration)

    def _result_format(self, task: MockTask) -> str:
        """The file format of the results: as requested, as by default, or as the documents show."""
        if self._format_names.isdisjoint(task.body):
            return self._default_format
        return self._choose_format(task.body)

    def _choose_format(self, body: Mapping[str, Any]) -> str:
        defaults = self.model.defaults
        values = [body.get(name, defaults.get(name)) for name in self._format_names]
        return media.named_format(self.kind, (*values, self._documented_result)) or FORMATS[self.kind][0]

    def _common_creation_body(self, duration: int, speed: float) -> dict[str, Any]:
        body = {**self._example, _ID_FIELD: ""}
        if "model" in body and self.model.name is not None:
            body["model"] = self.model.name
        if self._estimate_path and speed not in (0, 1):  # 0 is a clock that stands still
            body = json_values.put(body, self._estimate_path, math.ceil(self.seconds / speed))
        return json_values.put(body, self._duration_path, duration) if self._duration_path else body


def _with_valid_fields(
    document: Mapping[str, Any], fields: Mapping[str, Any], body: Mapping[str, Any]
) -> dict[str, Any]:
    """Replace values from the response to a creation that the response to a query may not have."""
    wrong = [
        name
        for name, value in body.items()
        if name in fields
        and name != _ID_FIELD
        and not schemas.compile_schema(document, fields[name]).is_valid(value)
    ]
    return {**body, **{name: samples.sample(document, fields[name]) for name in wrong}}


def _flags(query: Operation) -> dict[str, dict[str, dict[str, bool]]]:
    """The booleans in the documented examples, by status: whether a task can be cancelled, for example."""
    by_status: dict[str, dict[str, dict[str, bool]]] = {}
    for example in query.success.examples:
        if isinstance(example.value, dict):
            status = example.value.get("status")
            for name, part in example.value.items():
                items = part.items() if isinstance(part, dict) else ()
                flags = {key: value for key, value in items if isinstance(value, bool)}
                if flags and isinstance(status, str):
                    by_status.setdefault(status, {}).setdefault(name, flags)
    return by_status


def _kind(example: Mapping[str, Any], path: str) -> Kind:
    """The kind of result: as the response says (`type: image`, `object: image.…`), else as the path says."""
    named = [str(example.get("type")), str(example.get("object")).partition(".")[0]]
    for kind in FORMATS:
        if kind in named:
            return kind
    for kind in FORMATS:
        if any(part.startswith(kind) for part in path.split("/")):
            return kind
    return "video"


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0


def _first_example(op: Operation) -> Mapping[str, Any]:
    return next((one.value for one in op.success.examples if isinstance(one.value, dict)), {})


class _IdFormat(NamedTuple):
    """The form of the ids of tasks.

    Attributes:
        template: For the operator `%`.
        has_time: Whether the time of creation is in it.
        bits: The bits of its random end.
    """

    template: str
    has_time: bool
    bits: int

    def make(self, now: float, end: int) -> str:
        """The id of a task that is created now."""
        return self.template % ((int(now), end) if self.has_time else end)


def _id_format_for(op: Operation, query: Operation, created: Mapping[str, Any]) -> _IdFormat:
    """The form of the first documented id that the query takes.

    Documents may contradict each other: the example of a creation may have an id that the query refuses.
    """
    taker = next(
        (
            one
            for one in query.parameters
            if op.generation is not None and one.name == op.generation.parameter
        ),
        None,
    )
    examples = [created] if op.success.examples else []  # the id of a sample is nothing documented
    examples.append(_first_example(query))
    if taker is not None:
        examples.append({_ID_FIELD: taker.example})
    formats = [_id_format(one.get(_ID_FIELD), one.get("created")) for one in examples]
    fitting = (one for one in formats if taker is None or taker.takes(one.make(0, 0)))
    return next(fitting, formats[0])


def _id_format(example: Any, created: Any) -> _IdFormat:
    """The form of an example of an id."""
    text = example if isinstance(example, str) and example else "task-"
    end = len(text.rstrip(string.ascii_letters + string.digits))
    stem, size = text[:end], max(8, len(text) - end)
    before, found, after = stem.partition(str(created)) if isinstance(created, int) else (stem, "", "")
    parts = [part.replace("%", "%%") for part in (before, after)]
    return _IdFormat(f"{('%d' if found else '').join(parts)}%0{size}x", bool(found), 4 * size)
