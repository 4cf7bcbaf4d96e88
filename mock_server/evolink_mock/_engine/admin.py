"""The HTTP face of the control: `/_mock/…`, JSON in and JSON out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._http.messages import Request, Response
from .reading import Unreadable, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from .engine import Engine

PREFIX = "/_mock/"
"""The path under which the mock is controlled."""
LISTED = 1000
"""How many requests and tasks a list shows at most: the last ones."""


class Control:
    """Commands to an engine over HTTP: what the fixture offers, for any language.

    Args:
        engine: What is controlled.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._commands: dict[str, dict[str, Callable[[dict[str, Any]], Any]]] = {
            "clock": {"GET": self._clock, "POST": self._advance},
            "faults": {
                "GET": lambda _: engine.faults.to_list(),
                "POST": self._fault,
                "DELETE": lambda _: engine.faults.clear(),
            },
            "outcomes": {
                "GET": lambda _: engine.jobs.outcomes.to_list(),
                "POST": self._outcome,
                "DELETE": lambda _: engine.jobs.outcomes.clear(),
            },
            "requests": {"GET": lambda _: [entry.to_dict() for entry in engine.requests[-LISTED:]]},
            "ledger": {"GET": lambda _: engine.jobs.ledger.to_dict(), "POST": self._deposit},
            "tasks": {"GET": self._tasks},
            "callbacks": {"GET": lambda _: engine.jobs.callbacks.to_list()},
            "keys": {"GET": lambda _: engine.keys.to_dict(), "POST": self._issue},
            "reset": {"POST": lambda _: engine.reset()},
        }

    def handle(self, request: Request) -> Response:
        """Carry out a command."""
        name = request.path.removeprefix(PREFIX).strip("/")
        methods = self._commands.get(name)
        if not name:
            return Response.json(200, {command: sorted(found) for command, found in self._commands.items()})
        if methods is None:
            return _wrong(404, f"no such command: {name}; there are {', '.join(self._commands)}")
        command = methods.get(request.method)
        if command is None:
            allowed = ", ".join(sorted(methods))
            return _wrong(405, f"{name} takes {allowed}, not {request.method}", {"allow": allowed})
        try:
            order = parse(request.body) if request.body else {}
            if not isinstance(order, dict):
                return _wrong(400, "a command is a JSON object")
            with self._engine.lock:
                answer = command(order)
        except (Unreadable, ValueError, LookupError, TypeError) as error:
            return _wrong(400, str(error.args[0] if error.args else error))
        return Response.json(200, {"ok": True} if answer is None else answer)

    def _clock(self, _: dict[str, Any]) -> Any:
        clock = self._engine.clock
        return {"now": clock.now(), "kind": "virtual" if clock.virtual else "real", "speed": clock.speed}

    def _advance(self, order: dict[str, Any]) -> Any:
        # What falls due is left to the door, which can wait for it.
        self._engine.clock.drift(_number(order, "advance"))
        return self._clock(order)

    def _fault(self, order: dict[str, Any]) -> None:
        self._engine.faults.add(**order)

    def _outcome(self, order: dict[str, Any]) -> None:
        self._engine.jobs.outcomes.add(order.pop("outcome", None), **order)

    def _deposit(self, order: dict[str, Any]) -> Any:
        self._engine.jobs.ledger.add(_number(order, "add"), time=self._engine.clock.now())
        return self._engine.jobs.ledger.to_dict()

    def _tasks(self, _: dict[str, Any]) -> Any:
        engine = self._engine
        last = list(engine.jobs.tasks)[-LISTED:]
        return [engine.jobs.told(task) | {"polls": task.polls, "credits": task.credits} for task in last]

    def _issue(self, order: dict[str, Any]) -> Any:
        _only(order, "key", "models")
        key, models = order.get("key"), order.get("models")
        if not isinstance(key, str) or not (models is None or isinstance(models, list)):
            raise ValueError('a key is issued by {"key": text, "models": [id, ...] or null}')
        self._engine.keys.issue(key, models)
        return self._engine.keys.to_dict()


def _only(order: dict[str, Any], *names: str) -> None:
    unknown = sorted(order.keys() - set(names))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known are {', '.join(names)}")


def _number(order: dict[str, Any], name: str) -> float:
    _only(order, name)
    value = order.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise ValueError(f'needed is {{"{name}": number}}')


def _wrong(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    code = {404: "unknown_command", 405: "method_not_allowed"}.get(status, "invalid_command")
    return Response.json(status, {"error": {"code": code, "message": message}}, headers)
