# Made by evolink_codegen from the documents in openapi/. Changes made here are lost.
"""Query parameters in the styles that a document gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}


def styled(params: Mapping[str, Any], styles: Mapping[str, tuple[str, bool]]) -> dict[str, Any]:
    """The parameters as httpx takes them, which repeats those that are lists.

    Args:
        params: The parameters, by name.
        styles: `style` and `explode` of OpenAPI, of the parameters that are not lists to be repeated.
    """
    written: dict[str, Any] = {}
    for name, given in params.items():
        value = given.to_dict() if hasattr(given, "to_dict") else given
        style, is_exploded = styles.get(name, ("form", True))
        delimiter = _DELIMITERS.get(style, ",")
        if isinstance(value, Mapping):
            if style == "deepObject":
                written |= {f"{name}[{key}]": item for key, item in value.items()}
            elif is_exploded:
                written |= value
            else:
                written[name] = delimiter.join(_text(part) for pair in value.items() for part in pair)
        elif isinstance(value, list | tuple) and not is_exploded:
            written[name] = delimiter.join(map(_text, value))
        else:
            written[name] = value
    return written


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
