"""Asks pyright's language server what an editor asks it, over the Language Server Protocol."""

import itertools
import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class LanguageServer:
    """A language server with one open file.

    Args:
        path: The file, written by `show`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids = itertools.count(1)
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("pyright-langserver"), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        folder = {"uri": path.parent.as_uri(), "name": path.parent.name}
        capabilities = {
            "workspace": {"configuration": True},
            "textDocument": {"hover": {"contentFormat": ["plaintext"]}},
        }
        self._ask(
            "initialize", {"processId": None, "workspaceFolders": [folder], "capabilities": capabilities}
        )
        self._notify("initialized", {})
        opened = {"uri": path.as_uri(), "languageId": "python", "version": 0, "text": ""}
        self._notify("textDocument/didOpen", {"textDocument": opened})
        self._versions = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def completions(self, text: str) -> list[str]:
        """What is offered at the mark `|` in a program."""
        found = self._at_mark("textDocument/completion", text)
        return [item["label"] for item in found["items"]]

    def hover(self, text: str) -> str:
        """What is shown for the name behind the mark `|` in a program."""
        value: str = self._at_mark("textDocument/hover", text)["contents"]["value"]
        return value

    def _at_mark(self, method: str, text: str) -> Any:
        before, _, after = text.partition("|")
        document = {"uri": self._path.as_uri()}
        change = {
            "textDocument": {**document, "version": next(self._versions)},
            "contentChanges": [{"text": before + after}],
        }
        self._notify("textDocument/didChange", change)
        position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return self._ask(method, {"textDocument": document, "position": position})

    def _ask(self, method: str, params: Any) -> Any:
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._read()
            if "method" not in message:
                if message.get("id") == number:
                    return message["result"]
            elif "id" in message:
                settings = {"pythonPath": sys.executable}
                wanted = message["params"].get("items", ()) if message.get("params") else ()
                is_configuration = message["method"] == "workspace/configuration"
                answer = [settings] * len(wanted) if is_configuration else None
                self._send({"id": message["id"], "result": answer})

    def _notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while header := self._process.stdout.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        found: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return found
