"""Vendors documents: reads them, checks them with those that are there, and records their sources."""

from .ingestion import ingest, ingest_reading
from .plan import IngestedDocument, IngestPlan
from .reading import Page, Reader, Reading, recorded_name

__all__ = [
    "IngestPlan",
    "IngestedDocument",
    "Page",
    "Reader",
    "Reading",
    "ingest",
    "ingest_reading",
    "recorded_name",
]
