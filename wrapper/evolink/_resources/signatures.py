"""Signature and docstring of a model's own `create` and `generate`, for `help()` and editors at run time."""

from __future__ import annotations

import functools
import inspect
import keyword
import operator
import re
import textwrap
from pathlib import Path
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from evolink_api.local_files import File

from .generations import Generations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from evolink_api.model_info import ModelInfo
    from evolink_api.parameters import Parameter

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")

_TYPES: dict[str, Any] = {"integer": int, "number": float, "boolean": bool, "null": None}
_WIDTH = 100
_ENTRY = re.compile(r"^ {4}(\w+): ", re.MULTILINE)
# What the methods take in place of the parameters.
_GENERAL = ("request", "params")


class _Omitted:
    """The default of a parameter that has none: it is not sent."""

    def __repr__(self) -> str:
        return "..."


OMITTED = _Omitted()


class _Described:
    """A method that becomes, on each model, a function with that model's parameters."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, model: ModelInfo | None, owner: type | None = None) -> Any:
        if model is None:
            return self._function
        bound = _bound(self._function, model)
        vars(model)[self._name] = bound  # found there from now on
        return bound


def described(method: FunctionT) -> FunctionT:
    """Let a method of a `ModelInfo` show the parameters of its model."""
    found: Any = _Described(method)
    described_method: FunctionT = found
    return described_method


def _bound(function: Callable[..., Any], model: ModelInfo) -> Callable[..., Any]:
    def call(*args: Any, **params: Any) -> Any:
        return function(model, *args, **params)

    async def call_async(*args: Any, **params: Any) -> Any:
        return await function(model, *args, **params)

    bound: Any = call_async if inspect.iscoroutinefunction(function) else call
    for name in ("__module__", "__name__", "__qualname__"):
        setattr(bound, name, getattr(function, name))
    bound.__signature__ = _signature(function, model)
    bound.__doc__ = _docstring(function, model)
    found: Callable[..., Any] = bound
    return found


def _options(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The arguments of a method that are not parameters of a model."""
    parameters = inspect.signature(function).parameters
    return {name: one for name, one in parameters.items() if one.kind is inspect.Parameter.KEYWORD_ONLY}


def _signature(function: Callable[..., Any], model: ModelInfo) -> inspect.Signature:
    general = inspect.signature(function)
    options = {
        name: one.replace(annotation=inspect.Parameter.empty) for name, one in _options(function).items()
    }
    own = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=_default(parameter),
            annotation=_annotation(parameter),
        )
        for name, parameter in model.parameters.items()
        if name not in options and _is_keyword_argument(name)
    ]
    return general.replace(parameters=[*own, *options.values()])


def _is_keyword_argument(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _default(parameter: Parameter) -> Any:
    if parameter.required:
        return inspect.Parameter.empty
    return OMITTED if parameter.default is None else parameter.default


def _annotation(parameter: Parameter) -> Any:
    """The Python type of a parameter."""
    values = parameter.allowed_values
    if values and all(value is None or isinstance(value, (str, int)) for value in values):
        return Literal[values]
    return _python_type(parameter.type, str | Path | File if parameter.takes_files else str)


def _python_type(text: str, string: Any) -> Any:
    """The Python type of a JSON type, in words, whose strings are of a type of their own."""
    if text.startswith("array of "):
        return GenericAlias(list, _python_type(text.removeprefix("array of "), string))
    if text == "object":
        return dict[str, Any]
    kinds = [string if kind == "string" else _TYPES.get(kind, Any) for kind in text.split(" or ")]
    return Any if Any in kinds else functools.reduce(operator.or_, kinds)


def _docstring(function: Callable[..., Any], model: ModelInfo) -> str:
    """What the method does, takes and raises, for this model."""
    general = inspect.getdoc(getattr(Generations, function.__name__)) or ""
    head, _, rest = general.partition("\n\nArgs:\n")
    options, _, raises = rest.partition("\n\n")
    taken = _options(function)
    own = [
        _argument(parameter, in_dict=name in taken or not _is_keyword_argument(name))
        for name, parameter in model.parameters.items()
    ]
    return "\n\n".join(
        part
        for part in (
            head,
            _wrapped(model.documentation),
            _costs(model),
            "Args:\n" + "\n".join([*own, *_entries(options)]),
            raises,
            _example(function, model),
        )
        if part
    )


def _costs(model: ModelInfo) -> str:
    if model.credits is None:
        return ""
    return f"The documented example costs {model.credits:g} credits."


def _entries(options: str) -> Iterator[str]:
    """The entries of an `Args:` section that are not about the parameters."""
    starts = [match.start() for match in _ENTRY.finditer(options)]
    for start, end in zip(starts, [*starts[1:], len(options)], strict=True):
        entry = options[start:end].rstrip("\n")
        if not entry.lstrip().startswith(tuple(f"{name}:" for name in _GENERAL)):
            yield entry


def _argument(parameter: Parameter, *, in_dict: bool = False) -> str:
    first, *more = parameter.description.splitlines() or [""]
    facts = [parameter.type, "required" if parameter.required else "optional"]
    if parameter.allowed_values:
        facts.append("one of " + ", ".join(map(repr, parameter.allowed_values)))
    if parameter.default is not None:
        facts.append(f"default {parameter.default!r}")
    facts += parameter.limit_texts()
    if parameter.takes_files:
        facts.append("a local file as a Path or evolink.File is uploaded")
    if in_dict:
        facts.append("given in a request that is a dict, as it cannot be an argument of its own")
    facts_line = f"({'; '.join(facts)})"
    return "\n".join(
        [
            _wrapped(
                f"{parameter.name}: {first} {facts_line}" if first else f"{parameter.name}: {facts_line}",
                4,
                8,
            ),
            *(_wrapped(line, 8, 10) for line in more if line.strip()),
            *(textwrap.indent(_argument(one), "    ") for one in parameter.properties.values()),
        ]
    )


def _wrapped(text: str, indent: int = 0, more: int = 0) -> str:
    """The text in lines that are not too long; its own ends of lines stay."""
    return "\n".join(
        textwrap.fill(
            line,
            _WIDTH,
            initial_indent=" " * indent,
            subsequent_indent=" " * more,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.strip().splitlines()
    )


def _example(function: Callable[..., Any], model: ModelInfo) -> str:
    """The first documented request as a call."""
    if not model.examples:
        return ""
    fields: Mapping[str, Any] = {
        name: value for name, value in model.examples[0].items() if name in model.parameters
    }
    if not all(map(_is_keyword_argument, fields)):
        return ""
    awaited = "await " if inspect.iscoroutinefunction(function) else ""
    written = "".join(f"        {name}={value!r},\n" for name, value in fields.items())
    return f"Example:\n    task = {awaited}client.models[{model.id!r}].{function.__name__}(\n{written}    )"
