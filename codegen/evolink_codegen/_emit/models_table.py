"""The models of the contract as a table in Markdown, for the README."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._openapi.text import one_line
from ..runtime.model_info import ModelInfo

NONE = "-"
_MARKED = re.compile(r"(?<=<!-- models: made by `make generate` -->\n).*?(?=<!-- end -->)", re.DOTALL)
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~$&{}])")


def escaped(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def model_infos(shards: Mapping[str, Any]) -> list[ModelInfo]:
    """The models of the contract, by kind and id.

    Args:
        shards: The contract in parts, by file.
    """
    found: dict[str, ModelInfo] = {}
    for entry in shards["index.json"]["operations"].values():
        if "generation" in entry:
            for model, file in entry.get("models", {}).items():
                kind = entry["resource"].rstrip("_").removesuffix("s")
                lifecycle = entry.get("lifecycle", {}).get(model)
                load = functools.partial(shards.__getitem__, file)
                found.setdefault(model, ModelInfo(model, kind, lifecycle, load))
    return sorted(found.values(), key=lambda one: (one.kind, one.id))


def models_table(models: Iterable[ModelInfo]) -> str:
    """Id, kind and price of each model."""
    rows = []
    for one in models:
        status = "" if one.status == "active" else f" ({one.status})"
        rows.append(f"| {escaped(one_line(one.id))}{status} | {one.kind} | {price(one)} |\n")
    return f"| Model | Kind | Credits of the documented example |\n|---|---|---|\n{''.join(rows)}"


def price(model: ModelInfo) -> str:
    """The credits that the documented example of a model costs."""
    return NONE if model.credits is None else f"{model.credits:g}"


def with_table(readme: str, table: str) -> str:
    """A README with the table between its marks, if it has them."""
    return _MARKED.sub(lambda _: f"\n{table}\n", readme)
