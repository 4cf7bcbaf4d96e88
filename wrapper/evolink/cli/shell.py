"""Completion of words that bash breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import BashComplete, add_completion_class

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Where bash breaks a word, as in `upscale_factor=2` and `16:9`.
_BREAKS = frozenset("=:")


class _BashComplete(BashComplete):
    """Completes whole words, though bash replaces only what comes after the last break."""

    # A value comes right after `upscale_factor=`.
    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)", "COMPREPLY+=($value)\n            [[ $value == *= ]] && compopt -o nospace"
    )
    _kept = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the incomplete one, and that one."""
        args, last = super().get_completion_args()
        words: list[str] = []
        is_open = False
        for word in [*args, last]:
            is_break = bool(word) and _BREAKS.issuperset(word)
            if words and (is_break or is_open):
                words[-1] += word
            else:
                words.append(word)
            is_open = is_break
        incomplete = words.pop()
        # click completes the value of `--option=value` without the option.
        value = incomplete.partition("=")[2] if incomplete.startswith("--") else incomplete
        self._kept = value if is_open else value.removesuffix(last)
        return words, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """A completion without what bash keeps."""
        return f"{item.type},{item.value.removeprefix(self._kept)}"


def register() -> None:
    """Let click use this for bash."""
    add_completion_class(_BashComplete, "bash")
