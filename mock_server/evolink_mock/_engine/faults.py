"""Faults on demand: what goes wrong with the next requests, or with a share of them.

A field of `Fault` declares an option once. `EvoLinkMock.fault`, the admin API, the `Prefer` header, the
checks and the table in docs/mock.md follow from it.
"""

from __future__ import annotations

import inspect
import math
import random
from dataclasses import asdict, dataclass, field, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar, get_args

from evolink_api import media_types

from .._http.json_codec import dumps
from .._http.messages import NO_CONTENT, Response
from .errors import with_integer_code
from .fault_options import Check, FaultOption, boolean, header_mapping, integer, number, one_of, option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

When = Literal["before", "after"]
"""Before or after the request is carried out: a task is charged only in the second case."""
WrongBody = Literal["html", "broken-json", "empty"]
"""What replaces the body of a response."""

_P = ParamSpec("_P")
_S = TypeVar("_S")

MAX_WAITING = 1000
"""Faults that wait at the same time."""
_HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\n"


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with requests.

    Without `times` and `share` it applies to one request.

    Raises:
        ValueError: An option is out of range, or no option makes anything go wrong.
    """

    status: int | None = field(
        default=None,
        metadata=option(
            "Answer with this status, with the documented body if there is one.",
            integer(200, 599, "a status from 200 to 599"),
            is_effect=True,
        ),
    )
    times: int | None = field(
        default=None,
        metadata=option(
            "Apply to this many requests; by default to one, or to any number if there is a `share`.",
            integer(1, 10**9, "a whole number above zero"),
            is_per_request=False,
        ),
    )
    share: float | None = field(
        default=None,
        metadata=option(
            "Apply with this probability, 0 to 1; the seed decides to which requests.",
            number(0, 1, "a number from 0 to 1"),
        ),
    )
    headers: Mapping[str, str] | None = field(
        default=None,
        metadata=option(
            "Add these headers to the response.",
            header_mapping(),
            default={},
            is_effect=True,
        ),
    )
    delay: float | None = field(
        default=None,
        metadata=option(
            "Send the response after this many seconds: of the clock in the process, real ones over HTTP. "
            "Longer than the client's timeout, it is a timeout.",
            number(0, 86_400, "a number of seconds"),
            default=0.0,
            is_effect=True,
        ),
    )
    hang: bool | None = field(
        default=None,
        metadata=option(
            "Never send the response.",
            boolean(),
            default=False,
            is_effect=True,
        ),
    )
    disconnect: When | None = field(
        default=None,
        metadata=option(
            "Close the connection without a response, `before` or `after` the request is carried out.",
            one_of(*get_args(When)),
            is_effect=True,
        ),
    )
    truncate: int | None = field(
        default=None,
        metadata=option(
            "Close the connection after this many bytes of the body.",
            integer(0, 2**62, "a number of bytes"),
            is_effect=True,
        ),
    )
    body: WrongBody | None = field(
        default=None,
        metadata=option(
            "Replace the body: `html`, `broken-json` or `empty`.",
            one_of(*get_args(WrongBody)),
            is_effect=True,
        ),
    )
    code_type: Literal["integer"] | None = field(
        default=None,
        metadata=option(
            "`integer`: the error code is an integer, as in older responses; needs `status`.",
            one_of("integer"),
        ),
    )
    operation: str | None = field(
        default=None,
        metadata=option(
            "Apply to this operation: any documented id, or `create`, `query`, `results`. "
            "By default to all but downloads.",
            Check(lambda v: isinstance(v, str), "the name of an operation", {"type": "string"}),
            is_per_request=False,
        ),
    )
    when: When | None = field(
        default=None,
        metadata=option(
            "Answer with the status `before` the request is carried out (the default: nothing is charged) "
            "or `after` it.",
            one_of(*get_args(When)),
            default="before",
        ),
    )

    def __post_init__(self) -> None:
        given = [name for name in OPTIONS if getattr(self, name) is not None]
        for name in given:
            value, option = getattr(self, name), OPTIONS[name]
            if not option.is_valid(value):
                raise ValueError(f"{name} must be {option.expected}, not {value!r:.100}")
        if not any(OPTIONS[name].is_effect for name in given):
            effects = ", ".join(name for name, option in OPTIONS.items() if option.is_effect)
            raise ValueError(f"a fault needs one of {effects}")
        if self.code_type is not None and self.status is None:
            raise ValueError("code_type needs the status of an error")
        if self.times is None and self.share is None:
            self.times = 1
        for name, option in OPTIONS.items():
            if getattr(self, name) is None:
                setattr(self, name, option.default)

    @classmethod
    def parse(cls, options: Mapping[str, Any]) -> Fault:
        """Make a fault of options that come from outside of Python.

        Raises:
            ValueError: An option is unknown or out of range, or none makes anything go wrong.
        """
        for name in options:
            if name not in OPTIONS:
                raise ValueError(f"a fault has no {name!r:.100}; it has {', '.join(OPTIONS)}")
        return cls(**options)

    @property
    def is_early(self) -> bool:
        """Whether it keeps the request from being carried out."""
        if self.disconnect is not None:
            return self.disconnect == "before"
        return self.when == "before" and (self.status is not None or bool(self.hang))

    def to_dict(self) -> dict[str, Any]:
        """The fault as JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """The call that makes it."""
        given = {name: getattr(self, name) for name, option in OPTIONS.items()}
        given = {name: value for name, value in given.items() if value != OPTIONS[name].default}
        if self.times == 1 and self.share is None:
            del given["times"]
        return f"fault({', '.join(f'{name}={value!r}' for name, value in given.items())})"

    def apply(self, response: Response, error_body: Callable[[int], Any]) -> Response:
        """Apply it to a response.

        Args:
            response: The right response; any one if the request was not carried out.
            error_body: Gives the documented error body of a status.
        """
        status, headers, content = response.status, dict(response.headers), response.body
        if self.status is not None:
            error = error_body(self.status)
            if self.code_type == "integer":
                error = with_integer_code(error, self.status)
            status, content = self.status, dumps(error)
            headers["content-type"] = media_types.JSON
        if self.body == "html":
            content = _HTML.format(f"{status} Bad Gateway" if status >= 500 else str(status)).encode()
            headers["content-type"] = "text/html; charset=utf-8"
        elif self.body == "broken-json":
            content = content[: max(1, len(content) // 2)] or b"{"
        elif self.body == "empty":
            content = b""
        on_delivered = response.on_delivered if self.delay or self.hang else None
        if on_delivered is not None:
            on_delivered(math.inf)  # until the adapter has sent it
        headers["content-length"] = str(len(content))
        if status in NO_CONTENT:
            content = b""
            del headers["content-length"]
        headers.update({str(name).lower(): str(value) for name, value in (self.headers or {}).items()})
        return Response(
            status,
            headers,
            content,
            delay=self.delay or 0.0,
            hang=bool(self.hang),
            drop=self.disconnect is not None,
            cut=self.truncate,
            on_delivered=on_delivered,
        )


OPTIONS: Mapping[str, FaultOption] = {one.name: one.metadata["option"] for one in fields(Fault)}
"""The options of a fault, by name."""


class Faults:
    """The faults that wait for requests.

    Args:
        operation_ids: Gives the ids of the operations under a name.
        seed: Makes shares repeatable.
    """

    def __init__(self, operation_ids: Callable[[str], Iterable[str]], seed: int) -> None:
        self._operation_ids = operation_ids
        self._rng = random.Random(seed)  # noqa: S311 - repeatable chance, not secrets
        self.waiting: list[tuple[Fault, frozenset[str] | None]] = []
        # Those that no request has met, not even one that was spared by chance.
        self.unmet: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let something go wrong.

        Raises:
            LookupError: The contract has no such operation.
            ValueError: Too many wait already.
        """
        if len(self.waiting) >= MAX_WAITING:
            raise ValueError(f"{MAX_WAITING} faults wait already")
        operations = None if fault.operation is None else frozenset(self._operation_ids(fault.operation))
        self.waiting.append((fault, operations))
        self.unmet.append(fault)

    def take(self, operation: str) -> Fault | None:
        """Take the fault that applies to a request; None if none does.

        Args:
            operation: The id of the operation; only faults that name `results` apply to it.
        """
        for index, (fault, operations) in enumerate(self.waiting):
            if (operation != "results") if operations is None else (operation in operations):
                if self.unmet:
                    self.unmet = [one for one in self.unmet if one is not fault]
                if not self.applies(fault):
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        del self.waiting[index]
                return fault
        return None

    def applies(self, fault: Fault) -> bool:
        """Whether a fault applies to a request, by its probability."""
        return fault.share is None or self._rng.random() < fault.share

    def clear(self) -> None:
        """Drop all faults."""
        self.waiting.clear()
        self.unmet.clear()

    def to_list(self) -> list[dict[str, Any]]:
        """The waiting faults as JSON."""
        return [fault.to_dict() for fault, _ in self.waiting]


def takes_options_of(
    make_fault: Callable[_P, Fault],
) -> Callable[[Callable[[_S, Fault], None]], Callable[Concatenate[_S, _P], None]]:
    """Let a method that takes a fault take its options, with their types and documentation.

    Args:
        make_fault: `Fault`, whose parameters are the options.
    """

    def decorate(method: Callable[[_S, Fault], None]) -> Callable[Concatenate[_S, _P], None]:
        @wraps(method)
        def call(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
            method(self, make_fault(*args, **kwargs))

        own = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)]
        options = inspect.signature(make_fault).parameters.values()
        lines = "\n".join(f"    {name}: {option.description}" for name, option in OPTIONS.items())
        call.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]  # read by inspect
        call.__doc__ = inspect.cleandoc(method.__doc__ or "").replace("Raises:", f"Args:\n{lines}\n\nRaises:")
        return call

    return decorate
