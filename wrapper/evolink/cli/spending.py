"""Whether a command may spend credits: the same gate for one task and for many."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .failures import CommandError
from .text import amount

if TYPE_CHECKING:
    from .session import Session


class Cost(NamedTuple):
    """What a command is about to cost.

    Attributes:
        credits: The sum that the documents state.
        unknown: For how many tasks they state nothing.
        tasks: How many tasks it is.
    """

    credits: float
    unknown: int
    tasks: int

    def __str__(self) -> str:
        known = f"about {amount(self.credits)} credits by the documents"
        if not self.unknown:
            return known
        if self.unknown == self.tasks:
            return "credits that the documents do not state"
        return f"{known}, and what they do not state for {self.unknown} of {self.tasks} tasks"


class Decision(NamedTuple):
    """Whether to go on: yes, no, or whatever somebody says who is asked."""

    may_spend: bool
    must_ask: bool = False
    reason: str = ""


def decide(
    cost: Cost, *, is_free: bool, yes: bool, max_credits: float | None, is_interactive: bool
) -> Decision:
    """Decide whether to spend.

    Args:
        cost: What is known of the cost.
        is_free: A mock answers.
        yes: The user has agreed to any cost.
        max_credits: The user has agreed to this much, and to no more.
        is_interactive: Whether somebody can be asked.
    """
    if is_free:
        return Decision(may_spend=True)
    if max_credits is not None:
        if cost.credits > max_credits:
            return Decision(
                may_spend=False,
                reason=f"it costs {cost}, which is more than --max-credits {amount(max_credits)}",
            )
        if not cost.unknown:
            return Decision(may_spend=True)
        return Decision(
            may_spend=False, reason=f"it costs {cost}: whether --max-credits suffices is not known"
        )
    if yes:
        return Decision(may_spend=True)
    if is_interactive:
        return Decision(may_spend=False, must_ask=True)
    return Decision(may_spend=False, reason=f"it costs {cost}, and there is no terminal to ask at")


def check_spending(session: Session, what: str, cost: Cost, *, yes: bool) -> None:
    """Let the command go on only if it may spend; asks at a terminal.

    Args:
        session: The session of this run.
        what: What costs credits, as in a question.
        cost: How much.
        yes: The option `--yes`.

    Raises:
        CommandError: It may not.
    """
    settings = session.settings
    decision = decide(
        cost,
        is_free=settings.mock,
        yes=yes,
        max_credits=settings.max_credits,
        is_interactive=session.is_interactive,
    )
    reason = decision.reason
    if decision.must_ask:
        if session.output.confirm(f"{what} costs {cost}. Go on?"):
            return
        reason = "it was not confirmed"
    elif decision.may_spend:
        return
    raise CommandError(
        "spending_refused",
        f"nothing was sent: {reason}",
        next_steps=()
        if decision.must_ask
        else ("--yes spends without asking, --max-credits N up to a limit.",),
        credits=None if cost.unknown else cost.credits,
    )
