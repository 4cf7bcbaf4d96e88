"""The mock and Prism accept and refuse the same requests, apart from documented differences."""

import concurrent.futures
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
import pytest
from document_tree import DOCUMENTS, ROOT, vendor_into
from interop._cases import KEY, Case, cases, example
from interop._differences import DIFFERENCES, Answer, Difference, explained, table
from interop._operations import Operation, read
from interop._prism import prism
from interop.conftest import CONTRACT
from mock_process import serving

# Documents of generation tasks. In the others Prism reads example data as references, requires another
# key, or does not find the path parameters.
GENERATION_DOCUMENTS = ("aurora-video", "brush-images", "klang-audio", "mosaic-video")
# So slow that no task ends while the test runs, so no callback is sent.
NO_PROGRESS = ("--speed", "0.001")
CONNECTIONS = 4
MALFORMED_TIMEOUT = 3.0  # seconds without an answer to a malformed request
TIMEOUT = 60.0


class Comparison(NamedTuple):
    case: Case
    prism: Answer
    mock: Answer
    difference: Difference | None

    @classmethod
    def of(cls, case: Case, prism: Answer, mock: Answer) -> Self:
        differs = prism.status != mock.status
        return cls(case, prism, mock, explained(case, prism, mock) if differs else None)

    @property
    def differs(self) -> bool:
        return self.prism.status != self.mock.status

    @property
    def line(self) -> str:
        return (
            f"{self.case.about}: Prism {self.prism.shown}, mock {self.mock.shown} {list(self.mock.rules)} "
            f"[{self.case.method} {self.case.path} {self.case.headers} {self.case.content[:200]!r}]"
        )


def send(client: httpx.Client, case: Case) -> Answer:
    timeout = MALFORMED_TIMEOUT if case.kind == "malformed" else TIMEOUT
    request = client.build_request(
        case.method, case.path, content=case.content, headers=case.headers, timeout=timeout
    )
    for name in {"accept", "content-type"} - case.headers.keys():
        request.headers.pop(name, None)  # added by httpx
    try:
        reply = client.send(request)
    except httpx.ReadTimeout:
        return Answer(None)
    body: Any = (
        reply.json() if reply.headers.get("content-type") == "application/json" and reply.content else {}
    )
    violations = body.get("violations", []) if isinstance(body, dict) else []
    return Answer(reply.status_code, tuple((one["rule"], one["value"]) for one in violations))


def create_task(client: httpx.Client, operations: list[Operation]) -> dict[str, str]:
    """Create a task; returns its id under the name of the path parameter that takes it."""
    for one in operations:
        if one.link is not None:
            parameter, pointer = one.link
            reply = client.post(one.path, json=example(one), headers={"authorization": f"Bearer {KEY}"})
            return {parameter: reply.raise_for_status().json()[pointer]}
    return {}


def compare_servers(contract: Path, *, except_for: Path | None = None) -> list[Comparison]:
    """Send the requests for every operation of a contract that another contract does not have."""
    options = ("--contract", str(contract), "--api-key", KEY, "--credits", "1e12", *NO_PROGRESS)
    with (
        prism(contract) as prism_url,
        serving(*options) as (_, mock_url),
        httpx.Client(base_url=prism_url) as prism_client,
        httpx.Client(base_url=mock_url) as mock_client,
        concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool,
    ):
        operations = read(contract)
        known = {one.name for one in read(except_for)} if except_for else set()
        new = [one for one in operations if one.name not in known]
        sent = cases(new, create_task(mock_client, operations))
        prism_answers = pool.map(lambda case: send(prism_client, case), sent)
        mock_answers = pool.map(lambda case: send(mock_client, case), sent)
        return [Comparison.of(*one) for one in zip(sent, prism_answers, mock_answers, strict=True)]


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison]:
    return compare_servers(CONTRACT)


@pytest.fixture(scope="module")
def synthetic_comparisons(tmp_path_factory: pytest.TempPathFactory) -> list[Comparison]:
    """The same for synthetic documents."""
    folder = tmp_path_factory.mktemp("synthetic")
    vendor_into(folder, [path for path in DOCUMENTS if path.stem in GENERATION_DOCUMENTS])
    return compare_servers(folder / "openapi" / "openapi.yaml", except_for=CONTRACT)


@pytest.mark.parametrize("fixture", ["comparisons", "synthetic_comparisons"])
def test_answers_differ_only_as_documented(
    fixture: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[Comparison] = request.getfixturevalue(fixture)
    counts = Counter(one.difference.request if one.difference else "no difference" for one in found)
    lines = [f"\n{len(found)} requests to Prism and to the mock:"]
    lines += [f"{count:6} {name}" for name, count in counts.most_common()]
    with capsys.disabled():
        print(*lines, sep="\n")  # noqa: T201 - the report is a result of this test
    unexplained = [one.line for one in found if one.differs and one.difference is None]
    assert not unexplained, f"{len(unexplained)} unexplained:\n" + "\n".join(unexplained[:50])


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.request)
def test_documented_difference_occurs(
    comparisons: list[Comparison], synthetic_comparisons: list[Comparison], difference: Difference
) -> None:
    assert any(one.difference is difference for one in (*comparisons, *synthetic_comparisons))


def test_requests_cover_acceptance_and_refusal(comparisons: list[Comparison]) -> None:
    assert len(comparisons) > 2000
    statuses = Counter(one.mock.status for one in comparisons if not one.differs)
    assert all(statuses[status] > 20 for status in (200, 400, 401, 404, 405)), statuses
    mixed = Counter(one.mock.accepted for one in comparisons if one.case.kind == "mixed" and not one.differs)
    assert min(mixed[True], mixed[False]) > 100, mixed


def test_differences_are_in_the_guide() -> None:
    assert table() in (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
