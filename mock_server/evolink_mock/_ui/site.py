"""What an HTTP server serves: the API, the page, and the admin API behind its guards."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .._contract.contract import NoRoute
from .._engine.admin import ADMIN_PATH, wrong_method
from .._http.json_codec import dumps
from .._http.messages import Response
from .._scenario.scenario import Scenario, present
from .._tasks.task import RESULTS_PATH
from .events import EventStreams
from .guards import allow_any_origin, answer_preflight, host_name, is_preflight, refuse_foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .._engine.engine import Engine
    from .._http.messages import Request

DOCUMENT_PATHS = ("/openapi.json", "/openapi.yaml")
"""The paths of the contract."""

_READ = ("GET", "HEAD")
_INLINE = re.compile(rb"<(script|style)[^>]*>(.*?)</\1>", re.DOTALL)


class Site:
    """The engine as browsers and other clients of a server see it.

    Args:
        engine: Answers the requests.
        allowed_hosts: Host names under which the admin API may be used, beside loopback names and addresses.
    """

    def __init__(self, engine: Engine, allowed_hosts: Iterable[str] = ()) -> None:
        self.engine = engine
        self._allowed_hosts = frozenset(map(host_name, allowed_hosts))
        events = EventStreams(engine)
        # Those of the admin API that only a server has.
        self._commands: dict[str, dict[str, Callable[[Request], Response]]] = {
            "events": {"GET": lambda _: events.open()},
            "scenario": {
                "GET": self._show_scenario,
                "HEAD": self._show_scenario,
                "POST": self._load_scenario,
            },
        }
        as_json, as_yaml = DOCUMENT_PATHS
        documents: dict[str, Callable[[Request], Response | None]] = {
            "/": lambda request: _page() if _wants_html(request) else None,
            as_json: lambda _: Response.of(200, self._contract_json),
            as_yaml: lambda _: Response.of(200, self._contract_yaml, {"content-type": "application/yaml"}),
        }
        # The paths of the API come first.
        self._documents = {path: make for path, make in documents.items() if not self._methods(path)}

    def pending_work(self, request: Request) -> Callable[[], object] | None:
        """What takes a while and must be done before a request is handled; None if nothing must.

        A server calls it in a thread, so that other clients are served meanwhile.
        """
        if request.path == DOCUMENT_PATHS[1] and request.path in self._documents:
            return lambda: self._contract_yaml
        spec = self.engine.pending_media(request)
        return None if spec is None else lambda: self.engine.results.generate(spec)

    def handle(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            ContractViolation: The response is not as documented, which is a bug in the mock.
        """
        path = request.path
        if path.startswith(ADMIN_PATH) and not path.startswith(RESULTS_PATH):
            return refuse_foreign(request, self._allowed_hosts) or self._administer(request)
        if path in self._documents and request.method in _READ:
            document = self._documents[path](request)
            if document is not None:
                return document
        if "origin" not in request.headers:
            return self.engine.handle(request)
        methods = _READ if path.startswith(RESULTS_PATH) else self._methods(path)
        if not methods:
            return self.engine.handle(request)
        if is_preflight(request) and "OPTIONS" not in methods:
            return answer_preflight(request, methods)
        return allow_any_origin(self.engine.handle(request))

    def _administer(self, request: Request) -> Response:
        name = request.path.removeprefix(ADMIN_PATH)
        if not name and request.method in _READ:
            if _wants_html(request):
                return _page()
            own = {command: sorted(methods) for command, methods in self._commands.items()}
            return Response.json(200, self.engine.admin.commands | own)
        methods = self._commands.get(name)
        if methods is None:
            return self.engine.handle(request)
        command = methods.get(request.method)
        return command(request) if command is not None else wrong_method(name, methods, request.method)

    def _show_scenario(self, _: Request) -> Response:
        """Give the scenario that starts as the mock is now."""
        return Response.json(200, present(self.engine))

    def _load_scenario(self, request: Request) -> Response:
        """Start again with another scenario, YAML or JSON."""
        try:
            Scenario.parse(request.body.decode(), self.engine.contract).begin(self.engine)
        except ValueError as error:
            return Response.json(400, {"error": {"code": "invalid_scenario", "message": str(error)}})
        return self._show_scenario(request)

    def _methods(self, path: str) -> tuple[str, ...]:
        """The methods that the contract documents for a path; none if it is not a path of the API."""
        try:
            self.engine.contract.find("", path)  # no method is empty: what it says are the others
        except NoRoute as no_route:
            return no_route.allowed
        raise AssertionError

    @cached_property
    def _contract_json(self) -> bytes:
        return dumps(self.engine.contract.document)

    @cached_property
    def _contract_yaml(self) -> bytes:
        import yaml  # noqa: PLC0415 - few ask for it

        dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        text = yaml.dump(self.engine.contract.document, Dumper=dumper, allow_unicode=True, sort_keys=False)
        return str(text).encode()


def _wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _page() -> Response:
    body, policy = _page_file()
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-length": str(len(body)),
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
    }
    return Response(200, headers, body)


@cache
def _page_file() -> tuple[bytes, str]:
    """The page, and the policy that lets run what it contains and nothing else."""
    body = files("evolink_mock._ui").joinpath("page.html").read_bytes()
    hashes: dict[bytes, list[str]] = {b"script": [], b"style": []}
    for kind, text in _INLINE.findall(body):
        hashes[kind].append(f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'")
    policy = [
        "default-src 'none'",
        f"script-src {' '.join(hashes[b'script'])}",
        f"style-src {' '.join(hashes[b'style'])}",
        "connect-src 'self'",
        "media-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    return body, "; ".join(policy)
