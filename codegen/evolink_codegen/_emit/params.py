"""Keyword types for editors and type checkers: a TypedDict per request, overloads per resource."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._merge.links import operations
from .._openapi import naming, refs
from ..runtime.extensions import GENERATION
from ..runtime.media_types import JSON
from . import HEADER
from .typed_dicts import Field, TypedDicts, docstring, help_text, joined, literal

# Options of our own; a document's field of such a name is set through a request object.
RESERVED = (
    "timeout",
    "idempotency_key",
    "poll_interval",
    "on_update",
    "extra_headers",
    "extra_query",
    "extra_body",
)

# The property that selects the model.
_MODEL = "model"

_HEAD = '''"""Types of what is sent: for editors and type checkers, never loaded at run time."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Mapping, Sequence, ValuesView
from typing import (
    Any, Generic, Literal, NotRequired, Protocol, Required, TypedDict, TypeVar, Unpack, overload
)

import httpx

from . import models
from .local_files import Link
from .model_info import ModelInfo

TaskT = TypeVar("TaskT")
CreateT = TypeVar("CreateT")
ModelT = TypeVar("ModelT")
TaskT_co = TypeVar("TaskT_co", covariant=True)
CreateT_co = TypeVar("CreateT_co", covariant=True)


class RequestObject(Protocol):
    """A generated request object."""

    def to_dict(self) -> dict[str, Any]: ...


class UnknownModelId(Protocol):
    """No model of the contract has this id; `client.model(id)` takes one that is known at run time only."""


class CallOptions(TypedDict, total=False):
    """What every call takes beside the parameters of the model."""

    idempotency_key: str | None
    """16 to 96 characters of A-Z, a-z, 0-9, ".", "_" and "-"; generated if None"""
    extra_headers: Mapping[str, str] | None
    """Headers for the requests of this call; they replace those of the client"""
    extra_query: Mapping[str, Any] | None
    """Query parameters for the requests of this call"""
    extra_body: Mapping[str, Any] | None
    """Fields for the body that are not checked; they replace those of the same names"""


class CreateOptions(CallOptions, total=False):
    """What `create` takes beside the parameters of the model."""

    timeout: float | httpx.Timeout | None
    """Of the request, in seconds or as an `httpx.Timeout`"""


class GenerateOptions(CallOptions, Generic[TaskT], total=False):
    """What `generate` takes beside the parameters of the model."""

    timeout: float | None
    """Seconds for submission and wait together"""
    poll_interval: float | None
    """Seconds between queries of the task; None for the best times"""
    on_update: Callable[[TaskT], object] | None
    """Called with the task as soon as there is one, and after each change"""
