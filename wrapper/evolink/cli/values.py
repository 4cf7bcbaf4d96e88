"""What words of the command line mean as the value of a parameter, by its JSON Schema."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from evolink_api.schema_reading import DEEPEST, flat, json_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    Schema = Mapping[str, Any]

# At least two letters: one is the drive of a path.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_FLAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class ValueSyntax(NamedTuple):
    """How the value of a parameter is written on the command line.

    Attributes:
        schema: Its JSON Schema, without references at its top.
        definitions: What references lead to.
    """

    schema: Schema
    definitions: Mapping[str, Any]

    @property
    def branches(self) -> list[Schema]:
        """The forms that a value may have, in the order of the document."""
        return list(_branches(self.schema, self.definitions))

    @property
    def types(self) -> set[str]:
        """The types that a value may have, without null; empty if any."""
        return _types(self.branches) - {"null"}

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return "array" in self.types

    @property
    def takes_several_words(self) -> bool:
        """Whether its option takes several words, one after the other."""
        return bool(self.types & {"array", "object"})

    @property
    def is_boolean(self) -> bool:
        """Whether it is a switch."""
        return self.types == {"boolean"}

    @property
    def takes_files(self) -> bool:
        """Whether a local file may take the place of a link."""
        return any(_is_link(branch) for branch in self.single.branches)

    @property
    def single(self) -> ValueSyntax:
        """One of its values, if it takes several."""
        for branch in self.branches:
            if "array" in _types([branch]):
                return syntax_of(branch.get("items"), self.definitions)
        return self

    @property
    def choices(self) -> list[Any]:
        """The values that are allowed, if the document lists them."""
        return [value for branch in self.single.branches for value in _listed(branch)]

    @property
    def fields(self) -> dict[str, ValueSyntax]:
        """What is within it, by name, if it is an object."""
        return {
            name: syntax_of(schema, self.definitions)
            for branch in self.single.branches
            for name, schema in branch.get("properties", {}).items()
        }

    @property
    def others(self) -> ValueSyntax:
        """What is within it by names that the document leaves open."""
        open_to = (branch.get("additionalProperties") for branch in self.single.branches)
        return next((syntax_of(one, self.definitions) for one in open_to if isinstance(one, dict)), ANY)

    @property
    def metavar(self) -> str:
        """What stands for a value in the help."""
        one = self.single
        types = one.types
        choices = "|".join(text_of(value) for value in dict.fromkeys(map(text_of, self.choices)))
        if choices and len(choices) <= 60 and all(_listed(branch) for branch in one.branches):
            shown = f"[{choices}]"
        elif self.is_boolean:
            shown = "[true|false]"
        elif self.takes_files:
            shown = "FILE|URL"
        elif types == {"object"}:
            shown = "NAME=VALUE|JSON"
        elif types <= {"integer", "number"} and types:
            shown = "INTEGER" if types == {"integer"} else "NUMBER"
        else:
            shown = "TEXT" if types == {"string"} else "VALUE"
        return f"{shown}…" if self.is_list else shown

    def value(self, texts: Sequence[str], read: Callable[[str], str]) -> Any:
        """The JSON value, or local file, that was meant.

        Args:
            texts: What was given, in order.
            read: Replaces `@file` and `-` by what they stand for.

        Raises:
            ValueError: It is not JSON where JSON is needed.
        """
        if "object" in self.types and not self.is_list:
            return self._object(texts, read)
        if self.is_list:
            values: list[Any] = []
            for text in texts:
                one = self.single._element(text, read)
                # A JSON array is all of them at once.
                values.extend(one if isinstance(one, list) and "array" not in self.single.types else [one])
            is_lone = len(values) == 1 and self.types != {"array"} and not texts[0].startswith("[")
            return values[0] if is_lone else values
        return self._element(texts[-1], read)

    def _element(self, text: str, read: Callable[[str], str]) -> Any:
        if self.types == {"object"}:
            return self._object([text], read)
        if any(_is_link(branch) for branch in self.branches):
            return _json(text) if text.startswith(("[", "{")) else _file_or_link(text)
        return self._parsed(read(text))

    def _parsed(self, text: str) -> Any:
        """The value of the first form that a text fits."""
        for branch in self.branches:
            fits, value = _fit(text, branch)
            if fits:
                return value
        # The contract's own check tells what is wrong, and shows a number as a number.
        is_text = self.types == {"string"}
        fits, value = (False, None) if is_text else _try_json(text)
        return value if fits else text

    def _object(self, texts: Sequence[str], read: Callable[[str], str]) -> Any:
        merged: dict[str, Any] = {}
        for text in texts:
            name, is_pair, value = text.partition("=")
            if text.startswith(("{", "@")) or text == "-" or not is_pair:
                given = _json(read(text))
                if not isinstance(given, dict):
                    if len(texts) == 1:
                        return given
                    raise ValueError(f"{text!r} is neither NAME=VALUE nor a JSON object")
                merged.update(given)
            else:
                self._set(merged, name.split("."), value, read)
        return merged

    def _set(self, target: dict[str, Any], path: list[str], text: str, read: Callable[[str], str]) -> None:
        name, *rest = path
        field = self.fields.get(name, self.others)
        if rest:
            inner = target.setdefault(name, {})
            if not isinstance(inner, dict):
                raise ValueError(f"{name} has a value of its own, and cannot have a {rest[0]}")
            field._set(inner, rest, text, read)
        else:
            target[name] = field.value([text], read)


ANY = ValueSyntax({}, {})
"""The syntax of a value of which nothing is known."""


def syntax_of(schema: Any, definitions: Mapping[str, Any]) -> ValueSyntax:
    """The syntax of a value under a schema, which may refer to definitions."""
    return ValueSyntax(flat(schema if isinstance(schema, dict) else {}, definitions), definitions)


def flag_of(name: str) -> str | None:
    """The option of a parameter, as `--image-urls`; None if its name makes none."""
    return f"--{name.replace('_', '-')}" if _FLAG.fullmatch(name) else None


def text_of(value: Any) -> str:
    """A JSON value as it is written on the command line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _branches(schema: Schema, definitions: Mapping[str, Any], depth: int = 0) -> Iterator[Schema]:
    forms = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if not forms or depth == DEEPEST:
        yield schema
        return
    for form in forms:
        yield from _branches(flat(form, definitions), definitions, depth + 1)


