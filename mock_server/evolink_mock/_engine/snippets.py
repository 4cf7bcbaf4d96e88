"""Code that sends a recorded request again: a test with the fixture, or a curl command."""

from __future__ import annotations

import re
import shlex
from pprint import pformat
from textwrap import indent
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from evolink_api import media_types

from .._http.json_codec import loads
from .faults import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .request_log import RecordedRequest
    from .state import MockState

MAX_BODY = 16 * 1024
"""Bytes of a body that is copied."""

# What clients and browsers add by themselves, and what belongs to them alone.
_LEFT_OUT = re.compile(
    r"host|connection|content-length|transfer-encoding|expect|te|accept|accept-.*|user-agent|origin|referer"
    r"|cookie|proxy-.*|cache-control|pragma|priority|dnt|sec-.*|x-evolink-.*|traceparent"
)
# Marks in a text for what differs wherever the code is run.
_KEY, _BASE, _TASK = "\0key\0", "\0base\0", "\0task\0"
_EXPRESSIONS = {
    _KEY: "evolink_mock.api_key",
    _BASE: "evolink_mock.base_url",
    _TASK: "evolink_mock.tasks[-1].id",
}
_WIDTH = 88


def as_curl(state: MockState, recorded: RecordedRequest) -> str:
    """A curl command that sends a request again, with the key in `EVOLINK_API_KEY`."""
    method = "--head" if recorded.method == "HEAD" else f"-X {shlex.quote(recorded.method)}"
    lines = [
        f"curl -i {'' if recorded.method == 'GET' else f'{method} '}{_shell(_mask(state, recorded.url))}"
    ]
    lines += [f"-H {_shell(f'{name}: {value}')}" for name, value in _headers(state, recorded).items()]
    if recorded.body and _is_copied(recorded):
        lines.append(f"--data-binary {_shell(_mask(state, recorded.body.decode()))}")
    elif recorded.body or recorded.dropped:
        lines.append("--data-binary @BODY")
    return " \\\n  ".join(lines)


def as_pytest(state: MockState, recorded: RecordedRequest) -> str:
    """A test that sends a request again and expects the same status."""
    fault = _fault_options(recorded)
    is_broken = bool(fault.keys() & {"hang", "disconnect", "truncate"})
    marker = _marker(state, recorded, fault)
    lines = ["import httpx", *(["import pytest"] if marker or is_broken else []), "", "", *marker]
    lines.append(f"def test_{_snake_case(recorded.operation or 'request')}(evolink_mock):")
    address = _mask(state, _relative(state, recorded.target))
    steps = []
    task = state.account.tasks.get(recorded.task_id or "")
    if task is not None and recorded.operation in {*state.contract.queries, "results"}:
        op = task.template.operation
        body = _json_code(task.body) if task.size <= MAX_BODY else None
        steps.append(_request(op.method, f"{_BASE}{op.path}", {"authorization": f"Bearer {_KEY}"}, body))
        address = address.replace(task.id, _TASK)
        if recorded.operation == "results":
            steps.append(f"evolink_mock.clock.advance({task.seconds:g})")
            address = "evolink_mock.tasks[-1].results[0]"
    if fault:
        steps.append(_call("evolink_mock.fault", [f"{name}={value!r}" for name, value in fault.items()]))
    body = _json_code(_json(recorded))
    size = len(recorded.body) + recorded.dropped
    call = _request(recorded.method, address, _headers(state, recorded), body, recorded.body, size)
    if is_broken:
        steps += ["with pytest.raises(httpx.TransportError):", indent(call, "    ")]
    else:
        steps += [f"response = {call}", f"assert response.status_code == {recorded.status}"]
    return "\n".join([*lines, *(indent(step, "    ") for step in steps), ""])


def _marker(state: MockState, recorded: RecordedRequest, fault: Mapping[str, Any]) -> list[str]:
    """The options of the mock that the reply depended on."""
    options = {
        "credits=0": recorded.status == 402 and not fault,
        "strict=True": state.strict,
        "allow_local_callbacks=True": state.allow_local_callbacks,
    }
    given = ", ".join(text for text, is_given in options.items() if is_given)
    return [f"@pytest.mark.evolink_mock({given})"] if given else []