'''
_EXTRAS = (
    "extra_headers: Mapping[str, str] | None = None, extra_query: Mapping[str, Any] | None = None, "
    "extra_body: Mapping[str, Any] | None = None"
)


class _Method(NamedTuple):
    """A method that starts a task: what it takes beside the parameters, in two forms, and what it does."""

    options: str
    bases: str
    text: str


_METHODS = {
    "create": _Method(
        f"timeout: float | httpx.Timeout | None = None, idempotency_key: str | None = None, {_EXTRAS}",
        "CreateOptions",
        "Submit a task; it costs credits.",
    ),
    "generate": _Method(
        "timeout: float | None = None, idempotency_key: str | None = None, "
        "poll_interval: float | None = None, "
        f"on_update: Callable[[TaskT_co], object] | None = None, {_EXTRAS}",
        "GenerateOptions[TaskT], Generic[TaskT]",
        "Submit a task and wait until it is completed.",
    ),
}
# A checker that finds no overload lists all of them: with more models than this, a resource has one signature
# that takes the parameters of all of them, and `client.models` alone knows which belong together.
MOST_OVERLOADS = 8


def params_source(contract: dict[str, Any]) -> str:
    """The source of `params.py`."""
    writer = _Writer(contract)
    by_resource: dict[str, list[str]] = {}
    by_model: dict[str, str] = {}
    for _, _, operation in operations(contract):
        if GENERATION.name not in operation:
            continue
        schema = _request(operation)
        names = map(refs.schema_name, schema.get("oneOf", [schema]))
        known = by_resource.setdefault(naming.client_attribute(operation["tags"][0]), [])
        known += [name for name in names if name is not None and name not in known]
        for model, reference in schema.get("discriminator", {}).get("mapping", {}).items():
            by_model.setdefault(model, refs.schema_name({"$ref": reference}) or "")
    writer.models(by_model)
    resources = [
        (resource, writer.resource(resource, names)) for resource, names in sorted(by_resource.items())
    ]
    lines = [
        "class Resources(Generic[TaskT, CreateT]):",
        '    """What a client offers; each attribute follows from a documented path."""',
        "",
    ]
    lines += [f"    {resource}: {name}[TaskT, CreateT]" for resource, name in resources]
    return HEADER + "\n\n".join([_HEAD, *writer.classes, "\n".join(lines)]) + "\n"


def _request(operation: dict[str, Any]) -> dict[str, Any]:
    content = (operation.get("requestBody") or {}).get("content") or {}
    schema: dict[str, Any] = content.get(JSON, {}).get("schema", {})
    return schema


class _Writer:
    """Writes the classes of `client.models` and of each resource."""

    def __init__(self, contract: dict[str, Any]) -> None:
        self._schemas: dict[str, Any] = contract["components"]["schemas"]
        self._types = TypedDicts(self._schemas)
        self.classes = self._types.classes

    def models(self, requests: dict[str, str]) -> None:
        """`client.models`: by the id of a model, a class with its `create` and `generate`.

        Args:
            requests: By model, the name of the schema of its requests.
        """
        classes = {request: self._model(request) for request in dict.fromkeys(requests.values())}
        lines = [
            "class Models(Mapping[str, object], Generic[ModelT, TaskT, CreateT]):",
            '    """`client.models`: the models of the contract, by their ids."""',
            "",
            "    def values(self) -> ValuesView[ModelT]:",
            "        raise NotImplementedError",
            "    def items(self) -> ItemsView[str, ModelT]:",
            "        raise NotImplementedError",
        ]
        for model, request in requests.items():
            typed = f"Literal[{literal(model)}]"
            lines += [
                "    @overload",
                f"    def __getitem__(self, model: {typed}, /) -> {classes[request]}[TaskT, CreateT]: ...",
            ]
        # Not `str`, which would hide the ids from the completion of editors. Every object fits the protocol,
        # so this overload contradicts none of the others; nothing can be done with it: that is the error.
        if requests:
            lines += [
                "    @overload",
                "    def __getitem__(self, model: object, /) -> UnknownModelId: ...",
                "    def __getitem__(self, model: Any, /) -> Any:",
            ]
        else:
            lines.append("    def __getitem__(self, model: object, /) -> UnknownModelId:")
        lines.append("        raise NotImplementedError")
        self.classes.append("\n".join(lines))

    def _model(self, request: str) -> str:
        """Write the class of a model."""
        base = request.removesuffix("Request")
        keywords = self._keywords(request)
        name = self._types.name(f"{request} {base}Model", f"{base}Model")
        text = (self._schemas[request].get("description") or base).strip().partition("\n")[0]
        lines = [f"class {name}(ModelInfo, Generic[TaskT, CreateT]):", docstring(text, 4), ""]
        for method, (options, bases, says) in _METHODS.items():
            if keywords is None:
                taken = f"body: Mapping[str, Any] | RequestObject, /, *, {options.replace('T_co', 'T')}"
            else:
                preferred = f"{base}{method.capitalize()}"
                params = self._types.write(
                    f"{request} {preferred}",
                    preferred,
                    f"The keywords of `{method}`.",
                    dict,
                    f"{keywords}, {bases}",
                )
                taken = f"/, **params: Unpack[{params}{'[TaskT]' if 'Generic' in bases else ''}]"
            lines += [
                f"    def {method}(self, {taken}) -> CreateT:",
                docstring(says, 8),
                "        raise NotImplementedError",
            ]
        self.classes.append("\n".join(lines))
        return name

    def resource(self, resource: str, requests: list[str]) -> str:
        """A resource's protocol: `create` and `generate`, with keywords or a body."""
        name = "".join(part.capitalize() for part in resource.split("_")) + "Resource"
        lines = [
            f"class {name}(Protocol[TaskT_co, CreateT_co]):",
            f'    """`client.{resource}`."""',
            "",
        ]
        known = [request for request in requests if self._types.objects.named(request) is not None]
        keywords = [found for request in known if (found := self._params(request)) is not None]
        if len(keywords) > MOST_OVERLOADS:
            lines += self._joint_methods(name, known)
        else:
            lines += self._overloads([f"models.{request}" for request in known], keywords)
        self.classes.append("\n".join(lines))
        return name

    def _overloads(self, classes: list[str], keywords: list[str]) -> list[str]:
        """Methods that are overloaded for each request."""
        bodies = " | ".join([*classes, "Mapping[str, Any]"])
        lines: list[str] = []
        for method, (options, *_) in _METHODS.items():
            for one in keywords:
                lines += [
                    "    @overload",
                    f"    def {method}(self, /, *, {options}, **params: Unpack[{one}]) -> CreateT_co: ...",
                ]
            if keywords:
                lines.append("    @overload")
            lines.append(
                f"    def {method}(self, body: {bodies}, /, *, {options}, **params: Any) -> CreateT_co: ..."
            )
        return lines

    def _joint_methods(self, name: str, requests: list[str]) -> list[str]:
        """Methods that take the parameters of all requests."""
        params = self._joint_params(f"{name.removesuffix('Resource')}Params", requests)
        body = f"body: {params} | Mapping[str, Any] | RequestObject = ..., /, *,"
        return [
            f"    def {method}(self, {body} {options}, **params: Unpack[{params}]) -> CreateT_co: ..."
            for method, (options, *_) in _METHODS.items()
        ]

    def _joint_params(self, preferred: str, requests: list[str]) -> str:
        """Write a class with the parameters of several requests, none of them required."""
        schemas: dict[str, list[Any]] = {}
        for request in requests:
            described = self._types.objects.named(request)
            for key, item in ({} if described is None else described.properties).items():
                known = schemas.setdefault(key, [])
                if item not in known:
                    known.append(item)
        return self._types.write(
            preferred,
            preferred,
            "The parameters of all models; `client.models` knows which of them each model takes.",
            lambda: {
                key: self._joint_field(items) for key, items in schemas.items() if key not in set(RESERVED)
            },
        )

    def _joint_field(self, schemas: list[Any]) -> Field:
        """A field that differs from model to model."""
        forms = dict.fromkeys(form for item in schemas for form in self._types.forms(item))
        classes = [form for form in forms if form in self._types]
        if len(classes) > MOST_OVERLOADS:
            forms = dict.fromkeys([*(form for form in forms if form not in classes), "Mapping[str, Any]"])
        texts = {help_text(schema) for schema in schemas}
        return Field(joined(forms), texts.pop() if len(texts) == 1 else "")

    def _params(self, request: str) -> str | None:
        """Write the class of a whole request, the model included; None if keywords cannot give it."""
        keywords = self._keywords(request)
        described = self._types.objects.named(request)
        if keywords is None or described is None:
            return None
        name = f"{request.removesuffix('Request')}Params"
        if _MODEL not in described.properties:
            return keywords
        item = described.properties[_MODEL]
        return self._types.write(
            f"{request} {name}",
            name,
            f"What {request} takes.",
            lambda: {_MODEL: self._types.field(item, is_required=_MODEL in described.required)},
            keywords,
        )

    def _keywords(self, request: str) -> str | None:
        """Write the class of a request without its model; None if keywords cannot give all it needs."""
        described = self._types.objects.named(request)
        if described is None or set(RESERVED) & set(described.required):
            return None
        return self._types.add(request, f"{request.removesuffix('Request')}Keywords", (*RESERVED, _MODEL))
