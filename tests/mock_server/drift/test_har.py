"""The HTTP Archive: what is in it, and that it is valid at every moment."""

import base64
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from evolink_mock import Contract, Request, Response
from evolink_mock._drift.har import MAX_BODY, Exchange, HarError, entry_of, read_har
from evolink_mock._drift.har_file import HarFile
from evolink_mock._drift.redaction import Redactor

# The parts of HAR 1.2 that its specification requires.
NAMED = {"type": "array", "items": {"type": "object", "required": ["name", "value"]}}
HAR = {
    "type": "object", "required": ["log"],
    "properties": {"log": {
        "type": "object", "required": ["version", "creator", "entries"],
        "properties": {
            "version": {"const": "1.2"},
            "creator": {"type": "object", "required": ["name", "version"]},
            "entries": {"type": "array", "items": {
                "type": "object",
                "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
                "properties": {
                    "startedDateTime": {"type": "string", "format": "date-time"},
                    "time": {"type": "number", "minimum": 0},
                    "timings": {"type": "object", "required": ["send", "wait", "receive"]},
                    "request": {
                        "type": "object",
                        "required": ["method", "url", "httpVersion", "cookies", "headers", "queryString",
                                     "headersSize", "bodySize"],
                        "properties": {
                            "url": {"format": "uri"},
                            "headers": NAMED, "queryString": NAMED, "cookies": NAMED,
                            "postData": {"type": "object", "required": ["mimeType", "params", "text"]},
                        },
                    },
                    "response": {
                        "type": "object",
                        "required": ["status", "statusText", "httpVersion", "cookies", "headers", "content",
                                     "redirectURL", "headersSize", "bodySize"],
                        "properties": {
                            "headers": NAMED,
                            "content": {"type": "object", "required": ["size", "mimeType"]},
                        },
                    },
                },
            }},
        },
    }},
}  # fmt: skip
VALIDATOR = jsonschema_rs.Draft202012Validator(HAR, validate_formats=True)


def entries(path: Path) -> list[Any]:
    value = json.loads(path.read_bytes())
    VALIDATOR.validate(value)
    found: list[Any] = value["log"]["entries"]
    return found


def exchange(body: bytes = b'{"a": 1}', reply: bytes = b"{}", **headers: str) -> Exchange:
    request = Request(
        "POST", "/v2/x", "a=1&b=", {"content-type": "application/json"}, body, "http://api.test"
    )
    return Exchange(request, Response(200, {"content-type": "application/json", **headers}, reply), 1e9, 0.25)


@pytest.fixture
def redactor(documented: Contract) -> Redactor:
    return Redactor(documented)


@pytest.mark.parametrize("body", [b'{"text": "\xc3\xa9\\u00e9"}', b"", b"\xff\x00binary", b"a=1&b=2"])
def test_exchanges_are_read_as_written(tmp_path: Path, redactor: Redactor, body: bytes) -> None:
    path = tmp_path / "t.har"
    sent = [exchange(body), exchange(reply=body), exchange(note="é")]
    with HarFile(path) as file:
        for one in sent:
            file.append(entry_of(one, redactor))
    assert len(entries(path)) == 3
    for one, read in zip(sent, read_har(path), strict=True):
        assert read.response is not None
        assert one.response is not None
        assert (read.request.method, read.request.url, read.request.body) == (
            "POST", "http://api.test/v2/x?a=1&b=", one.request.body
        )  # fmt: skip
        assert (read.response.status, read.response.body) == (200, one.response.body)
        assert read.response.headers == one.response.headers


def test_large_bodies_are_left_out(redactor: Redactor) -> None:
    entry = entry_of(exchange(reply=b"x" * (MAX_BODY + 1)), redactor)
    assert entry["response"]["content"]["text"] == ""
    assert f"{MAX_BODY + 1} bytes" in entry["response"]["content"]["comment"]


def test_compressed_requests_are_left_out(redactor: Redactor) -> None:
    sent = exchange()
    sent.request.headers = {"content-encoding": "gzip"}
    assert entry_of(sent, redactor)["request"]["postData"]["comment"] == "8 bytes are left out"


def test_exchange_without_response_is_recorded_and_not_read(tmp_path: Path, redactor: Redactor) -> None:
    path = tmp_path / "t.har"
    lost = Exchange(exchange().request, None, 1e9, 3, "the outcome is unknown")
    with HarFile(path) as file:
        file.append(entry_of(lost, redactor))
    [entry] = entries(path)
    assert (entry["response"]["status"], entry["comment"]) == (0, "the outcome is unknown")
    assert read_har(path) == []


