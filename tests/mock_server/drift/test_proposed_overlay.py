"""`evolink_codegen drift` proposes an overlay after which the same exchanges show no drift."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evolink_codegen._drift import propose
from evolink_codegen._drift.entry import read_report
from evolink_codegen._openapi import yaml_io
from evolink_codegen._openapi.overlay import apply_overlay, read_overlay
from evolink_codegen._openapi.text import InputError
from evolink_mock import Contract
from evolink_mock._drift.detector import DriftDetector
from evolink_mock._drift.har import read_har

from .conftest import ALTERATIONS, Alteration, Proxy


@pytest.mark.parametrize("case", [case for case in ALTERATIONS if case.seen is not None], ids=str)
def test_proposed_overlay_documents_what_was_seen(
    case: Alteration,
    alter: Callable[[Alteration], Contract],
    open_proxy: Callable[..., Proxy],
    document: dict[str, Any],
    tmp_path: Path,
) -> None:
    har, report = tmp_path / "seen.har", tmp_path / "drift.json"
    case.send_through(open_proxy(alter(case), har=har, report=report))
    proposal = propose(document, read_report(report.read_bytes(), "drift.json"))
    assert bool(proposal.skipped) != case.overlay
    if proposal.skipped:
        return
    overlay = tmp_path / "seen.yaml"
    overlay.write_text(yaml_io.dump(proposal.overlay()), encoding="utf-8")
    renewed, stale = apply_overlay(document, read_overlay(overlay))
    assert stale == []
    exchanges = read_har(har)
    for contract, is_drifting in ((document, True), (renewed, False)):
        detector = DriftDetector(Contract(contract))
        found = [detector.find(one.request, one.response) for one in exchanges if one.response is not None]
        assert any(found) == is_drifting, found


@pytest.mark.parametrize("text", ["", "[]", '{"drift": [{}]}', json.dumps({"drift": 1})])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a report"):
        read_report(text.encode(), "drift.json")
