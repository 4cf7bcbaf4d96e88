"""What a browser sees of a server: the page, the contract, CORS and the guards of the admin API."""

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import yaml

from evolink_mock import Contract, Engine, VirtualClock
from evolink_mock._adapters.server import EngineApplication
from evolink_mock._engine.faults import Fault
from evolink_mock._serving.server import BackgroundServer
from evolink_mock._ui.events import MAX_STREAMS
from evolink_mock.asgi import create_app

from .conftest import CLIP, CLIPS, SERVERS, TLS

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
KEY = {"authorization": "Bearer evolink-mock-key"}
APP = "http://my-app.example"
PREFLIGHT = {"origin": APP, "access-control-request-method": "POST"}


class Site:
    def __init__(self, url: str, engine: Engine) -> None:
        self.url, self.engine = url, engine
        self.host = url.removeprefix("http://")
        self.port = int(self.host.rpartition(":")[2])

    def send(self, method: str, path: str, headers: Any = None, **body: Any) -> httpx.Response:
        with httpx.Client(verify=TLS, trust_env=False, timeout=60) as client:
            return client.request(method, f"{self.url}{path}", headers=headers, **body)

    @contextlib.contextmanager
    def events(self, headers: Any = None) -> Iterator[Iterator[dict[str, Any]]]:
        with (
            httpx.Client(verify=TLS, trust_env=False, timeout=60) as client,
            client.stream("GET", f"{self.url}/_mock/events", headers=headers) as response,
        ):
            assert response.headers["content-type"] == "text/event-stream"
            lines = (line for line in response.iter_lines() if line)
            yield (json.loads(line.removeprefix("data: ")) for line in lines)


@pytest.fixture(params=SERVERS)
def open_site(request: pytest.FixtureRequest, synthetic: Contract) -> Iterator[Callable[..., Site]]:
    """Serve a mock with options, by each kind of server."""
    with contextlib.ExitStack() as stack:

        def open_(allowed_hosts: Any = (), **options: Any) -> Site:
            options = {"clock": VirtualClock(), "contract": synthetic, **options}
            app = create_app(allowed_hosts=allowed_hosts, **options)
            if request.param == "http":
                application = EngineApplication(app.engine, allowed_hosts=allowed_hosts)
                return Site(stack.enter_context(BackgroundServer(application)).url, app.engine)
            server = request.getfixturevalue("asgi_server")
            server.app = app
            return Site(server.url, app.engine)

        yield open_


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    return open_site()


COMMANDS = [
    ("GET", "tasks", None),
    ("GET", "requests", None),
    ("GET", "events", None),
    ("GET", "", None),
    ("GET", "no-such-command", None),
    ("POST", "faults", {"status": 500}),
    ("POST", "clock", {"advance": 5}),
    ("POST", "reset", {}),
    ("DELETE", "faults", None),
    ("OPTIONS", "faults", None),
]


@pytest.mark.parametrize(("method", "command", "body"), COMMANDS)
def test_foreign_origin_is_refused(site: Site, method: str, command: str, body: Any) -> None:
    site.engine.faults.add(Fault(status=500))
    now = site.engine.clock.now()
    response = site.send(method, f"/_mock/{command}", {"origin": APP}, json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (403, "forbidden_origin")
    assert "--allowed-host NAME" in error["message"]
    assert "access-control-allow-origin" not in response.headers
    assert (site.engine.clock.now(), len(site.engine.faults.waiting)) == (now, 1)


def test_other_origins_are_foreign(site: Site) -> None:
    port = site.port
    for origin in (
        "null",
        "",
        f"http://127.0.0.1:{port + 1}",
        "http://127.0.0.1",
        f"http://localhost:{port}",
        f"http://127.0.0.1:{port}.evil.example",
        f"http://127.0.0.1:{port}, {APP}",
        f"file://127.0.0.1:{port}",
    ):
        assert site.send("GET", "/_mock/tasks", {"origin": origin}).status_code == 403, origin
    for where in ("cross-site", "same-site"):
        response = site.send("GET", "/_mock/tasks", {"sec-fetch-site": where})
        assert response.json()["error"]["code"] == "forbidden_origin"


def test_own_page_and_other_clients_are_accepted(site: Site) -> None:
    for headers in (
        {},
        {"origin": site.url},
        {"origin": site.url, "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"host": f"localhost:{site.port}"},
        {"host": "LOCALHOST", "origin": "http://localhost"},
        {"host": "127.8.9.1"},
        {"host": f"[::1]:{site.port}", "origin": f"https://[::1]:{site.port}"},
    ):
        assert site.send("GET", "/_mock/tasks", headers).status_code == 200, headers


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "evil.localhost",
        "127.0.0.1.evil.example",
        "192.168.1.7",
        "0.0.0.0",
        "[2001:db8::1]",
        "mock",
    ],
)
def test_foreign_host_is_refused(site: Site, host: str) -> None:
    # As after DNS rebinding: the page and the request have the same origin.
    for headers in ({"host": host}, {"host": host, "origin": f"http://{host}"}):
        response = site.send("POST", "/_mock/faults", headers, json={"status": 500})
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (403, "forbidden_host")
        assert f"--allowed-host {host.removesuffix(':80').strip('[]')}" in error["message"]
    assert not site.engine.faults.waiting
    assert site.send("POST", CLIPS, KEY | {"host": host}, json=CLIP).status_code == 200


