"""Tasks, times and sizes in words, and how wide a text is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .. import Task


def describe_task(task: Task, elapsed: float) -> str:
    """A task in one line: status, percent, times and credits."""
    times = duration(elapsed)
    if task.estimated_time:
        times += f" of about {duration(task.estimated_time)}"
    parts = [f"{task.status} {task.progress:g} %", times]
    if task.credits is not None:
        parts.append(f"{amount(task.credits)} credits")
    return ", ".join(parts)


def amount(credits_: float) -> str:
    """A number of credits, with all its digits and without the noise of sums."""
    return f"{credits_:.12g}"


def describe_download(received: int, total: int | None) -> str:
    """How much of a download has come."""
    return f"downloading {size(received)}{'' if total is None else f' of {size(total)}'}"


def cells(text: str) -> int:
    """The columns that a text takes on a terminal, where Chinese, Japanese and Korean letters take two."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def cut(text: str, width: int) -> str:
    """A text in at most so many columns; what is cut off is told by an ellipsis."""
    if cells(text) <= width:
        return text
    while text and cells(text) >= width:
        text = text[:-1]
    return f"{text}…"


def duration(seconds: float) -> str:
    """Seconds as a clock shows them."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: float) -> str:
    """A number of bytes for people."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
