"""Answers a request by the contract: a plain request in, a plain response out."""

DEFAULT_KEY = "evolink-mock-key"
"""The key that is valid by default; here, since `evolink-mock --help` shows it and needs nothing else."""
