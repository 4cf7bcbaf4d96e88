"""The life of a job."""

from itertools import product
from pathlib import Path

from evolink.bulk import states
from evolink.bulk.states import FINAL, HELD, State, is_allowed

GUIDE = Path(__file__).parents[2] / "docs" / "bulk.md"


def test_nothing_is_submitted_twice_without_a_decision() -> None:
    """Into `submitting` leads only a job that has not been sent, or one that is sent under its own key."""
    assert states.sources_of(State.SUBMITTING) == {State.QUEUED, State.UNKNOWN}
    assert not is_allowed(State.SUBMITTED, State.QUEUED)
    assert not is_allowed(State.DONE, State.QUEUED)


def test_every_state_can_be_reached_and_ends() -> None:
    reached = {State.QUEUED}
    for _ in State:
        reached |= {target for source, target in product(reached, State) if is_allowed(source, target)}
    assert reached == set(State)
    assert {*FINAL, *HELD, State.QUEUED} == set(State)
    assert not any(is_allowed(State.DOWNLOADED, target) for target in set(State) - {State.DOWNLOADED})


def test_guide_draws_these_states() -> None:
    assert f"```mermaid\n{states.mermaid()}\n```" in GUIDE.read_text(encoding="utf-8")
