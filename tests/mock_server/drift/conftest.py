"""A proxy in the process: a client on one side, a mock that plays the API on the other."""

import asyncio
import copy
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from evolink_codegen._openapi.overlay import Overlay, apply_overlay
from evolink_mock import Contract, EvoLinkMock
from evolink_mock._drift.proxy import GRACE, ProxyApplication
from evolink_mock._drift.recorder import Recorder
from evolink_mock._drift.upstream import Upstream
from evolink_mock._http.messages import Response
from evolink_mock._serving.interface import HTTPRequest

KEY = "sk-test-0123456789abcdef"
CLIPS = "/v2/clips/generations"
CLIP = {"model": "toon-1", "prompt": "A kite"}
# Rules that the synthetic contract lacks.
MORE = {
    "strength": {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.25},
    "seed": {"type": "string", "pattern": "^s[0-9]+$", "minLength": 2},
    "mode": {"type": "string", "enum": ["fast", "slow"]},
    "tags": {"type": "array", "minItems": 1, "items": {"type": "string", "maxLength": 5}},
}


class Proxy:
    """A proxy before an API, with a client in the process."""

    def __init__(self, application: ProxyApplication, recorder: Recorder, mock: EvoLinkMock) -> None:
        self.application = application
        self.recorder = recorder
        self.mock = mock
        self._host = "127.0.0.1:8081"
        self._runner = asyncio.Runner()
        self.client = httpx.Client(
            transport=httpx.MockTransport(self._handle),
            base_url=f"http://{self._host}",
            headers={"Authorization": f"Bearer {KEY}"},
        )

    def _handle(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.raw_path.decode()
        response = self.forward(request.method, target, headers, request.read())
        fields = [*response.headers.items(), *(("set-cookie", value) for value in response.cookies)]
        return httpx.Response(response.status, headers=fields, content=response.body)

    def forward(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Response:
        async def start() -> Response:
            return await self.application.start(HTTPRequest(method, target, self._host, headers or {}, body))

        return self._runner.run(start())

    def post(self, body: Any = CLIP, path: str = CLIPS, **how: Any) -> httpx.Response:
        return self.client.post(path, json=body, **how)

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.client.get(path, **how)

    @property
    def drift(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.recorder.report.to_dict()["drift"]
        return found

    def close(self) -> None:
        self.client.close()
        self._runner.run(self.application.close(GRACE))
        self._runner.close()
        self.recorder.close()


@dataclasses.dataclass(frozen=True)
class Alteration:
    """A case of alterations.yaml."""

    name: str
    alter: list[dict[str, Any]]
    send: dict[str, Any] | None = None
    seen: tuple[str, ...] | None = None
    asked: tuple[str, ...] | None = None
    overlay: bool = True

    def __str__(self) -> str:
        return self.name

    def send_through(self, proxy: Proxy) -> None:
        if self.send is None:
            return
        if "path" not in self.send:
            proxy.post(self.send)
            return
        headers = {"Authorization": self.send["key"]} if "key" in self.send else {}
        proxy.client.request(
            self.send["method"], self.send["path"], json=self.send.get("json"), headers=headers
        )


def entry(text: str | None) -> tuple[str, ...] | None:
    """An entry of a report as operation, direction, path and rule."""
    return text and tuple("" if part == "-" else part.replace("_/", " /") for part in text.split())  # type: ignore[return-value]  # None stays


ALTERATIONS = [
    Alteration(name, **raw | {"seen": entry(raw.get("seen")), "asked": entry(raw.get("asked"))})
    for name, raw in yaml.safe_load(Path(__file__).with_name("alterations.yaml").read_text()).items()
]


@pytest.fixture(scope="session")
def document(synthetic: Contract) -> dict[str, Any]:
    """The contract that APIs are held against; tests alter copies of it."""
    document = copy.deepcopy(dict(synthetic.document))
    document["components"]["schemas"]["ToonRequest"]["properties"] |= MORE
    document["x-evolink-error-codes"] = {"idempotency_conflict": {"advice": "Use another key."}}
    return document


@pytest.fixture(scope="session")
def documented(document: dict[str, Any]) -> Contract:
    return Contract(document)


@pytest.fixture
def alter(document: dict[str, Any]) -> Callable[[Alteration], Contract]:
    """Make a contract that differs in one thing."""

    def make(case: Alteration) -> Contract:
        altered, stale = apply_overlay(document, Overlay(case.name, None, case.alter))
        assert stale == []
        return Contract(altered)

    return make


@pytest.fixture
def open_proxy(documented: Contract) -> Iterator[Callable[..., Proxy]]:
    """Open a proxy before a mock of a contract, or before another transport."""
    opened: list[Proxy] = []

    def open_(
        api: Contract | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        mock: EvoLinkMock | None = None,
        upstream: str = "https://api.real.test",
        har: Path | None = None,
        report: Path | None = None,
        **options: Any,
    ) -> Proxy:
        mock = mock or EvoLinkMock(contract=api or documented, api_key=KEY)
        recorder = Recorder(documented, har=har, report=report)
        application = ProxyApplication(
            Upstream(documented, upstream), recorder, transport=transport or mock.transport(), **options
        )
        proxy = Proxy(application, recorder, mock)
        opened.append(proxy)
        return proxy

    yield open_
    for proxy in opened:
        proxy.close()