def _types(branches: Sequence[Schema]) -> set[str]:
    types: set[str] = set()
    for branch in branches:
        named = branch.get("type")
        if isinstance(named, str):
            types.add(named)
        elif isinstance(named, list):
            types.update(named)
        elif listed := _listed(branch):
            types.update(json_type(value) for value in listed)
        elif "properties" in branch:
            types.add("object")
        else:
            return set()
    return types


def _listed(branch: Schema) -> list[Any]:
    if "const" in branch:
        return [branch["const"]]
    return list(branch.get("enum", ()))


def _is_link(branch: Schema) -> bool:
    """Whether the API fetches what the value leads to."""
    from evolink_api.local_files import takes_file

    return takes_file(branch)


def _file_or_link(text: str) -> str | Path:
    from pathlib import Path

    return text if _SCHEME.match(text) else Path(text)


def _fit(text: str, branch: Schema) -> tuple[bool, Any]:
    """Whether a text is a value of one form, and which."""
    if listed := _listed(branch):
        return next(((True, value) for value in listed if text_of(value) == text), (False, None))
    types = _types([branch])
    if "string" in types:
        return True, text
    if "boolean" in types and text.lower() in _WORDS:
        return True, _WORDS[text.lower()]
    fits, value = _try_json(text)
    if not fits:
        return not types, text
    kind = json_type(value)
    return not types or kind in types or (kind == "integer" and "number" in types), value


def _try_json(text: str) -> tuple[bool, Any]:
    try:
        return True, _json(text)
    except ValueError:
        return False, None


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{text!r} is not JSON ({error})") from None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")
