"""From the vendor's OpenAPI documents to the contract, the client, its types and its data."""

from ._errors import UnusableInput
from ._project import Built, Project
from ._version import GENERATOR

__all__ = ["GENERATOR", "Built", "Project", "UnusableInput"]
