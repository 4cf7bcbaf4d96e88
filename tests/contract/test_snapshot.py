"""The contract matches the reviewed snapshot, and the documents are those that were vendored.

After a document was added or changed, update the snapshot and review the difference:

    EVOLINK_UPDATE=1 python -m pytest tests/contract/test_snapshot.py
"""

import hashlib
import os
import tomllib
from pathlib import Path

import pytest
from contract import snapshot

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "openapi"
DOCUMENTS = tomllib.loads((OPENAPI / "provenance.toml").read_text(encoding="utf-8"))["documents"]

if os.environ.get("EVOLINK_UPDATE"):
    snapshot.write(DOCUMENTS)
REVIEWED = snapshot.read(DOCUMENTS)
FACTS = snapshot.facts()


@pytest.mark.parametrize("subject", REVIEWED)
def test_reviewed_facts_are_present(subject: str) -> None:
    assert sorted(set(REVIEWED[subject]) - set(FACTS.get(subject, []))) == []


@pytest.mark.parametrize("subject", REVIEWED)
def test_added_facts_are_reviewed(subject: str) -> None:
    added = set(FACTS.get(subject, [])) - set(REVIEWED[subject])
    if FACTS.keys() != REVIEWED.keys():
        # Documents that are not reviewed yet may add to replies, but not to the rules of requests.
        added = {fact for fact in added if fact.startswith(("request.", "request required"))}
    assert sorted(added) == []


@pytest.mark.parametrize("slug", DOCUMENTS)
def test_document_matches_its_recorded_hash(slug: str) -> None:
    content = (OPENAPI / "vendor" / f"{slug}.yaml").read_bytes()
    assert hashlib.sha256(content).hexdigest() == DOCUMENTS[slug]["sha256"]
