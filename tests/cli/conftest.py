"""The command in the process, as its entry point runs it, and everything that it wrote."""

import io
import json
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
from cli.processes import Api
from contract import catalog
from key_leaks import no_key_leaks
from mock_process import serving

import evolink
from evolink.cli.app import run

__all__ = ["no_key_leaks"]

SCHEMA = json.loads(resources.files("evolink.cli").joinpath("schema.json").read_text(encoding="utf-8"))


class Ended(NamedTuple):
    """A run of the command."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The lines of `--json`, each as the schema wants it."""
        records = [json.loads(line) for line in self.out.splitlines()]
        for record in records:
            strict().validate(record)
        return records

    def record(self, kind: str) -> dict[str, Any]:
        """The last line of a type."""
        return [record for record in self.records if record["type"] == kind][-1]


def strict() -> jsonschema_rs.Draft202012Validator:
    """The published schema, without room for fields that it does not name."""
    definitions = {
        name: {**one, "additionalProperties": False} if "properties" in one else one
        for name, one in SCHEMA["$defs"].items()
    }
    return jsonschema_rs.Draft202012Validator({**SCHEMA, "$defs": definitions})


class _Stdin(io.TextIOWrapper):
    """What is piped in, or what somebody types."""

    def __init__(self, text: str, *, is_terminal: bool) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Runs the command without a terminal, or with somebody who types an answer."""

    def call(*arguments: str, stdin: str = "", answer: str | None = None) -> Ended:
        monkeypatch.setattr("sys.stdin", _Stdin(answer or stdin, is_terminal=answer is not None))
        if answer is not None:
            monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        capsys.readouterr()
        code = run(arguments)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return call


@pytest.fixture(scope="session")
def server() -> Iterator[Api]:
    """A mock whose tasks take about two seconds."""
    key = "key-of-the-tests-0123"
    with serving("--speed", "150", "--api-key", key) as (_, url):
        yield Api(url, key)


@pytest.fixture
def api(server: Api) -> Api:
    """The same, in which nothing has happened yet."""
    server.admin("reset", now=True)
    return server


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without variables of this API."""
    for name in ("EVOLINK_API_KEY", "EVOLINK_BASE_URL", "EVOLINK_LOG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def example() -> dict[str, Any]:
    """A valid request body of the first video model with a documented price."""
    videos = [one for one in catalog.keyword_models() if one.resource == "videos"]
    return dict(next((one for one in videos if evolink.models[one.name].credits), videos[0]).example)


@pytest.fixture
def words(example: dict[str, Any]) -> list[str]:
    """The same request as words of the command line."""
    return request_words(example)


def request_words(body: dict[str, Any]) -> list[str]:
    """`generate MODEL --name value …`."""
    words = ["generate", body["model"]]
    for name, value in body.items():
        if name != "model":
            given = value if isinstance(value, list) else [value]
            words.append(f"--{name.replace('_', '-')}")
            words += [one if isinstance(one, str) else json.dumps(one) for one in given]
    return words
