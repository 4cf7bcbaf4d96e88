"""The admin API: what the fixture offers, over HTTP under `/_mock/` and for any language."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from .._http.json_codec import loads
from .._http.messages import Request, Response
from . import snippets
from .faults import OPTIONS, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .state import MockState

ADMIN_PATH = "/_mock/"
"""The path of the admin API."""
MAX_COMMAND = 1024 * 1024
"""Bytes of a command that are accepted."""
MAX_LISTED = 1000
"""Requests and tasks that a list has at most: the last ones."""
_MAX_MESSAGE = 1000
T = TypeVar("T")


class _NotFoundError(Exception):
    """There is no such task or request."""


class AdminAPI:
    """Commands over HTTP, JSON in and JSON out.

    Args:
        state: What the commands read and change.
    """

    def __init__(self, state: MockState) -> None:
        self._state = state
        self._commands: dict[str, dict[str, Callable[[dict[str, Any]], Any]]] = {
            "clock": {"GET": lambda _: self._clock(), "POST": self._move_clock},
            "faults": {
                "GET": lambda _: state.faults.to_list(),
                "POST": lambda payload: state.faults.add(Fault.parse(payload)),
                "DELETE": lambda _: state.faults.clear(),
            },
            "outcomes": {
                "GET": lambda _: state.account.outcomes.to_list(),
                "POST": self._add_outcome,
                "DELETE": lambda _: state.account.outcomes.clear(),
            },
            "requests": {"GET": lambda _: [one.to_dict() for one in state.requests[-MAX_LISTED:]]},
            "ledger": {"GET": lambda _: state.account.ledger.to_dict(), "POST": self._add_credits},
            "tasks": {"GET": lambda _: self._tasks()},
            "callbacks": {"GET": lambda _: state.account.webhooks.to_list()},
            "keys": {"GET": lambda _: state.keys.to_dict(), "POST": self._issue_key},
            "options": {"GET": lambda _: self._options()},
            "reset": {"POST": lambda _: state.reset()},
        }
        self._commands_of_one: dict[str, dict[str, Callable[[str, dict[str, Any]], Any]]] = {
            "requests": {"GET": lambda request_id, _: self._request(request_id)},
            "tasks": {"GET": lambda task_id, _: self._task(task_id), "POST": self._end_task},
        }

    @property
    def commands(self) -> dict[str, list[str]]:
        """The methods of each command."""
        return {name: sorted(methods) for name, methods in self._commands.items()}

    def handle(self, request: Request) -> Response:
        """Run a command."""
        name = request.path.removeprefix(ADMIN_PATH).strip("/")
        collection, _, one = name.partition("/")
        methods = self._methods_of_one(collection, unquote(one)) if one else self._commands.get(name)
        if not name:
            return Response.json(200, self.commands)
        if methods is None:
            return _error(404, f"no such command: {name}; there are {', '.join(self._commands)}")
        command = methods.get(request.method)
        if command is None:
            return wrong_method(name, methods, request.method)
        if len(request.body) > MAX_COMMAND:
            return _error(413, f"a command has at most {MAX_COMMAND} bytes")
        try:
            payload = loads(request.body) if request.body else {}
            if not isinstance(payload, dict):
                return _error(400, "a command is a JSON object")
            with self._state.lock:
                result = command(payload)
        except _NotFoundError as error:
            return _error(404, str(error), code="not_found")
        except (ValueError, LookupError, TypeError) as error:
            return _error(400, str(error.args[0] if error.args else error)[:_MAX_MESSAGE])
        return Response.json(200, {"ok": True} if result is None else result)

    def _methods_of_one(
        self, collection: str, name: str
    ) -> dict[str, Callable[[dict[str, Any]], Any]] | None:
        """The commands for one task or request."""
        methods = self._commands_of_one.get(collection)
        if methods is None:
            return None
        return {method: partial(command, name) for method, command in methods.items()}

    def _clock(self) -> dict[str, Any]:
        clock = self._state.clock
        return {"now": clock.now(), "kind": "virtual" if clock.virtual else "real", "speed": clock.speed}

    def _move_clock(self, payload: dict[str, Any]) -> dict[str, Any]:
        # The jobs that become due are run by the adapter, which can wait for them.
        self._state.clock.step(_number(payload, "advance"))
        return self._clock()

    def _add_outcome(self, payload: dict[str, Any]) -> None:
        self._state.account.outcomes.add(payload.pop("outcome", None), **payload)

    def _add_credits(self, payload: dict[str, Any]) -> dict[str, Any]:
        ledger = self._state.account.ledger
        ledger.add(_number(payload, "add"), time=self._state.clock.now())
        return ledger.to_dict()

    def _tasks(self) -> list[dict[str, Any]]:
        account = self._state.account
        tasks = list(account.tasks)[-MAX_LISTED:]
        return [account.status_body(task) | {"polls": task.polls, "credits": task.credits} for task in tasks]

    def _task(self, task_id: str) -> dict[str, Any]:
        account = self._state.account
        task = _found(account.tasks.get(task_id), f"no such task: {task_id}")
        return {
            "task": account.status_body(task),
            "request": task.body,
            "polls": task.polls,
            "credits": task.credits,
            "seconds": task.seconds,
            "ended": task.ended,
        }

    def _end_task(self, task_id: str, payload: dict[str, Any]) -> dict[str, Any]:
        _check_names(payload, "outcome", "code", "message", "undocumented")
        account = self._state.account
        task = _found(account.tasks.get(task_id), f"no such task: {task_id}")
        account.end(task, account.outcomes.make(payload.pop("outcome", None), **payload))
        return self._task(task_id)

    def _request(self, request_id: str) -> dict[str, Any]:
        state = self._state
        recorded = _found(state.requests.find(request_id), f"no such request: {request_id}")
        shown = recorded.to_dict()
        del shown["json"]
        return {
            **shown,
            "body": recorded.body[: snippets.MAX_BODY].decode(errors="replace"),
            "reply": recorded.reply.decode(errors="replace"),
            "fault": None if recorded.fault is None else recorded.fault.to_dict(),
            "curl": snippets.as_curl(state, recorded),
            "pytest": snippets.as_pytest(state, recorded),
        }

    def _options(self) -> dict[str, Any]:
        state = self._state
        return {
            "faults": {name: (option.expected, option.description) for name, option in OPTIONS.items()},
            "outcomes": state.account.outcomes.options(),
            "example": self._example(),
            "operations": state.contract.operation_names,
        }

    def _example(self) -> dict[str, Any] | None:
        """A request that creates a task; None if the contract has no generation tasks."""
        for op in self._state.contract.generations:
            if op.body is not None:
                path = f"{urlsplit(op.server).path}{op.path}"
                return {"method": op.method, "path": path, "body": op.body.example_or_sample(None)}
        return None

    def _issue_key(self, payload: dict[str, Any]) -> dict[str, Any]:
        _check_names(payload, "key", "models", "credits")
        key, models, limit = (payload.get(name) for name in ("key", "models", "credits"))
        if not isinstance(key, str) or not (models is None or isinstance(models, list)):
            raise ValueError('a key is issued by {"key": text, "models": [id, ...] or null}')
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float)):
            raise ValueError("the credits of a key are a number, or null for no limit")
        self._state.keys.issue(key, models, limit)
        return self._state.keys.to_dict()


def wrong_method(name: str, methods: Iterable[str], method: str) -> Response:
    """The response to a method that a command does not take."""
    allowed = ", ".join(sorted(methods))
    return _error(405, f"{name} takes {allowed}, not {method}", {"allow": allowed})


def _found(one: T | None, message: str) -> T:
    if one is None:
        raise _NotFoundError(message)
    return one


def _check_names(payload: dict[str, Any], *names: str) -> None:
    unknown = sorted(payload.keys() - set(names))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known are {', '.join(names)}")


def _number(payload: dict[str, Any], name: str) -> float:
    _check_names(payload, name)
    value = payload.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    given = "it is missing" if name not in payload else f"not {value!r:.100}"
    raise ValueError(f"{name} must be a number, {given}")


def _error(
    status: int, message: str, headers: dict[str, str] | None = None, *, code: str | None = None
) -> Response:
    code = code or {404: "unknown_command", 405: "method_not_allowed"}.get(status, "invalid_command")
    return Response.json(status, {"error": {"code": code, "message": message}}, headers)
