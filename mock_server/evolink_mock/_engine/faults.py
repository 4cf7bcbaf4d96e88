"""Faults on demand: what goes wrong with the next calls, or with a share of them."""

from __future__ import annotations

import math
import random
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from .._http.messages import JSON_TYPE, Response, dumps
from .errors import number_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

When = Literal["before", "after"]
"""Before the request is carried out, or after it: a job is charged in the second case only."""
Garbage = Literal["html", "broken-json", "empty"]
"""What stands in the reply in place of what should."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\n"


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        status: Answer with this status; None to leave it.
        times: How many calls it still befalls; None for any number.
        share: The share of the calls that it befalls, 0 to 1.
        headers: Headers of the reply.
        delay: Seconds before the reply.
        hang: The reply never comes.
        disconnect: The connection is closed without a reply, before or after the request is carried out.
        truncate: The connection is closed after so many bytes of the body.
        body: What the body is in place of what it should be.
        code_type: `integer` for error codes as older replies have them.
        operation: The operation it befalls; None for every one.
        when: Whether the request is carried out first.
    """

    status: int | None = None
    times: int | None = None
    share: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    hang: bool = False
    disconnect: When | None = None
    truncate: int | None = None
    body: Garbage | None = None
    code_type: Literal["integer"] | None = None
    operation: str | None = None
    when: When = "before"

    @property
    def early(self) -> bool:
        """Whether it keeps the request from being carried out."""
        if self.disconnect is not None:
            return self.disconnect == "before"
        return self.when == "before" and (self.status is not None or self.hang)

    def spoil(self, response: Response, error: Callable[[int], Any]) -> Response:
        """Make of a reply what this fault makes of it.

        Args:
            response: The right reply; any reply if the request was not carried out.
            error: Gives the documented error body of a status.
        """
        status, headers, content = response.status, dict(response.headers), response.body
        if self.status is not None:
            body = error(self.status)
            if self.code_type == "integer":
                body = number_codes(body, self.status)
            status, content = self.status, dumps(body)
            headers["content-type"] = JSON_TYPE
        if self.body == "html":
            content = _HTML.format(f"{status} Bad Gateway" if status >= 500 else str(status)).encode()
            headers["content-type"] = "text/html; charset=utf-8"
        elif self.body == "broken-json":
            content = content[: max(1, len(content) // 2)] or b"{"
        elif self.body == "empty":
            content = b""
        keyed = response.keyed if self.delay or self.hang else None
        if keyed is not None:
            keyed.lands = math.inf  # until the door knows better
        headers["content-length"] = str(len(content))
        headers.update({name.lower(): value for name, value in self.headers.items()})
        return Response(
            status,
            headers,
            content,
            delay=self.delay,
            hang=self.hang,
            drop=self.disconnect is not None,
            cut=self.truncate,
            keyed=keyed,
        )


def make(how: Mapping[str, Any]) -> Fault:
    """Make a fault of its attributes, of which at least one must do something.

    Without `times` and `share` it befalls one call.

    Raises:
        ValueError: Something is unknown, out of range or does nothing.
    """
    given = {name: value for name, value in how.items() if value is not None}
    for name, value in given.items():
        if name not in _RULES:
            raise ValueError(f"a fault has no {name!r}; it has {', '.join(_RULES)}")
        check, wanted = _RULES[name]
        if not check(value):
            raise ValueError(f"{name} must be {wanted}, not {value!r}")
    if not given.keys() & _DOING:
        raise ValueError(f"a fault needs one of {', '.join(_DOING)}")
    if "code_type" in given and "status" not in given:
        raise ValueError("code_type needs the status of an error")
    if "times" not in given and "share" not in given:
        given["times"] = 1
    headers = {str(name): str(value) for name, value in given.pop("headers", {}).items()}
    return Fault(**given, headers=headers)


class Faults:
    """The faults that are waiting to happen.

    Args:
        names: Gives the operations that a name stands for.
        seed: Makes shares fall the same in every run.
    """

    def __init__(self, names: Callable[[str], Iterable[str]], seed: int) -> None:
        self._names = names
        self._rng = random.Random(seed)  # noqa: S311 - chance that can be repeated is what is wanted
        self._faults: list[tuple[Fault, frozenset[str] | None]] = []

    def add(self, **how: Any) -> None:
        """Let something go wrong, as `make` takes it.

        Raises:
            ValueError: Something is unknown, out of range or does nothing.
            LookupError: The contract has no such operation.
        """
        fault = make(how)
        operations = None if fault.operation is None else frozenset(self._names(fault.operation))
        self._faults.append((fault, operations))

    def take(self, operation: str, *, ordinary: bool = True) -> Fault | None:
        """The fault that befalls a call; used up if it was for a number of calls.

        Args:
            operation: The id of the operation.
            ordinary: Whether faults befall it that name no operation.
        """
        for index, (fault, operations) in enumerate(self._faults):
            if (operation in operations) if operations is not None else ordinary:
                if not self.befalls(fault):
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        del self._faults[index]
                return fault
        return None

    def befalls(self, fault: Fault) -> bool:
        """Whether chance has it that a fault befalls a call."""
        return fault.share is None or self._rng.random() < fault.share

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()

    def to_list(self) -> list[dict[str, Any]]:
        """What is waiting, as JSON."""
        return [asdict(fault) for fault, _ in self._faults]

    def __len__(self) -> int:
        return len(self._faults)


def _number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and low <= v <= high


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high


def _is_plain(text: object) -> bool:
    return str(text).isascii() and str(text).isprintable()


def _one_of(*words: str) -> tuple[Callable[[Any], bool], str]:
    return (lambda v: isinstance(v, str) and v in words), " or ".join(map(repr, words))


# What makes something go wrong; the other attributes say when, and in which words.
_DOING = dict.fromkeys(("status", "headers", "delay", "hang", "disconnect", "truncate", "body"))
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "status": (_whole(200, 599), "a status from 200 to 599"),
    "times": (_whole(1, 10**9), "a whole number above zero"),
    "share": (_number(0, 1), "a number from 0 to 1"),
    "headers": (
        lambda v: (
            isinstance(v, dict)
            and all(_TOKEN.fullmatch(str(name)) for name in v)
            and all(map(_is_plain, v.values()))
        ),
        "an object of names and values, each a line of ASCII",
    ),
    "delay": (_number(0, 86_400), "a number of seconds"),
    "hang": (lambda v: isinstance(v, bool), "true or false"),
    "disconnect": _one_of(*get_args(When)),
    "truncate": (_whole(0, 2**62), "a number of bytes"),
    "body": _one_of(*get_args(Garbage)),
    "code_type": _one_of("integer"),
    "operation": (lambda v: isinstance(v, str), "the name of an operation"),
    "when": _one_of(*get_args(When)),
}
