"""The package of all constructs, as in the tests of the pipeline."""

from codegen.conftest import constructs

__all__ = ["constructs"]
