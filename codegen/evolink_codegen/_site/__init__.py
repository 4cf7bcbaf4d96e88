"""The documentation as a site: guides, reference, and one page for each model of the contract."""

from .assembly import assemble
from .output import write

__all__ = ["assemble", "write"]
