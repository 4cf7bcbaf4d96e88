"""Checks of what callers pass; errors name the argument."""

from __future__ import annotations

import math
from typing import TypeVar

from .errors import ArgumentTypeError, InvalidRequest

_Default = TypeVar("_Default")


def wrong_type(name: str, wanted: str, given: object) -> ArgumentTypeError:
    """The error of an argument of another type than the wanted one."""
    return ArgumentTypeError(f"{name}: must be {wanted}, not {given!r}", param=name)


def check_seconds(name: str, given: float | None, default: _Default) -> float | _Default:
    """A duration in seconds; as `check_number`."""
    return check_number(name, given, default, "a number of seconds")


def check_number(
    name: str, given: float | None, default: _Default, wanted: str = "a number"
) -> float | _Default:
    """A number that is not negative, or the default.

    Raises:
        InvalidRequest: It is not a number from 0.
        TypeError: It is not a number.
    """
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise wrong_type(name, wanted, given)
    if not given >= 0:
        raise InvalidRequest(f"{name}: must be {wanted} from 0, not {given!r}")
    try:
        return float(given)
    except OverflowError:
        return math.inf


def check_count(name: str, given: int, *, least: int) -> int:
    """A whole number.

    Raises:
        InvalidRequest: It is too small.
        TypeError: It is not a whole number.
    """
    if isinstance(given, bool) or not isinstance(given, int):
        raise wrong_type(name, "a whole number", given)
    if given < least:
        raise InvalidRequest(f"{name}: must be a whole number from {least}, not {given!r}")
    return given


def check_flag(name: str, given: bool) -> bool:
    """A switch.

    Raises:
        TypeError: It is neither True nor False.
    """
    if not isinstance(given, bool):
        raise wrong_type(name, "True or False", given)
    return given


def check_callback(name: str, given: object, *, is_awaited: bool = False) -> None:
    """Check a function that the caller wants to be called, or None.

    Args:
        name: The name of the argument.
        given: The function.
        is_awaited: Whether it may be a coroutine function.

    Raises:
        TypeError: It cannot be called.
    """
    if given is None:
        return
    if not callable(given):
        raise wrong_type(name, "a function", given)
    if is_awaited:
        return
    import inspect  # noqa: PLC0415 - slow to load, and few callers give a function

    if inspect.iscoroutinefunction(given) or inspect.iscoroutinefunction(type(given).__call__):
        raise wrong_type(name, "a plain function, also for AsyncEvoLink (nothing awaits it)", given)