def test_allowed_host_is_accepted(open_site: Callable[..., Site]) -> None:
    site = open_site(allowed_hosts=["Mock", "192.168.1.7"])
    for host in ("mock", "mock:9000", "MOCK.", "192.168.1.7:8080"):
        assert site.send("GET", "/_mock/tasks", {"host": host, "origin": f"http://{host}"}).status_code == 200
    assert site.send("GET", "/_mock/tasks", {"host": "mock.evil.example"}).status_code == 403
    assert site.send("GET", "/_mock/tasks", {"host": "mock", "origin": APP}).status_code == 403


def test_pages_of_any_origin_may_use_the_api(site: Site) -> None:
    created = site.send("POST", CLIPS, KEY | {"origin": APP}, json=CLIP)
    site.engine.clock.advance(100)
    query = f"/v2/jobs/{created.json()['id']}"
    finished = site.send("GET", query, KEY | {"origin": APP})
    link = finished.json()["results"][0].removeprefix(site.url)
    responses = [
        created,
        finished,
        site.send("GET", link, {"origin": APP, "range": "bytes=0-9"}),
        site.send("POST", CLIPS, {"origin": APP}, json=CLIP),
        site.send("DELETE", CLIPS, KEY | {"origin": APP}),
        site.send("GET", query, KEY | {"origin": "null", "prefer": "fault-status=503"}),
    ]
    assert [response.status_code for response in responses] == [200, 200, 206, 401, 405, 503]
    for response in responses:
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["access-control-expose-headers"] == "*"
    assert "access-control-allow-origin" not in site.send("POST", CLIPS, KEY, json=CLIP).headers


def test_preflight_is_answered_for_the_api_alone(site: Site) -> None:
    wanted = {"access-control-request-headers": "authorization,content-type,x-any"}
    response = site.send("OPTIONS", CLIPS, PREFLIGHT | wanted)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-methods"] == "POST"
    assert response.headers["access-control-allow-headers"] == wanted["access-control-request-headers"]
    assert not site.engine.requests
    results = site.send("OPTIONS", "/_mock/results/any.mp4", PREFLIGHT)
    assert results.headers["access-control-allow-methods"] == "GET, HEAD"
    for path in ("/", "/openapi.json", "/no/such/path", "/_mock/tasks", "/_mock/events"):
        refused = site.send("OPTIONS", path, PREFLIGHT)
        assert refused.status_code in {403, 404, 405}
        assert "access-control-allow-origin" not in refused.headers


def test_documented_paths_come_first(open_site: Callable[..., Site]) -> None:
    def answers(text: str) -> dict[str, Any]:
        content = {"application/json": {"schema": {"type": "string"}, "examples": {"any": {"value": text}}}}
        return {"operationId": text, "responses": {"200": {"content": content}}}

    paths = {
        "/": {"get": answers("root"), "options": answers("options")},
        "/openapi.json": {"get": answers("own")},
    }
    site = open_site(contract={"openapi": "3.1.0", "info": {}, "paths": paths})
    assert site.send("GET", "/", HTML).json() == "root"
    assert site.send("OPTIONS", "/", PREFLIGHT).json() == "options"
    assert site.send("GET", "/openapi.json").json() == "own"
    assert "EvoLink mock" in site.send("GET", "/_mock/", HTML).text


