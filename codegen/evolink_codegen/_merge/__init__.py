"""All documents merged into one contract."""
