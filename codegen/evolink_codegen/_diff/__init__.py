"""What a changed document means for those who use the client made from it."""

from .change import Change, Level, Step, version_step
from .command import add_subcommand, as_json, as_markdown, as_text
from .documents import compare

__all__ = [
    "Change",
    "Level",
    "Step",
    "add_subcommand",
    "as_json",
    "as_markdown",
    "as_text",
    "compare",
    "version_step",
]
