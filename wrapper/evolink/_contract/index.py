"""The contract as data: which operations and models there are, read shard by shard when first needed."""

from __future__ import annotations

import functools
import json
import pkgutil
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .._core.arguments import wrong_type
from .._core.errors import InvalidRequest
from .values import values_at

if TYPE_CHECKING:
    import inspect
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from types import ModuleType

    from evolink_api.validation import Validator

_PACKAGE = "evolink_api"
# Roles whose operation only reads, whatever its method.
_READING = frozenset({"task-batch"})
# Of the ids that a message lists.
_LONGEST_LIST = 5
_IN_PATH = re.compile(r"\{([^{}]+)\}")


class APIOperation:
    """One operation of the contract."""

    def __init__(self, contract: ContractIndex, operation_id: str, data: Mapping[str, Any]) -> None:
        self._contract = contract
        self._data = data
        self.id = operation_id
        self.method: str = data["method"].upper()
        self.path: str = data["path"]
        self.resource: str = data["resource"]
        self.server: str = data.get("server", contract.server)
        self.generation: Mapping[str, str] | None = data.get("generation")
        self.models: Mapping[str, str] | None = data.get("models")
        # Of the models that are deprecated or retired.
        self.lifecycles: Mapping[str, Mapping[str, str]] = data.get("lifecycle", {})
        # What the client uses it for, if it is not a generation.
        self.role: str | None = None

    @functools.cached_property
    def is_generation(self) -> bool:
        """Whether it starts a generation task, which costs credits."""
        return self.generation is not None

    @functools.cached_property
    def is_safe(self) -> bool:
        """Whether sending it twice changes nothing."""
        return self.method in {"GET", "HEAD", "OPTIONS"} or self.role in _READING

    @functools.cached_property
    def module(self) -> ModuleType:
        """The generated module that calls it."""
        return import_module(self._data["module"])

    @functools.cached_property
    def path_parameters(self) -> list[str]:
        """The names in the path, in order, as the generated function spells them."""
        return [self.argument(name) or name for name in _IN_PATH.findall(self.path)]

    @functools.cached_property
    def signature(self) -> Mapping[str, inspect.Parameter]:
        """What the generated `build_request` takes."""
        import inspect  # noqa: PLC0415 - most of what reads the contract does not need it

        return inspect.signature(self.module.build_request).parameters

    @functools.cached_property
    def arguments_by_name(self) -> Mapping[str, str]:
        """What the generated function takes, by documented name and without case and separators."""
        generated = {_folded(name): name for name in self.signature if name != "body"}
        documented: dict[str, str] = {}
        for parameter in self.detail["parameters"]:
            # Names that Python cannot spell the generator changes, and the shard says how.
            name = parameter.get("argument") or generated.get(_folded(parameter["name"]), "")
            if name in self.signature:
                documented.setdefault(parameter["name"], name)
        return {**generated, **{_folded(name): value for name, value in documented.items()}, **documented}

    def argument(self, name: str) -> str | None:
        """What the generated function calls a parameter, if it has one of this name."""
        return self.arguments_by_name.get(name) or self.arguments_by_name.get(_folded(name))

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments for the generated function, from names as documented or as generated.

        Raises:
            InvalidRequest: One is unknown, or one of the path is missing.
        """
        arguments: dict[str, Any] = {}
        for name, value in given.items():
            known = self.argument(name)
            if known is None:
                nearest = suggest(name, set(self.arguments_by_name.values()))
                raise InvalidRequest(
                    f"{self.id} has no parameter {name!r}",
                    param=name,
                    suggestion=", ".join(nearest) or None,
                )
            arguments[known] = value
        missing = [name for name in self.path_parameters if arguments.get(name) is None]
        if missing:
            raise InvalidRequest(f"{self.id} needs {', '.join(missing)}", param=missing[0])
        return arguments

    @property
    def detail(self) -> Mapping[str, Any]:
        """Parameters, content types and replies."""
        return self._contract.shard(f"operations/{self.id}.json")

    @property
    def content_types(self) -> Sequence[str]:
        """The media types that a request body may have."""
        types: Sequence[str] = self.detail["content_types"]
        return types

    @property
    def requires_body(self) -> bool:
        """Whether there is no request without a body."""
        return bool(self.detail.get("body_required"))

    def body_schema(self, model: str | None) -> Mapping[str, Any] | None:
        """The JSON Schema of a request, or None if the contract has none (for this model)."""
        schema: Mapping[str, Any] | None
        if self.models is None:
            schema = (
                self._contract.shard(self._data["request"])["schema"] if "request" in self._data else None
            )
        else:
            name = self.models.get(model) if model is not None else None
            schema = self._contract.shard(name)["schema"] if name is not None else None
        return schema

    def model_shard(self, model: str) -> Mapping[str, Any]:
        """What the contract says of one of its models."""
        return self._contract.shard((self.models or {})[model])

    def validator(self, model: str | None, *, allow_local: bool) -> Validator | None:
        """A check of request bodies, compiled once."""
        key = (self.id, model, allow_local)
        if key not in self._contract.validators:
            schema = self.body_schema(model)
            if schema is None:
                return None
            validation = import_module(f"{_PACKAGE}.validation")
            self._contract.validators[key] = validation.Validator(
                schema, unknown=True, allow_local=allow_local
            )
        return self._contract.validators[key]


class Role:
    """What one operation is used for, and where its requests and replies have the values of this role."""

    def __init__(self, name: str, operation: APIOperation, data: Mapping[str, Any]) -> None:
        self.name = name
        self.operation = operation
        self.request: Mapping[str, str] = data.get("request", {})
        self.reply: Mapping[str, str] = data.get("reply", {})
        self.item: Mapping[str, str] = data.get("item", {})

    def request_name(self, name: str) -> str:
        """What the operation calls a value of the request.

        Raises:
            InvalidRequest: It has no such value.
        """
        if name not in self.request:
            raise InvalidRequest(f"{self.operation.id}: the contract has nothing for {name!r}", param=name)
        return self.request[name]

    def has_parameter(self, name: str) -> bool:
        """Whether a value of the request goes into its path or query."""
        return self.operation.argument(self.request.get(name, "")) is not None

    def value(self, reply: object, name: str) -> Any:
        """A value of a reply; None if there is none."""
        return next(values_at(reply, self.reply[name]), None) if name in self.reply else None

    def items(self, reply: object, name: str) -> list[dict[str, Any]] | None:
        """The objects of a list in a reply; None if the reply has no such list."""
        path = self.reply.get(name)
        if path is None:
            return None
        found: object = reply
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else None

    def item_value(self, item: object, name: str) -> Any:
        """A value of an object in a list; None if there is none."""
        return next(values_at(item, self.item[name]), None) if name in self.item else None

    def field_schema(self, name: str) -> Mapping[str, Any]:
        """The schema of a field of the body; empty if the contract says nothing of it."""
        from evolink_api.schema_reading import resolved  # noqa: PLC0415 - generated code is loaded when needed

        detail = self.operation.detail
        for schema in (detail.get("schema"), *detail.get("forms", {}).values()):
            if schema is None:
                continue
            definitions = schema.get("$defs", {})
            field = resolved(schema, definitions).get("properties", {}).get(self.request.get(name))
            if field is not None:
                return resolved(field, definitions)
        return {}


class ContractIndex:
    """The index of all operations, and the shards that it names."""

    def __init__(self) -> None:
        index = _read("index.json")
        self.server: str = index["server"]
        self.operations: dict[str, APIOperation] = {
            operation_id: APIOperation(self, operation_id, data)
            for operation_id, data in index["operations"].items()
        }
        self._task_query: str | None = index["task_query"]
        self._roles: dict[str, Role] = {}
        for role, data in index.get("roles", {}).items():
            self._roles[role] = Role(role, self.operations[data["operation"]], data)
            self._roles[role].operation.role = role
        self.validators: dict[tuple[str, str | None, bool], Validator] = {}
        self._shards: dict[str, Mapping[str, Any]] = {}
        self._named: dict[str, list[APIOperation]] = {}
        for operation_id, operation in self.operations.items():
            for alias in {operation_id, *index["operations"][operation_id].get("aliases", ())}:
                self._named.setdefault(alias, []).append(operation)

    @functools.cached_property
    def _models_by_folded_name(self) -> Mapping[str, str]:
        return {_folded(model): model for one in self.operations.values() for model in one.models or ()}

    def model_meant(self, name: str) -> str | None:
        """The model whose id differs from a name in nothing but case and punctuation."""
        return self._models_by_folded_name.get(_folded(name))

    @property
    def task_query(self) -> APIOperation:
        """The operation that queries a task.

        Raises:
            InvalidRequest: The contract has none.
        """
        if self._task_query is None:
            raise InvalidRequest("the contract has no operation that queries a task")
        return self.operations[self._task_query]

    def role(self, name: str) -> Role | None:
        """The operation that has a role, if the contract has one."""
        return self._roles.get(name)

    def required_role(self, name: str) -> Role:
        """The operation that has a role.

        Raises:
            InvalidRequest: The contract has none.
        """
        if name not in self._roles:
            raise InvalidRequest(f"the contract has no operation for this: none has the role {name!r}")
        return self._roles[name]

    @property
    def _task_detail(self) -> Mapping[str, Any]:
        return {} if self._task_query is None else self.task_query.detail

    def shard(self, name: str) -> Mapping[str, Any]:
        """One file of the contract."""
        if name not in self._shards:
            self._shards[name] = _read(name)
        return self._shards[name]

    @functools.cached_property
    def resources(self) -> Mapping[str, list[APIOperation]]:
        """The operations that start generation tasks, by resource."""
        resources: dict[str, list[APIOperation]] = {}
        for operation in self.operations.values():
            if operation.is_generation:
                resources.setdefault(operation.resource, []).append(operation)
        return resources

    def find(self, name: str) -> APIOperation:
        """The operation of an id, canonical or as a document calls it.

        Raises:
            InvalidRequest: None or several have this name.
            TypeError: It is not a string.
        """
        if not isinstance(name, str):
            raise wrong_type("operation_id", "a string", name)
        if name in self.operations:
            return self.operations[name]
        named = self._named.get(name, [])
        if len(named) == 1:
            return named[0]
        if named:
            several = ", ".join(sorted(operation.id for operation in named))
            raise InvalidRequest(f"several operations are called {name!r}: {several}")
        nearest = suggest(name, self._named)
        raise InvalidRequest(
            f"the contract has no operation {name!r}",
            suggestion=", ".join(nearest) or None,
        )

    @functools.cached_property
    def task_errors(self) -> Mapping[str, Mapping[str, Any]]:
        """What is known of the codes of failed tasks."""
        task_errors: Mapping[str, Mapping[str, Any]] = self._task_detail.get("task_errors") or {}
        return task_errors

    @property
    def error_codes(self) -> Mapping[str, Mapping[str, Any]]:
        """What is known of the codes of error replies: `charged` (false, or null if unknown) and `advice`."""
        codes: Mapping[str, Mapping[str, Any]] = self.shard("errors.json")["codes"]
        return codes

    @property
    def api_keys_page(self) -> str | None:
        """The page where API keys are made."""
        page: str | None = self.shard("errors.json")["api_keys"]
        return page

    def load_for_tasks_of(self, operation: APIOperation) -> None:
        """Read all that replies to this operation need, and queries of the task that it starts."""
        _ = self.error_codes, self.task_errors, self.task_values
        query = operation.generation["query"] if operation.generation is not None else self._task_query
        if query is not None:
            _ = self.find(query).module, self.find(query).path_parameters

    @functools.cached_property
    def task_values(self) -> Mapping[str, Sequence[str]]:
        """Where replies about a task have its credits and its results, as paths of names joined by dots."""
        task_values: Mapping[str, Sequence[str]] = self._task_detail.get("task_values") or {}
        return task_values

    @functools.cached_property
    def result_ttl(self) -> float | None:
        """Seconds for which result links work, if the contract says so."""
        ttl: float | None = self._task_detail.get("result_ttl")
        return ttl


@functools.cache
def contract() -> ContractIndex:
    """The contract that this installation was made from."""
    return ContractIndex()


def suggest(name: str, known: Iterable[str]) -> list[str]:
    """The known names most like a name, the likeliest first."""
    import difflib  # noqa: PLC0415 - only for errors

    return difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)


def model_hint(model: object, known: Collection[str]) -> str:
    """What to use in place of an id that no known model has: near ids, all of a few, or how to list many."""
    near = suggest(model, known) if isinstance(model, str) else []
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    if len(known) <= _LONGEST_LIST:
        return f"known are {', '.join(known)}"
    return f"list(evolink.models) shows all {len(known)}"


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _read(name: str) -> Mapping[str, Any]:
    data = pkgutil.get_data(_PACKAGE, f"contract/{name}")
    if data is None:  # a loader that cannot read data; zip and plain files can
        raise FileNotFoundError(name)
    value: Mapping[str, Any] = json.loads(data)
    return value
