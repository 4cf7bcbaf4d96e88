"""The package of all constructs, as the tests of the pipeline have it."""

from codegen.conftest import constructs

__all__ = ["constructs"]
