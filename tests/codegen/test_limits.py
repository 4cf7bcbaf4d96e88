"""Documents made to use up time or memory: each ends soon, with success or with one line."""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from codegen.builders import generation, operation, outline
from codegen.docs_server import DocsServer, Reply
from codegen.limited import run

from evolink_codegen._openapi import body, fetching
from evolink_codegen.cli import main

Tree = dict[str, Any]

MODEL = {"type": "string", "enum": ["m"]}
SMALL = generation(MODEL)
HUGE = "@huge@"

pytestmark = pytest.mark.slow


def ref(name: str) -> Tree:
    return {"$ref": f"#/components/schemas/{name}"}


def dumped(tree: Tree, number: str = "0") -> bytes:
    return json.dumps(tree).replace(f'"{HUGE}"', number).encode()


def chain(keyword: str, levels: int, end: Tree) -> Tree:
    """Schemas each of which leads to the next one twice."""
    schemas = {f"L{level}": {keyword: [ref(f"L{level + 1}")] * 2} for level in range(levels)}
    return {**schemas, f"L{levels}": end}


OBJECT = {"type": "object", "properties": {"x": {"type": "string"}}}
TEXT = {"type": "string"}
LOOPS = [f"K{number}" for number in range(12)]

DOCUMENTS: dict[str, bytes] = {
    **{
        f"{keyword} chain of {levels}": dumped(
            generation(MODEL, schemas=chain(keyword, levels, OBJECT), chain=ref("L0"))
        )
        for keyword in ("anyOf", "allOf", "oneOf")
        for levels in (10, 16, 90)
    },
    "anyOf chain of texts": dumped(generation(MODEL, schemas=chain("anyOf", 16, TEXT), chain=ref("L0"))),
    "chain of tuples": dumped(generation(MODEL, schemas=chain("prefixItems", 16, TEXT), chain=ref("L0"))),
    "chain of the body": dumped(
        outline({"/x": {"post": operation(ref("L0"), ref("L0"))}}, chain("allOf", 16, OBJECT))
    ),
    "lists of each other": dumped(
        generation(
            MODEL,
            schemas={
                name: {"type": "array", "items": {"anyOf": [ref(one) for one in LOOPS]}} for name in LOOPS
            },
            loop=ref("K0"),
        )
    ),
    "one long enum in many places": dumped(
        generation(
            MODEL,
            schemas={"Long": {"type": "string", "enum": [f"v{index}" for index in range(1_000)]}},
            many={"type": "object", "properties": {f"p{index}": ref("Long") for index in range(1_000)}},
        )
    ),
    "references without end": dumped(
        generation(
            MODEL,
            schemas={
                **{f"L{level}": {"type": "array", "items": ref(f"L{level + 1}")} for level in range(2_000)},
                "L2000": TEXT,
            },
            chain=ref("L0"),
        )
    ),
    "blanks": b" " * 40_000 + b"\n" + dumped(SMALL),
    "blanks alone": b" " * 4_000_000 + b"x\n",
    "aliases of a long text": b"a: &a " + b"x" * 1_000_000 + b"\nb:\n" + b"- *a\n" * 390_000,
    "aliases as keys": b"a: &a " + "é".encode() * 1_000_000 + b"\nb:\n" + b"- {*a : 1}\n" * 100_000,
    "many keys, one twice": b"{"
    + b",".join(b'"k%d":1' % index for index in range(100_000))
    + b',"k99999":2}',
    "10**400": dumped(generation(MODEL, p={"type": "string", "maxLength": HUGE}), "1" + "0" * 400),
    "10**308": dumped(generation(MODEL, p={"type": "string", "maxLength": HUGE}), "1" + "0" * 308),
    "hexadecimal": b"openapi: 3.1.0\nx: 0x" + b"f" * 6_000,
    "octal": b"openapi: 3.1.0\nx: 0o" + b"7" * 6_000,
    "long index of a reference": dumped(generation(MODEL, p={"$ref": "#/servers/" + "9" * 5_000})),
    "example of a recursive union": dumped(
        generation(
            MODEL,
            schemas={
                "Tree": {
                    "anyOf": [
                        {"type": "object", "properties": {"a": ref("Tree")}, "required": [name]}
                        for name in "bc"
                    ]
                }
            },
            p={"allOf": [ref("Tree")], "example": HUGE},
        ),
        '{"a":' * 80 + "{}" + "}" * 80,
    ),
    "many fences": b"```\n" * 1_000_000,
    "long names": dumped(generation(MODEL, p={"type": "object", "properties": {"aB" * 500_000: TEXT}})),
    "long text": dumped(generation(MODEL, p={"type": "string", "description": "x " * 3_900_000})),
    "many properties": dumped(
        generation(MODEL, p={"type": "object", "properties": {f"p{index}": TEXT for index in range(100_000)}})
    ),
    "many values": dumped(generation(MODEL, p={"enum": list(range(10_000))})),
    "many models": dumped(generation({"type": "string", "enum": [f"m{index}" for index in range(1_000)]})),
    "many alternatives": dumped(
        generation(MODEL, p={"anyOf": [{"type": "string", "maxLength": index} for index in range(1_000)]})
    ),
    "many paths": dumped(outline({f"/p{index}": {"get": {"responses": {}}} for index in range(20_000)})),
    **{
        f"pattern {number}": dumped(
            generation(MODEL, p={"type": "string", "pattern": pattern, "example": "a" * 5_000 + "!"})
        )
        for number, pattern in enumerate(
            ("(a+)+$", "(.*)*" * 50 + "x", "(((a{1,999}){1,999}){1,999}){1,999}", "(" * 50_000 + ")" * 50_000)
        )
    },
    "NUL": b"openapi: 3.1.0\0\n",
    "lone surrogates": dumped(
        generation(
            {"type": "string", "enum": ["\ud800", "m\udfff"]},
            nested={"type": "object", "properties": {"\udc00": TEXT}},
        )
    ),
    "cyclic alias": b"openapi: 3.1.0\na: &a\n  b: *a\n",
    "tag": b"openapi: !<" + b"x" * 100_000 + b"> 3.1.0\n",
}
HOSTS = ["a..b", "xn--", "xn--a", f"{'x' * 64}.com", "é" * 70, ".", "[::1", "host:99999", "user@", "a b", "٣"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "openapi" / "vendor").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_document_ends_soon(folder: Path, document: bytes) -> None:
    (folder / "a.yaml").write_bytes(document)
    result = run("vendor", "a.yaml", folder=folder)
    assert result.is_clean, result