def test_archives_of_browsers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.har"
    text = base64.b64encode(b"\x00\x01").decode()
    headers = [{"name": ":path", "value": "/"}, {"name": "Content-Type", "value": "image/png"}]
    entry = {
        "request": {"method": "get", "url": "https://api.test", "headers": headers},
        "response": {
            "status": 200,
            "headers": [*headers, {"name": "Content-Encoding", "value": "br"}],
            "content": {"text": text, "encoding": "base64"},
        },
    }
    path.write_text(json.dumps({"log": {"entries": [entry]}}))
    [read] = read_har(path)
    assert (read.request.method, read.request.path) == ("GET", "/")
    assert read.response == Response(200, {"content-type": "image/png"}, b"\x00\x01")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"log": {"entries": [{}]}}', '{"log": {"entries": [1]}}'])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.har"
    path.write_text(text)
    with pytest.raises(HarError, match="HTTP Archive"):
        read_har(path)
    with pytest.raises(HarError, match="No such file"):
        read_har(tmp_path / "none.har")


class StoppedError(BaseException):
    """The process is killed."""


def test_file_is_valid_after_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop at each call that changes a file, then look at what a kill would leave."""
    path = tmp_path / "t.har"
    steps = 0

    def stop_at(limit: int) -> None:
        nonlocal steps
        steps = 0
        monkeypatch.undo()

        def counted(owner: Any, name: str) -> None:
            original = getattr(owner, name)

            def call(*args: Any, **options: Any) -> Any:
                nonlocal steps
                steps += 1
                if steps > limit:
                    raise StoppedError
                return original(*args, **options)

            monkeypatch.setattr(owner, name, call)

        for owner, name in (
            (Path, "open"),
            (Path, "unlink"),
            (Path, "replace"),
            (os, "link"),
            (os, "fdopen"),
        ):
            counted(owner, name)

    for limit in range(100):
        monkeypatch.undo()
        for left in tmp_path.iterdir():
            left.unlink()
        done = 0
        stop_at(limit)
        try:
            file = HarFile(path)
            for number in range(4):
                file.append({"n": number})
                done = number + 1
            file.close()
        except StoppedError:
            monkeypatch.undo()
            if path.exists():
                found = json.loads(path.read_bytes())["log"]["entries"]
                assert [one["n"] for one in found] in (list(range(done)), list(range(done + 1)))
            else:
                assert done == 0
            with HarFile(path) as again:  # whatever was left is not an obstacle
                again.append({"n": 9})
            assert [one["n"] for one in json.loads(path.read_bytes())["log"]["entries"]] == [9]
        else:
            assert limit > 20
            break
    else:
        pytest.fail("it never ended")


def test_file_systems_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", link)
    with HarFile(tmp_path / "t.har") as file:
        for number in range(5):
            file.append({"n": number})
            found = json.loads((tmp_path / "t.har").read_bytes())["log"]["entries"]
            assert [one["n"] for one in found] == list(range(number + 1))
    assert [path.name for path in tmp_path.iterdir()] == ["t.har"]


def test_entry_that_cannot_be_written_spoils_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.har"

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with HarFile(path) as file:
        file.append({"n": 0})
        with monkeypatch.context() as full:
            full.setattr(os, "link", fail)
            full.setattr(shutil, "copyfile", fail)
            with pytest.raises(OSError, match="No space"):
                file.append({"n": 1, "text": "x" * 5000})
        file.append({"n": 2})
    assert [one["n"] for one in json.loads(path.read_bytes())["log"]["entries"]] == [0, 2]


WRITER = """
import sys
from pathlib import Path
from evolink_mock._drift.har_file import HarFile
file = HarFile(Path(sys.argv[1]))
for number in range(10**9):
    file.append({"n": number, "text": "x" * (number * 7919 % 200_000)})
    print(number, flush=True)
"""


@pytest.mark.slow
def test_killed_writer_leaves_a_valid_file(tmp_path: Path) -> None:
    rng = random.Random(1)
    for trial in range(40):
        path = tmp_path / f"{trial}.har"
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(rng.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().split("\n")
        written = max((int(line) for line in rest if line.isdigit()), default=1)
        numbers = [one["n"] for one in json.loads(path.read_bytes())["log"]["entries"]]
        assert numbers == list(range(len(numbers)))
        assert written < len(numbers) <= written + 2
