"""Plain HTTP requests to the mock as the documents show them, without the client."""

import re
from typing import Any
from urllib.parse import quote

import httpx
from contract import catalog

from evolink_mock import EvoLinkMock

# Loading certificates takes longer than any of these tests.
HTTP = httpx.Client()


def send(
    mock: EvoLinkMock, operation: str, body: Any = None, key: str | None = None, **headers: str
) -> httpx.Response:
    """Send the documented request of an operation, with another body or key if given."""
    entry = catalog.INDEX["operations"][operation]
    values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for one in catalog.parameters(operation):
        values[one.location].update(one.value if isinstance(one.value, dict) else {one.name: one.value})
    path = re.sub(r"\{([^{}]*)\}", lambda found: quote(str(values["path"][found[1]]), safe=""), entry["path"])
    options = _content(catalog.content(operation), body)
    cookies = "; ".join(f"{name}={_text(value)}" for name, value in values["cookie"].items())
    options["headers"] = {
        **options.get("headers", {}),
        **{name: _text(value) for name, value in values["header"].items()},
        **({"Cookie": cookies} if cookies else {}),
        "Authorization": f"Bearer {mock.api_key if key is None else key}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    server = entry.get("server", catalog.INDEX["server"])
    return HTTP.request(entry["method"], server + path, params=values["query"] or None, **options)


def _content(shown: catalog.Content | None, body: Any) -> dict[str, Any]:
    """The documented content as arguments of httpx, with another body if given."""
    if shown is None:
        return {} if body is None else {"json": body}
    sent = shown.body if body is None else body
    if shown.kind == catalog.FORM:
        return {"data": sent}
    if shown.kind == catalog.MULTIPART:
        return {"files": {**{name: (None, _text(value)) for name, value in sent.items()}, **shown.files}}
    headers = {"Content-Type": shown.kind}
    return (
        {"content": sent, "headers": headers}
        if isinstance(sent, bytes)
        else {"json": sent, "headers": headers}
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def query(mock: EvoLinkMock, operation: str, task_id: str) -> httpx.Response:
    """Query a task with the query of the operation that created it."""
    generation = catalog.INDEX["operations"][operation]["generation"]
    entry = catalog.INDEX["operations"][generation["query"]]
    path = re.sub(r"\{[^{}]*\}", quote(task_id, safe=""), entry["path"])
    headers = {"Authorization": f"Bearer {mock.api_key}"}
    return HTTP.request(entry["method"], entry.get("server", catalog.INDEX["server"]) + path, headers=headers)
