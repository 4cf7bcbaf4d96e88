"""Answers a request by the contract: a plain request in, a plain response out."""
