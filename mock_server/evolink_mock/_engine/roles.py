"""Answers the operations that have a role from the state of the mock: credits, files, task lists, models."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from evolink_api import extensions

from .._contract import schemas
from .._http import json_values
from .._media.generator import CONTENT_TYPES, MediaFile
from .._media.spec import MediaSpec
from .._tasks.files import DOWNLOAD, UploadedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .._contract.operation import Operation
    from .._contract.roles import Role
    from .._http.forms import Part
    from .._http.messages import Request, Response
    from .._tasks.task import MockTask
    from .errors import ErrorResponses, HTTPErrorResponse
    from .state import MockState

DEFAULT_PAGE = 20
"""Items on a page where neither the request nor the contract says how many."""
MAX_PAGE = 500
"""Items on a page at most."""
_LONGEST_NAME = 255
_MOST_DIGITS = 9  # of the number of a page
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*;base64,", re.ASCII | re.IGNORECASE)
_SIGNATURES = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
_SUFFIXES = {
    **{f".{name}": kind for name, kind in CONTENT_TYPES.items()},
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
}
_SAMPLE_SIDE = 64  # pixels of the image that stands for a foreign one
_SMALLEST_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@dataclass(frozen=True, slots=True)
class RoleCall:
    """A valid request for an operation with a role.

    Attributes:
        op: The operation.
        role: Its role.
        request: The request.
        key: The API key; empty if it needs none.
        body: Its JSON value, or the fields of a form.
        parts: Those of a form.
        path_values: The values of the path parameters.
    """

    op: Operation
    role: Role
    request: Request
    key: str
    body: Any
    parts: Sequence[Part]
    path_values: Mapping[str, str]

    def field(self, value: str) -> Any:
        """What the body has for a value of the role; None if it has nothing."""
        return self.body.get(self.role.request.get(value)) if isinstance(self.body, dict) else None

    def parameter(self, value: str) -> str | None:
        """What the query has for a value of the role; None if it has nothing."""
        name = self.role.request.get(value)
        sent = parse_qs(self.request.query).get(name) if name is not None else None
        return sent[-1] if sent else None


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a list: its number, from 1, and how many items it has at most."""

    number: int
    size: int

    @property
    def bounds(self) -> slice:
        return slice((self.number - 1) * self.size, self.number * self.size)


