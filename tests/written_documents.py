"""Tests about documents that were written by hand, and that a published page may replace."""

import tomllib
from pathlib import Path

import pytest

PROVENANCE = Path(__file__).parents[1] / "openapi" / "provenance.toml"


def needs_written(*slugs: str) -> pytest.MarkDecorator:
    """Skip tests whose expectations are those of written documents, once one of these has been replaced."""
    documents = tomllib.loads(PROVENANCE.read_text(encoding="utf-8"))["documents"]
    replaced = [slug for slug in slugs if documents.get(slug, {}).get("kind") != "written"]
    return pytest.mark.skipif(bool(replaced), reason=f"published: {', '.join(replaced)}")
