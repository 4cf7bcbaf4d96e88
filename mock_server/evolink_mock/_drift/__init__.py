"""Holds the real API against the contract: a proxy, a check that costs nothing, and recorded traffic."""