class RoleResponder:
    """Answers operations with a role.

    Args:
        state: What the answers tell.
        errors: Makes the refusals.
    """

    def __init__(self, state: MockState, errors: ErrorResponses) -> None:
        self._state = state
        self._errors = errors
        self._answers: dict[str, Callable[[RoleCall], Mapping[str, Any]]] = {
            "credits": self._credits,
            "upload-stream": self._upload_stream,
            "upload-base64": self._upload_base64,
            "upload-url": self._upload_url,
            "file-quota": self._quota,
            "file-list": self._list_files,
            "file-delete": self._delete_file,
            "task-list": self._list_tasks,
            "task-batch": self._query_tasks,
            "models": self._models,
        }

    def answer(self, call: RoleCall) -> Response | None:
        """The answer to a request; None if the contract has no place for what the mock knows.

        Raises:
            HTTPErrorResponse: The request is refused.
        """
        answer = self._answers.get(call.role.name)
        values = {} if answer is None else answer(call)
        success, reply = call.op.success, call.role.reply
        shown = success.example_or_sample()
        if not reply or not isinstance(shown, dict):
            return None
        body = call.role.with_values(shown, values)
        # Each task has been checked, and tests may add to it what is not documented.
        is_usable = "tasks" in reply or success.is_valid(body)
        return call.op.success_response(body) if is_usable else None

    def without_file(self, op: Operation, body: Any) -> Any:
        """Copy the JSON value of an upload without its file, to be kept."""
        name = op.role.request.get("file") if op.role is not None else None
        if not isinstance(body, dict) or name is None or not isinstance(body.get(name), str):
            return body
        text = body[name]
        is_short = len(text) <= _LONGEST_NAME
        return body if is_short else {**body, name: f"{text[:_LONGEST_NAME]}… ({len(text)} characters)"}

    def _credits(self, call: RoleCall) -> dict[str, Any]:
        ledger, key = self._state.account.ledger, self._state.keys.credits(call.key)
        return {
            "success": True,
            "message": "",
            "remaining": ledger.balance,
            "used": ledger.charged,
            "key_remaining": ledger.balance if key.remaining is None else key.remaining,
            "key_used": key.used,
            "key_unlimited": key.remaining is None,
        }

    def _models(self, call: RoleCall) -> dict[str, Any]:
        names = dict.fromkeys(name for op in self._state.contract.generations for name in op.models)
        allowed = [name for name in names if self._state.keys.is_allowed(call.key, name)]
        return {"models": [call.role.item_of({"id": name}) for name in allowed]}

    def _list_tasks(self, call: RoleCall) -> dict[str, Any]:
        account, page = self._state.account, self._page(call)
        account.finalize_ended()
        wanted = [call.parameter(name) for name in ("status", "type", "model")]
        tasks = [task for task in account.tasks.latest(len(account.tasks)) if self._matches(task, *wanted)]
        bodies = [self._without_links(account.status_body(task)) for task in tasks[page.bounds]]
        return {"tasks": bodies, "total": len(tasks), "page": page.number, "page_size": page.size}

    def _matches(self, task: MockTask, status: str | None, kind: str | None, model: str | None) -> bool:
        state = self._state
        return (
            model in {None, task.model.name}
            and kind in {None, task.template.kind}
            and status in {None, state.account.state(task).status}
        )

    def _without_links(self, task: dict[str, Any]) -> dict[str, Any]:
        """A task as lists show it: without the fields that lead to its results."""
        return {name: value for name, value in task.items() if name not in self._result_fields}

    @cached_property
    def _result_fields(self) -> frozenset[str]:
        contract, names = self._state.contract, {"results"}
        for query in contract.queries:
            fields = schemas.properties(contract.document, contract.operation(query).success.schema)
            paths = schemas.keyword(contract.document, fields.get("results"), extensions.TASK_VALUES.name)
            names |= {path.partition(".")[0] for path in (paths or {}).get("results", ())}
        return frozenset(names)

    def _query_tasks(self, call: RoleCall) -> dict[str, Any]:
        ids = call.field("ids") or ()
        found = (self._state.account.tasks.get(task_id) for task_id in dict.fromkeys(ids))
        tasks = [task for task in found if task is not None]
        return {"tasks": self._state.account.query_batch(tasks)}

    def _upload_stream(self, call: RoleCall) -> dict[str, Any]:
        parts = [part for part in call.parts if part.name == call.role.request.get("file")]
        if len(parts) != 1:
            raise self._refused(call, 400, f"One file per request, not {len(parts)}")
        part = parts[0]
        return self._store(call, part.data, part.content_type, part.filename or "")

    def _upload_base64(self, call: RoleCall) -> dict[str, Any]:
        text = str(call.field("file") or "")
        head = _DATA_URL.match(text)
        try:
            data = base64.b64decode(text[head.end() :] if head else text, validate=True)
        except (binascii.Error, ValueError):
            raise self._refused(call, 400, "The file is not Base64") from None
        return self._store(call, data, ((head and head[1]) or _signature(data)).lower(), "")

    def _upload_url(self, call: RoleCall) -> dict[str, Any]:
        """Store what an address leads to: a file of the mock, else a sample, since nothing is fetched."""
        url = str(call.field("file") or "")
        file = self._state.results.file_at(url, call.request.origin)
        name = PurePosixPath(unquote(urlsplit(url).path)).name
        if file is None:
            kind = _SUFFIXES.get(PurePosixPath(name).suffix.lower(), "image/png")
            self._check_type(call, kind)
            file = self._sample(kind)
        return self._store(call, file.data, file.content_type, name)

    def _sample(self, kind: str) -> MediaFile:
        if kind == "image/gif":
            return MediaFile(_SMALLEST_GIF, "", kind)
        name = next(name for name, media_type in CONTENT_TYPES.items() if media_type == kind)
        return self._state.results.generate(MediaSpec("image", _SAMPLE_SIDE, _SAMPLE_SIDE, 0, name))

    def _store(self, call: RoleCall, data: bytes, kind: str, original: str) -> dict[str, Any]:
        """Keep a file; returns what is told of it."""
        state = self._state
        if not data:
            raise self._refused(call, 400, "The file is empty")
        self._check_type(call, kind)
        limit = (self._rule(call) or {}).get("max_bytes")
        if limit is not None and len(data) > limit:
            raise self._refused(call, 413, f"The file has {len(data)} bytes, at most {limit}")
        quota = self._max_files()
        if quota is not None and len(state.files) >= quota:
            raise self._refused(call, 403, f"The quota of {quota} files is used up")
        file_id, now = state.files.new_id(), state.clock.now()
        name = _file_name(str(call.field("name") or original), file_id, kind)
        seconds = self._link_seconds(call)
        file = UploadedFile(
            file_id,
            name,
            original[:_LONGEST_NAME] or name,
            str(call.field("folder") or "")[:_LONGEST_NAME],
            MediaFile(data, f'"{sha256(data).hexdigest()[:32]}"', kind),
            now,
            None if seconds is None else now + seconds,
            state.links_at or call.request.origin,
        )
        state.files.add(file)
        values = {
            "success": True,
            "code": 200,
            "id": file.id,
            "name": file.name,
            "original_name": file.original_name,
            "size": len(data),
            "mime_type": kind,
            "folder": file.folder,
            "url": file.url,
            "download_url": f"{file.url}?{DOWNLOAD}",
            "created_at": _time(file.created),
        }
        return values if file.expires is None else {**values, "expires_at": _time(file.expires)}

    def _check_type(self, call: RoleCall, kind: str) -> None:
        types = (self._rule(call) or {}).get("types")
        if types is not None and kind not in types:
            raise self._refused(
                call, 400, f"The file is {kind or 'of no known type'}, not {' or '.join(types)}"
            )

    def _rule(self, call: RoleCall) -> Mapping[str, Any] | None:
        """What is documented of the file."""
        document, name = self._state.contract.document, call.role.request["file"]
        for content in call.op.body_contents:
            prop = schemas.properties(document, content.schema).get(name)
            rule: Mapping[str, Any] | None = schemas.keyword(document, prop, extensions.FILE.name)
            if rule is not None:
                return rule
        return None

    def _link_seconds(self, call: RoleCall) -> float | None:
        """How long an uploaded file stays; None if the contract does not say."""
        schema = call.op.success.schema
        for name in call.role.reply.get("url", ()):
            schema = schemas.properties(self._state.contract.document, schema).get(name)
        seconds: float | None = schemas.keyword(
            self._state.contract.document, schema, extensions.RESULT_TTL.name
        )
        return seconds

    def _max_files(self) -> int | None:
        """How many files an account may have: what the contract shows."""
        for op in self._state.contract.operations:
            if op.role is not None and op.role.name == "file-quota" and "limit" in op.role.reply:
                shown = op.success.example_or_sample()
                limit = json_values.get(shown, op.role.reply["limit"])
                return limit if isinstance(limit, int) else None
        return None

    def _quota(self, _: RoleCall) -> dict[str, Any]:
        used, limit = len(self._state.files), self._max_files() or 0
        return {
            "success": True,
            "code": 200,
            "used": used,
            "limit": limit,
            "remaining": max(0, limit - used),
            "is_custom": False,
        }

    def _list_files(self, call: RoleCall) -> dict[str, Any]:
        page, files = self._page(call), list(self._state.files)[::-1]
        items = [
            call.role.item_of(
                {
                    "id": file.id,
                    "name": file.name,
                    "size": len(file.content.data),
                    "created_at": _time(file.created),
                }
            )
            for file in files[page.bounds]
        ]
        return {"success": True, "code": 200, "total": len(files), "files": items}

    def _delete_file(self, call: RoleCall) -> dict[str, Any]:
        if not any(map(self._state.files.remove, call.path_values.values())):
            raise self._errors.error(404, call.op)
        return {"success": True, "code": 200}

    def _page(self, call: RoleCall) -> _Page:
        """The requested page of a list."""
        defaults = {parameter.name: parameter.default for parameter in call.op.parameters}
        default = defaults.get(call.role.request.get("page_size", "")) or DEFAULT_PAGE
        number, size = (_positive(call.parameter(name)) for name in ("page", "page_size"))
        return _Page(number or 1, min(size or default, MAX_PAGE))

    def _refused(self, call: RoleCall, status: int, message: str) -> HTTPErrorResponse:
        return self._errors.error(status, call.op, message=message)


def _positive(text: str | None) -> int:
    """The number of a page or of its items, or one beyond all; 0 if it is none."""
    if text is None or not re.fullmatch(r"[0-9]+", text):
        return 0
    digits = text.lstrip("0")
    return int(digits or 0) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def _signature(data: bytes) -> str:
    """The media type that the first bytes of a file tell; empty if they tell none."""
    return next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), "")


def _file_name(preferred: str, file_id: str, kind: str) -> str:
    """The name of a file, with a suffix that fits its type."""
    name = PurePosixPath(preferred.replace("\\", "/")).name[:_LONGEST_NAME]
    suffixes: Iterator[str] = (suffix for suffix, media_type in _SUFFIXES.items() if media_type == kind)
    suffix = PurePosixPath(name).suffix.lower()
    if not name:
        return f"{file_id}{next(suffixes, '')}"
    return name if suffix in _SUFFIXES else f"{name}{next(suffixes, '')}"
