"""The contract that the mock answers by: an OpenAPI document, of whichever API."""

from __future__ import annotations

import json
import re
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from evolink_api import extensions

from .._http.addresses import authority
from . import schemas
from .operation import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_VALUES = frozenset({"example", "examples", "default", "enum", "const"})  # in them `$ref` has no meaning
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class ContractError(ValueError):
    """A document that cannot be used as a contract."""


class NoRoute(LookupError):  # noqa: N818 - the result of a look-up, not a failure
    """The contract has no such path, or not this method on it.

    Attributes:
        allowed: The methods of the path, in capitals; empty if there is no such path.
    """

    def __init__(self, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(allowed)
        self.allowed = allowed


class Contract:
    """The operations of an API and what is documented of them.

    It is immutable, so that mocks can share it.

    Args:
        document: An OpenAPI 3.1 document in which every media type has `examples`.

    Raises:
        ContractError: It is not an OpenAPI document with paths.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        if not isinstance(document.get("paths"), dict) or "openapi" not in document:
            raise ContractError("not an OpenAPI document: it has no `openapi` and `paths`")
        self.document = document
        self.server: str = _server_of(document) or "http://localhost"
        self.operations: tuple[Operation, ...] = tuple(self._read_operations())
        self._by_name = {name: op for op in reversed(self.operations) for name in (*op.aliases, op.id)}
        self._static_routes: dict[str, dict[str, Operation]] = {}
        self._routes: list[tuple[re.Pattern[str], dict[str, Operation]]] = []
        self._build_routes()
        self._check_queries()

    @classmethod
    def load(cls, source: str | Path | Mapping[str, Any] | Contract | None = None) -> Contract:
        """Load a contract from a JSON or YAML file or a document; without a source, that of `evolink_api`.

        Raises:
            ContractError: The file cannot be read, or it is not a contract.
        """
        if isinstance(source, Contract):
            return source
        if source is None:
            return _shipped_contract()
        if not isinstance(source, str | Path):
            _check_references(source)
            return cls(source)
        path = Path(source)
        try:
            document = _parse(path)
            _check_references(document)
            return cls(document)
        except OSError as error:
            raise ContractError(f"{path}: {error.strerror or error}") from error
        except (ContractError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ContractError(f"{path}: {error}") from error

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """The operation that a request is for, and the values of its path parameters.

        Raises:
            NoRoute: There is none.
        """
        methods = self._static_routes.get(path)
        if methods is not None and method in methods:
            return methods[method], {}
        values: tuple[str, ...] = ()
        if methods is None:
            for pattern, candidates in self._routes:
                match = pattern.fullmatch(path)
                if match:
                    methods, values = candidates, match.groups()
                    break
        if methods is None:
            raise NoRoute
        op = methods.get(method)
        if op is None:
            raise NoRoute(tuple(sorted(methods)))
        return op, {name: unquote(value) for name, value in zip(op.path_names, values, strict=False)}

    def operation(self, name: str) -> Operation:
        """An operation by its id or an alias.

        Raises:
            LookupError: There is none of this name.
        """
        try:
            return self._by_name[name]
        except KeyError:
            names = ", ".join(self.operation_names)
            raise LookupError(f"the contract has no operation {name!r}; it has: {names}") from None

    def operation_ids(self, name: str) -> Iterable[str]:
        """The ids of the operations under a name: one of `operation_names`, or an alias of an id.

        Raises:
            LookupError: There is none of this name.
        """
        if name == "create":
            return [op.id for op in self.generations]
        if name == "query":
            return self.queries
        return [name if name == "results" else self.operation(name).id]

    @property
    def operation_names(self) -> tuple[str, ...]:
        """What faults can apply to: `create`, `query`, `results`, and the id of each operation."""
        return "create", "query", "results", *(op.id for op in self.operations)

    @cached_property
    def generations(self) -> tuple[Operation, ...]:
        """The operations that start generation tasks."""
        return tuple(op for op in self.operations if op.generation is not None)

    @cached_property
    def queries(self) -> frozenset[str]:
        """The ids of the operations that query a task."""
        queries = (op.generation.operation for op in self.generations if op.generation is not None)
        return frozenset(self.operation(name).id for name in queries)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts of all operations, as `host[:port]`, without default ports."""
        return frozenset(authority(op.server) for op in self.operations)

    @cached_property
    def task_errors(self) -> dict[str, Mapping[str, Any]]:
        """The documented codes of failed tasks, with what is documented of each."""
        errors: dict[str, Mapping[str, Any]] = {}
        for name in sorted(self.queries):
            schema = self.operation(name).success.schema
            error = schemas.properties(self.document, schema).get("error")
            code = schemas.properties(self.document, error).get("code")
            errors.update(schemas.keyword(self.document, code, extensions.TASK_ERRORS.name) or {})
        return errors

    def _read_operations(self) -> list[Operation]:
        operations: list[Operation] = []
        for path, item in self.document["paths"].items():
            try:
                operations += self._operations_of(path, item)
            except (AttributeError, KeyError, TypeError) as error:
                raise ContractError(f"{path} is not as OpenAPI 3.1 describes it: {error!r}") from error
        return operations

    def _operations_of(self, path: str, item: Mapping[str, Any]) -> Iterator[Operation]:
        shared = item.get("parameters") or []
        for method in _METHODS:
            if method in item:
                raw = item[method]
                server = _server_of(raw) or _server_of(item) or self.server
                yield Operation(self.document, method.upper(), path, server, raw, shared)

    def _check_queries(self) -> None:
        for op in self.operations:
            try:
                if op.generation is not None:
                    self.operation(op.generation.operation)
            except LookupError as error:
                raise ContractError(f"{op.id}: {extensions.GENERATION.name}: {error.args[0]}") from error

    def _build_routes(self) -> None:
        by_template: dict[str, dict[str, Operation]] = {}
        for op in self.operations:
            by_template.setdefault(urlsplit(op.server).path + op.path, {}).setdefault(op.method, op)
        # The most specific comes first: `/tasks/{id}:cancel` before `/tasks/{id}`.
        for template, methods in sorted(by_template.items(), key=lambda item: _specificity(item[0])):
            if "{" not in template:
                self._static_routes[template] = methods
                continue
            # A parameter's name comes from the document and may not be a valid name of a group.
            pattern = "".join(
                "([^/]+)" if part[:1] == "{" else re.escape(part)
                for part in re.split(r"(\{[^{}]*\})", template)
            )
            self._routes.append((re.compile(pattern), methods))


def _server_of(part: Mapping[str, Any]) -> str:
    """The address of the first server that a document, path or operation names; empty if it names none."""
    servers = part.get("servers") or [{}]
    return str(servers[0].get("url") or "").rstrip("/")


def _check_references(document: Any) -> None:
    """Check that every `$ref` of a document leads somewhere in it.

    Raises:
        ContractError: One does not.
    """
    pending: list[tuple[str, Any]] = [("#", document)]
    while pending:
        place, node = pending.pop()
        if isinstance(node, list):
            pending += [(f"{place}/{index}", item) for index, item in enumerate(node)]
        if not isinstance(node, dict):
            continue
        # A parameter may be named `$ref`, and then has a schema.
        are_names = place.endswith("/properties")
        reference = None if are_names else node.get("$ref")
        if isinstance(reference, str):
            if not reference.startswith("#"):
                raise ContractError(f"$ref leads out of the document: {reference!r:.200} at {place:.200}")
            if schemas.find_pointer(document, reference[1:]) is None:
                raise ContractError(f"$ref leads nowhere: {reference!r:.200} at {place:.200}")
        pending += [
            (f"{place}/{name}", item) for name, item in node.items() if are_names or name not in _VALUES
        ]


def _specificity(template: str) -> tuple[int, int]:
    """A sort key: fewer parameters first, then more literal text."""
    parameters = re.findall(r"\{[^{}]*\}", template)
    return len(parameters), sum(map(len, parameters)) - len(template)


@lru_cache(maxsize=1)
def _shipped_contract() -> Contract:
    text = files("evolink_api").joinpath("contract.json").read_bytes()
    return Contract(json.loads(text))


def _parse(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    if path.suffix.lower() in {".yaml", ".yml"}:
        try:
            import yaml  # noqa: PLC0415 - only contracts in YAML need it
        except ImportError as error:
            raise ContractError("reading YAML needs PyYAML: pip install pyyaml") from error
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ContractError(f"not YAML: {' '.join(str(error).split())}") from error
    else:
        document = json.loads(text)
    if not isinstance(document, dict):
        raise ContractError("not an OpenAPI document: it is not a mapping")
    return document
