"""What a changed document means for those who use the client made from it."""

from ._change import Change, Level, version_step
from ._documents import compare
from ._report import as_json, as_markdown, as_text
from ._verb import add_verb

__all__ = ["Change", "Level", "add_verb", "as_json", "as_markdown", "as_text", "compare", "version_step"]
