"""Scenarios: what a mock starts with, from a file, for the fixture, the command and the page."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml

import evolink_mock
from evolink_mock import Contract, EvoLinkMock, cli
from evolink_mock._scenario.scenario import Scenario, present
from evolink_mock._scenario.schema import schema
from evolink_mock._scenario.source import ScenarioError

from .conftest import CLIP, CLIPS, CONTRACT_FILE, TLS, ApiClient, client_of

pytest_plugins = ("pytester",)

GUIDE = Path(__file__).parents[2] / "docs" / "mock.md"
SCHEMA = Path(evolink_mock.__file__).with_name("scenario.schema.json")
COMPLETE = """\
# yaml-language-server: $schema=scenario.schema.json
key: sk-team
models: [toon-1]
credits: 20
progress: time
seed: 3
times: {toon-1: 30, "*": 5}
faults:
  - status: 429
    times: 2
    headers: {Retry-After: "1"}
  - {delay: 3, operation: query, share: 0.5}
outcomes:
  - outcome: failed
    message: not today
    times: 2
  - {outcome: completed, seconds: 2, curve: [0, 5, 100]}
"""
# What is wrong, with the line, the field and a part of the message.
WRONG: dict[str, tuple[int, str, str]] = {
    "key: 5": (1, "key", "printable ASCII"),
    "models:\n  - toon-11": (2, "models[0]", "did you mean toon-1?"),
    "credits: 1\nfault: []": (2, "fault", "did you mean faults?"),
    "credits: -1": (1, "credits", "a number from 0 to 1e+15, not -1"),
    "credits: 1000000000000001": (1, "credits", "a number from 0 to 1e+15"),
    "credits:": (1, "credits", "not None"),
    "progress: fast": (1, "progress", "time or polls or immediate"),
    "seed: yes": (1, "seed", "a whole number, not True"),
    "times: soon": (1, "times", "a number of seconds"),
    "times:\n  toon-1: -5": (2, "times.toon-1", "a number of seconds"),
    "faults: {}": (1, "faults", "a list of faults"),
    "faults:\n  - 429": (2, "faults[0]", "must be an object"),
    "faults:\n  - status: 429\n    tmes: 2": (3, "faults[0].tmes", "did you mean times?"),
    "faults:\n  - delay: 1\n  - status: 99": (3, "faults[1].status", "a status from 200 to 599, not 99"),
    "faults:\n  - times: 2": (2, "faults[0]", "a fault needs one of status"),
    "faults:\n  - {code_type: integer, delay: 1}": (2, "faults[0]", "code_type needs the status"),
    "faults:\n  - headers: {Retry-After: }": (2, "faults[0].headers", "each a line of ASCII"),
    "outcomes:\n  - {outcome: completed, curve: [0, true]}": (2, "outcomes[0].curve", "two or more numbers"),
    "outcomes:\n  - outcome: done": (2, "outcomes[0].outcome", "completed or failed or cancelled"),
    "outcomes:\n  - times: 2": (2, "outcomes[0].outcome", "not None"),
    "outcomes:\n  - outcome: completed\n    times: 0": (3, "outcomes[0].times", "above zero"),
    "outcomes:\n  - outcome: completed\n    results: many": (3, "outcomes[0].results", "0 to 100"),
    "outcomes:\n  - outcome: completed\n    code: x": (
        3,
        "outcomes[0].code",
        "only a failed task has a code",
    ),
    "faults:\n" + "  - {delay: 1}\n" * 1001: (1002, "faults[1000]", "at most 1000 faults"),
    "outcomes:\n  - outcome: failed\n    undocumented: 1": (3, "outcomes[0].undocumented", "true or false"),
    '{\n\t"seed": 1,\n\t"credits": -1\n}': (3, "credits", "a number from 0"),
}
# What only the contract can tell, or the text.
NOT_IN_SCHEMA = {"models:\n  - toon-11", "faults:\n  - {delay: 1, operation: nope}"}
UNREADABLE = {
    "credits: [": "",
    "when: 2026-11-26": "when: a scenario has no such field",
    "credits: 1\ncredits: 2": "2: credits: it appears twice",
    "a: &x 1\nb: *x": "2: aliases",
    "1: 2": "1: a field has a text as its name",
    "[]": "1: a scenario is an object",
    "": "a scenario is an object",
    "[" * 5000: "nest",  # newer versions of YAML have a limit of their own, and another message
    "seed: 1\nkey: !secret x": "2: could not determine a constructor for the tag '!secret'",
    "key: 2026-99-99": "month must be in 1..12",
    "seed: " + "9" * 5000: "4300 digits",
    "#" * 300_000: "at most 262144 characters",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(COMPLETE)
    return path


def test_it_is_what_the_mock_starts_with(open_api: Callable[..., ApiClient], synthetic: Contract) -> None:
    api = open_api(contract=synthetic)
    Scenario.parse(COMPLETE, synthetic).begin(api.engine)

    for _ in range(2):
        assert [api.post(CLIPS, CLIP, key="sk-team").status_code for _ in range(4)] == [429, 429, 200, 200]
        assert api.post(CLIPS, CLIP).status_code == 401, "the default key is not valid"
        assert api.post(CLIPS, CLIP | {"model": "blow-up"}, key="sk-team").status_code in {400, 403}
        assert [task.outcome.message for task in api.engine.account.tasks] == ["not today"] * 2
        assert [task.seconds for task in api.engine.account.tasks] == [30, 30]
        assert api.engine.account.ledger.balance == 20 - 2 * 2.5
        api.engine.reset()


def test_arguments_come_first(synthetic: Contract, path: Path) -> None:
    mock = EvoLinkMock(contract=synthetic, scenario=path, credits=7)

    assert (mock.ledger.balance, mock.api_key) == (7, "sk-team")
    assert len(mock.unmet) == 4


def test_one_time_for_all_models(synthetic: Contract) -> None:
    mock = EvoLinkMock(contract=synthetic, scenario={"times": 12})
    with client_of(mock, transport=mock.transport()) as client:
        client.post(CLIPS, json=CLIP)

    assert mock._engine.account.tasks.get(mock.tasks[0].id).seconds == 12  # type: ignore[union-attr]  # it is there


def test_the_present_state_is_a_scenario(synthetic: Contract, path: Path) -> None:
    first = EvoLinkMock(contract=synthetic, scenario=path)._engine
    exported = json.loads(json.dumps(present(first)))

    assert exported["faults"][0] == {"status": 429, "times": 2, "headers": {"Retry-After": "1"}}
    assert exported["outcomes"][1] == {"outcome": "completed", "seconds": 2, "curve": [0, 5, 100]}
    assert present(EvoLinkMock(contract=synthetic, scenario=exported)._engine) == exported


def test_a_key_for_no_model_stays_one(synthetic: Contract) -> None:
    engine = EvoLinkMock(contract=synthetic, scenario={"models": []})._engine

    assert present(engine)["models"] == []


def test_a_scenario_of_nothing_is_the_default(synthetic: Contract) -> None:
    plain = EvoLinkMock(contract=synthetic)._engine

    assert present(EvoLinkMock(contract=synthetic, scenario={})._engine) == present(plain)


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_an_error_names_line_and_field(synthetic: Contract, tmp_path: Path, text: str) -> None:
    line, field, message = WRONG[text]
    path = tmp_path / "wrong.yaml"
    path.write_text(text)

    with pytest.raises(ScenarioError) as caught:
        EvoLinkMock(contract=synthetic, scenario=str(path))

    assert str(caught.value).startswith(f"{path}:{line}: {field}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("text", UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_text_that_is_no_scenario_is_refused(synthetic: Contract, text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.parse(text, synthetic, "s.yaml")

    assert str(caught.value).startswith("s.yaml:")
    assert UNREADABLE[text] in str(caught.value)


def test_a_missing_file_is_named(synthetic: Contract) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml: No such file"):
        EvoLinkMock(contract=synthetic, scenario="nowhere.yaml")


def test_an_error_of_values_names_the_field(synthetic: Contract) -> None:
    with pytest.raises(ScenarioError, match=r"^scenario: faults\[0\]\.status: must be"):
        EvoLinkMock(contract=synthetic, scenario={"faults": [{"status": 1}]})


def test_the_published_schema_is_that_of_the_declarations() -> None:
    text = json.dumps(schema(), indent=2) + "\n"
    if os.environ.get("EVOLINK_UPDATE"):
        SCHEMA.write_text(text, encoding="utf-8")

    assert SCHEMA.read_text(encoding="utf-8") == text


def test_the_schema_accepts_and_refuses_the_same(synthetic: Contract) -> None:
    validator = jsonschema_rs.validator_for(schema())

    assert validator.is_valid(yaml.safe_load(COMPLETE))
    assert [text for text in WRONG if validator.is_valid(yaml.safe_load(text.replace("\t", " ")))] == [
        text for text in WRONG if text in NOT_IN_SCHEMA
    ]


def test_the_admin_api_gives_and_takes_it(synthetic: Contract) -> None:
    mock = EvoLinkMock(contract=synthetic)
    with mock.serve() as url, httpx.Client(base_url=url, verify=TLS, trust_env=False, timeout=60) as client:
        assert client.post("/_mock/scenario", content=COMPLETE).json()["credits"] == 20
        assert client.get("/_mock/scenario").json() == present(mock._engine)
        for _ in range(2):
            refused = client.post("/_mock/scenario", content="credits: 3\nseed: no").json()["error"]
            assert refused == {
                "code": "invalid_scenario",
                "message": "scenario:2: seed: must be a whole number, not False",
            }
        foreign = client.post("/_mock/scenario", content=COMPLETE, headers={"origin": "https://evil.test"})
        assert foreign.status_code == 403
    assert mock.ledger.balance == 20


def test_serve_starts_with_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engines = []

    def run(server: Any, listener: Any, started: Callable[[], None]) -> None:
        engines.append(server.application.engine)
        listener.close()
        started()

    monkeypatch.setattr("evolink_mock._serving.server.run", run)
    options = ["serve", "--contract", str(CONTRACT_FILE), "--port", "0", "--quiet"]

    assert cli.main([*options, "--scenario", str(path), "--credits", "4"]) == 0
    assert "EVOLINK_API_KEY=sk-team" in capsys.readouterr().out
    assert present(engines[0])["credits"] == 4

    path.write_text("credits: no")
    assert cli.main([*options, "--scenario", str(path)]) == 2
    error = f"evolink-mock: {path}:1: credits: must be a number from 0 to 1e+15, not False\n"
    assert capsys.readouterr().err == error


def test_the_scenario_of_the_guide_is_one() -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)

    assert Scenario.parse(text, Contract.load()).faults


SUITE = """
import pytest

@pytest.mark.evolink_mock(scenario="few.json")
def test_beside(evolink_mock):
    assert evolink_mock.ledger.balance == 2

@pytest.mark.evolink_mock(scenario="scenarios/many.yaml", seed=5)
def test_below_the_root(evolink_mock):
    assert evolink_mock.ledger.balance == 2000
"""


def test_the_marker_names_a_file(pytester: pytest.Pytester) -> None:
    (tests := pytester.mkdir("tests")).joinpath("test_it.py").write_text(SUITE)
    (tests / "few.json").write_text('{"credits": 2}')
    pytester.mkdir("scenarios").joinpath("many.yaml").write_text("credits: 2000")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio", "--rootdir=.")
    result.assert_outcomes(passed=2)
