"""Reads YAML and JSON together with the line of each value, so that errors can name it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SIZE = 256 * 1024
"""Characters of a scenario."""
_MAX_DEPTH = 50
Path = tuple[str | int, ...]
"""Where a value is: names and positions from the root."""


class ScenarioError(ValueError):
    """A scenario cannot be used; the message names file, line and field."""


class Source:
    """The text of a scenario.

    Args:
        text: YAML or JSON.
        name: The name of the file, for errors.

    Attributes:
        value: What it says.

    Raises:
        ScenarioError: It is neither.
    """

    def __init__(self, text: str, name: str = "scenario") -> None:
        self._name = name
        self._lines: dict[Path, int] = {}
        if len(text) > MAX_SIZE:
            raise ScenarioError(f"{name}: a scenario has at most {MAX_SIZE} characters")
        with _yaml_errors(self):
            self._lines = dict(_lines(text, self))
            self.value = _load(text)

    @classmethod
    def of_value(cls, value: Any) -> Source:
        """A scenario that is not text."""
        source = cls("{}")
        source.value, source._lines = value, {}
        return source

    def error(self, path: Path, message: str) -> ScenarioError:
        """The error of a value."""
        line = next(
            (self._lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self._lines), 1
        )
        place = f"{self._name}:{line}" if self._lines else self._name
        field = _field(path)
        return ScenarioError(f"{place}: {f'{field}: ' if field else ''}{message}")

    def error_at(self, line: int, message: str) -> ScenarioError:
        """The error of a line."""
        return ScenarioError(f"{self._name}:{line}: {message}")


@contextmanager
def _yaml_errors(source: Source) -> Iterator[None]:
    """Raise what YAML raises as the error of a line."""
    import yaml  # noqa: PLC0415 - few mocks have a scenario

    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise source.error_at(mark.line + 1 if mark else 1, f"{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise source.error_at(1, " ".join(str(error).split())) from None
    except ScenarioError:
        raise
    except ValueError as error:  # a date that does not exist, a number of thousands of digits
        raise source.error_at(1, str(error)) from None


def _lines(text: str, source: Source) -> Iterator[tuple[Path, int]]:
    """The line of each value in a text.

    Raises:
        ScenarioError: It uses more of YAML than JSON has.
        yaml.YAMLError: It is not YAML.
    """
    import yaml  # noqa: PLC0415 - few mocks have a scenario

    # Tabs between the values of JSON are not YAML; within texts they do not matter here.
    plain = text.replace("\t", " ") if text.lstrip().startswith("{") else text
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the other one takes 20 times as long
    depth = 0
    for token in yaml.scan(plain, Loader=loader):
        if isinstance(token, yaml.AliasToken):
            raise source.error_at(token.start_mark.line + 1, "aliases are not supported")
        name = type(token).__name__
        depth += name.endswith(("SequenceStartToken", "MappingStartToken"))
        depth -= name.endswith("EndToken") and name.startswith(("Block", "Flow"))
        if depth > _MAX_DEPTH:
            raise source.error_at(token.start_mark.line + 1, "it is nested too deeply")
    root = yaml.compose(plain, Loader=loader)
    if root is not None:
        yield from _lines_of(root, (), source)


def _lines_of(node: Any, path: Path, source: Source) -> Iterator[tuple[Path, int]]:
    yield path, node.start_mark.line + 1
    if node.id == "sequence":
        for number, item in enumerate(node.value):
            yield from _lines_of(item, (*path, number), source)
    elif node.id == "mapping":
        seen = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.id != "scalar" or key.tag != "tag:yaml.org,2002:str":
                raise source.error_at(line, "a field has a text as its name")
            if key.value in seen:
                raise source.error_at(line, f"{_field((*path, key.value))}: it appears twice")
            seen.add(key.value)
            yield from _lines_of(value, (*path, key.value), source)
            yield (*path, key.value), line


def _load(text: str) -> Any:
    import yaml  # noqa: PLC0415 - as above

    try:
        return json.loads(text)  # which YAML reads in another way here and there
    except ValueError:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def _field(path: Path) -> str:
    """A path as a person writes it: `faults[0].status`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