@pytest.mark.parametrize("host", HOSTS)
def test_unusable_address_is_refused(folder: Path, host: str) -> None:
    result = run("vendor", f"https://{host}/a.md", folder=folder)
    assert result.code == 2
    assert result.is_clean, result


@pytest.mark.parametrize("host", HOSTS)
def test_unusable_server_of_a_document(folder: Path, host: str) -> None:
    (folder / "a.json").write_bytes(dumped(SMALL | {"servers": [{"url": f"https://{host}/v1"}]}))
    assert run("vendor", "a.json", folder=folder).is_clean


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://example.com/a.md",
        "http://10.0.0.1/a.md",
        "http://169.254.169.254/latest",
        "http://[::ffff:10.0.0.1]/a.md",
        "http://localhost:1/a.md",
        "http://2130706433/a.md",
        "//a..b/a.md",
        "http://[::1",
    ],
)
def test_redirect_is_refused(
    folder: Path,
    docs: DocsServer,
    target: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    docs.pages["/a.md"] = Reply(status=302, headers={"Location": target})
    assert main(["vendor", f"{docs.url}/a.md"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith(f"evolink_codegen: {docs.url}/a.md: ")


@pytest.mark.parametrize("times", [1, 2, 9])
def test_nested_gzip_is_refused(folder: Path, docs: DocsServer, times: int) -> None:
    data = dumped(SMALL) + b" " * (1_000_000 if times > 1 else 0)
    for _ in range(times):
        data = gzip.compress(data)
    docs.pages["/a.json"] = Reply(data, headers={"Content-Encoding": ", ".join(["gzip"] * times)})
    result = run("vendor", f"{docs.url}/a.json", folder=folder)
    assert result.is_clean, result
    assert result.code == (0 if times == 1 else 2)


@pytest.fixture
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that sends the beginning of an answer, and then a byte at a time for ever."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(10_000)
            connection.sendall(request.param)
            while not ended.wait(0.01):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/a.md"
    ended.set()
    thread.join()
    listener.close()


@pytest.mark.parametrize(
    ("dripping", "timeout", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n", 1.0, "no answer within 1 s"),
        (b"HTTP/1.1 200 OK\r\n\r\n", 60.0, f"slower than {body.SLOWEST} bytes a second"),
    ],
    ids=["head", "body"],
    indirect=["dripping"],
)
def test_dripping_server_is_left(
    folder: Path,
    dripping: str,
    timeout: float,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", timeout)
    monkeypatch.setattr(body, "GRACE", 0.1)
    monkeypatch.chdir(folder)
    assert main(["vendor", dripping]) == 2
    assert capsys.readouterr().err.endswith(f"{reason}\n")
