"""curl and Node.js at the server: what is checked is HTTP, with bodies large enough to come in pieces."""

import json
import subprocess

import pytest
from interop import _npm
from interop.conftest import Served

PROMPT = "a" * 200_000  # too long for every model, and named in the reply
FETCH = """
const [url, key, prompt] = [process.argv[1], process.argv[2], "a".repeat(Number(process.argv[3]))];
const replies = await Promise.all([1, 2, 3].map(() => fetch(`${url}/v1/videos/generations`, {
  method: "POST",
  headers: {authorization: `Bearer ${key}`, "content-type": "application/json"},
  body: JSON.stringify({model: "sora-2", prompt}),
})));
const said = await Promise.all(replies.map(async (r) => [r.status, (await r.json()).error.code]));
console.log(JSON.stringify(said));
"""


def test_fetch(served: Served) -> None:
    script = ("--input-type=module", "--eval", FETCH)
    done = _npm.node(*script, served.base_url, served.key, str(len(PROMPT)))
    assert json.loads(done.stdout) == [[400, "invalid_request"]] * 3


@pytest.mark.parametrize(
    "options",
    [
        ["--http1.0"],
        ["--http1.1"],
        ["--http2"],  # asks for an upgrade, which is not granted
        ["--header", "Expect: 100-continue"],
        ["--header", "Transfer-Encoding: chunked"],
    ],
    ids=lambda options: options[-1],
)
def test_curl(served: Served, options: list[str]) -> None:
    url = f"{served.base_url}/v1/videos/generations"
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", *options, "--data-binary", "@-"]
    headers = [
        "--header",
        f"Authorization: Bearer {served.key}",
        "--header",
        "Content-Type: application/json",
    ]
    body = json.dumps({"model": "sora-2", "prompt": PROMPT})
    # Twice, over one connection.
    done = subprocess.run(
        [*command, *headers, "--write-out", "\n%{http_code} %{num_connects}\n", url, url],
        input=body,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = done.stdout.splitlines()
    assert json.loads(lines[0])["error"]["code"] == "invalid_request"
    assert lines[1] == "400 1"
