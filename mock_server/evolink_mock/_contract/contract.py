"""The contract as the mock reads it: one merged OpenAPI document, whatever API it describes."""

from __future__ import annotations

import json
import re
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from . import schema as _schema
from .operation import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class ContractError(ValueError):
    """A contract that cannot be used."""


class NoRoute(LookupError):  # noqa: N818 - it answers a look-up, nothing has gone wrong
    """The contract knows no such path, or not this method on it.

    Attributes:
        allowed: The methods that the path has, in capitals; empty if there is no such path.
    """

    def __init__(self, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(allowed)
        self.allowed = allowed


class Contract:
    """Operations, models, examples and limits of an API, looked up by request.

    It never changes, so that any number of mocks share one.

    Args:
        document: An OpenAPI 3.1 document in which every media type has `examples`.

    Raises:
        ContractError: It is no OpenAPI document with paths.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        if not isinstance(document.get("paths"), dict) or "openapi" not in document:
            raise ContractError("not an OpenAPI document: it has no `openapi` and `paths`")
        self.document = document
        self.server: str = (document.get("servers") or [{"url": "http://localhost"}])[0]["url"].rstrip("/")
        self.operations: tuple[Operation, ...] = tuple(self._read())
        self._names = {name: op for op in reversed(self.operations) for name in (*op.aliases, op.id)}
        self._static: dict[str, dict[str, Operation]] = {}
        self._templates: list[tuple[re.Pattern[str], dict[str, Operation]]] = []
        self._index()

    def _read(self) -> list[Operation]:
        found = []
        for path, item in self.document["paths"].items():
            shared = item.get("parameters") or []
            for method in _METHODS:
                if method in item:
                    raw = item[method]
                    servers = raw.get("servers") or item.get("servers")
                    server = servers[0]["url"].rstrip("/") if servers else self.server
                    found.append(Operation(self.document, method.upper(), path, server, raw, shared))
        return found

    def _index(self) -> None:
        by_template: dict[str, dict[str, Operation]] = {}
        for op in self.operations:
            by_template.setdefault(urlsplit(op.server).path + op.path, {}).setdefault(op.method, op)
        # The one that says most of a path comes first: `/tasks/{id}:cancel` before `/tasks/{id}`.
        for template, methods in sorted(by_template.items(), key=lambda item: _openness(item[0])):
            if "{" not in template:
                self._static[template] = methods
                continue
            # Names of parameters are data, and may be no names of groups.
            pattern = "".join(
                "([^/]+)" if part[:1] == "{" else re.escape(part)
                for part in re.split(r"(\{[^{}]*\})", template)
            )
            self._templates.append((re.compile(pattern), methods))

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """The operation that a request asks for, and its path parameters.

        Raises:
            NoRoute: There is none.
        """
        methods = self._static.get(path)
        values: tuple[str, ...] = ()
        if methods is None:
            for pattern, candidates in self._templates:
                match = pattern.fullmatch(path)
                if match:
                    methods, values = candidates, match.groups()
                    break
        if methods is None:
            raise NoRoute
        op = methods.get(method)
        if op is None:
            raise NoRoute(tuple(sorted(methods)))
        named = zip(op.path_names, values, strict=False) if values else ()
        return op, {name: unquote(value) for name, value in named}

    def operation(self, name: str) -> Operation:
        """An operation by its id or by what the documents call it.

        Raises:
            LookupError: There is none of this name.
        """
        try:
            return self._names[name]
        except KeyError:
            known = ", ".join(op.id for op in self.operations)
            raise LookupError(f"the contract has no operation {name!r}; it has: {known}") from None

    def operations_named(self, name: str) -> Iterable[str]:
        """The ids of the operations that a test means: one by any of its names, or a group.

        Raises:
            LookupError: There is none of this name.
        """
        if name == "create":
            return [op.id for op in self.jobs]
        if name == "query":
            return self.queries
        return [name if name == "results" else self.operation(name).id]

    @cached_property
    def jobs(self) -> tuple[Operation, ...]:
        """The operations that create tasks."""
        return tuple(op for op in self.operations if op.link is not None)

    @cached_property
    def queries(self) -> frozenset[str]:
        """The ids of the operations that tell about a task."""
        return frozenset(self.operation(op.link.operation).id for op in self.jobs if op.link is not None)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Every host that the operations live on, as `host[:port]`."""
        return frozenset(urlsplit(op.server).netloc.lower() for op in self.operations)

    @cached_property
    def task_errors(self) -> dict[str, Mapping[str, Any]]:
        """What a failed task may report: code to what is known of it."""
        found: dict[str, Mapping[str, Any]] = {}
        for name in sorted(self.queries):
            schema = self.operation(name).success.schema
            error = _schema.properties(self.document, schema).get("error")
            code = _schema.properties(self.document, error).get("code")
            found.update(_schema.keyword(self.document, code, "x-evolink-task-errors") or {})
        return found

    @classmethod
    def load(cls, source: str | Path | Mapping[str, Any] | Contract | None = None) -> Contract:
        """Make a contract of a JSON or YAML file or a document; of nothing, that of `evolink_api`.

        Raises:
            ContractError: The file cannot be read, or what is in it is no contract.
        """
        if isinstance(source, Contract):
            return source
        if source is None:
            return _shipped()
        if not isinstance(source, str | Path):
            return cls(source)
        path = Path(source)
        try:
            return cls(_parse(path))
        except OSError as error:
            raise ContractError(f"{path}: {error.strerror or error}") from error
        except (ContractError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ContractError(f"{path}: {error}") from error


def _openness(template: str) -> tuple[int, int]:
    """How much of a path a template leaves open."""
    named = re.findall(r"\{[^{}]*\}", template)
    return len(named), sum(map(len, named)) - len(template)


@lru_cache(maxsize=1)
def _shipped() -> Contract:
    text = files("evolink_api").joinpath("contract.json").read_bytes()
    return Contract(json.loads(text))


def _parse(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    if path.suffix.lower() in {".yaml", ".yml"}:
        try:
            import yaml  # noqa: PLC0415 - needed for contracts in YAML alone
        except ImportError as error:
            raise ContractError("reading YAML needs PyYAML: pip install pyyaml") from error
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ContractError(f"not YAML: {' '.join(str(error).split())}") from error
    else:
        document = json.loads(text)
    if not isinstance(document, dict):
        raise ContractError("not an OpenAPI document: it is no mapping")
    return document
