"""Pairs what belongs together in two versions where names and places do not tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from difflib import SequenceMatcher
from typing import TypeVar

from .._openapi import naming

_T = TypeVar("_T")

_NEARLY = 0.85
_LONGEST = 100  # letters that say what a name is; comparing takes the square of them
_MOST_GUESSES = 4000  # beyond these a body is taken for another one


def equal(olds: Iterable[_T], news: Iterable[_T], key: Callable[[_T], Hashable]) -> list[tuple[_T, _T]]:
    """Pairs of equal key, each used once, in order."""
    waiting: dict[Hashable, list[_T]] = {}
    for new in news:
        waiting.setdefault(key(new), []).append(new)
    return [(old, waiting[key(old)].pop(0)) for old in olds if waiting.get(key(old))]


def best(olds: Collection[_T], news: Collection[_T], score: Callable[[_T, _T], float]) -> list[tuple[_T, _T]]:
    """Pairs by falling score, each used once; what scores 0 stays alone. Ties go by order."""
    if len(olds) * len(news) > _MOST_GUESSES:
        return []
    scored = [
        (-found, i, j, old, new)
        for i, old in enumerate(olds)
        for j, new in enumerate(news)
        if (found := score(old, new)) > 0
    ]
    taken: tuple[set[int], set[int]] = set(), set()
    pairs = []
    for _, i, j, old, new in sorted(scored, key=lambda one: one[:3]):
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            pairs.append((i, old, new))
    return [(old, new) for _, old, new in sorted(pairs, key=lambda pair: pair[0])]


def left(
    olds: Iterable[_T], news: Iterable[_T], pairs: Collection[tuple[_T, _T]]
) -> tuple[list[_T], list[_T]]:
    """What of the old and of the new is in no pair."""
    paired = {id(one) for pair in pairs for one in pair}
    return [one for one in olds if id(one) not in paired], [one for one in news if id(one) not in paired]


def alike(one: Collection[str], two: Collection[str]) -> float:
    """The share of facts that two things have in common, 0 to 1."""
    both = {*one, *two}
    return len({*one} & {*two}) / len(both) if both else 1.0


def alike_text(one: str, two: str) -> float:
    """The share of letters that two texts have in common in the same order, 0 to 1."""
    return SequenceMatcher(None, one[:_LONGEST], two[:_LONGEST], autojunk=False).ratio()


def same_name(old: str, new: str) -> bool:
    """Whether two names are spellings of one: plural, case, separators, a letter or two."""
    one, two = _stems(old), _stems(new)
    if one == two:
        return True
    if [word for word in one if word.isdigit()] != [word for word in two if word.isdigit()]:
        return False
    return alike_text(" ".join(one), " ".join(two)) >= _NEARLY


def kindred_name(old: str, new: str) -> bool:
    """Whether two names share half of their words or more: `seed` and `random_seed`."""
    return same_name(old, new) or alike(_stems(old), _stems(new)) >= 0.5


def _stems(text: str) -> list[str]:
    words = [word.lower() for word in naming.words(text)] or [text]
    return [
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in words
    ]
