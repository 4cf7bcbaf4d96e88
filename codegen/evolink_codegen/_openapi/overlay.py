"""OpenAPI Overlay 1.0, strictly: an action that finds or changes nothing is stale."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import jsonpath

from . import yaml_io
from .extensions import extension_fault
from .text import InputError

_TARGETS = jsonpath.JSONPathEnvironment(strict=True)


@dataclass(frozen=True)
class Overlay:
    """An overlay document.

    Attributes:
        source: Its file.
        extends: The slug of the vendored document it belongs to; None for the merged contract.
        actions: What it does, in order.
    """

    source: str
    extends: str | None
    actions: list[dict[str, Any]]


@dataclass(frozen=True)
class Stale:
    """An action that no longer does anything, with the reason."""

    source: str
    target: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.target}: {self.reason}"


def read_overlay(path: Path) -> Overlay:
    """Read an overlay.

    Raises:
        InputError: It is not an overlay of version 1.
    """
    source = str(path)
    data = yaml_io.load(path.read_bytes(), source)
    if not isinstance(data, dict) or not re.fullmatch(r"1\.\d+\.\d+", str(data.get("overlay"))):
        raise InputError(source, "not an OpenAPI Overlay 1.x document")
    actions = data.get("actions")
    if not isinstance(actions, list) or not actions:
        raise InputError(source, "it has no actions")
    for index, action in enumerate(actions):
        if not isinstance(action, dict) or not isinstance(action.get("target"), str):
            raise InputError(source, "an action needs a target", f"actions/{index}")
        if ("update" in action) == (action.get("remove") is True):
            raise InputError(source, "an action needs either update or remove: true", f"actions/{index}")
    extends = data.get("extends")
    return Overlay(source, PurePosixPath(extends).stem if extends and "vendor/" in extends else None, actions)


def apply_overlay(document: dict[str, Any], overlay: Overlay) -> tuple[dict[str, Any], list[Stale]]:
    """The document with the overlay's actions carried out in order, and the actions that did nothing.

    Raises:
        InputError: A target is not a JSONPath of RFC 9535, or an extension is not one of the registry.
    """
    patched = copy.deepcopy(document)
    stale = []
    for index, action in enumerate(overlay.actions):
        target = action["target"]
        try:
            matches = list(_TARGETS.finditer(target, patched))
        except jsonpath.JSONPathError as error:
            raise InputError(overlay.source, f"not a JSONPath: {error.args[0]}", target) from None
        _check_extensions(overlay, index, matches)
        if not matches:
            stale.append(Stale(overlay.source, target, "matches nothing"))
            continue
        if any(_says_itself(match.obj, action) for match in matches):
            stale.append(Stale(overlay.source, target, "the document now lists the values itself"))
            continue
        changed = False
        for parts in sorted((match.parts for match in matches), key=_depth_first):
            patched, did = _act(patched, parts, action, overlay.source)
            changed = changed or did
        if not changed:
            stale.append(Stale(overlay.source, target, "changes nothing"))
    return patched, stale


def _check_extensions(overlay: Overlay, index: int, matches: list[jsonpath.JSONPathMatch]) -> None:
    update = overlay.actions[index].get("update")
    targets: list[tuple[Any, tuple[int | str, ...] | None]] = [(one.obj, one.parts) for one in matches]
    for target, path in targets or [(None, None)]:
        added = [update] if isinstance(target, list) and not isinstance(update, list) else update
        if fault := extension_fault(added, path, of_contract=overlay.extends is None):
            raise InputError(overlay.source, fault, f"actions/{index}")


def _says_itself(target: Any, action: dict[str, Any]) -> bool:
    """Lists grow by updates; values of an overlay and of the document are not to be mixed."""
    update = action.get("update")
    return isinstance(target, dict) and isinstance(update, dict) and "enum" in target and "enum" in update


def _depth_first(parts: tuple[int | str, ...]) -> tuple[Any, ...]:
    """Later list elements before earlier ones, so that removing one moves no other."""
    return tuple((0, -part, "") if isinstance(part, int) else (1, 0, part) for part in parts)


def _act(
    document: Any, parts: tuple[int | str, ...], action: dict[str, Any], source: str
) -> tuple[Any, bool]:
    """The document, which is altered in place, and whether anything has changed."""
    holder: Any = {"root": document}
    key: int | str = "root"
    for part in parts:
        holder, key = holder[key], part
    if action.get("remove") is True:
        if not parts:
            raise InputError(source, "the document itself cannot be removed", action["target"])
        del holder[key]
        return document, True
    before = holder[key]
    holder[key] = _merged(before, action["update"], source, action["target"])
    return document if parts else holder[key], holder[key] != before


def _merged(target: Any, update: Any, source: str, place: str) -> Any:
    """The target with the update laid over it: mappings merge, lists grow, values replace."""
    if isinstance(target, dict) and isinstance(update, dict):
        return {
            **target,
            **{
                key: _merged_value(target[key], value) if key in target else copy.deepcopy(value)
                for key, value in update.items()
            },
        }
    if isinstance(target, list):
        return [*target, *copy.deepcopy(update if isinstance(update, list) else [update])]
    raise InputError(source, "the target of an update is a mapping or a list", place)


def _merged_value(target: Any, update: Any) -> Any:
    if isinstance(target, dict) and isinstance(update, dict):
        return _merged(target, update, "", "")
    if isinstance(target, list) and isinstance(update, list):
        return [*target, *copy.deepcopy(update)]
    return copy.deepcopy(update)


def read_overlays(folder: Path) -> Iterator[Overlay]:
    """The overlays of a folder, in the order of their names."""
    for path in sorted(folder.glob("*.yaml")):
        yield read_overlay(path)
