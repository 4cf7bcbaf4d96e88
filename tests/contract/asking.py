"""Plain HTTP requests to the mock, as the documents show them: nothing of the client is in between."""

import re
from typing import Any
from urllib.parse import quote

import httpx
from contract import catalog

from evolink_mock import EvoLinkMock

# Loading certificates takes longer than any of these tests.
HTTP = httpx.Client()


def ask(
    mock: EvoLinkMock, operation: str, body: Any = None, key: str | None = None, **headers: str
) -> httpx.Response:
    """Send the documented request of an operation, or one with another body."""
    entry = catalog.INDEX["operations"][operation]
    values = catalog.arguments(operation)
    path = re.sub(r"\{([^{}]*)\}", lambda match: quote(str(values.pop(match[1])), safe=""), entry["path"])
    shown = values.pop("body", None)
    sent = shown if body is None else body
    files = values.pop("files", None)
    how: dict[str, Any] = {"files": files} if files else {} if sent is None else {"json": sent}
    if isinstance(sent, bytes):
        how = {"content": sent, "headers": {"Content-Type": "application/octet-stream"}}
    how["headers"] = {
        **how.get("headers", {}),
        "Authorization": f"Bearer {mock.api_key if key is None else key}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    server = entry.get("server", catalog.INDEX["server"])
    return HTTP.request(entry["method"], server + path, params=values or None, **how)


def query(mock: EvoLinkMock, operation: str, task_id: str) -> httpx.Response:
    """Ask for a task by the link of the operation that has created it."""
    link = catalog.INDEX["operations"][operation]["link"]
    entry = catalog.INDEX["operations"][link["operation"]]
    path = re.sub(r"\{[^{}]*\}", quote(task_id, safe=""), entry["path"])
    headers = {"Authorization": f"Bearer {mock.api_key}"}
    return HTTP.request(entry["method"], entry.get("server", catalog.INDEX["server"]) + path, headers=headers)
