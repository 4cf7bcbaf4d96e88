"""The documentation as a site: guides, reference, and one page for each model of the contract."""

from .assembly import assemble

__all__ = ["assemble"]
