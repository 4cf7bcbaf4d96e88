"""The contract written as a Python package."""

GENERATOR = "evolink_codegen"
HEADER = f"# Made by {GENERATOR} from the documents in openapi/. Changes made here are lost.\n"
