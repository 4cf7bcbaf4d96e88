"""From the vendor's OpenAPI documents to the contract, the client, its types and its data."""

from ._emit import GENERATOR
from ._openapi.text import InputError
from .project import BuildResult, Project

# The names of these two before they were renamed.
Built = BuildResult
UnusableInput = InputError

__all__ = ["GENERATOR", "BuildResult", "Built", "InputError", "Project", "UnusableInput"]
