"""The mock against Prism, which knows nothing of it: the same requests must be accepted and refused."""

import concurrent.futures
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
import pytest
from document_tree import DOCUMENTS, vendor_into
from interop import _npm
from interop._cases import KEY, Case, cases, example
from interop._differences import DIFFERENCES, Answer, Difference, explained
from interop._operations import Operation, read
from interop._prism import prism
from mock_process import serving

CONTRACT = _npm.ROOT / "openapi" / "openapi.yaml"
# Documents of jobs. Of the others, Prism takes example data for references, wants another key, or does not
# find the path parameters.
JOBS = ("aurora-video", "brush-images", "klang-audio", "mosaic-video")
# At this pace no task ends while the test runs, so that no callback is sent anywhere.
STILL = ("--speed", "0.001")
CONNECTIONS = 4
SILENCE = 3.0  # seconds after which a server is not going to answer a malformed request any more
TIMEOUT = 60.0


class Compared(NamedTuple):
    case: Case
    prism: Answer
    mock: Answer
    difference: Difference | None

    @classmethod
    def of(cls, case: Case, prism: Answer, mock: Answer) -> Self:
        unequal = prism.status != mock.status
        return cls(case, prism, mock, explained(case, prism, mock) if unequal else None)

    @property
    def unequal(self) -> bool:
        return self.prism.status != self.mock.status

    @property
    def line(self) -> str:
        return (
            f"{self.case.about}: Prism {self.prism.shown}, mock {self.mock.shown} {list(self.mock.rules)} "
            f"[{self.case.method} {self.case.path} {self.case.headers} {self.case.content[:200]!r}]"
        )


def ask(client: httpx.Client, case: Case) -> Answer:
    timeout = SILENCE if case.kind == "malformed" else TIMEOUT
    request = client.build_request(
        case.method, case.path, content=case.content, headers=case.headers, timeout=timeout
    )
    for name in {"accept", "content-type"} - case.headers.keys():
        request.headers.pop(name, None)  # what httpx adds by itself
    try:
        reply = client.send(request)
    except httpx.ReadTimeout:
        return Answer(None)
    told: Any = (
        reply.json() if reply.headers.get("content-type") == "application/json" and reply.content else {}
    )
    faults = told.get("violations", []) if isinstance(told, dict) else []
    return Answer(reply.status_code, tuple((one["rule"], one["value"]) for one in faults))


def created(client: httpx.Client, operations: list[Operation]) -> dict[str, str]:
    """Something to query: what the first job that starts is called, by the parameter that takes it."""
    for one in operations:
        if one.link is not None:
            parameter, pointer = one.link
            reply = client.post(one.path, json=example(one), headers={"authorization": f"Bearer {KEY}"})
            return {parameter: reply.raise_for_status().json()[pointer]}
    return {}


def compare(contract: Path, *, beyond: Path | None = None) -> list[Compared]:
    """Ask both about all that is in a contract, but not in another one."""
    options = ("--contract", str(contract), "--api-key", KEY, "--credits", "1e12", *STILL)
    with (
        prism(contract) as theirs,
        serving(*options) as (_, ours),
        httpx.Client(base_url=theirs) as at_prism,
        httpx.Client(base_url=ours) as at_mock,
        concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool,
    ):
        operations = read(contract)
        known = {one.name for one in read(beyond)} if beyond else set()
        new = [one for one in operations if one.name not in known]
        asked = cases(new, created(at_mock, operations))
        at_theirs = pool.map(lambda case: ask(at_prism, case), asked)
        at_ours = pool.map(lambda case: ask(at_mock, case), asked)
        return [Compared.of(*one) for one in zip(asked, at_theirs, at_ours, strict=True)]


@pytest.fixture(scope="module")
def compared() -> list[Compared]:
    return compare(CONTRACT)


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> list[Compared]:
    """The same for documents that nobody has seen."""
    folder = tmp_path_factory.mktemp("unseen")
    vendor_into(folder, [path for path in DOCUMENTS if path.stem in JOBS])
    return compare(folder / "openapi" / "openapi.yaml", beyond=CONTRACT)


@pytest.mark.parametrize("contract", ["compared", "unseen"])
def test_every_request_is_answered_alike_but_for_the_named_differences(
    contract: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[Compared] = request.getfixturevalue(contract)
    counts = Counter(one.difference.request if one.difference else "the same" for one in found)
    lines = [f"\n{len(found)} requests to Prism and to the mock:"]
    lines += [f"{count:6} {name}" for name, count in counts.most_common()]
    with capsys.disabled():
        print(*lines, sep="\n")  # noqa: T201 - what it is run for
    unexplained = [one.line for one in found if one.unequal and one.difference is None]
    assert not unexplained, f"{len(unexplained)} unexplained:\n" + "\n".join(unexplained[:50])


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.request)
def test_every_named_difference_occurs(
    compared: list[Compared], unseen: list[Compared], difference: Difference
) -> None:
    assert any(one.difference is difference for one in (*compared, *unseen))


def test_requests_of_every_kind_are_both_accepted_and_refused(compared: list[Compared]) -> None:
    assert len(compared) > 2000
    statuses = Counter(one.mock.status for one in compared if not one.unequal)
    assert all(statuses[status] > 20 for status in (200, 400, 401, 404, 405)), statuses
    mixed = Counter(one.mock.accepted for one in compared if one.case.kind == "mixed" and not one.unequal)
    assert min(mixed[True], mixed[False]) > 100, mixed
