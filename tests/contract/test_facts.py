"""The documents still say what was reviewed, and everything that is made of them is made of these.

After a document has come in or changed, look at what the update changes:

    EVOLINK_UPDATE=1 python -m pytest tests/contract/test_facts.py
"""

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from contract import facts

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "openapi"
DOCUMENTS = tomllib.loads((OPENAPI / "provenance.toml").read_text(encoding="utf-8"))["documents"]

if os.environ.get("EVOLINK_UPDATE"):
    facts.pin(DOCUMENTS)
PINNED = facts.pinned(DOCUMENTS)
FACTS = facts.facts()


@pytest.mark.parametrize("subject", PINNED)
def test_nothing_that_was_reviewed_is_gone(subject: str) -> None:
    assert sorted(set(PINNED[subject]) - set(FACTS.get(subject, []))) == []


@pytest.mark.parametrize("subject", PINNED)
def test_nothing_has_been_added_without_review(subject: str) -> None:
    added = set(FACTS.get(subject, [])) - set(PINNED[subject])
    if FACTS.keys() != PINNED.keys():
        # Documents that are not reviewed yet may add to what replies hold, but not to what requests must be.
        added = {fact for fact in added if fact.startswith(("request.", "request required"))}
    assert sorted(added) == []


@pytest.mark.parametrize("slug", DOCUMENTS)
def test_a_document_is_the_one_that_was_taken_in(slug: str) -> None:
    content = (OPENAPI / "vendor" / f"{slug}.yaml").read_bytes()
    assert hashlib.sha256(content).hexdigest() == DOCUMENTS[slug]["sha256"]


def test_every_document_is_accounted_for() -> None:
    assert {path.stem for path in (OPENAPI / "vendor").glob("*.yaml")} == DOCUMENTS.keys()


def test_what_is_made_of_the_documents_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evolink_codegen", "generate", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
