"""Nothing is spent that nobody has agreed to."""

from typing import Any

import pytest

from evolink.cli.spending import Cost, decide
from evolink_mock import EvoLinkMock

KNOWN = Cost(7, unknown=0, tasks=1)
UNKNOWN = Cost(0, unknown=1, tasks=1)


@pytest.mark.parametrize(
    ("cost", "options", "decided"),
    [
        (KNOWN, {}, "refuse"),
        (KNOWN, {"is_interactive": True}, "ask"),
        (KNOWN, {"yes": True}, "spend"),
        (KNOWN, {"max_credits": 7}, "spend"),
        (KNOWN, {"max_credits": 6.9, "yes": True, "is_interactive": True}, "refuse"),
        (KNOWN, {"is_free": True, "max_credits": 0}, "spend"),
        (UNKNOWN, {"yes": True}, "spend"),
        (UNKNOWN, {"max_credits": 100, "yes": True}, "refuse"),
    ],
)
def test_credits_are_spent_with_consent_only(cost: Cost, options: dict[str, Any], decided: str) -> None:
    given: dict[str, Any] = {"is_free": False, "yes": False, "max_credits": None, "is_interactive": False}
    decision = decide(cost, **{**given, **options})
    assert ("spend" if decision.may_spend else "ask" if decision.must_ask else "refuse") == decided


def test_without_terminal_nothing_is_sent(cli: Any, words: list[str], evolink_mock: EvoLinkMock) -> None:
    ended = cli(*words, "--json")
    assert (ended.code, ended.record("error")["code"]) == (2, "spending_refused")
    assert len(evolink_mock.requests) == 0


@pytest.mark.parametrize(("answer", "tasks"), [("y\n", 1), ("\n", 0), ("", 0), ("no\n", 0)])
def test_somebody_at_the_terminal_is_asked(
    cli: Any, words: list[str], evolink_mock: EvoLinkMock, answer: str, tasks: int
) -> None:
    ended = cli(*words, "--no-wait", answer=answer or "\x04")
    assert "credits" in ended.err
    assert len(evolink_mock.tasks) == tasks
    assert ended.code == (0 if tasks else 2)


def test_mock_spends_nothing_wherever_the_environment_leads(
    cli: Any, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVOLINK_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("EVOLINK_API_KEY", "sk-0123456789abcdef")
    ended = cli("--mock", *words, "--no-wait", "--max-credits", "0")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("task-")