def _fault_options(recorded: RecordedRequest) -> dict[str, Any]:
    """The options of a fault that waited for the request; those of one in its `Prefer` header are there."""
    if recorded.fault is None or "fault-" in recorded.headers.get("prefer", ""):
        return {}
    values = recorded.fault.to_dict()
    return {
        name: values[name]
        for name, option in OPTIONS.items()
        if option.is_per_request and name != "share" and values[name] != option.default
    } | ({"operation": "results"} if recorded.operation == "results" else {})


def _request(
    method: str,
    address: str,
    headers: Mapping[str, str],
    json: str | None,
    content: bytes = b"",
    size: int = 0,
) -> str:
    """Python code that sends a request; `json` is the code of its body."""
    if json is not None:
        headers = {name: text for name, text in headers.items() if text != media_types.JSON}
    arguments = [repr(method), address if address.startswith("evolink_mock.") else _literal(address)]
    if headers:
        pairs = [f"{name!r}: {_literal(text)}" for name, text in headers.items()]
        arguments.append(f"headers={_call('', pairs, '{}')}")
    if json is not None:
        arguments.append(f"json={json}")
    elif size:
        text = repr(content) if len(content) == size <= MAX_BODY else f"b''  # {size} bytes, not copied"
        arguments.append(f"content={text}")
    return _call("httpx.request", arguments)


def _call(function: str, arguments: Iterable[str], brackets: str = "()") -> str:
    opening, closing = brackets[0], brackets[1]
    line = f"{function}{opening}{', '.join(arguments)}{closing}"
    if len(line) <= _WIDTH and "\n" not in line and "#" not in line:
        return line
    lines = "".join(f"{_with_comma(argument)}\n" for argument in arguments)
    return f"{function}{opening}\n{indent(lines, '    ')}{closing}"


def _with_comma(argument: str) -> str:
    code, separator, comment = argument.partition("  # ")
    return f"{code},{separator}{comment}"


def _json(recorded: RecordedRequest) -> Any:
    try:
        return loads(recorded.body) if 0 < len(recorded.body) <= MAX_BODY else None
    except ValueError:
        return None


def _json_code(value: Any) -> str | None:
    """Python code for a JSON value; None for null, and for one that is nested too deeply."""
    try:
        return None if value is None else pformat(value, width=_WIDTH, sort_dicts=False)
    except RecursionError:
        return None


def _is_copied(recorded: RecordedRequest) -> bool:
    """Whether a body can stand in a command."""
    try:
        return len(recorded.body) <= MAX_BODY and "\0" not in recorded.body.decode()
    except UnicodeDecodeError:
        return False


def _headers(state: MockState, recorded: RecordedRequest) -> dict[str, str]:
    headers = {}
    for name, value in recorded.headers.items():
        if not _LEFT_OUT.fullmatch(name):
            masked = _mask(state, value)
            # A key that is not the mock's may be a real one.
            is_foreign = name == "authorization" and _KEY not in masked
            headers[name] = "Bearer a-wrong-key" if is_foreign else masked
    return headers


def _mask(state: MockState, text: str) -> str:
    """Put a mark in place of each API key."""
    keys = sorted(state.keys.to_dict(), key=len, reverse=True)  # one may begin with another
    return re.sub("|".join(map(re.escape, keys)), _KEY, text)


def _relative(state: MockState, target: str) -> str:
    """An address that begins with that of the API, wherever it is served."""
    server = urlsplit(state.contract.server)
    if target.startswith(f"{server.path}/"):
        return f"{_BASE}{target.removeprefix(server.path)}"
    return f"{server.scheme}://{server.netloc}{target}"


def _literal(text: str) -> str:
    """Python code for a text with marks."""
    if "\0" not in text:
        return repr(text)
    literal = f"f{text.replace('{', '{{').replace('}', '}}')!r}"
    for mark, expression in _EXPRESSIONS.items():
        literal = literal.replace(repr(mark)[1:-1], f"{{{expression}}}")
    return literal


def _shell(text: str) -> str:
    """A word of a shell command for a text with marks."""
    if _KEY not in text:
        return shlex.quote(text)
    escaped = re.sub(r'([\\"$`])', r"\\\1", text)
    return f'"{escaped.replace(_KEY, "${EVOLINK_API_KEY}")}"'


def _snake_case(name: str) -> str:
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()
