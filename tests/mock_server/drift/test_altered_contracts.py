"""APIs that differ from the contract in one thing each: proxy and `verify` say in which."""

from collections.abc import Callable
from typing import Any

import pytest

from evolink_mock import Contract, Engine, EvoLinkMock, VirtualClock
from evolink_mock._drift.probes import Probe, charging_probes, free_probes
from evolink_mock._drift.upstream import Upstream
from evolink_mock._drift.verify import Verification, Verifier

from .conftest import ALTERATIONS, CLIP, CLIPS, KEY, Alteration, Proxy

API = "http://api.test"


@pytest.fixture(scope="session")
def probes(documented: Contract) -> list[Probe]:
    return [*free_probes(documented), *charging_probes(documented)]


def ask(documented: Contract, api: Contract, probes: list[Probe]) -> Verification:
    """Ask an API that behaves as another contract."""
    engine = Engine(api, VirtualClock(), api_key=KEY)
    return Verifier(documented, engine.handle, KEY, Upstream(documented, API)).run(probes)


def entries(drift: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    return {(one["operation"], one["direction"], one["path"], one["rule"]) for one in drift}


@pytest.mark.parametrize("case", ALTERATIONS, ids=str)
def test_altered_api_is_reported(
    case: Alteration,
    alter: Callable[[Alteration], Contract],
    open_proxy: Callable[..., Proxy],
    documented: Contract,
    probes: list[Probe],
) -> None:
    api = alter(case)
    if case.seen is not None:
        proxy = open_proxy(api)
        case.send_through(proxy)
        assert case.seen in entries(proxy.drift)
    if case.asked is not None:
        assert case.asked in entries(ask(documented, api, probes).to_dict()["drift"])


def test_unaltered_api_has_no_drift(
    documented: Contract, probes: list[Probe], open_proxy: Callable[..., Proxy]
) -> None:
    rich, poor = open_proxy(), open_proxy(mock=EvoLinkMock(contract=documented, api_key=KEY, credits=2.5))
    for proxy in (rich, poor):
        for case in ALTERATIONS:
            case.send_through(proxy)
    task = f"/v2/jobs/{rich.post().json()['id']}"
    while rich.get(task).json()["status"] != "completed":
        rich.mock.clock.advance(60)
    assert poor.post().status_code == 402
    assert poor.client.post(CLIPS, content=b"{").status_code == 400
    assert poor.client.post(CLIPS, content=b"a=1", headers={"content-type": "text/plain"}).status_code == 415
    assert poor.client.options(CLIPS).status_code == 405
    twice = {"Idempotency-Key": "0123456789abcdef"}
    assert rich.post(headers=twice).status_code == 200
    assert rich.post(CLIP | {"seconds": 4}, headers=twice).status_code == 409
    assert (rich.drift, poor.drift) == ([], [])
    found = ask(documented, documented, probes).to_dict()
    assert found == {"drift": [], "exchanges": found["exchanges"], "tasks": [], "not_asked": []}


def test_every_rule_of_the_shipped_contract_is_asked_for() -> None:
    contract = Contract.load()
    probes = list(charging_probes(contract))
    created = contract.generations[0].success_response({"id": "task-unified-1"})
    verifier = Verifier(contract, lambda _: created, KEY, Upstream(contract, API))
    found = verifier.run([*free_probes(contract), *probes])
    engine = Engine(contract, VirtualClock(), api_key=KEY)
    refused = [one for one in probes if engine.handle(one.request(KEY, API)).status == 400]
    expected = {(one.operation, "request", one.at, one.rule) for one in refused}
    assert expected <= entries(found.to_dict()["drift"])
    creations = {op.id for op in contract.generations}
    assert len(found.tasks) >= len([one for one in refused if one.operation in creations]) > 0
    assert found.exit_code == 1
