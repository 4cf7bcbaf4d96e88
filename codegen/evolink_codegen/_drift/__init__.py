"""What was seen of the API and is not documented, as an overlay of the contract."""

from .command import add_subcommand
from .proposal import Proposal, propose

__all__ = ["Proposal", "add_subcommand", "propose"]
