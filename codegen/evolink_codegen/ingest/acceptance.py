"""Which of several new documents can be taken together with those that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .._merge.agreement import find_disagreement
from .._merge.operation_source import OperationSource, operation_sources
from .._openapi.document import Document
from .._openapi.structure import normalized_path
from .._openapi.text import InputError


@dataclass
class _Accepted:
    """Documents that agree, by what they describe."""

    _by_operation: dict[tuple[str, str], list[OperationSource]] = field(default_factory=dict)

    def objection(self, document: Document) -> InputError | None:
        """What speaks against one more."""
        for source in operation_sources(document):
            others = self._others(source)
            if found := find_disagreement(source, others):
                return found.error(refused=source)
        return None

    def add(self, document: Document) -> None:
        for source in operation_sources(document):
            self._by_operation.setdefault((source.method, normalized_path(source.path)), []).append(source)

    def _others(self, source: OperationSource) -> Iterable[OperationSource]:
        others = self._by_operation.get((source.method, normalized_path(source.path)), [])
        # What is published and what was written here are never merged.
        return [one for one in others if one.document.is_written == source.document.is_written]


def find_objections(new: Mapping[str, Document], vendored: Mapping[str, Document]) -> dict[str, InputError]:
    """The documents that contradict others, by slug, with the reason.

    Of new documents the first one stays. Where a new version of a document is refused, the version that is
    there stays, before any other new document.

    Args:
        new: Documents by slug in order of precedence, ready to be merged.
        vendored: Those that are there; of these none contradicts another.
    """
    kept: dict[str, InputError] = {}
    while True:
        accepted = _Accepted()
        for slug, document in vendored.items():
            if slug not in new or slug in kept:
                accepted.add(document)
        refused = dict(kept)
        for slug, document in new.items():
            if slug in kept:
                continue
            if objection := accepted.objection(document):
                refused[slug] = objection
            else:
                accepted.add(document)
        reverted = {slug: objection for slug, objection in refused.items() if slug in vendored}
        if reverted.keys() == kept.keys():
            return refused
        kept = reverted