def test_page_is_for_browsers(site: Site) -> None:
    page = site.send("GET", "/", HTML)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "EvoLink mock" in page.text
    assert site.send("HEAD", "/", HTML).headers["content-length"] == str(len(page.content))
    assert not site.engine.requests
    assert site.send("GET", "/").status_code == 404
    assert site.send("POST", "/", HTML).status_code == 404
    commands = site.send("GET", "/_mock/").json()
    assert {name: commands[name] for name in ("tasks", "events", "scenario")} == {
        "tasks": ["GET"],
        "events": ["GET"],
        "scenario": ["GET", "HEAD", "POST"],
    }
    wrong = site.send("DELETE", "/_mock/scenario")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, POST")


def test_page_contains_all_it_needs(site: Site) -> None:
    page = site.send("GET", "/", HTML)
    assert len(page.content) <= 60_000
    assert (
        set(re.findall(r"(?:https?:)?//[\w.-]+", page.text.replace("http://www.w3.org/2000/svg", "")))
        == set()
    )
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    for kind in ("script", "style"):
        [text] = re.findall(rf"<{kind}[^>]*>(.*?)</{kind}>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert policy[f"{kind}-src"] == f"'sha256-{digest}'"
    assert "unsafe" not in page.headers["content-security-policy"]


def test_contract_is_served(site: Site, synthetic: Contract) -> None:
    as_json = site.send("GET", "/openapi.json")
    as_yaml = site.send("GET", "/openapi.yaml")
    assert as_json.headers["content-type"] == "application/json"
    assert as_yaml.headers["content-type"] == "application/yaml"
    assert as_json.json() == synthetic.document
    assert yaml.safe_load(as_yaml.text) == synthetic.document


def test_events_follow_what_happens(site: Site) -> None:
    site.send("POST", CLIPS, KEY, json=CLIP)
    with site.events({"origin": site.url}) as events:
        first = next(events)
        assert (first["reset"], first["task_count"], first["balance"]) == (True, 1, 997.5)
        assert first["clock"]["virtual"]
        [row] = first["tasks"]
        assert (row["number"], row["model"], row["text"], row["status"]) == (1, "toon-1", "A kite", "pending")
        site.send("POST", CLIPS, KEY, json={"model": "toon-1"})
        [request] = next(events)["requests"]
        assert (request["status"], request["violations"], request["path"]) == (400, 1, CLIPS)
        site.send("POST", "/_mock/clock", json={"advance": 20})
        [change] = next(events)["tasks"]
        assert change == {"id": row["id"], "status": "processing", "progress": 50, "ended": False}
        site.send("POST", "/_mock/reset")
        assert next(events)["reset"]


def test_odd_host_is_shown_like_others(site: Site) -> None:
    host = {"host": "[::::]"}  # no address, though it looks like one
    site.send("POST", CLIPS, KEY | host, json=CLIP)
    assert site.send("GET", "/_mock/tasks", host).status_code == 403
    with site.events() as events:
        [request] = next(events)["requests"]
    assert request["path"] == CLIPS
    shown = site.send("GET", f"/_mock/requests/{request['id']}").json()
    assert shown["url"] == f"http://[::::]{CLIPS}"
    assert CLIPS in shown["pytest"]


def test_number_of_event_streams_is_limited(site: Site) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(MAX_STREAMS):
            next(stack.enter_context(site.events()))
        refused = site.send("GET", "/_mock/events")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too_many_streams")
        assert site.send("POST", CLIPS, KEY, json=CLIP).status_code == 200
    assert any(not _is_full(site) for _ in range(200)), "streams count until the server sees that they ended"


def _is_full(site: Site) -> bool:
    try:
        with site.events() as events:
            next(events)
    except AssertionError:
        return True
    return False
