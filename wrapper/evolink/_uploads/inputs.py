"""Local files in the body of a task: checked with it, and uploaded before it is submitted."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from evolink_api.extensions import FILE
from evolink_api.local_files import File, takes_file
from evolink_api.validation import Violation

from .._core.errors import EvoLinkError, InvalidRequest
from .._http import validation
from .._http.io import WorkerPool
from .source import FileFault, Source, fault_of, source_of
from .upload import UploadCache, upload_rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._contract.index import APIOperation
    from .._core.recovery import Recovery
    from .._http.client_base import BaseClient

LocalFile: TypeAlias = os.PathLike[str] | File

# Of one call.
_CONCURRENCY = 4


class _Input(NamedTuple):
    """A local file in a body."""

    # Where it stands, as `image_urls[0]`.
    path: str
    given: LocalFile
    # What stands in its place until it is uploaded.
    placeholder: str
    # What the documents say of this place; None where they say nothing.
    schemas: list[Mapping[str, Any]] | None


class LocalFiles:
    """The local files of one body."""

    def __init__(self) -> None:
        self._given: dict[str, LocalFile] = {}
        self._sources: dict[str, Source | FileFault] = {}
        self._paths: dict[str, str] = {}
        self._token = uuid.uuid4().hex

    def __bool__(self) -> bool:
        return bool(self._given)

    def set_aside(self, value: Any) -> Any:
        """A value with a link that leads nowhere in place of each local file, whose beginning is read."""
        if isinstance(value, (os.PathLike, File)):
            link = f"{validation.PLACEHOLDER}{self._token}/{len(self._given)}"
            self._given[link] = value
            self._sources[link] = _looked_at(value)
            return link
        if isinstance(value, Mapping):
            return {key: self.set_aside(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.set_aside(one) for one in value]
        return value

    def check(self, operation: APIOperation, body: Any, validate: Callable[[], None]) -> None:
        """Check a body, and what is known of its files.

        Args:
            operation: What the body is for.
            body: With links in place of the files.
            validate: Checks the body alone.

        Raises:
            InvalidRequest: With all violations, of the body and of the files.
        """
        inputs = list(self._inputs(operation, body))
        violations: list[Violation] = []
        try:
            validate()
        except InvalidRequest as error:
            places = {one.path for one in inputs}
            violations = [
                Violation(one.path, one.rule, self._shown(one.value), one.message, one.suggestion)
                for one in error.violations
                if one.path not in places
            ]
            if not error.violations:
                raise
        for one in inputs:
            fault = self._fault(one)
            if fault is not None:
                violations.append(
                    Violation(one.path, fault.rule, _label(one.given), f"{one.path}: {fault.message}")
                )
        if violations:
            raise validation.violation_error(violations)

    async def upload(
        self,
        client: BaseClient,
        sender: BaseClient,
        body: Any,
        recovery: Recovery,
        *,
        deadline: float | None,
    ) -> Any:
        """Upload the files that `check` has accepted.

        Args:
            client: Which may have uploaded them before.
            sender: The same, with the headers and query parameters of this call.
            body: With links in place of the files.
            recovery: The recovery of this call.
            deadline: When to give up.

        Returns:
            The body, with their links.
        """
        cache = UploadCache.of(client)
        links: dict[str, str] = {}
        sources = {key: source for key, source in self._sources.items() if isinstance(source, Source)}

        async def upload(placeholder: str) -> None:
            try:
                links[placeholder] = await cache.link(sender, sources[placeholder], deadline=deadline)
            except EvoLinkError as error:
                error.param = error.param or self._paths[placeholder]
                raise

        recovery.is_uploading = True
        pool = WorkerPool(min(len(sources), _CONCURRENCY))
        try:
            await client._io.gather(pool, [upload(placeholder) for placeholder in sources])
        finally:
            pool.shutdown()
        recovery.is_uploading = False
        recovery.links = {self._paths[placeholder]: link for placeholder, link in links.items()}
        return _replaced(body, links)

    def _inputs(self, operation: APIOperation, body: Any) -> Iterator[_Input]:
        schemas: dict[str, list[Mapping[str, Any]]] | None = None
        model = body.get(validation.MODEL) if isinstance(body, dict) else None
        validator = operation.validator(model if operation.models is not None else None, allow_local=False)
        if validator is not None:
            schemas = {}
            for path, schema, _ in validator.walk(body):
                schemas.setdefault(path, []).append(schema)
        for path, placeholder in _strings("", body):
            if placeholder in self._given:
                self._paths[placeholder] = path
                known = None if schemas is None else schemas.get(path, [])
                yield _Input(path, self._given[placeholder], placeholder, known)

    def _fault(self, one: _Input) -> FileFault | None:
        """Why a file cannot be uploaded for its place."""
        schemas = one.schemas or []
        if one.schemas is not None and not any(takes_file(schema) for schema in schemas):
            if any(takes_file(schema.get("items") or {}) for schema in schemas):
                return FileFault(
                    "type", f"must be a list, and {_label(one.given)} is one file: put it into [ ]"
                )
            return FileFault("file", f"takes no local file, and {_label(one.given)} is one")
        source = self._sources[one.placeholder]
        if isinstance(source, FileFault):
            return source
        rules = [schema[FILE.name] for schema in schemas if FILE.name in schema]
        faults = (fault_of(source, rule) for rule in [*rules, upload_rule()])
        return next((fault for fault in faults if fault is not None), None)

    def _shown(self, value: Any) -> Any:
        return _replaced(value, {link: _label(given) for link, given in self._given.items()})


def _looked_at(given: LocalFile) -> Source | FileFault:
    try:
        return source_of(given)
    except FileFault as fault:
        return fault


def _label(given: LocalFile) -> str:
    return repr(given) if isinstance(given, File) else str(given)


def _strings(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _strings(f"{path}.{name}" if path else name, one)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _strings(f"{path}[{number}]", one)


def _replaced(value: Any, links: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return links.get(value, value)
    if isinstance(value, dict):
        return {name: _replaced(one, links) for name, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, links) for one in value]
    return value
